"""Where a student was, and how long each part took: beside the ledger, and of no consequence.

The record is the ledger. What is kept here only saves a student the way back.
"""

from __future__ import annotations

import json
import math
import threading
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from analysis.acts.levers import TRACKS
from analysis.lab.acts import ACTS
from bench.bundle import write_atomically
from bench.errors import BenchError

if TYPE_CHECKING:
    from pathlib import Path

_MOST_S = 60.0
"""Of a page's clock at once: a laptop that slept was not at work."""
_turn = threading.Lock()
"""Held by the page that reads a file, adds to it and writes it."""


@dataclass(frozen=True)
class Place:
    """A mission and an act, and the time that each act has taken."""

    track: str
    act: str
    seconds: dict[str, float] = field(default_factory=dict)
    """On all pages; of the others as of the last time that it was read or written."""
    unkept: dict[str, float] = field(default_factory=dict, compare=False, repr=False)
    """Those of this page that no file holds yet."""

    def later(self, seconds: float) -> Place:
        """Return it after some more time on its act."""
        passed = min(max(seconds, 0.0), _MOST_S)
        return replace(
            self,
            seconds=_sum(self.seconds, {self.act: passed}),
            unkept=_sum(self.unkept, {self.act: passed}),
        )


def _sum(first: dict[str, float], second: dict[str, float]) -> dict[str, float]:
    return first | {name: first.get(name, 0.0) + value for name, value in second.items()}


def read_place(path: Path, first: Place) -> Place:
    """Return the place that a file keeps; the first one where there is none to be read."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        track, act, spent = record["track"], record["act"], record["seconds"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return first
    if not (isinstance(track, str) and isinstance(act, str) and isinstance(spent, dict)):
        return first
    kept = {name: spent[name] for name in ACTS if name in spent}
    if not all(map(_is_time, kept.values())):
        return first
    return Place(
        track if track in TRACKS else first.track,
        act if act in ACTS else first.act,
        {name: float(seconds) for name, seconds in kept.items()},
    )


def _is_time(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    with suppress(OverflowError):
        return value >= 0 and math.isfinite(value)
    return False


def write_place(path: Path, place: Place) -> None:
    """Keep a place, and add its time to what other pages have added meanwhile.

    Where that cannot be done, the ledger still says what was tried last; its time is added later.
    """
    with _turn, suppress(BenchError, OSError):
        seconds = _sum(read_place(path, Place("", "")).seconds, place.unkept)
        record = {"track": place.track, "act": place.act, "seconds": seconds}
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(record).encode())
        place.unkept.clear()
        place.seconds.update(seconds)
