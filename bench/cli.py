"""The command line, `python -m bench`. Heavy imports stay inside the commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.errors import AnalysisError
from bench.commands import COMMANDS
from bench.errors import BenchError
from formats.errors import FormatError
from hardware_profiles import command_line
from hardware_profiles.errors import ProfileError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

_DESCRIPTION = "Measure what it costs to turn stored bytes into tensors on this machine."
_EXAMPLES = """\
  python -m bench run
  python -m bench list --preset standard
"""
_ERRORS = (BenchError, AnalysisError, FormatError, ProfileError)


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    return command_line.parser("bench", _DESCRIPTION, COMMANDS, _EXAMPLES)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status."""
    return command_line.main(parser(), _ERRORS, arguments)
