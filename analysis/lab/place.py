"""Where a student was, and how long each part took: beside the ledger, and of no consequence.

The record is the ledger. What is kept here only saves a student the way back.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from analysis.acts.levers import TRACKS
from analysis.lab.acts import ACTS
from bench.bundle import write_atomically
from bench.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MOST_S = 60.0
"""Of a page's clock at once: a laptop that slept was not at work."""


@dataclass(frozen=True)
class Place:
    """A mission and an act, and the time that each act has taken."""

    track: str
    act: str
    seconds: Mapping[str, float] = field(default_factory=dict)

    def later(self, seconds: float) -> Place:
        """Return it after some more time on its act."""
        spent = self.seconds.get(self.act, 0.0) + min(max(seconds, 0.0), _MOST_S)
        return replace(self, seconds={**self.seconds, self.act: spent})


def read_place(path: Path, first: Place) -> Place:
    """Return the place that a file keeps; the first one where there is none to be read."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        track, act, spent = record["track"], record["act"], record["seconds"]
        seconds = {name: float(spent[name]) for name in ACTS if name in spent}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return first
    return Place(
        track if track in TRACKS else first.track, act if act in ACTS else first.act, seconds
    )


def write_place(path: Path, place: Place) -> None:
    """Keep a place; where that cannot be done, the ledger still says what was tried last."""
    record = {"track": place.track, "act": place.act, "seconds": dict(place.seconds)}
    with suppress(BenchError, OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(record).encode())
