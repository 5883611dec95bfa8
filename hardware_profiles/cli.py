"""The command line, `python -m hardware_profiles`. Heavy imports stay inside the commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware_profiles import command_line
from hardware_profiles.commands import COMMANDS
from hardware_profiles.errors import ProfileError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

_DESCRIPTION = (
    "Facts about hardware, prices and energy: every number with its source, its range and how it "
    "is known."
)
_EXAMPLES = """\
  python -m hardware_profiles list
  python -m hardware_profiles show h100
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    return command_line.parser("hardware_profiles", _DESCRIPTION, COMMANDS, _EXAMPLES)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status."""
    return command_line.main(parser(), (ProfileError,), arguments)
