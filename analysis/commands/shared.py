"""What the commands share: naming a run, reading it, showing a result. Light."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from hardware_profiles import streams
from hardware_profiles.command_line import DONE, NOISY, add_json, path

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.acts.limits import Limits
    from analysis.acts.scenario import Scenario
    from analysis.document import Document
    from analysis.model.calibration import Calibration
    from analysis.model.machine import Machine
    from bench.bundle import Part, Setup
    from bench.course import Course
    from hardware_profiles.catalogue import Catalogue

RUN = "a run's folder or bundle.json (default: the last run in runs/ that has what is needed)"
_LEDGER = "runs/ledger/ledger.jsonl"
_PIPE_WIDTH = 160
"""Columns where the output is no terminal and COLUMNS is not set: no row of a table is broken."""


def add_run(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names a run."""
    parser.add_argument("run", nargs="?", type=path, metavar="RUN", help=RUN)


def add_ledger(parser: argparse.ArgumentParser) -> None:
    """Add the option that names a ledger."""
    parser.add_argument(
        "--ledger", type=path, metavar="FILE", help=f"of your locks and tries (default: {_LEDGER})"
    )


def add_course(parser: argparse.ArgumentParser) -> None:
    """Add the option that names a course's file."""
    parser.add_argument(
        "--course",
        type=path,
        metavar="FILE",
        help="a course's file (default: course.toml where it is here)",
    )


def say_what_was_passed_over(names: Sequence[str]) -> None:
    """Say which files of folders are no hand-ins by their names, so that none is lost silently."""
    from analysis.characters import visible
    from hardware_profiles.numerals import counted

    if names:
        some = ", ".join(visible(name[:60]) for name in names[:5])
        more = f" and {len(names) - 5:,} more" if len(names) > 5 else ""
        streams.say(
            f"{counted(len(names), 'file')} passed over, since their names end neither in .json "
            f"nor in .gz: {some}{more}"
        )


def course_of(options: argparse.Namespace) -> Course | None:
    """Return the course that is named, or whose file lies here; None: there is none.

    Raises:
        CourseError: its file cannot be used, or asks what the lab does not.

    """
    from analysis.ledger.questions import QUESTIONS
    from bench.course import COURSE_NAME, course
    from bench.errors import CourseError

    chosen = course(options.course)
    if chosen is None:
        return None
    unknown = [q.name for q in chosen.questions if q.name not in QUESTIONS]
    if unknown:
        raise CourseError(
            options.course or COURSE_NAME,
            [f"questions: {name} is none of {', '.join(QUESTIONS)}" for name in unknown],
        )
    return chosen


def limits_of(course: Course | None) -> Limits:
    """Return what badges are held against: a course's limits, or those of the lab's plan."""
    from analysis.acts.limits import Limits
    from bench.course import lab_of

    return Limits.of(lab_of(course))


def add_reveal(parser: argparse.ArgumentParser) -> None:
    """Add the option that opens an act without a lock."""
    parser.add_argument(
        "--reveal",
        action="store_true",
        help="show the answers without a prediction; the ledger keeps that",
    )


def add_levers(parser: argparse.ArgumentParser, act: str) -> None:
    """Add the options of an act: the track, a lever each, the ledger, the form."""
    from analysis.acts.lever import MISSION
    from analysis.acts.levers import ACTS, LEVERS, TRACKS

    parser.add_argument(
        "--track", choices=TRACKS, default=TRACKS[0], help=f"whose mission (default: {TRACKS[0]})"
    )
    for name in ACTS[act]:
        lever = LEVERS[name]
        choices = [*lever.names, *([f"such as {lever.stops[-1]}"] if lever.stops else [])]
        default = "as the mission says" if lever.default == MISSION else lever.default
        parser.add_argument(
            f"--{name}",
            dest=name,
            metavar=(lever.unit and "AMOUNT") or "NAME",
            help=f"{lever.help}: {', '.join(choices)} (default: {default})",
        )
    add_reveal(parser)
    add_ledger(parser)
    add_course(parser)
    add_json(parser)


def levers_of(options: argparse.Namespace, act: str) -> Scenario:
    """Return the scenario that options ask for.

    Raises:
        AnalysisError: a setting is not valid.

    """
    from analysis.acts.levers import ACTS
    from analysis.acts.scenario import scenario

    given = {name: value for name in ACTS[act] if (value := getattr(options, name)) is not None}
    return scenario(act, options.track, given)


def ledger_of(options: argparse.Namespace) -> Path:
    """Return the file of the ledger; the usual one's folder is made when it is written.

    Raises:
        AnalysisError: the folder of a named one is not there.

    """
    from pathlib import Path

    from analysis.errors import AnalysisError

    chosen = Path(options.ledger or _LEDGER)
    with suppress(OSError):  # of what cannot be looked at, reading says why
        if options.ledger and not chosen.resolve().parent.is_dir():
            raise AnalysisError(
                f"{chosen}: there is no folder {chosen.parent}; create it, or name another file "
                "with --ledger"
            )
    return chosen


def path_of(run: str | None, needs: Sequence[Part]) -> Path:
    """Return the bundle of a run; None: of the last one that has some parts, whose name is printed.

    Raises:
        BundleError: there is none; it says what the newest lacks.

    """
    from pathlib import Path

    from bench.bundle import BundleError, find, lacking, last, latest, read

    if run:
        return find(Path(run))
    try:
        chosen = last(lambda bundle: not lacking(bundle, needs))
    except BundleError:
        read(latest(), needs)
        raise
    if chosen.unreadable:
        streams.say(f"passed over, since they cannot be read: {_named(chosen.unreadable)}")
    rivals = f"; of the same hour: {_named(chosen.rivals)}" if chosen.rivals else ""
    streams.say(f"the last run: {_named([chosen.path])}{rivals}")
    return chosen.path


def _named(bundles: Sequence[Path]) -> str:
    """Return the runs of bundles by their folders."""
    return ", ".join(bundle.parent.as_posix() for bundle in bundles)


def read_machine(run: str | None, needs: Sequence[Part] | None = None) -> Machine:
    """Return the machine of a run; None: of the last one that has what is needed.

    needs are parts that its bundle must have; None: what a model of the machine needs.

    Raises:
        BundleError: there is none, it cannot be used, or it lacks a part.

    """
    from analysis.model.machine import Machine
    from bench.bundle import PIPELINE, read
    from hardware_profiles.catalogue import catalogue

    parts = PIPELINE if needs is None else needs
    return Machine(read(path_of(run, parts), parts), catalogue())


def machine_if_any(run: str | None, facts: Catalogue) -> Machine | None:
    """Return the machine of a run, whatever it has; None: no run is named, and there is none.

    Raises:
        BundleError: it is named, and cannot be used.

    """
    from analysis.model.machine import Machine
    from bench.bundle import BundleError, read

    try:
        chosen = path_of(run, ())
    except BundleError:
        if run:
            raise
        streams.say(
            "no run is there to be read: the stream is that of no run; nox -s bench takes one"
        )
        return None
    return Machine(read(chosen, ()), facts)


def setup_of(options: argparse.Namespace) -> Setup:
    """Return the configuration that options ask for.

    Raises:
        AnalysisError: a value is of the wrong type or out of range.
        ConfigurationError: --config names no JSON object.

    """
    from pydantic import ValidationError

    from analysis.errors import AnalysisError
    from bench.bundle import Setup
    from bench.options import fields
    from hardware_profiles.problems import sentence

    # An experiment prints more of its configuration than a prediction takes.
    known = {name: value for name, value in fields(options).items() if name in Setup.model_fields}
    try:
        return Setup.model_validate(known)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise AnalysisError(f"{field}: {sentence(first)}, not {first['input']!r:.80}") from None


def show(options: argparse.Namespace, document: Document, *, last_first: bool = False) -> None:
    """Print a document: as JSON where that is asked for, else as text."""
    if options.json:
        from analysis.render import json

        streams.print_json(json.text(document))
        return
    from analysis.render import terminal
    from hardware_profiles.console import Console

    wide = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    console = Console(highlight=False, width=_PIPE_WIDTH if wide else None)
    terminal.show(console, document, last_first=last_first)


def write_paper(document: Document, path: Path) -> bool:
    """Write a document as a PDF, and return whether that could be done; a note says why not.

    Raises:
        StoreError: the file cannot be written.

    """
    from analysis.errors import AnalysisError
    from analysis.render import write

    try:
        write(document, path)
    except AnalysisError as error:
        older = f" ({path} is of an earlier report)" if path.exists() else ""
        streams.say(f"note: no PDF beside the page{older}: {error}")
        return False
    return True


def status(calibration: Calibration) -> int:
    """Return the exit status of what rests on a calibration, and warn where it is not trusted."""
    for reason in calibration.reasons_not_to_trust:
        streams.say(f"warning: not to be trusted: {reason}")
    return NOISY if calibration.reasons_not_to_trust else DONE
