"""`python -m analysis performance`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.commands.report import STATUS
from analysis.commands.shared import read_machine
from hardware_profiles.command_line import path

if TYPE_CHECKING:
    import argparse

NAME = "performance"
SUMMARY = "Write how each codec stands to the others and to the ceilings, as Markdown."
EXAMPLES = """\
  python -m analysis performance runs/all --out page.md
"""
MAINTAINERS = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("run", type=path, metavar="RUN", help="a run of the preset peers")
    parser.add_argument("--out", type=path, metavar="FILE", required=True, help="the page to write")


def run(options: argparse.Namespace) -> int:
    """Write the page of all codecs side by side; print its path."""
    from pathlib import Path

    from analysis.errors import AnalysisError
    from analysis.render import check_path, write
    from analysis.report import performance
    from analysis.report.run import report
    from bench.bundle import Part

    check_path(Path(options.out), ".md")
    machine = read_machine(options.run, [Part.CASES])
    if why := machine.bundle.why_not_all:
        raise AnalysisError(f"{options.run}: {why}; `nox -s peers` measures all")
    results = report(machine)
    write(performance.performance(results), Path(options.out), ".md")
    print(options.out)
    return STATUS[results.verdict.trust.value]
