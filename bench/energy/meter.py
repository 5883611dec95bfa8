"""A counter of energy that only rises."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bench.availability import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable


class Meter:
    """Energy since some moment of the past, in microjoules.

    counter returns what the machine counts, in microjoules. It may go back to zero behind range_uj;
    that is undone, where at most one such wrap lies between two readings. A package of a processor
    wraps after 65 to 262 kJ, so read it every ten minutes at least.

    shortest_s is how long to measure at least: the counter moves in steps of time, and what is
    shorter than a few of them tells more about the steps than about the energy.
    """

    def __init__(
        self,
        name: str,
        counter: Callable[[], int],
        *,
        range_uj: int | None = None,
        shortest_s: float = 0.1,
    ) -> None:
        self.name = name
        self.shortest_s = shortest_s
        self._counter = counter
        self._range_uj = range_uj
        self._last_uj: int | None = None
        self._total_uj = 0
        self._reset = False

    def read_uj(self) -> int:
        """Return the energy so far; it never falls from one reading to the next.

        Raises:
            UnavailableError: the meter cannot be read any more, or was reset: then it stays
                unread, since nobody knows what was counted in between.
            OSError: the system does not let it be read.

        """
        now = self._counter()
        if self._last_uj is None:
            self._last_uj = self._total_uj = now
        taken = now - self._last_uj
        if taken < 0 and self._range_uj is not None:
            taken += self._range_uj
        self._reset |= taken < 0
        if self._reset:
            raise UnavailableError("the meter was reset")
        self._last_uj = now
        self._total_uj += taken
        return self._total_uj


def counting(meter: Meter) -> Meter:
    """Return a meter that counts.

    Raises:
        UnavailableError: it stands at zero, as emulated ones do.

    """
    if meter.read_uj() == 0:
        raise UnavailableError("the energy counter stands at zero")
    return meter


def label(text: str) -> str:
    """Reduce what a system calls a meter to a part of a name."""
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", text).strip("-")[:60] or "unnamed"
