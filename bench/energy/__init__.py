"""Energy by the machine's own meters, where they can be read without privileges.

A meter counts all that its part of the machine takes, whoever causes it; what a piece of work took
is what was counted meanwhile less the idle power times the time. Both are recorded, the difference
is for the reader. Only powercap/psys may count a laptop's screen, disk and power supply too.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.availability import ask
from bench.energy import apple, emi, nvml, powercap
from bench.energy.meter import Meter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["METERS", "Account", "Kind", "Meter", "find", "idle_uw"]

_LONGEST = 100


@dataclass(frozen=True)
class Kind:
    """A kind of meter: on which systems there may be some, and how they are found."""

    systems: tuple[str, ...]
    look: Callable[[], list[Meter]]


METERS = {
    "powercap": Kind(("linux",), powercap.find),
    "nvml": Kind(("linux", "win32"), nvml.find),
    "emi": Kind(("win32",), emi.find),
    "apple": Kind(("darwin",), apple.find),
}


def find() -> list[Meter] | str:
    """Return all meters that can be read, or `no meter: reason; reason`.

    They are chosen not to overlap, but for powercap/psys: what else is found may be within it.
    """
    kinds = [kind for kind in METERS.values() if sys.platform in kind.systems]
    answers = [ask(kind.look) for kind in kinds]
    meters = [meter for found in answers if not isinstance(found, str) for meter in found]
    if meters:
        return meters
    reasons = [said.removeprefix("unavailable: ") for said in answers if isinstance(said, str)]
    return f"no meter: {'; '.join(reasons) or 'none is known for this system'}"[:_LONGEST]


class Account:
    """The energy that each meter counted since a mark, the first of which is set at once.

    A meter that could not be read at either end is left out: no number is better than a wrong one.
    What took less than a meter's `shortest_s` is lost in the steps of that meter.
    """

    def __init__(self, meters: Iterable[Meter]) -> None:
        self._meters = tuple(meters)
        self.mark()

    def mark(self) -> None:
        """Begin again."""
        self._since = _readings(self._meters)

    def taken_uj(self) -> dict[str, int]:
        """Return the microjoules since the mark, by the meters' names."""
        now = _readings(self._meters)
        return {name: now[name].uj - since.uj for name, since in self._since.items() if name in now}


def idle_uw(meters: Iterable[Meter], seconds: float = 1.0) -> dict[str, int]:
    """Return the mean power in microwatts over so many seconds in which this process does nothing.

    Takes as long as the slowest meter needs, where that is more. What else runs on the machine is
    counted too. A meter that cannot be read is left out.
    """
    meters = tuple(meters)
    before = _readings(meters)
    time.sleep(max([seconds, *(meter.shortest_s for meter in meters)]))
    now = _readings(meters)
    return {
        name: round((now[name].uj - then.uj) * 1e9 / (now[name].ns - then.ns))
        for name, then in before.items()
        if name in now
    }


@dataclass(frozen=True)
class _Reading:
    uj: int
    ns: int


def _readings(meters: Iterable[Meter]) -> dict[str, _Reading]:
    """Return what the meters say, and when; those that say nothing are left out."""
    found: dict[str, _Reading] = {}
    for meter in meters:
        uj = ask(meter.read_uj)
        if not isinstance(uj, str):
            found[meter.name] = _Reading(uj, time.perf_counter_ns())
    return found
