"""`python -m analysis gravity`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.levers import ACTS, LEVERS, MISSION, TRACKS
from analysis.commands.shared import add_ledger, add_reveal, ledger_of, show
from hardware_profiles.command_line import DONE, add_json

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
    parser.add_argument(
        "--track", choices=TRACKS, default=TRACKS[0], help=f"whose mission (default: {TRACKS[0]})"
    )
    for name in ACTS[NAME]:
        lever = LEVERS[name]
        choices = [*lever.names, *([f"such as {lever.stops[-1]}"] if lever.stops else [])]
        default = "as the mission says" if lever.default == MISSION else lever.default
        parser.add_argument(
            f"--{name}",
            metavar=(lever.unit and "AMOUNT") or "NAME",
            help=f"{lever.help}: {', '.join(choices)} (default: {default})",
        )
    add_reveal(parser)
    add_ledger(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print what moving the data comes to, once it was predicted."""
    from analysis.acts.gravity import gravity
    from analysis.acts.scenario import scenario
    from analysis.ledger.opening import opened, tried
    from analysis.report import gravity as report
    from hardware_profiles.catalogue import catalogue

    given = {name: value for name in ACTS[NAME] if (value := getattr(options, name)) is not None}
    chosen, facts = scenario(NAME, options.track, given), catalogue()
    path = ledger_of(options)
    opened(path, NAME, facts, reveal=options.reveal)
    outcome = gravity(chosen, facts)
    bodies = tried(path, outcome)
    show(options, report.gravity(outcome, facts, bodies))
    return DONE
