"""One case against another: a ratio of times with its interval, and what may be said of it."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING

from analysis.errors import NotEnoughDataError
from analysis.statistics.interval import log_t_interval
from analysis.statistics.number import MEASURED_LEVEL, Number

if TYPE_CHECKING:
    from collections.abc import Mapping

EQUIVALENCE = 0.03
"""Times within plus or minus 3 % of each other count as equal: no student would feel it."""


class Comparison(StrEnum):
    """What an interval allows to be said of a ratio of times."""

    FASTER = "faster"
    SLOWER = "slower"
    EQUIVALENT = "equivalent"
    UNDECIDED = "undecided"


def paired_ratio(
    times: Mapping[int, float], reference: Mapping[int, float], level: float = MEASURED_LEVEL
) -> Number:
    """Return times over reference, both a median a process, from the processes they share.

    Both were timed in the same processes, so the ratio is taken within each; what makes a whole
    process fast or slow cancels.

    Raises:
        NotEnoughDataError: they share no process.

    """
    shared = sorted(times.keys() & reference.keys())
    if not shared:
        raise NotEnoughDataError("the two cases share no process to be compared in")
    return log_t_interval([times[k] / reference[k] for k in shared], level)


def compare(ratio: Number, band: float = EQUIVALENCE) -> Comparison:
    """Say what a ratio of times shows.

    Equivalent where the whole interval lies within the band; faster or slower where it lies on one
    side of 1 and reaches beyond the band; undecided otherwise.
    """
    inside = math.log1p(band)
    low = math.log(ratio.low) if ratio.low > 0 else -math.inf
    high = math.log(ratio.high) if math.isfinite(ratio.high) else math.inf
    if -inside <= low and high <= inside:
        return Comparison.EQUIVALENT
    if high < 0:
        return Comparison.FASTER
    if low > 0:
        return Comparison.SLOWER
    return Comparison.UNDECIDED
