"""The slow batches: a period's quantiles, and the chance that one misses a deadline.

The mean of a period follows from the equation. How its batches spread about that does not: workers
deliver in bursts, garbage is collected, other programs run. It is taken from windows that were
alike: as many workers, and as large a share of the time in the step, which spreads nothing itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from analysis.model.fit import Array
    from analysis.model.observations import Observed

_SURE = 1e-6
_MOST_ALIKE = 24
_A_WORKER = 0.15
"""A worker more or less is as unlike as so much more of the time in the step."""
_LEVELS = np.array([0.5, 0.95, 0.99])


class Tails(NamedTuple):
    """How periods spread, window by window.

    excess is what the quantiles 0.5, 0.95, 0.99 and the longest of all take over the step, divided
    by what the mean takes over it: shape (n, 4). longest is the level of the longest of n batches.
    """

    workers: Array
    share: Array
    excess: Array
    longest: Array


def tails(seen: Observed) -> Tails:
    """Return how the periods of all windows spread."""
    rows = []
    for one in seen.configurations:
        for w in one.windows:
            mean = w.us / w.batches
            step = w.step.total / w.batches if w.step else 0.0
            over = max(mean - step, 1e-3 * mean)
            quantiles = np.array(w.period[1:], np.float64)
            excess = np.maximum.accumulate(np.maximum(quantiles - step, 0.0) / over)
            rows.append((one.setup.workers, step / mean, *excess, 1 - 0.5 / w.batches))
    table = np.array(rows, np.float64)
    return Tails(table[:, 0], table[:, 1], table[:, 2:6], table[:, 6])


def alike(found: Tails, workers: int, share: float, count: int) -> tuple[Array, Array]:
    """Return how the windows most like a configuration spread, one for each of `count` draws.

    Returns:
        excess, shape (count, 4), and the level of the longest, shape (count,).

    """
    unlike = _A_WORKER * np.abs(found.workers - workers) + np.abs(found.share - share)
    # Without workers nothing comes in bursts: those are a kind of their own.
    unlike = unlike + 10.0 * ((found.workers > 0) != (workers > 0))
    near = np.argsort(unlike, kind="stable")[: min(_MOST_ALIKE, max(4, len(unlike) // 3))]
    drawn = np.random.default_rng(2).permutation(np.resize(near, count))
    return found.excess[drawn], found.longest[drawn]


def p99(periods: Array, steps: Array, excess: Array) -> Array:
    """Return the 99th percentile of a period for each draw of its mean, in its unit."""
    return np.asarray(steps + (periods - steps) * excess[:, 2], np.float64)


def chance_over(limit: float, periods: Array, steps: Array, excess: Array, longest: Array) -> Array:
    """Return the probability that a batch comes later than a limit, for each draw.

    Between known quantiles the logarithm of the probability is a line over time, and beyond the
    longest it goes on as steeply; no batch comes faster than the step.
    """
    found = np.empty(len(periods))
    for at, (mean, step) in enumerate(zip(periods, steps, strict=True)):
        times = step + (mean - step) * np.concatenate([[0.0], excess[at]])
        over = np.concatenate([[1.0], 1 - _LEVELS, [min(1 - longest[at], 0.0099)]])
        found[at] = _line(limit, np.maximum.accumulate(times), np.log(over))
    return found


def _line(limit: float, times: Array, logs: Array) -> float:
    if limit < times[0]:
        return 1.0
    if limit <= times[-1]:
        return float(np.exp(np.interp(limit, times, logs)))
    run = times[-1] - times[1]
    if run <= 0:
        return _SURE
    slope = (logs[-1] - logs[1]) / run
    return max(_SURE, float(np.exp(logs[-1] + slope * (limit - times[-1]))))
