"""The time of a case and how sure it is: median of process medians, t-interval on the log scale.

Samples of one process resemble each other (same memory layout, same hash seed, same spell of the
machine), so that the process, not the sample, is the unit of repetition. In simulation an interval
from pooled samples covers the truth a third of the time, this one as often as it claims
(tests/analysis/statistics/test_interval.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean, median, stdev, variance
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, stdtrit

from analysis.errors import NotEnoughDataError
from analysis.statistics.number import MEASURED_LEVEL, Number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Array: TypeAlias = NDArray[Any]


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


class Intervals(NamedTuple):
    """Estimates of many groups with their intervals: arrays of shape (groups,)."""

    value: Array
    low: Array
    high: Array


def log_t_intervals(
    values: Array, group: Array, groups: int, level: float = MEASURED_LEVEL
) -> Intervals:
    """Return `log_t_interval` of many groups at once.

    Args:
        values: positive, shape (n,).
        group: which group each value is of, shape (n,); each has one at least.
        groups: how many there are.
        level: of the intervals.

    """
    ordered = values[np.lexsort((values, group))]
    counts = np.bincount(group, minlength=groups)
    first = np.cumsum(counts) - counts
    middle = (ordered[first + (counts - 1) // 2] + ordered[first + counts // 2]) / 2
    logs = np.log(values)
    mean = np.bincount(group, logs, groups) / counts
    squares = np.bincount(group, (logs - mean[group]) ** 2, groups)
    many = counts > 1
    df = np.maximum(counts - 1, 1)
    reach = stdtrit(df, (1 + level) / 2) * np.sqrt(squares / df / counts)
    low = np.where(many, np.minimum(np.exp(mean - reach), middle), 0.0)
    high = np.where(many, np.maximum(np.exp(mean + reach), middle), np.inf)
    return Intervals(middle, low, high)


PRIOR_DF = 4
"""Degrees of freedom that the spread of all groups counts as in each: of Student's distribution
with 4 degrees of freedom, which the noise model's residuals have, variances vary as these do."""


@dataclass(frozen=True)
class PooledSpread:
    """How far repetitions lie from each other, known from all groups of a run together."""

    prior_variance: float
    """Of logarithms, typical of a group."""

    @classmethod
    def of(cls, groups: Iterable[Sequence[float]]) -> PooledSpread | None:
        """Return it from groups of positive values; None: no group has two.

        The scale of the prior is matched to the mean of the logarithms of the groups' variances, so
        that one group that was disturbed does not widen all others (Smyth, Statistical Applications
        in Genetics and Molecular Biology 3, 2004, section 6.2).
        """
        logs = []
        for values in groups:
            df = len(values) - 1
            if df > 0:
                squared = max(variance(map(math.log, values)), _LEAST_VARIANCE)
                logs.append(math.log(squared) - _mean_log_chi2(df) + _mean_log_chi2(PRIOR_DF))
        return cls(math.exp(fmean(logs))) if logs else None

    def scale(self, values: Sequence[float]) -> tuple[float, int]:
        """Return the standard error of the mean logarithm of values, and degrees of freedom."""
        df = len(values) - 1
        own = df * variance(map(math.log, values)) if df else 0.0
        pooled = (PRIOR_DF * self.prior_variance + own) / (PRIOR_DF + df)
        return math.sqrt(pooled / len(values)), PRIOR_DF + df

    def interval(
        self, values: Sequence[float], level: float = MEASURED_LEVEL, unit: str = "1"
    ) -> Number:
        """Return the geometric mean of positive values, with a moderated t-interval."""
        middle = fmean(map(math.log, values))
        error, df = self.scale(values)
        reach = _t(level, df + 1) * error
        low, high = math.exp(middle - reach), math.exp(middle + reach)
        return Number(math.exp(middle), low, high, level, unit, n=len(values))


_LEAST_VARIANCE = 1e-6
"""Repetitions that agree to a part in a thousand did so by chance, or by rounding."""


def _mean_log_chi2(df: int) -> float:
    """Return the mean of the logarithm of a chi-squared variable over its degrees of freedom."""
    return float(digamma(df / 2)) - math.log(df / 2)


def _t(level: float, n: int) -> float:
    return float(stdtrit(n - 1, (1 + level) / 2))
