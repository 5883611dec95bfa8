"""What a number may be, given its range: a sample of it that is the same everywhere.

A range is read as the 5th and the 95th percentile around the value as median. Each half is half of
a normal distribution, on the log scale where the range is positive, so that wide ranges stay
sensible and no rate turns negative. Samples are stratified: the i-th of n strata holds one draw,
and the strata are shuffled by the number's name, which makes several numbers together a Latin
hypercube (McKay, Beckman and Conover, 1979), and a number the same wherever it is used.
"""

from __future__ import annotations

import hashlib
import math
from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS = 1000
TAIL = 0.05
"""The probability below a range, and above it."""
_Z = NormalDist().inv_cdf(1 - TAIL)


@cache
def _strata(count: int) -> NDArray[np.float64]:
    """Return the standard normal quantiles at the middle of equally likely strata."""
    normal = NormalDist()
    return np.array([normal.inv_cdf((place + 0.5) / count) for place in range(count)])


def draw(
    name: str, value: float, low: float, high: float, *, most: float = math.inf, count: int = DRAWS
) -> NDArray[np.float64]:
    """Return the value and then draws of it, shape (1 + count,); (1,) where low equals high.

    The name seeds the order. Draws are clipped at `most`, and at 0 where the range ends at 0.
    """
    if low == high:
        return np.array([value], np.float64)
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")
    z = np.random.default_rng(seed).permutation(_strata(count)) / _Z
    if low > 0:
        spread = np.where(z < 0, np.log(value / low), np.log(high / value))
        draws = value * np.exp(z * spread)
    else:
        draws = value + z * np.where(z < 0, value - low, high - value)
        if low == 0:
            draws = np.maximum(draws, 0.0)
        elif high <= 0:
            draws = np.minimum(draws, 0.0)
    return np.concatenate([[value], np.minimum(draws, most)])
