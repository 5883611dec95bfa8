"""`python -m analysis report`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.commands.shared import (
    add_course,
    add_ledger,
    add_run,
    course_of,
    ledger_of,
    path_of,
    read_machine,
    show,
    write_paper,
)
from hardware_profiles import streams
from hardware_profiles.command_line import BAD_INPUT, DONE, NOISY, add_json, path

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.ledger.entries import Body
    from analysis.model.machine import Machine

NAME = "report"
SUMMARY = "Show a run as tables, and write its page and its paper."
EXAMPLES = """\
  python -m analysis report                  the last run in runs/
  python -m analysis report runs/one         writes runs/one/report.html and report.pdf
  python -m analysis report runs/one --out page.html
  python -m analysis report runs/one --no-pdf
  python -m analysis report runs/one --json
"""
MAINTAINERS = False

STATUS = {"valid": DONE, "suspect": NOISY, "invalid": BAD_INPUT}
"""A suspect run was measured and is kept; what an invalid one says must not be used."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_run(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--out",
        type=path,
        metavar="FILE",
        help="this file alone: .html, .pdf, .md, .json, or .png for the page's first screen "
        "(default: report.html and report.pdf in the run)",
    )
    form.add_argument("--no-pdf", action="store_true", help="write the page alone")
    add_ledger(parser)
    add_course(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print the tables of a run, write its page and its paper; print the page's path last."""
    from dataclasses import replace
    from pathlib import Path

    from analysis.errors import AnalysisError
    from analysis.render import check_path, write
    from analysis.report import run as run_report
    from bench.bundle import Part

    bundle = path_of(options.run, [Part.CASES])
    page = Path(options.out) if options.out else bundle.with_name("report.html")
    if page.resolve() == bundle.resolve():
        raise AnalysisError(f"{page} is the bundle itself; name another file with --out")
    paper = None if options.out or options.no_pdf else page.with_suffix(".pdf")
    check_path(page)
    if paper:
        check_path(paper)
    course = course_of(options)
    machine = read_machine(str(bundle), ())
    bodies, problem = _ledger(ledger_of(options), machine)
    results = run_report.report(machine, bodies, problem, course, beside=True)
    document = run_report.document(results)
    write(document, page)
    if paper and not write_paper(document, paper):
        paper = None
    paths = {"page": page.as_posix(), "paper": paper and paper.as_posix()}
    values = {**document.values, **paths}
    show(options, replace(document, values=values), last_first=True)
    if not options.json:
        _say_what_is_locked(bodies)
        if paper:
            print(paper)
        print(page)
    return STATUS[results.verdict.trust.value]


def _ledger(path: Path, machine: Machine) -> tuple[Sequence[Body], str]:
    """Score what the run answers, and return what the ledger holds, and why it cannot be read.

    Nothing, with a warning, where it is not as it was written; without the score where it cannot be
    written.
    """
    from analysis.ledger import chain, known
    from analysis.ledger.opening import reported
    from bench.errors import BenchError

    try:
        try:
            return reported(path, machine), ""
        except BenchError as error:
            streams.say(f"warning: a lock is not scored: {error}")
            return known.read(path), ""
    except chain.LedgerError as error:
        streams.say(f"warning: no lock is shown: {error}")
        return (), str(error)


def _say_what_is_locked(bodies: Sequence[Body]) -> None:
    from analysis.ledger.questions import QUESTIONS
    from analysis.ledger.rules import is_open

    left = [name for name, q in QUESTIONS.items() if not (q.in_report or is_open(bodies, name))]
    if left:
        sessions = ", ".join(f"`nox -s {name}`" for name in left)
        print(f"The lab goes on: predict its acts with `nox -s lock`, then open {sessions}")
    else:
        print("The lab goes on: its acts are open on the page; `nox -s gravity` takes all levers")
