"""Batches in order: when a loader hands over each, as its workers make them.

torch's DataLoader gives batches to its workers in turn and hands them over in that order, so that
a slow batch holds up those behind it, however many workers there are. A worker is given its next
batch when one of those that it was ahead by is handed over. This is a recurrence, no queue of
events: with W workers, each P batches ahead, and times c of making them,

    made[i] = max(made[i - W], handed[i - P W]) + c[i]
    handed[i] = max(made[i], done[i - 1]);  done[i] = handed[i] + consumer

>>> timeline([10.0] * 4, 0.0, workers=2, ahead=4)
[10.0, 10.0, 20.0, 20.0]
>>> timeline([10.0] * 4, 8.0, workers=2, ahead=4)
[18.0, 26.0, 34.0, 42.0]
"""

from __future__ import annotations

import random
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from bench.bundle.setup import TAIL_EVERY

if TYPE_CHECKING:
    from collections.abc import Sequence

_GROUPS = 40
"""Slow batches that are simulated: their places are drawn, and the mean is over them."""


def timeline(making: Sequence[float], consumer: float, workers: int, ahead: int) -> list[float]:
    """Return when the consumer has done with each batch; all times are in one unit.

    Args:
        making: how long a worker takes for each batch, and to send it.
        consumer: how long the consumer takes for each.
        workers: one or more.
        ahead: batches that all of them together are ahead by.

    """
    made: list[float] = []
    handed: list[float] = []
    done = 0.0
    result = []
    for place, takes in enumerate(making):
        idle = made[place - workers] if place >= workers else 0.0
        given = handed[place - ahead] if place >= ahead else 0.0
        made.append(max(idle, given) + takes)
        handed.append(max(made[-1], done))
        done = handed[-1] + consumer
        result.append(done)
    return result


@lru_cache(maxsize=4096)
def blocking(
    usual: float, slow: float, consumer: float, workers: int, ahead: int
) -> tuple[float, float]:
    """Return how unequal batches slow a loader, where one in `TAIL_EVERY` is slow.

    Args:
        usual: how long a worker takes for a batch.
        slow: for a slow one.
        consumer: how long the consumer takes for each.
        workers: one or more.
        ahead: batches that all of them together are ahead by.

    Returns:
        the mean time from batch to batch over that of batches that all cost the mean, and the 99th
        percentile over the mean.

    """
    rng = random.Random(0)  # noqa: S311 - places, not a secret
    making: list[float] = []
    for _ in range(_GROUPS):
        group = [usual] * TAIL_EVERY
        group[rng.randrange(TAIL_EVERY)] = slow
        making += group
    mean = sum(making) / len(making)
    uneven = timeline(making, consumer, workers, ahead)
    even = timeline([mean] * len(making), consumer, workers, ahead)
    periods = sorted(after - before for before, after in pairwise(uneven))
    period = uneven[-1] / len(uneven)
    return max(1.0, uneven[-1] / even[-1]), periods[round(0.99 * (len(periods) - 1))] / period
