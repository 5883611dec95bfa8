"""When something changed, by how much, and how soon it is noticed.

Sources: Welch, The generalization of Student's problem, Biometrika 34 (1947); Siegmund, Confidence
sets in change-point problems, International Statistical Review 56 (1988).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from analysis.statistics.drift import Estimate

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_STEP_QUANTILE = 5.94
"""Twice the log likelihood ratio that places within the 90 % interval of a step have at most:
-2 log(1 - sqrt(0.9)) (Siegmund, 1988, of many values)."""
_LEAST_DAYS = 4


def gain_estimate(before: ArrayLike, after: ArrayLike) -> Estimate:
    """Return by which factor a positive value grew, from means of days.

    Days are the unit: light changes from day to day, and pictures of a day share it. On the log
    scale, with Welch's t-interval of 90 %: it holds the truth in 86 to 94 % with as few as two days
    a side. A single day has no spread of its own: it is taken to be spread as the other side is.

    Args:
        before: one mean of natural logarithms a day.
        after: likewise.

    Returns:
        the ratio of geometric means; its interval is 0 to infinity where no side has two days.

    Raises:
        ValueError: a side has no day, or values that are not finite.

    """
    sides = [np.ravel(np.asarray(values, float)) for values in (before, after)]
    counts = [len(values) for values in sides]
    if not min(counts) or not all(np.isfinite(values).all() for values in sides):
        raise ValueError(f"a gain needs finite values of a day before and one after, not {counts}")
    difference = float(sides[1].mean() - sides[0].mean())
    value = float(np.exp(difference))
    spreads = [values.var(ddof=1) for values in sides if len(values) > 1]
    if not spreads:
        return Estimate(value, 0.0, float("inf"))
    if len(spreads) == 1:
        square, degrees = spreads[0] * sum(1 / count for count in counts), max(counts) - 1
    else:
        parts = [own / count for own, count in zip(spreads, counts, strict=True)]
        square = sum(parts)
        weights = [part**2 / (count - 1) for part, count in zip(parts, counts, strict=True)]
        degrees = square**2 / sum(weights) if sum(weights) else 1
    from scipy.special import stdtrit  # slow to import

    reach = float(stdtrit(degrees, 0.95) * np.sqrt(square))
    return Estimate(value, float(np.exp(difference - reach)), float(np.exp(difference + reach)))


def change_point(series: ArrayLike) -> Estimate:
    """Return the place of a single step in a series, as the first place after it.

    By least squares; the interval holds the places at which the likelihood, of normal noise, is at
    least exp(-q / 2) of the highest, with q for 90 % from Siegmund (1988). It holds the truth in 87
    to 95 % for steps up to 1.5 standard deviations of a day, and more often for larger ones, whose
    interval is a day or none; of a series without step it is nearly the whole series.

    Args:
        series: one value a day, at least four.

    Raises:
        ValueError: there are fewer, or some that are not finite.

    """
    values = np.ravel(np.asarray(series, float))
    count = len(values)
    if count < _LEAST_DAYS or not np.isfinite(values).all():
        raise ValueError(f"a step is dated in {_LEAST_DAYS} finite values or more, not in {count}")
    values = values - values.mean()  # whose squares would drown the differences
    places = np.arange(1, count)
    sums, squares = np.cumsum(values), np.cumsum(values**2)
    left = squares[places - 1] - sums[places - 1] ** 2 / places
    right = (
        squares[-1] - squares[places - 1] - (sums[-1] - sums[places - 1]) ** 2 / (count - places)
    )
    loss = np.maximum(left + right, 1e-300)
    best = int(np.argmin(loss))
    spread = max(float(loss[best]) / max(count - 2, 1), 1e-300)
    near = np.flatnonzero((loss - loss[best]) / spread <= _STEP_QUANTILE)
    return Estimate(float(places[best]), float(places[near[0]]), float(places[near[-1]]))


@dataclass(frozen=True)
class Delay:
    """How long after a change it is noticed, over repeats of a stream."""

    median: float
    """Days, of all repeats; infinite where half or more never notice."""
    low: float
    """The 5th percentile: nine in ten repeats lie from here to `high`."""
    high: float
    """The 95th percentile; infinite where more than one in twenty never notices."""
    never: float
    """The share that never notices."""
    false_alarms: float
    """The share of days before the change on which there was an alarm, confirmed like the others;
    not a number where no such day is known."""


def detection_delay(rejected: NDArray[np.bool_], since: int, confirm: int = 1) -> Delay:
    """Return how many days after a change the first alarm is.

    Args:
        rejected: repeats x days: whether there was an alarm.
        since: the first day of the change, from 0; an alarm on it is a delay of 0 days.
        confirm: alarms on so many days in a row are needed, none of them before the change; the
            last of them counts.

    Raises:
        ValueError: there are no repeats, no days from the change on, or nothing to confirm.

    """
    repeats, days = rejected.shape
    if not (repeats and 0 <= since < days and confirm >= 1):
        raise ValueError(
            f"no delay of {repeats} repeats of {days} days from day {since} on, at {confirm} alarms"
        )
    before, after = (_confirmed(part, confirm) for part in np.split(rejected, [since], axis=1))
    noticed = after.any(axis=1)
    first = after.argmax(axis=1) if after.size else np.zeros(repeats)
    delays = np.where(noticed, first + confirm - 1.0, np.inf)
    methods: tuple[tuple[float, Literal["lower", "higher"]], ...] = (
        (0.5, "higher"), (0.05, "lower"), (0.95, "higher"),
    )  # fmt: skip
    ends = [float(np.quantile(delays, q, method=method)) for q, method in methods]
    return Delay(
        median=ends[0],
        low=ends[1],
        high=ends[2],
        never=float(np.mean(~noticed)),
        false_alarms=float(before.mean()) if before.size else float("nan"),
    )


def _confirmed(alarms: NDArray[np.bool_], confirm: int) -> NDArray[np.bool_]:
    """Return on which days so many alarms in a row end, from the first day that can have them."""
    if alarms.shape[1] < confirm:
        return np.zeros((len(alarms), 0), bool)
    views = np.lib.stride_tricks.sliding_window_view(alarms, confirm, axis=1)
    return np.asarray(views.all(axis=-1))
