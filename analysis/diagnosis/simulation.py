"""A DataLoader in a few lines: workers, batches loaded ahead, delivery in order, a step.

As torch does it: each worker is given `ahead` batches at the beginning, in turn; whenever the
consumer has received one, another is given out. In order, the consumer waits for the next batch
even if later ones are ready; else it takes the first that is.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BATCHES = 2000
"""How many are simulated: a slow one in a thousand has to come twice."""


@dataclass(frozen=True, slots=True)
class SimulatedLoader:
    """What a loader's speed follows from; times by batch, in s."""

    making: NDArray[np.float64]
    """Of shape (batches,): what a worker takes for each, drawn from again and again."""
    cpu: float
    """CPU time of a worker for a batch."""
    receiving: float
    """What the consumer takes to receive one, and to draw the indices of another."""
    step: float
    workers: int
    ahead: int
    """Batches that each worker loads ahead."""
    in_order: bool = True
    cores: int = 1
    latency: float = 0.0
    """From when a worker has made a batch until it can be received; it makes the next one then."""


def period_s(loader: SimulatedLoader, batches: int = _BATCHES) -> float:
    """Return the time from batch to batch in the steady state, in s.

    Args:
        loader: of what it consists.
        batches: how many to simulate.

    """
    if not loader.workers:
        return float(loader.making.mean()) + loader.receiving + loader.step
    order = np.random.default_rng(0).permutation(np.resize(np.arange(len(loader.making)), batches))
    simulated = _simulated(loader, loader.making[order])
    # Beyond the cores that there are, all of them share what is left.
    return max(simulated, (loader.cpu + loader.receiving) / loader.cores)


def _simulated(loader: SimulatedLoader, making: NDArray[np.float64]) -> float:
    free = [0.0] * loader.workers
    waiting = [0] * loader.workers
    ends: dict[int, tuple[float, int]] = {}
    ready: list[tuple[float, int]] = []
    given = 0

    def give(now: float) -> None:
        nonlocal given
        if given == len(making):
            return
        turn = given % loader.workers
        worker = turn if loader.in_order else min(range(loader.workers), key=waiting.__getitem__)
        free[worker] = max(now, free[worker]) + float(making[given])
        waiting[worker] += 1
        end = free[worker] + loader.latency
        ends[given] = (end, worker)
        heapq.heappush(ready, (end, given))
        given += 1

    for _ in range(loader.workers * loader.ahead):
        give(0.0)
    now, half, middle = 0.0, len(making) // 2, 0.0
    for count in range(len(making)):
        number = count if loader.in_order else heapq.heappop(ready)[1]
        end, worker = ends.pop(number)
        waiting[worker] -= 1
        now = max(now, end) + loader.receiving
        give(now)
        now += loader.step
        if count == half:
            middle = now
    return (now - middle) / (len(making) - 1 - half)
