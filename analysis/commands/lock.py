"""`python -m analysis lock`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from analysis.commands.shared import add_course, add_ledger, course_of, ledger_of, show
from hardware_profiles import streams
from hardware_profiles.command_line import DONE, add_json, path

if TYPE_CHECKING:
    import argparse

    from analysis.ledger.entries import Body
    from analysis.ledger.questions import Question
    from bench.bundle import Bundle

NAME = "lock"
SUMMARY = "Predict what a run or an act will answer, before it does; or show what was locked."
EXAMPLES = """\
  python -m analysis lock                                       asks what is not locked yet
  python -m analysis lock formats                               before the first run
  python -m analysis lock gravity --choose fibre --low 1.2 --high 3 --confidence 80
  python -m analysis lock gravity --rationale 'Bits have no mass, but they have a rate.'
  python -m analysis lock --list
"""
MAINTAINERS = False

_LATE = "{name}: a run of this machine shows the answer already: a lock counts as recollection"
_ALL_THE_SAME = "; `python -m analysis lock {name}` takes it all the same"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    from analysis.acts.levers import TRACKS

    parser.add_argument("question", nargs="?", help="such as gravity (default: all, one by one)")
    parser.add_argument("--choose", metavar="CHOICE", help="what you expect, such as fibre")
    parser.add_argument("--low", type=float, metavar="NUMBER", help="the number is at least that")
    parser.add_argument("--high", type=float, metavar="NUMBER", help="and at most that")
    parser.add_argument(
        "--confidence", type=float, metavar="PERCENT", help="that it is, from 1 to 99"
    )
    parser.add_argument(
        "--rationale",
        metavar="TEXT",
        help="your answer to the act's prompt; of `stakeholder`: to the Sustainability Lead",
    )
    parser.add_argument("--track", choices=TRACKS, help="the mission that the rationale is about")
    parser.add_argument("--list", action="store_true", help="only show what the ledger holds")
    parser.add_argument(
        "--run",
        type=path,
        metavar="RUN",
        help="a run of this machine that is not in runs/: after one, a lock is no prediction",
    )
    add_ledger(parser)
    add_course(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Take locks and rationales, and show what the ledger holds."""
    from analysis.errors import AnalysisError
    from analysis.ledger import chain, known
    from analysis.ledger.questions import QUESTIONS, question
    from analysis.ledger.rules import is_open, lock_of
    from analysis.report import ledger as report
    from hardware_profiles.catalogue import catalogue

    file, course = ledger_of(options), course_of(options)
    bodies = known.read(file)
    flags = (options.choose, options.low, options.high, options.confidence)
    if any(flag is not None for flag in flags):
        chosen = question(options.question or _only(list(QUESTIONS)))
        if lock_of(bodies, chosen.name):
            raise AnalysisError(
                f"{chosen.name} is locked already, and a lock stays: see python -m analysis lock "
                "--list"
            )
        if is_open(bodies, chosen.name):
            raise AnalysisError(
                f"{chosen.name} was revealed already: a lock would be no prediction"
            )
        if None in flags:
            raise AnalysisError(
                "a lock needs all of --choose, --low, --high and --confidence: choose one of "
                f"{', '.join(chosen.choices)}; {chosen.number}"
            )
        bodies = chain.append(
            file, [_lock(chosen, *flags, measured_before=_measured_before(chosen, options.run))]
        ).bodies
    elif not options.list and not options.rationale:
        names = [options.question] if options.question else list(QUESTIONS)
        for name in names:
            chosen = question(name, course)
            if is_open(bodies, chosen.name):
                continue
            late = _measured_before(chosen, options.run)
            if late:
                text = _LATE if options.question else _LATE + _ALL_THE_SAME
                streams.say(text.format(name=chosen.name))
            if options.question or not late:
                bodies = chain.append(file, [_ask(chosen, measured_before=late)]).bodies
    if options.rationale:
        bodies = chain.append(file, [_rationale(options)]).bodies
    show(options, report.ledger(bodies, catalogue(), course))
    return DONE


def _only(names: list[str]) -> str:
    from analysis.errors import AnalysisError

    if len(names) == 1:
        return names[0]
    raise AnalysisError(f"name the question: one of {', '.join(names)}")


def _measured_before(question: Question, run: str | None) -> bool | None:
    """Tell whether a run is there that shows the answer; None: no report shows it at once.

    Args:
        question: what is asked.
        run: one to look at beside those in runs/.

    Raises:
        BundleError: the one that is named is not there, or cannot be used.

    """
    if not question.in_report:
        return None
    from pathlib import Path

    from analysis.errors import AnalysisError
    from analysis.model.machine import Machine
    from bench.bundle import BundleError, find, last, read
    from hardware_profiles.catalogue import catalogue

    facts = catalogue()

    def shows(bundle: Bundle) -> bool:
        try:
            return question.answer(facts, Machine(bundle, facts)) is not None
        except AnalysisError:
            return False

    if run and shows(read(find(Path(run)))):
        return True
    try:
        last(shows)
    except BundleError:
        return False
    return True


def _lock(
    question: Question,
    choice: str,
    low: float,
    high: float,
    confidence: float,
    *,
    measured_before: bool | None,
) -> Body:
    from pydantic import ValidationError

    from analysis.errors import AnalysisError
    from analysis.ledger.entries import Lock

    if choice not in question.choices:
        raise AnalysisError(f"--choose: {choice!r} is none of {', '.join(question.choices)}")
    if not 1 <= confidence <= 99:
        raise AnalysisError("--confidence: a percentage from 1 to 99")
    try:
        return Lock(
            question=question.name,
            choice=choice,
            low=low,
            high=high,
            unit=question.unit,
            confidence=confidence / 100,
            measured_before=measured_before,
        )
    except ValidationError as error:
        raise AnalysisError(
            "--low and --high: finite numbers, the first not above the second"
        ) from error


def _rationale(options: argparse.Namespace) -> Body:
    from pydantic import ValidationError

    from analysis.errors import AnalysisError
    from analysis.ledger.entries import MOST_CHARACTERS, Rationale, refused
    from analysis.ledger.questions import QUESTIONS, question
    from analysis.ledger.requirements import STAKEHOLDER

    name = options.question or _only([*QUESTIONS, STAKEHOLDER])
    if name != STAKEHOLDER:
        name = question(name).name
    try:
        return Rationale(question=name, text=options.rationale, track=options.track)
    except ValidationError as error:
        first = refused(options.rationale)
        raise AnalysisError(
            f"--rationale: {first[0]}, its character {first[1]:,}, is one of the control "
            "characters that a ledger does not keep; remove it"
            if first
            else f"--rationale: 1 to {MOST_CHARACTERS:,} characters"
        ) from error


def _ask(question: Question, *, measured_before: bool | None) -> Body:
    """Ask for a lock on the terminal, again until it is one."""
    from analysis.errors import AnalysisError

    if not sys.stdin.isatty():
        raise AnalysisError(
            f"{question.name} is not locked, and nobody is there to ask; lock it with --choose, "
            "--low, --high and --confidence (see --help)"
        )
    streams.say(question.text)
    choices = ", ".join(f"{name} ({words})" for name, words in question.choices.items())
    while True:
        streams.say(f"Your choice: {choices}")
        choice = _line(question)
        streams.say(
            f"{question.number} At least, at most, and how sure in percent, as in 1.5 4 80:"
        )
        words = _line(question).replace(",", " ").split()
        try:
            low, high, confidence = map(float, words)
        except ValueError:
            streams.say(f"That is no lock: {' '.join(words)!r} is not three numbers")
            continue
        try:
            return _lock(question, choice, low, high, confidence, measured_before=measured_before)
        except AnalysisError as error:
            streams.say(f"That is no lock: {error}")


def _line(question: Question) -> str:
    """Return a line of the terminal."""
    from analysis.errors import AnalysisError

    line = sys.stdin.readline()
    if not line:
        raise AnalysisError(f"{question.name} is not locked: the input ended")
    return line.strip()
