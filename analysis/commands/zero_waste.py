"""`python -m analysis zero-waste`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.commands.shared import (
    add_levers,
    add_run,
    course_of,
    ledger_of,
    levers_of,
    read_machine,
    show,
    status,
)
from hardware_profiles.command_line import DONE

if TYPE_CHECKING:
    import argparse

NAME = "zero-waste"
SUMMARY = "Select data: what energy and carbon it saves, what accuracy it costs."
EXAMPLES = """\
  python -m analysis lock zero-waste                    predict first
  python -m analysis zero-waste
  python -m analysis zero-waste --filter 50% --dedup 30% --place local --wire-format parquet
  python -m analysis zero-waste --track tiny_pioneer --label-quality expert --gain terms
  python -m analysis zero-waste runs/one --region france --json
"""
MAINTAINERS = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options: a run, the track, and a lever each."""
    add_run(parser)
    add_levers(parser, NAME)


def run(options: argparse.Namespace) -> int:
    """Print what a selection comes to, once it was predicted."""
    from analysis.acts.zero_waste import zero_waste
    from analysis.ledger.opening import opened, tried
    from analysis.report import zero_waste as report

    chosen, path, course = levers_of(options, NAME), ledger_of(options), course_of(options)
    machine = read_machine(options.run)
    facts = machine.catalogue
    opened(path, NAME, facts, machine, reveal=options.reveal)
    outcome = zero_waste(machine, chosen)
    bodies = tried(path, outcome)
    show(options, report.zero_waste(outcome, facts, bodies, course))
    return max(DONE, status(machine.calibration))
