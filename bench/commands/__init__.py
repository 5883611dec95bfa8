"""The commands of `python -m bench`: a module each, and `COMMANDS` the only list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.commands import diagnose, experiment, fastest, formats, learning, preview, run
from bench.commands import list as listing

if TYPE_CHECKING:
    from hardware_profiles.command_line import Command

COMMANDS: list[Command] = [run, experiment, diagnose, formats, learning, listing, preview, fastest]
