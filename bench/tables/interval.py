"""The median of few numbers, and an interval that holds the true one whatever their distribution.

Source: H. A. David, H. N. Nagaraja, Order Statistics, 3rd edition, section 7.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A median with its interval."""

    value: float
    low: float
    high: float
    level: float
    """Probability that such an interval holds the true median; less than `LEVEL` of few numbers."""


def ranks(count: int) -> tuple[int, float]:
    """Return which smallest number an interval begins with, from 0, and its level.

    It ends with the number that is as far from the largest. Of the intervals that have the level
    `LEVEL` it is the shortest; where none has, the longest.

    >>> ranks(10), ranks(5)
    ((1, 0.978515625), (0, 0.9375))
    """
    outside, rank = 0.0, 0
    level = 1 - 2 / 2**count
    for below in range(count // 2):
        outside += math.comb(count, below) / 2**count
        if 1 - 2 * outside < LEVEL:
            break
        rank, level = below, 1 - 2 * outside
    return rank, max(0.0, level)


def estimate(values: Sequence[float]) -> Estimate:
    """Return the median of numbers that are independent of each other, with its interval."""
    ordered = sorted(values)
    rank, level = ranks(len(ordered))
    return Estimate(median(ordered), ordered[rank], ordered[-1 - rank], level)
