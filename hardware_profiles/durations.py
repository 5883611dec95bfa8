"""How durations are written: a number and its unit, the same wherever one is asked for. Light."""

from __future__ import annotations

import re

UNITS_S = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
"""Seconds in a unit."""
EXAMPLES = "10ms, 500us or 0.1s"
SHORTEST_S, LONGEST_S = 1e-6, 600.0
"""Of what is waited for or must be met: no clock is finer, no window is longer."""

_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?|\.\d{1,9}")
_DURATION = re.compile(rf"({_NUMBER.pattern}) ?({'|'.join(UNITS_S)})")


def is_duration(text: str) -> bool:
    """Tell whether a text is a number and a unit of time."""
    return _DURATION.fullmatch(text) is not None


def duration_s(text: str) -> float:
    """Return a duration in seconds.

    Raises:
        ValueError: it has no unit, or is implausible; the text is for the user.

    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        why = "has no unit of time" if _NUMBER.fullmatch(text.strip()) else "is no duration"
        raise ValueError(f"{text!r} {why}; write it as {EXAMPLES}")
    value_s = float(match[1]) * UNITS_S[match[2]]
    if not SHORTEST_S <= value_s <= LONGEST_S:
        raise ValueError(f"{text} is not plausible; choose from 1us to {LONGEST_S:g}s")
    return value_s
