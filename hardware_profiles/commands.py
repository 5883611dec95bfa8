"""What the commands do, once their options are read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.console import Console

from hardware_profiles import describe, terminal
from hardware_profiles.catalogue import catalogue
from hardware_profiles.categories import CATEGORIES
from hardware_profiles.errors import UnknownNameError

if TYPE_CHECKING:
    import argparse


class _Console(Console):
    """A console that leaves it to the program what a reader's leaving means."""

    def on_broken_pipe(self) -> None:
        raise  # noqa: PLE0704 - rich calls this while it handles the error


def list_profiles(options: argparse.Namespace) -> None:
    """Print the names of profiles, by category."""
    if options.category and options.category not in CATEGORIES:
        raise UnknownNameError(
            f"there is no category {options.category!r}; there are {', '.join(CATEGORIES)}"
        )
    profiles = catalogue()
    found = [p for c in CATEGORIES if options.category in {None, c} for p in profiles.of(c)]
    if options.json:
        print(json.dumps([describe.entry(profile) for profile in found], indent=2))
    else:
        terminal.show_list(_Console(), found)


def show(options: argparse.Namespace) -> None:
    """Print a profile, one of its tables or one of its numbers."""
    profile = catalogue()[options.name]
    if options.path is None:
        if options.json:
            print(json.dumps(describe.record(profile), indent=2))
        else:
            terminal.show_profile(_Console(), profile)
        return
    table = profile.below(options.path)
    if table and options.path not in profile.numbers:
        numbers = {f"{options.path}.{path}": quantity for path, quantity in table.items()}
    else:
        numbers = {options.path: profile[options.path]}
    if options.json:
        told = {path: describe.number(quantity) for path, quantity in numbers.items()}
        print(json.dumps(told, indent=2))
    elif len(numbers) == 1:
        terminal.show_number(_Console(), profile, *numbers)
    else:
        terminal.show_numbers(_Console(), profile, numbers)
