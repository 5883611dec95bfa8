"""The time of a case and how sure it is: median of process medians, t-interval on the log scale.

Samples of one process resemble each other (same memory layout, same hash seed, same spell of the
machine), so that the process, not the sample, is the unit of repetition. In simulation an interval
from pooled samples covers the truth a third of the time, this one as often as it claims
(tests/analysis/statistics/test_interval.py).
"""

from __future__ import annotations

import math
from statistics import fmean, median, stdev
from typing import TYPE_CHECKING

from scipy.special import stdtrit

from analysis.errors import NotEnoughDataError
from analysis.statistics.number import MEASURED_LEVEL, Number

if TYPE_CHECKING:
    from collections.abc import Sequence


def log_t_interval(
    values: Sequence[float], level: float = MEASURED_LEVEL, unit: str = "1"
) -> Number:
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
        return Number(middle, 0.0, math.inf, level, unit, n=1)
    logs = [math.log(value) for value in values]
    reach = _t(level, len(logs)) * stdev(logs) / math.sqrt(len(logs))
    low, high = math.exp(fmean(logs) - reach), math.exp(fmean(logs) + reach)
    return Number(middle, min(low, middle), max(high, middle), level, unit, n=len(values))


def _t(level: float, n: int) -> float:
    return float(stdtrit(n - 1, (1 + level) / 2))
