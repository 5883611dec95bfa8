"""`python -m analysis gravity`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.commands.shared import add_levers, course_of, ledger_of, levers_of, limits_of, show
from hardware_profiles.command_line import DONE

if TYPE_CHECKING:
    import argparse

NAME = "gravity"
SUMMARY = (
    "Move a dataset over a wire or in boxes: how long, for how much, and where they are equal."
)
EXAMPLES = """\
  python -m analysis lock gravity                       predict first
  python -m analysis gravity
  python -m analysis gravity --link fibre_1g --method snowball_80
  python -m analysis gravity --size '50 TB' --distance '800 km' --link '40 Gb/s' --deadline '2 day'
  python -m analysis gravity --track edge_guardian --tier nvme_gen4 --json
"""
MAINTAINERS = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options: the track, and a lever each."""
    add_levers(parser, NAME)


def run(options: argparse.Namespace) -> int:
    """Print what moving the data comes to, once it was predicted."""
    from analysis.acts.gravity import gravity
    from analysis.ledger.opening import opened, tried
    from analysis.report import gravity as report
    from hardware_profiles.catalogue import catalogue

    chosen, path, facts = levers_of(options, NAME), ledger_of(options), catalogue()
    course = course_of(options)
    opened(path, NAME, facts, reveal=options.reveal)
    outcome = gravity(chosen, facts, limits_of(course))
    bodies = tried(path, outcome)
    show(options, report.gravity(outcome, facts, bodies, course))
    return DONE
