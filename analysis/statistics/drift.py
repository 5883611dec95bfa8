"""Whether two samples differ: Kolmogorov-Smirnov, corrections for many tests, sizes of effects.

Sources: Smirnov, Table for estimating the goodness of fit of empirical distributions, Annals of
Mathematical Statistics 19 (1948); Benjamini and Hochberg, Controlling the false discovery rate,
JRSS B 57 (1995); Yurdakul, Statistical properties of population stability index
(2018), for its chi-square limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from analysis.statistics.number import Z90

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = "NDArray[np.float64]"

_HALF = 0.5
"""Of an observation: what an empty bin counts, so that its logarithm exists."""


@dataclass(frozen=True)
class KsTest:
    """A two-sample Kolmogorov-Smirnov test."""

    distance: float
    """D: the largest distance of both empirical distribution functions."""
    p: float
    """The probability of such a distance, or a larger one, of samples of one distribution."""


def ks(reference: ArrayLike, window: ArrayLike) -> KsTest:
    """Return the test of two samples.

    Args:
        reference: values, any shape; ties are allowed, and make the test conservative.
        window: the others.

    Raises:
        ValueError: one of them is empty.

    """
    first, second = (np.sort(np.ravel(np.asarray(values, float))) for values in (reference, window))
    if not (len(first) and len(second)):
        raise ValueError("a sample without values has no distribution")
    (distance,) = ks_distances(first, second[None, :])
    return KsTest(float(distance), float(ks_p(distance, len(first), len(second))))


def ks_distances(reference: Array, windows: Array) -> Array:
    """Return D of each of some windows from one reference.

    Args:
        reference: n values in ascending order.
        windows: windows x m values, in any order.

    Returns:
        one distance a window.

    """
    ordered = np.sort(windows, axis=-1)
    count, n = ordered.shape[-1], len(reference)
    # Both functions are compared where either steps: at each value, from the left and the right.
    ends = []
    for side in ("left", "right"):
        below = np.searchsorted(reference, ordered, side=side) / n
        own = np.arange(count) / count if side == "left" else np.arange(1, count + 1) / count
        ends.append((below, own, side))
    largest = np.zeros(ordered.shape[:-1])
    for below, own, side in ends:
        # Of equal values in a window, the first is the lowest step, and the last the highest.
        gaps = below - own if side == "left" else own - below
        tied = np.diff(ordered, axis=-1) == 0
        if tied.any():
            keep = np.ones(ordered.shape, bool)
            if side == "left":
                keep[..., 1:] = ~tied
            else:
                keep[..., :-1] = ~tied
            gaps = np.where(keep, gaps, 0.0)
        largest = np.maximum(largest, gaps.max(axis=-1))
    return largest


def ks_p(distance: ArrayLike, n: int, m: int) -> Array:
    """Return the probability of a distance as large, of samples of one continuous distribution.

    By Kolmogorov's limit at sqrt(n m / (n + m)) D, as SciPy computes it: of few values it is a
    little too large, so that there are fewer false alarms than nominal.

    Args:
        distance: D, any shape.
        n: values of one sample.
        m: values of the other.

    """
    from scipy.special import kolmogorov  # slow to import

    statistic = np.sqrt(n * m / (n + m)) * np.asarray(distance, dtype=float)
    return np.asarray(kolmogorov(statistic))


def smallest_distance(n: int, m: int, alpha: float) -> float:
    """Return the smallest D that is significant: from there on p is below alpha."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if float(ks_p(middle, n, m)) > alpha:
            low = middle
        else:
            high = middle
    return high


def _plain(p: Array, alpha: float) -> NDArray[np.bool_]:
    return p <= alpha


def _bonferroni(p: Array, alpha: float) -> NDArray[np.bool_]:
    return np.asarray(p <= alpha / p.shape[-1])


def _benjamini_hochberg(p: Array, alpha: float) -> NDArray[np.bool_]:
    count = p.shape[-1]
    order = np.argsort(p, axis=-1)
    ranked = np.take_along_axis(p, order, axis=-1)
    below = ranked <= alpha * np.arange(1, count + 1) / count
    # All up to the last that is below its line.
    last = np.where(below.any(axis=-1), count - np.argmax(below[..., ::-1], axis=-1), 0)
    rejected = np.arange(count) < last[..., None]
    result = np.zeros(p.shape, bool)
    np.put_along_axis(result, order, rejected, axis=-1)
    return result


CORRECTIONS: dict[str, Callable[[Array, float], NDArray[np.bool_]]] = {
    "none": _plain,
    "bonferroni": _bonferroni,
    "bh": _benjamini_hochberg,
}
"""By name: none at all; the family's false alarms kept below alpha; the share of false ones."""


def reject(p: ArrayLike, alpha: float, correction: str) -> NDArray[np.bool_]:
    """Return which tests of a family reject.

    Args:
        p: probabilities, families x tests; one family may stand alone.
        alpha: the level, between 0 and 1.
        correction: a key of `CORRECTIONS`.

    """
    return CORRECTIONS[correction](np.asarray(p, dtype=float), alpha)


@dataclass(frozen=True)
class Psi:
    """The population stability index."""

    value: float
    expected: float
    """Of samples of one distribution: their noise alone."""
    high: float
    """The 95th percentile of that."""


def psi(reference: ArrayLike, window: ArrayLike, bins: int = 10) -> Psi:
    """Return the index over bins that hold equal shares of the reference.

    Empty bins count as half an observation. Without drift it is about (1 / n + 1 / m) times a
    chi-square of bins - 1 degrees of freedom, so that few values alone make it large.

    Args:
        reference: n values.
        window: m values.
        bins: at most; ties may leave fewer.

    """
    first, second = (np.ravel(np.asarray(values, float)) for values in (reference, window))
    inner = np.unique(np.quantile(first, np.arange(1, bins) / bins))
    counts = [
        np.bincount(np.searchsorted(inner, values, side="left"), minlength=len(inner) + 1)
        for values in (first, second)
    ]
    shares = [np.maximum(count, _HALF) / max(count.sum(), 1) for count in counts]
    value = float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))
    scale = 1 / len(first) + 1 / len(second)
    from scipy.special import chdtri  # slow to import

    degrees = len(inner)
    high = float(chdtri(degrees, 0.05)) if degrees else 0.0
    return Psi(value, scale * degrees, scale * high)


@dataclass(frozen=True)
class Estimate:
    """A number with its 90 % interval."""

    value: float
    low: float
    high: float


def standardized_shift(reference: ArrayLike, window: ArrayLike) -> Estimate:
    """Return the difference of both means over their pooled standard deviation (Cohen's d).

    The interval is that of large samples: Hedges and Olkin, Statistical Methods for Meta-Analysis
    (1985), section 5.
    """
    first, second = (np.ravel(np.asarray(values, float)) for values in (reference, window))
    n, m = len(first), len(second)
    variance = ((n - 1) * first.var(ddof=1) + (m - 1) * second.var(ddof=1)) / (n + m - 2)
    d = float((second.mean() - first.mean()) / np.sqrt(variance)) if variance else 0.0
    reach = Z90 * float(np.sqrt((n + m) / (n * m) + d**2 / (2 * (n + m))))
    return Estimate(d, d - reach, d + reach)


def power(
    reference: ArrayLike, drifted: ArrayLike, count: int, alpha: float, trials: int = 400
) -> Estimate:
    """Return the probability that a test of a window notices, by drawing windows again.

    Args:
        reference: n values, which each window is tested against.
        drifted: values that windows are drawn from, with replacement.
        count: values of a window.
        alpha: the level of the test.
        trials: windows that are drawn; the same ones for the same arguments.

    Returns:
        the share that is rejected, with Wilson's interval.

    """
    first, second = (np.ravel(np.asarray(values, float)) for values in (reference, drifted))
    rng = np.random.default_rng(count)
    windows = rng.choice(second, (trials, count))
    distances = ks_distances(np.sort(first), windows)
    share = float(np.mean(ks_p(distances, len(first), count) <= alpha))
    return wilson(share, trials)


def wilson(share: float, trials: int) -> Estimate:
    """Return a share of trials with its 90 % interval (Wilson, 1927)."""
    square = Z90**2
    middle = (share + square / (2 * trials)) / (1 + square / trials)
    reach = (Z90 * np.sqrt(share * (1 - share) / trials + square / (4 * trials**2))) / (
        1 + square / trials
    )
    return Estimate(share, float(max(middle - reach, 0.0)), float(min(middle + reach, 1.0)))
