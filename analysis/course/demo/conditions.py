"""What all parts of a made-up pipeline share in one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.course.demo.machines import DrawnMachine
    from analysis.course.demo.template import Template
    from analysis.course.demo.variances import Variances


@dataclass(frozen=True)
class Conditions:
    """What all parts of a pipeline share in one run."""

    template: Template
    machine: DrawnMachine
    variances: Variances
    slower: float
    """How much slower the core is just then."""
    cores: int

    def factor(self, cell: str) -> float:
        """Return how much longer a cell of the template takes."""
        return float(self.machine.cells[self.template.places[cell]]) * self.slower


class Canaries:
    """Canaries beside the records of a pipeline, drawn many at once."""

    _AT_ONCE = 1024

    def __init__(self, rng: np.random.Generator, conditions: Conditions) -> None:
        self._rng, self._spreads = rng, conditions.variances.spreads["canary"]
        self._level = conditions.template.canary_us * conditions.machine.canary * conditions.slower
        self._grain = self._windows = np.empty(0)
        self._place = self._records = 0

    def beside(self, count: int) -> list[int]:
        """Return the times of so many beside a record, in us."""
        if self._place + count > len(self._grain):
            size = max(count, self._AT_ONCE)
            self._grain, self._place = np.exp(self._spreads["sample"].draw(self._rng, size)), 0
        if self._records == len(self._windows):
            # As many on both sides: half of what a window of codecs is off by.
            logs = 0.5 * self._spreads["window"].draw(self._rng, self._AT_ONCE // 8)
            self._windows, self._records = self._level * np.exp(logs), 0
        grain = self._grain[self._place : self._place + count]
        times: list[int] = (grain * self._windows[self._records] + 0.5).astype(int).tolist()
        self._place += count
        self._records += 1
        return times


def scaled(times: Sequence[int], batches: int, count: int, factor: float) -> list[int]:
    """Return the sum and the quantiles of as many durations as are new, each longer by a factor.

    Args:
        times: sum, median, 95th and 99th percentile, largest, in us.
        batches: of how many durations they are.
        count: of how many the result is.
        factor: how much longer each takes.

    """
    total, half, most, nearly, largest = times
    if total:
        total = max(1, int(total / batches * count * factor + 0.5))
    half = min(int(half * factor + 0.5), total)
    most = max(half, min(int(most * factor + 0.5), total))
    nearly = max(most, min(int(nearly * factor + 0.5), total))
    return [total, half, most, nearly, max(nearly, min(int(largest * factor + 0.5), total))]
