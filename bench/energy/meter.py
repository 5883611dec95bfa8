"""A counter of energy, without the wraps of the machine's own counter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bench.availability import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable


class Meter:
    """Energy since some moment of the past, in uJ.

    At most one wrap of the machine's counter between two readings is undone. A package of a
    processor wraps after 65 to 262 kJ, so it must be read every ten minutes.
    """

    def __init__(
        self,
        name: str,
        counter: Callable[[], int],
        *,
        range_uj: int | None = None,
        shortest_s: float = 0.1,
    ) -> None:
        """Make a meter.

        Args:
            name: name of the meter, kind/part.
            counter: returns what the machine counts, in uJ.
            range_uj: energy after which the counter wraps to zero; None: it does not.
            shortest_s: shortest time to measure, in s: a few of the steps in which it counts.

        """
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
            UnavailableError: the meter cannot be read any more, or was reset: then no later
                reading is possible, since the energy in between is unknown.
            OSError: the system refuses to read it.

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
    """Return a meter, once it is known to count.

    Raises:
        UnavailableError: it is at zero, as emulated ones always are.

    """
    if meter.read_uj() == 0:
        raise UnavailableError("the energy counter stands at zero")
    return meter


def label(text: str) -> str:
    """Return a system's name of a meter as a part of our names: plain letters, at most 60."""
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", text).strip("-")[:60] or "unnamed"
