"""The command line, `python -m analysis`. Heavy imports stay inside the commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.commands import COMMANDS
from analysis.errors import AnalysisError
from bench.errors import BenchError
from formats.errors import FormatError
from hardware_profiles import command_line
from hardware_profiles.errors import ProfileError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

_DESCRIPTION = "Explain a bundle that `python -m bench run` has measured, and predict."
_EXAMPLES = """\
  python -m analysis report runs/one
  python -m analysis predict --payload image --codec json --workers 2
"""
_ERRORS = (AnalysisError, BenchError, FormatError, ProfileError)


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    return command_line.parser("analysis", _DESCRIPTION, COMMANDS, _EXAMPLES)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status."""
    return command_line.main(parser(), _ERRORS, arguments)
