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
        place = self.template.cells.index(cell)
        return float(self.machine.cells[place]) * self.slower


def canaries(rng: np.random.Generator, conditions: Conditions, count: int) -> list[int]:
    """Return times of canaries beside a record."""
    if not count:
        return []
    spread = conditions.variances.spreads["canary"]
    logs = spread["window"].draw(rng, 1) * 0.5 + spread["sample"].draw(rng, count)
    level = conditions.template.canary_us * conditions.machine.canary * conditions.slower
    times: list[int] = np.maximum(2, np.rint(level * np.exp(logs))).astype(int).tolist()
    return times


def scaled(times: Sequence[int], batches: int, count: int, factor: float) -> list[int]:
    """Return the sum and the quantiles of as many durations as are new, each longer by a factor.

    Args:
        times: sum, median, 95th and 99th percentile, largest, in us.
        batches: of how many durations they are.
        count: of how many the result is.
        factor: how much longer each takes.

    """
    total = max(1, round(times[0] / batches * count * factor)) if times[0] else 0
    result, least = [total], 0
    for value in times[1:]:
        least = max(least, min(round(value * factor), total))
        result.append(least)
    return result
