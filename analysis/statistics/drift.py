"""Whether two samples differ: Kolmogorov-Smirnov, corrections for many tests, sizes of effects.

All is without unit unless a docstring says so. Values that are not numbers, and samples without
values, are refused: a test of them would reject nothing, and nobody would know why.

Sources: Smirnov, Table for estimating the goodness of fit of empirical distributions, Annals of
Mathematical Statistics 19 (1948); Stephens, Use of the Kolmogorov-Smirnov, Cramer-von Mises and
related statistics without extensive tables, JRSS B 32 (1970); Bonferroni's inequality; Benjamini
and Hochberg, Controlling the false discovery rate, JRSS B 57 (1995); Yurdakul, Statistical
properties of population stability index (2018), for its chi-square limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from analysis.statistics.number import Z90
from analysis.statistics.stability import indices, indices_of_noise

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = "NDArray[np.float64]"

_EXACT_UP_TO = 10_000
"""Values of a sample: of more the exact probability takes long, and differs from the limit by
less than its digits tell."""


def _sample(values: ArrayLike, least: int = 1) -> Array:
    """Return values in a row; an error where there are too few, or some are not numbers."""
    row = np.ravel(np.asarray(values, float))
    if len(row) < least:
        remedy = f"give at least {least}" if least > 1 else "it has no distribution"
        raise ValueError(f"a sample of {len(row)} values is too small: {remedy}")
    if np.isnan(row).any():
        raise ValueError("a sample holds values that are not numbers: leave those out")
    return row


@dataclass(frozen=True)
class KsTest:
    """A two-sample Kolmogorov-Smirnov test."""

    distance: float
    """D: the largest distance of both empirical distribution functions."""
    p: float
    """The probability of such a distance, or a larger one, of samples of one distribution."""


def ks(reference: ArrayLike, window: ArrayLike) -> KsTest:
    """Return the test of two samples.

    The probability is exact, by counting paths as SciPy does, where neither sample has more than
    10,000 values, and `ks_p` otherwise. Of values with ties (features in fixed point have them) it
    is too large, so that there are fewer false alarms than nominal, never more. Values must be
    independent. Those of a day share its weather: where days differ by a tenth of a standard
    deviation, one day of 200 against a week of 200 a day is rejected in 23 %, not 5 %, though
    nothing drifted. Days are compared by `gain_estimate`.

    Args:
        reference: values, any shape, of one unit.
        window: the others, of the same unit.

    Raises:
        ValueError: one of them is empty, or holds values that are not numbers.

    """
    first, second = (np.sort(_sample(values)) for values in (reference, window))
    distance = float(ks_distances(first, second[None, :])[0])
    if max(len(first), len(second)) > _EXACT_UP_TO:
        return KsTest(distance, float(ks_p(distance, len(first), len(second))))
    from scipy.stats import ks_2samp  # slow to import

    return KsTest(distance, float(ks_2samp(first, second, method="exact").pvalue))


def ks_distances(reference: Array, windows: Array) -> Array:
    """Return D of each of some windows from one reference.

    Args:
        reference: n values in ascending order.
        windows: windows x m values, in any order.

    Returns:
        one distance a window.

    Raises:
        ValueError: the reference is not in order, one of both has no values, or some of them are
            not numbers.

    """
    ordered = np.sort(windows, axis=-1)
    count, n = ordered.shape[-1], len(reference)
    if not (count and n):
        raise ValueError("a sample without values has no distribution")
    # Sorted, what is not a number comes last.
    if np.isnan(ordered[..., -1]).any() or not (np.diff(reference) >= 0).all():
        raise ValueError("sort the reference, and leave out values that are not numbers")
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


def ks_p(distance: ArrayLike, n: ArrayLike, m: ArrayLike) -> Array:
    """Return the probability of a distance as large, of samples of one continuous distribution.

    By Kolmogorov's limit at (e + 0.12 + 0.11 / e) D, with e = sqrt(n m / (n + m)): the correction
    for finite samples is Stephens's (1970). Counted exactly, a test at 5 % has 4.7 to 5.3 % of
    false alarms with windows of 30 to 200 and references of 200 to 2,000. Samples of equal size
    have few possible distances: there it is 3.5 % (30 and 30) to 5.4 % (100 and 100). Without the
    correction it would be 4.0 to 4.7 %. Ties make false alarms rarer.

    Args:
        distance: D, any shape.
        n: values of one sample; a shape that fits that of D.
        m: values of the other, likewise.

    """
    from scipy.special import kolmogorov  # slow to import

    first, second = (np.asarray(count, dtype=float) for count in (n, m))
    e = np.sqrt(first * second / (first + second))
    return np.asarray(kolmogorov((e + 0.12 + 0.11 / e) * np.asarray(distance, dtype=float)))


def smallest_distance(n: int, m: int, alpha: float) -> float:
    """Return the smallest D that is significant: from there on `ks_p` is at most alpha."""
    from scipy.special import kolmogi  # slow to import

    e = np.sqrt(n * m / (n + m))
    return float(min(kolmogi(alpha) / (e + 0.12 + 0.11 / e), 1.0))


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

    Raises:
        ValueError: there is no such correction or level, or a family has no tests.

    """
    if correction not in CORRECTIONS:
        raise ValueError(f"no correction {correction!r}: choose one of {', '.join(CORRECTIONS)}")
    values = np.asarray(p, dtype=float)
    if not 0 < alpha < 1 or not (values.ndim and values.shape[-1]):
        raise ValueError(f"level {alpha} of {values.shape} tests: give 0 < level < 1, and tests")
    return CORRECTIONS[correction](values, alpha)


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

    The sum over bins of (q - p) log(q / p), with p the reference's share and q the window's. A bin
    that is empty in one of both counts half an observation there; one that is empty in both, none.

    Without drift the index is, of many values, about (1 / n + 1 / m) times a chi-square of
    bins - 1 degrees of freedom (Yurdakul, 2018). With fewer than some 50 values of the window a bin
    its tail is longer: at windows of 50 and ten bins, one in ten lies above that 95th percentile.
    So what noise alone makes is drawn here: 4,000 windows, the same ones for the same arguments.

    Args:
        reference: n values, of any unit.
        window: m values, likewise.
        bins: at least 2, and at most so many; ties may leave fewer.

    Raises:
        ValueError: a sample is empty or holds values that are not numbers; fewer than two bins.

    """
    first, second = _sample(reference), _sample(window)
    if bins < 2:
        raise ValueError(f"an index over {bins} bins compares nothing: give at least 2")
    inner = np.unique(np.quantile(first, np.arange(1, bins) / bins))
    own, other = (
        np.bincount(np.searchsorted(inner, values, side="left"), minlength=len(inner) + 1)
        for values in (first, second)
    )
    noise = indices_of_noise(tuple(own.tolist()), len(second))
    value = float(indices(own, other[None])[0])
    return Psi(value, float(noise.mean()), float(np.quantile(noise, 0.95, method="higher")))


@dataclass(frozen=True)
class Estimate:
    """A number with its 90 % interval."""

    value: float
    low: float
    high: float


def standardized_shift(reference: ArrayLike, window: ArrayLike) -> Estimate:
    """Return the difference of both means over their pooled standard deviation (Cohen's d).

    The interval is the delta method's: each value's influence on d is spread as the sample is, so
    that neither normal values nor equal spreads are taken for granted; of normal ones it is that of
    Hedges and Olkin, Statistical Methods for Meta-Analysis (1985), section 5. Its quantile is
    Student's with as many degrees of freedom as the smaller sample has. Of very skewed values
    (exponential) it needs some 200 of them: of 30 it holds a shift of 2 in 82 % instead of 90 %.

    Args:
        reference: at least two values, of any unit.
        window: likewise.

    Returns:
        d, in standard deviations; where no value varies, and means differ, infinite.

    Raises:
        ValueError: a sample has fewer than two values, or some that are not numbers.

    """
    samples = _sample(reference, 2), _sample(window, 2)
    total = sum(map(len, samples))
    variances = [values.var(ddof=1) for values in samples]
    pooled = sum((len(v) - 1) * own for v, own in zip(samples, variances, strict=True)) / (
        total - 2
    )
    difference = float(samples[1].mean() - samples[0].mean())
    if not pooled:
        d = float(np.copysign(np.inf, difference)) if difference else 0.0
        return Estimate(d, d, d)
    d = difference / float(np.sqrt(pooled))
    square = 0.0
    for values, own, sign in zip(samples, variances, (-1, 1), strict=True):
        away = values - values.mean()
        influence = sign * away / np.sqrt(pooled) - d * len(values) / total * (away**2 - own) / (
            2 * pooled
        )
        square += float(influence.var(ddof=1)) / len(values)
    from scipy.special import stdtrit  # slow to import

    reach = float(stdtrit(min(map(len, samples)) - 1, 0.95)) * float(np.sqrt(square))
    return Estimate(d, d - reach, d + reach)


def power(
    reference: ArrayLike, drifted: ArrayLike, count: int, alpha: float, trials: int = 400
) -> Estimate:
    """Return the probability that a test of a window against this reference notices.

    Windows are drawn from the drifted values, each value at most once a window: drawn with
    replacement, windows of a small pool share its noise, and far too many are noticed (29 % instead
    of 5 % without drift, of windows of 200 out of 200).

    Args:
        reference: n values, which each window is tested against.
        drifted: values that windows are drawn from, at least as many as a window has.
        count: values of a window.
        alpha: the level of the test.
        trials: windows that are drawn; the same ones for the same arguments.

    Returns:
        the share that is rejected, with Wilson's interval. Windows overlap: they tell as much as
        1 / (1 / trials + count / pool) windows that do not, or more (Hoeffding, A class of
        statistics with asymptotically normal distribution, 1948).

    Raises:
        ValueError: the pool is smaller than a window, or a window has no values.

    """
    first, pool = np.sort(_sample(reference)), _sample(drifted)
    if not 0 < count <= len(pool):
        raise ValueError(f"windows of {count} cannot be drawn from {len(pool)} values: give more")
    rng = np.random.default_rng(count)
    windows = np.stack([rng.choice(pool, count, replace=False) for _ in range(trials)])
    share = float(np.mean(ks_p(ks_distances(first, windows), len(first), count) <= alpha))
    return wilson(share, 1 / (1 / trials + count / len(pool)))


def wilson(share: float, trials: float) -> Estimate:
    """Return a share of trials with its 90 % interval (Wilson, 1927)."""
    if not (trials > 0 and 0 <= share <= 1):
        raise ValueError(f"{share} is no share of {trials} trials")
    square = Z90**2
    middle = (share + square / (2 * trials)) / (1 + square / trials)
    reach = (Z90 * np.sqrt(share * (1 - share) / trials + square / (4 * trials**2))) / (
        1 + square / trials
    )
    return Estimate(share, float(max(middle - reach, 0.0)), float(min(middle + reach, 1.0)))
