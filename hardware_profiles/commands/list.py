"""`python -m hardware_profiles list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware_profiles.command_line import DONE, add_json

if TYPE_CHECKING:
    import argparse

NAME = "list"
SUMMARY = "List the profiles there are."
EXAMPLES = """\
  python -m hardware_profiles list
  python -m hardware_profiles list devices
  python -m hardware_profiles list --json
"""
MAINTAINERS = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    parser.add_argument(
        "category", nargs="?", metavar="CATEGORY", help="only these, such as devices or tiers"
    )


def run(options: argparse.Namespace) -> int:
    """Print the names of profiles, by category."""
    import json

    from hardware_profiles import describe, terminal
    from hardware_profiles.catalogue import catalogue
    from hardware_profiles.console import Console
    from hardware_profiles.errors import UnknownNameError

    profiles = catalogue()
    categories = list(dict.fromkeys(profile.category for profile in profiles.values()))
    if options.category and options.category not in categories:
        raise UnknownNameError(
            f"there is no category {options.category!r}; there are {', '.join(categories)}"
        )
    shown = [p for c in categories if options.category in {None, c} for p in profiles.of(c)]
    if options.json:
        print(json.dumps([describe.entry(profile) for profile in shown], indent=2))
    else:
        terminal.show_list(Console(), shown)
    return DONE
