"""`python -m hardware_profiles show`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware_profiles.command_line import DONE, add_json

if TYPE_CHECKING:
    import argparse

    from hardware_profiles.catalogue import Profile
    from hardware_profiles.quantity import Quantity

NAME = "show"
SUMMARY = "Show a profile's numbers with their sources."
EXAMPLES = """\
  python -m hardware_profiles show h100
  python -m hardware_profiles show resnet50 demand.tuned.h100   one number: its sources, its tree
  python -m hardware_profiles show orin camera              the numbers of a table
  python -m hardware_profiles show aws_2024 --json
"""
MAINTAINERS = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    parser.add_argument("name", metavar="NAME", help="of a profile, as `list` prints it")
    parser.add_argument(
        "path", nargs="?", metavar="PATH", help="of one number or table, such as memory.bandwidth"
    )


def run(options: argparse.Namespace) -> int:
    """Print a profile, one of its tables or one of its numbers."""
    import json

    from hardware_profiles import describe, terminal
    from hardware_profiles.catalogue import catalogue
    from hardware_profiles.console import Console

    profile = catalogue()[options.name]
    if options.path is None:
        if options.json:
            print(json.dumps(describe.record(profile), indent=2))
        else:
            terminal.show_profile(Console(), profile)
        return DONE
    numbers = _numbers(profile, options.path)
    if options.json:
        described = {path: describe.number(quantity) for path, quantity in numbers.items()}
        print(json.dumps(described, indent=2))
    elif len(numbers) == 1:
        terminal.show_number(Console(), profile, *numbers)
    else:
        terminal.show_numbers(Console(), profile, numbers)
    return DONE


def _numbers(profile: Profile, path: str) -> dict[str, Quantity]:
    """Return the number at a path, or the numbers of the table at it."""
    table = profile.below(path)
    if table and path not in profile.numbers:
        return {f"{path}.{inner}": quantity for inner, quantity in table.items()}
    return {path: profile[path]}
