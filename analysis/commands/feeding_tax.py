"""`python -m analysis feeding-tax`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.commands.shared import (
    add_levers,
    add_run,
    course_of,
    ledger_of,
    levers_of,
    limits_of,
    read_machine,
    show,
    status,
)
from hardware_profiles import streams
from hardware_profiles.command_line import DONE

if TYPE_CHECKING:
    import argparse

NAME = "feeding-tax"
SUMMARY = "Feed an accelerator from this machine: what it waits for, and what would help."
EXAMPLES = """\
  python -m analysis lock feeding-tax                   predict first
  python -m analysis feeding-tax
  python -m analysis feeding-tax --format protobuf --storage nvme_gen4 --workers 8
  python -m analysis feeding-tax --configuration | python -m bench experiment --config -
  python -m analysis feeding-tax runs/one --track edge_guardian --json
"""
MAINTAINERS = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options: a run, the track, and a lever each."""
    add_run(parser)
    add_levers(parser, NAME)
    parser.add_argument(
        "--configuration",
        action="store_true",
        help="print the configuration alone, for bench experiment --config -",
    )


def run(options: argparse.Namespace) -> int:
    """Print what feeding costs, once it was predicted."""
    from analysis.acts.feeding import feeding_tax
    from analysis.acts.feeding.setups import setup_of
    from analysis.ledger.opening import opened, tried
    from analysis.report import feeding_tax as report

    chosen, path, course = levers_of(options, NAME), ledger_of(options), course_of(options)
    machine = read_machine(options.run)
    if options.configuration:
        setup = machine.stage_model.resolve(setup_of(chosen)).setup
        streams.print_json(setup.model_dump_json())
        return DONE
    facts = machine.catalogue
    opened(path, NAME, facts, machine, reveal=options.reveal)
    outcome = feeding_tax(machine, facts, chosen, limits_of(course))
    bodies = tried(path, outcome)
    show(options, report.feeding_tax(outcome, facts, bodies, course))
    return max(DONE, status(machine.calibration))
