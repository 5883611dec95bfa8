"""Energy by the machine's own meters, where they can be read without privileges.

A meter counts the energy of its part of the machine, whatever uses it. The energy of a piece of
work is the energy counted meanwhile minus idle power times its duration; both are recorded. Only
powercap/psys may count a laptop's screen, disk and power supply too.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.availability import available_or_reason
from bench.energy import apple, emi, nvml, powercap
from bench.energy.meter import Meter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["METERS", "Account", "Kind", "Meter", "find", "idle_uw"]

_MAX_REASON = 100
"""Longest text of a reason in a bundle."""


@dataclass(frozen=True)
class Kind:
    """A kind of meter."""

    systems: tuple[str, ...]
    """Systems that may have such meters, as `sys.platform` names them."""
    discover: Callable[[], list[Meter]]
    """Returns the meters of this machine; raises UnavailableError where there are none."""


METERS = {
    "powercap": Kind(("linux",), powercap.find),
    "nvml": Kind(("linux", "win32"), nvml.find),
    "emi": Kind(("win32",), emi.find),
    "apple": Kind(("darwin",), apple.find),
}


def find() -> list[Meter] | str:
    """Return all meters that can be read, or `no meter: reason; reason`.

    They do not overlap, except that powercap/psys may include the energy of others.
    """
    kinds = [kind for kind in METERS.values() if sys.platform in kind.systems]
    results = [available_or_reason(kind.discover) for kind in kinds]
    meters = [meter for result in results if not isinstance(result, str) for meter in result]
    if meters:
        return meters
    reasons = [text.removeprefix("unavailable: ") for text in results if isinstance(text, str)]
    return f"no meter: {'; '.join(reasons) or 'none is known for this system'}"[:_MAX_REASON]


class Account:
    """The energy that each meter has counted since a mark; the first mark is set at once.

    A meter that could not be read at both ends is left out. The energy of less than a meter's
    `shortest_s` is dominated by the steps in which it counts.
    """

    def __init__(self, meters: Iterable[Meter]) -> None:
        self._meters = tuple(meters)
        self.mark()

    def mark(self) -> None:
        """Set the mark to now."""
        self._since = _readings(self._meters)

    def taken_uj(self) -> dict[str, int]:
        """Return the microjoules since the mark, by the meters' names."""
        now = _readings(self._meters)
        return {name: now[name].uj - since.uj for name, since in self._since.items() if name in now}


def idle_uw(meters: Iterable[Meter], seconds: float = 1.0) -> dict[str, int]:
    """Return the mean power while this process sleeps, in uW, by the meters' names.

    It sleeps for so many seconds, or for as long as the slowest meter needs. Other processes are
    counted too. A meter that cannot be read is left out.
    """
    meters = tuple(meters)
    before = _readings(meters)
    time.sleep(max([seconds, *(meter.shortest_s for meter in meters)]))
    now = _readings(meters)
    return {
        name: round((now[name].uj - start.uj) * 1e9 / (now[name].ns - start.ns))
        for name, start in before.items()
        if name in now
    }


@dataclass(frozen=True)
class _Reading:
    uj: int
    """Energy since some moment of the past, in uJ."""
    ns: int
    """When it was read, by `time.perf_counter_ns`."""


def _readings(meters: Iterable[Meter]) -> dict[str, _Reading]:
    """Return a reading of each meter by name; those that cannot be read are left out."""
    readings: dict[str, _Reading] = {}
    for meter in meters:
        uj = available_or_reason(meter.read_uj)
        if not isinstance(uj, str):
            readings[meter.name] = _Reading(uj, time.perf_counter_ns())
    return readings
