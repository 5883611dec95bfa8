"""`python -m analysis drift`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.commands.shared import (
    add_levers,
    add_run,
    course_of,
    ledger_of,
    levers_of,
    machine_if_any,
    show,
)
from hardware_profiles.command_line import DONE

if TYPE_CHECKING:
    import argparse

NAME = "drift"
SUMMARY = "Watch a fleet of doorbells: which city's cameras changed, what did it, what helps."
EXAMPLES = """\
  python -m analysis lock drift                         predict first
  python -m analysis drift
  python -m analysis drift --alpha 0.001 --window 50
  python -m analysis drift --correction none --window 1000
  python -m analysis drift runs/one --city lima --firmware-date 2026-03-20 --json
"""
MAINTAINERS = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options: a run, the track, and a lever each."""
    add_run(parser)
    add_levers(parser, NAME)


def run(options: argparse.Namespace) -> int:
    """Print what watching the doorbells finds, once it was predicted."""
    from analysis.acts.drift import DEFAULT_NONCE, drift
    from analysis.ledger.opening import opened, tried
    from analysis.report import drift as report
    from hardware_profiles.catalogue import catalogue

    chosen, path, facts = levers_of(options, NAME), ledger_of(options), catalogue()
    course = course_of(options)
    machine = machine_if_any(options.run, facts)
    bundle = machine.bundle if machine else None
    nonce = bundle.run.nonce if bundle else DEFAULT_NONCE
    opened(path, NAME, facts, machine, reveal=options.reveal)
    outcome = drift(chosen, facts, nonce, bundle)
    bodies = tried(path, outcome)
    show(options, report.drift(outcome, facts, bodies, course))
    return DONE
