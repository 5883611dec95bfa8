"""The commands of `python -m hardware_profiles`: a module each, and `COMMANDS` the only list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware_profiles.commands import audit, show
from hardware_profiles.commands import list as listing

if TYPE_CHECKING:
    from hardware_profiles.command_line import Command

COMMANDS: list[Command] = [listing, show, audit]
