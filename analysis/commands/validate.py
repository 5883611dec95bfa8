"""`python -m analysis validate`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from analysis.commands.shared import add_run, read_machine, show
from hardware_profiles import streams
from hardware_profiles.command_line import DONE, add_json, path

if TYPE_CHECKING:
    import argparse

NAME = "validate"
SUMMARY = "Compare predictions with measurements that they have not seen."
EXAMPLES = """\
  python -m analysis validate                the last run in runs/
  python -m analysis validate runs/one --out validation.md
  python -m analysis validate runs/one --json
"""
MAINTAINERS = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_run(parser)
    parser.add_argument(
        "--out",
        type=path,
        metavar="FILE",
        help="write it as a page too: .md, .html or .json",
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print how predictions compare with measurements that they have not seen."""
    from pathlib import Path

    from analysis.model.validation import validate
    from analysis.render import check_path, write
    from analysis.report import validation as validation_report

    if options.out:
        check_path(Path(options.out), ".md")
    if sys.stderr.isatty():
        streams.say("leaving out one after another, some seconds")
    machine = read_machine(options.run)
    document = validation_report.validation(machine, validate(machine))
    if options.out:
        write(document, Path(options.out), ".md")
    show(options, document)
    return DONE
