"""The time of a case and how sure it is: median of process medians, t-interval on the log scale.

Samples of one process resemble each other (same memory layout, same hash seed, same spell of the
machine), so that the process, not the sample, is the unit of repetition. In simulation an interval
from pooled samples covers the truth a third of the time, this one as often as it claims
(tests/analysis/statistics/test_interval.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean, median, stdev
from typing import TYPE_CHECKING

from scipy.special import stdtrit

from analysis.errors import NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A positive quantity with its confidence interval.

    low is 0 and high infinite where a single process leaves no idea of the spread. n is the
    number of processes.
    """

    value: float
    low: float
    high: float
    n: int

    @property
    def half_width(self) -> float:
        """Half the width of the interval on the log scale: 0.05 reads as plus or minus 5 %."""
        return math.inf if self.n < 2 else math.log(self.high / self.low) / 2

    def inverse(self, numerator: float) -> Estimate:
        """Return numerator over the quantity, such as a rate from a time."""
        high = numerator / self.low if self.low else math.inf
        return Estimate(numerator / self.value, numerator / self.high, high, self.n)


def log_t_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Estimate:
    """Return the median of positive values and a t-interval of their location on the log scale.

    With x_k = ln value_k, mean m, standard deviation s and n values, the interval is
    exp(m -+ t s / sqrt(n)), t the quantile of Student's distribution with n - 1 degrees of freedom
    (Student, Biometrika 6, 1908), widened to hold the median where ten or more values leave it out.

    Raises:
        NotEnoughDataError: there is no value.

    """
    if not values:
        raise NotEnoughDataError("an estimate needs at least one process")
    middle = median(values)
    if len(values) == 1:
        return Estimate(middle, 0.0, math.inf, 1)
    logs = [math.log(value) for value in values]
    reach = _t(confidence, len(logs)) * stdev(logs) / math.sqrt(len(logs))
    low, high = math.exp(fmean(logs) - reach), math.exp(fmean(logs) + reach)
    return Estimate(middle, min(low, middle), max(high, middle), len(values))


def _t(confidence: float, n: int) -> float:
    return float(stdtrit(n - 1, (1 + confidence) / 2))
