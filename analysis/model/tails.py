"""The slow batches: a period's quantiles, and the chance that one misses a deadline.

The mean of a period follows from the equation. How its batches are distributed about that does not:
workers deliver in bursts, garbage is collected, other programs run. It is taken from windows that
were similar: as many workers, and as large a share of the time in the step, which does not vary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from analysis.model.fit import Array
    from analysis.model.observations import Observations

# Set on two machines, by how often intervals of the 99th percentile held in `analysis validate`.
_LEAST_CHANCE = 1e-6
"""No chance of a miss is said to be smaller."""
_MOST_SIMILAR = 24
"""Windows at the most that a configuration is compared with."""
_PER_WORKER = 0.15
"""A worker more or less counts as this difference in the step's share."""
_ANOTHER_KIND = 10.0
"""Without workers nothing comes in bursts: such windows are compared with their like only."""
_LEVELS = np.array([0.5, 0.95, 0.99])
"""Of the quantiles of a batch's period that a bundle holds."""


class Tails(NamedTuple):
    """How periods are distributed, window by window."""

    workers: Array
    """Shape (windows,)."""
    share: Array
    """The step's share of the mean period, shape (windows,)."""
    excess: Array
    """What the quantiles 0.5, 0.95, 0.99 and the longest of all take over the step, divided by
    what the mean takes over it: shape (windows, 4)."""
    longest: Array
    """The level of the longest of a window's batches, shape (windows,)."""


def tails(observations: Observations) -> Tails:
    """Return how the periods of all windows are distributed."""
    rows = []
    for record in observations.configurations:
        for window in record.windows:
            mean = window.us / window.batches
            step = window.step.total / window.batches if window.step else 0.0
            over = max(mean - step, 1e-3 * mean)
            quantiles = np.array(window.period[1:], np.float64)
            excess = np.maximum.accumulate(np.maximum(quantiles - step, 0.0) / over)
            rows.append((record.setup.workers, step / mean, *excess, 1 - 0.5 / window.batches))
    table = np.array(rows, np.float64)
    return Tails(table[:, 0], table[:, 1], table[:, 2:6], table[:, 6])


def similar(tails: Tails, workers: int, share: float, count: int) -> tuple[Array, Array]:
    """Return how the windows most similar to a configuration are distributed.

    Args:
        tails: of all windows.
        workers: of the configuration.
        share: that of its step in the mean period.
        count: how many draws are wanted; windows are repeated in a random order.

    Returns:
        excess, shape (count, 4), and the level of the longest, shape (count,).

    """
    distance = _PER_WORKER * np.abs(tails.workers - workers) + np.abs(tails.share - share)
    distance = distance + _ANOTHER_KIND * ((tails.workers > 0) != (workers > 0))
    nearest = min(_MOST_SIMILAR, max(4, len(distance) // 3))
    near = np.argsort(distance, kind="stable")[:nearest]
    draws = np.random.default_rng(2).permutation(np.resize(near, count))
    return tails.excess[draws], tails.longest[draws]


def p99(periods: Array, steps: Array, excess: Array) -> Array:
    """Return the 99th percentile of a period for each draw of its mean.

    Args:
        periods: means, shape (draws,).
        steps: shape (draws,), in the same unit.
        excess: as `similar` returns it, shape (draws, 4).

    Returns:
        shape (draws,), in the same unit.

    """
    return np.asarray(steps + (periods - steps) * excess[:, 2], np.float64)


def chance_over(limit: float, periods: Array, steps: Array, excess: Array, longest: Array) -> Array:
    """Return the probability that a batch comes later than a limit, for each draw.

    Between known quantiles the logarithm of the probability is linear in time, and beyond the
    longest it goes on as steeply; no batch comes faster than the step.

    Args:
        limit: in the unit of periods and steps.
        periods: means, shape (draws,).
        steps: shape (draws,).
        excess: as `similar` returns it, shape (draws, 4).
        longest: likewise, shape (draws,).

    Returns:
        shape (draws,).

    """
    over = np.concatenate([np.zeros((len(periods), 1)), excess], axis=1)
    times = np.maximum.accumulate(steps[:, None] + (periods - steps)[:, None] * over, axis=1)
    last = np.minimum(1 - longest, 0.0099)[:, None]
    levels = np.broadcast_to(np.concatenate([[1.0], 1 - _LEVELS]), (len(periods), 4))
    logs = np.log(np.concatenate([levels, last], axis=1))
    within = np.exp(_interpolated(limit, times, logs))
    run = times[:, -1] - times[:, 1]
    slope = (logs[:, -1] - logs[:, 1]) / np.where(run > 0, run, 1.0)
    beyond = np.exp(logs[:, -1] + slope * np.maximum(limit - times[:, -1], 0.0))
    beyond = np.where(run > 0, np.maximum(beyond, _LEAST_CHANCE), _LEAST_CHANCE)
    chance = np.where(limit <= times[:, -1], within, beyond)
    return np.asarray(np.where(limit < times[:, 0], 1.0, chance), np.float64)


def _interpolated(limit: float, times: Array, values: Array) -> Array:
    """Return values at a time, linear between those at rising times: rows of shape (n, points)."""
    after = np.clip((times <= limit).sum(axis=1), 1, times.shape[1] - 1)
    rows = np.arange(len(times))
    left, right = times[rows, after - 1], times[rows, after]
    share = np.clip((limit - left) / np.where(right > left, right - left, 1.0), 0.0, 1.0)
    low, high = values[rows, after - 1], values[rows, after]
    return np.asarray(low + share * (high - low), np.float64)
