"""`python -m analysis report`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.commands.shared import add_run, path_of, read_machine, show
from hardware_profiles.command_line import BAD_INPUT, DONE, NOISY, add_json, path

if TYPE_CHECKING:
    import argparse

NAME = "report"
SUMMARY = "Show a run as tables, and write its page."
EXAMPLES = """\
  python -m analysis report                  the last run in runs/
  python -m analysis report runs/one         writes runs/one/report.html
  python -m analysis report runs/one --out page.html
  python -m analysis report runs/one --json
"""
MAINTAINERS = False

STATUS = {"valid": DONE, "suspect": NOISY, "invalid": BAD_INPUT}
"""A suspect run was measured and is kept; what an invalid one says must not be used."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_run(parser)
    parser.add_argument(
        "--out",
        type=path,
        metavar="FILE",
        help="the page: .html, .md, .json, or .png for its first screen (default: report.html in "
        "the run)",
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print the tables of a run and write its page; print the page's path last."""
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
    check_path(page)
    results = run_report.report(read_machine(str(bundle), ()))
    document = run_report.document(results)
    write(document, page)
    values = {**document.values, "page": page.as_posix()}
    show(options, replace(document, values=values), last_first=True)
    if not options.json:
        print(page)
    return STATUS[results.verdict.trust.value]
