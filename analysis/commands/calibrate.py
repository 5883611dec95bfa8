"""`python -m analysis calibrate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.commands.shared import add_run, read_machine, show, status
from hardware_profiles.command_line import add_json

if TYPE_CHECKING:
    import argparse

NAME = "calibrate"
SUMMARY = "Show what a run says of this machine: the model's parameters."
EXAMPLES = """\
  python -m analysis calibrate               the last run in runs/
  python -m analysis calibrate runs/one --json
"""
MAINTAINERS = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_run(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print a machine's parameters."""
    from analysis.report import calibration as calibration_report

    calibration = read_machine(options.run).calibration
    show(options, calibration_report.calibration(calibration))
    return status(calibration)
