"""Measure a stage alone again where the core was slowed, as long as there is time for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from bench.bundle import CPU_OVER_WALL, DRIFT, reference_us, slowdown
from bench.canary import canary_us

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_CANARIES = 4
"""On each side: 4 ms."""
_MOST_TRIES = 3
_ALLOWANCE = 20
"""Of a probe, as a number of things more than it measures."""


class Taken(NamedTuple):
    """What was measured around something."""

    before_us: list[int]
    after_us: list[int]
    """Times of canaries."""
    cpu_us: int
    """CPU time of this process."""
    slowdown: float
    """See `bench.bundle.slowdown`."""

    @property
    def canary_us(self) -> list[int]:
        """All canaries, as a bundle records them: as many before as after."""
        return self.before_us + self.after_us


class Calmly:
    """Knows the core's full speed, from canaries beside all that it has measured."""

    def __init__(self, seconds: float) -> None:
        """Begin a probe that measures each thing for so many seconds."""
        self._canaries_us: list[int] = []
        self._left_s = _ALLOWANCE * seconds

    def __call__(self, measure: Callable[[], T], *, on_the_cpu: bool = False) -> tuple[T, Taken]:
        """Measure; again where the core was slowed; return the calmest result.

        Args:
            measure: takes the measurement.
            on_the_cpu: whether this process is to have the core all the time.

        """
        tries: list[tuple[T, Taken]] = []
        while True:
            start_s = time.perf_counter()
            tries.append(self._measure(measure, on_the_cpu=on_the_cpu))
            calmest = min(tries, key=lambda taken: taken[1].slowdown)
            if calmest[1].slowdown <= DRIFT or len(tries) == _MOST_TRIES or self._left_s < 0:
                return calmest
            self._left_s -= time.perf_counter() - start_s

    def _measure(self, measure: Callable[[], T], *, on_the_cpu: bool) -> tuple[T, Taken]:
        before_us = [canary_us() for _ in range(_CANARIES)]
        wall_ns, cpu_ns = time.perf_counter_ns(), time.process_time_ns()
        result = measure()
        wall_ns, cpu_ns = time.perf_counter_ns() - wall_ns, time.process_time_ns() - cpu_ns
        after_us = [canary_us() for _ in range(_CANARIES)]
        self._canaries_us += before_us + after_us
        slowed = slowdown(before_us + after_us, reference_us(self._canaries_us))
        if on_the_cpu and cpu_ns < CPU_OVER_WALL * wall_ns:
            slowed = max(slowed, wall_ns / max(cpu_ns, 1) - 1)
        return result, Taken(before_us, after_us, round(cpu_ns / 1e3), slowed)
