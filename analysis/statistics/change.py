"""When something changed, by how much, and how soon it is noticed.

Sources: Siegmund, Confidence sets in change-point problems, International Statistical Review 56
(1988).
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


def gain_estimate(before: ArrayLike, after: ArrayLike) -> Estimate:
    """Return by which factor a positive value grew, from means of days.

    Days are the unit: light changes from day to day, and pictures of a day share it. On the log
    scale, with Welch's t-interval.

    Args:
        before: one mean of logarithms a day, at least two.
        after: likewise.

    """
    first, second = (np.ravel(np.asarray(values, float)) for values in (before, after))
    parts = [values.var(ddof=1) / len(values) for values in (first, second)]
    error = float(np.sqrt(sum(parts)))
    difference = float(second.mean() - first.mean())
    degrees = (
        sum(parts) ** 2
        / sum(
            part**2 / (len(values) - 1) for part, values in zip(parts, (first, second), strict=True)
        )
        if error
        else 1.0
    )
    from scipy.special import stdtrit  # slow to import

    reach = float(stdtrit(degrees, 0.95)) * error
    ends = np.exp([difference, difference - reach, difference + reach])
    return Estimate(*map(float, ends))


def change_point(series: ArrayLike) -> Estimate:
    """Return the place of a single step in a series, as the first place after it.

    By least squares; the interval holds the places at which the likelihood, of normal noise, is at
    least exp(-q / 2) of the highest, with q for 90 % from Siegmund (1988): it is conservative.

    Args:
        series: one value a day, at least four.

    """
    values = np.ravel(np.asarray(series, float))
    count = len(values)
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
    """Of those that notice; infinite where none does."""
    low: float
    """The 5th percentile."""
    high: float
    """The 95th percentile; infinite where more than one in twenty never notices."""
    never: float
    """The share that never notices."""
    false_alarms: float
    """The share of days before the change on which there was an alarm."""


def detection_delay(rejected: NDArray[np.bool_], since: int, confirm: int = 1) -> Delay:
    """Return how many days after a change the first alarm is.

    Args:
        rejected: streams x days: whether there was an alarm.
        since: the first day of the change; an alarm on it is a delay of 0.
        confirm: alarms on so many days in a row are needed.

    """
    after = rejected[:, since:]
    if confirm > 1:
        views = np.lib.stride_tricks.sliding_window_view(after, confirm, axis=1)
        after = np.asarray(views.all(axis=-1))
    noticed = after.any(axis=1)
    delays = np.where(noticed, np.argmax(after, axis=1) + confirm - 1.0, np.inf)
    methods: tuple[tuple[float, Literal["lower", "higher"]], ...] = (
        (0.5, "higher"), (0.05, "lower"), (0.95, "higher"),
    )  # fmt: skip
    ends = [float(np.quantile(delays, q, method=method)) for q, method in methods]
    before = rejected[:, :since]
    return Delay(
        median=ends[0],
        low=ends[1],
        high=ends[2],
        never=float(np.mean(~noticed)),
        false_alarms=float(before.mean()) if before.size else 0.0,
    )
