"""Looking at the machine: an answer, or why there is none."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class UnavailableError(Exception):
    """This machine has no answer; the text says why, in a few words."""


def available_or_reason(probe: Callable[[], T]) -> T | str:
    """Return a probe's answer, or `unavailable: reason`.

    The reason never quotes an operating system's message, which could hold a path or a name.
    """
    try:
        return probe()
    except UnavailableError as error:
        return f"unavailable: {error}"
    except (OSError, ValueError, AttributeError, subprocess.SubprocessError) as error:
        return f"unavailable: {type(error).__name__}"


def output(*command: str) -> str:
    """Return what a system command prints, within two seconds."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=2, check=True)
    return done.stdout.strip()
