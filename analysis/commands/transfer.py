"""`python -m analysis transfer`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.commands.shared import read_machine, show
from hardware_profiles.command_line import DONE, add_json, path

if TYPE_CHECKING:
    import argparse

NAME = "transfer"
SUMMARY = "Predict a second machine from its stages alone, by the first one's parameters."
EXAMPLES = """\
  python -m analysis transfer runs/laptop runs/desktop
"""
MAINTAINERS = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "source", type=path, metavar="A", help="a run of the machine with the parameters"
    )
    parser.add_argument("target", type=path, metavar="B", help="a run of the other one")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print how one machine's parameters predict another."""
    from analysis.model.transfer import transfer
    from analysis.report import transfer as transfer_report

    result = transfer(read_machine(options.source), read_machine(options.target))
    show(options, transfer_report.transfer(result))
    return DONE
