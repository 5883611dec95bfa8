"""Tests of drift: known answers, and rates within binomial bounds of nominal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from analysis.statistics.change import change_point, detection_delay, gain_estimate
from analysis.statistics.drift import (
    CORRECTIONS,
    ks,
    ks_distances,
    ks_p,
    power,
    psi,
    reject,
    smallest_distance,
    standardized_shift,
    wilson,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

TRIALS = 1000
_WHOLE = st.integers(1, 40)


def bounds(rate: float, trials: int = TRIALS) -> tuple[float, float]:
    """Return between which shares 99.9 % of binomial draws lie."""
    low, high = stats.binom.interval(0.999, trials, rate)
    return low / trials, high / trials


def within(share: float, rate: float, trials: int = TRIALS) -> bool:
    low, high = bounds(rate, trials)
    return low <= share <= high


def _by_definition(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    places = np.union1d(first, second)
    functions = [np.mean(values[:, None] <= places, axis=0) for values in (first, second)]
    return float(np.max(np.abs(functions[0] - functions[1])))


@given(
    arrays(np.int64, _WHOLE, elements=st.integers(0, 30)),
    arrays(np.int64, _WHOLE, elements=st.integers(0, 30)),
)
def test_the_distance_is_that_of_the_definition_ties_or_not(
    first: NDArray[np.int64], second: NDArray[np.int64]
) -> None:
    (distance,) = ks_distances(np.sort(first).astype(float), second.astype(float)[None])
    assert distance == pytest.approx(_by_definition(first, second), abs=1e-12)


@pytest.mark.parametrize(("n", "m"), [(100, 100), (500, 200), (2000, 50), (500, 30)])
def test_the_probability_is_near_scipys_exact_one(n: int, m: int) -> None:
    for shift in (0.0, 0.1, 0.2, 0.3):
        rng = np.random.default_rng(n + m)
        first, second = rng.normal(size=n), rng.normal(shift, size=m)
        exact = stats.ks_2samp(first, second, method="exact")
        test = ks(first, second)
        assert test.distance == pytest.approx(exact.statistic)
        assert test.p == exact.pvalue
        assert float(ks_p(test.distance, n, m)) == pytest.approx(exact.pvalue, rel=0.15, abs=0.004)


def _window_at(n: int, m: int, steps: int) -> NDArray[np.float64]:
    """Return a window whose D from 0, 1, ... n - 1 is steps / n; m divides n."""
    return np.minimum(np.arange(m) * (n // m) + steps, n) - 0.5


@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.001])
@pytest.mark.parametrize(
    ("n", "m", "lowest"),
    [(210, 30, 0.89), (900, 30, 0.9), (1400, 200, 0.95), (2000, 50, 0.95), (100, 100, 0.7)],
)
def test_counted_exactly_false_alarms_are_at_most_a_tenth_more_than_nominal(
    n: int, m: int, lowest: float, alpha: float
) -> None:
    """The smallest D that rejects has the exact level as its exact probability."""
    steps = int(np.ceil(smallest_distance(n, m, alpha) * n - 1e-9))
    assert float(ks_p(steps / n, n, m)) <= alpha < float(ks_p((steps - 1) / n, n, m))
    at = stats.ks_2samp(np.arange(n), _window_at(n, m, steps), method="exact")
    assert at.statistic == pytest.approx(steps / n)
    assert lowest <= at.pvalue / alpha <= 1.1


def test_the_smallest_distance_is_that_of_the_tables() -> None:
    """1.358 sqrt((n + m) / nm) at 5 %, 1.628 at 1 % (Smirnov, 1948)."""
    for alpha, c in ((0.05, 1.3581), (0.01, 1.6276)):
        large = smallest_distance(1_000_000, 500_000, alpha)
        assert large == pytest.approx(c * np.sqrt(1.5e6 / 5e11), rel=1e-3)


def test_corrections_have_their_known_answers() -> None:
    """The example of Benjamini and Hochberg, 1995, table 1: 15 tests, 4 are rejected."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
         0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip
    counts = {name: int(reject(p, 0.05, name).sum()) for name in CORRECTIONS}
    assert counts == {"none": 9, "bonferroni": 3, "bh": 4}
    shuffled = np.random.default_rng(1).permutation(15)
    assert (reject(np.array(p)[shuffled], 0.05, "bh") == reject(p, 0.05, "bh")[shuffled]).all()


def _null_p(rng: np.random.Generator, features: int, correlated: bool) -> NDArray[np.float64]:
    """Return p of samples without drift: trials x features."""
    n, m = 400, 200
    common = rng.normal(size=(TRIALS, n + m, 1)) if correlated else 0.0
    values = rng.normal(size=(TRIALS, n + m, features)) + 3 * common
    reference, window = np.sort(values[:, :n], axis=1), values[:, n:]
    distances = np.array(
        [
            [ks_distances(reference[t, :, k], window[t, None, :, k])[0] for k in range(features)]
            for t in range(TRIALS)
        ]
    )
    return ks_p(distances, n, m)


@pytest.mark.simulation
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_false_alarms_are_as_often_as_nominal(alpha: float) -> None:
    p = _null_p(np.random.default_rng(11), 4, correlated=False)
    assert within(float(np.mean(p[:, 0] <= alpha)), alpha)
    plain = float(reject(p, alpha, "none").any(axis=1).mean())
    assert within(plain, 1 - (1 - alpha) ** 4)
    family = float(reject(p, alpha, "bonferroni").any(axis=1).mean())
    assert within(family, 1 - (1 - alpha / 4) ** 4)
    # Without any drift each discovery is a false one.
    assert within(float(reject(p, alpha, "bh").any(axis=1).mean()), alpha)


@pytest.mark.simulation
def test_correlated_features_and_ties_raise_no_more_alarms_than_nominal() -> None:
    rng = np.random.default_rng(12)
    p = _null_p(rng, 4, correlated=True)
    assert float(reject(p, 0.05, "bonferroni").any(axis=1).mean()) <= bounds(0.05)[1]
    tied = rng.integers(0, 12, (TRIALS, 600)).astype(float)
    distances = [ks_distances(np.sort(row[:400]), row[None, 400:])[0] for row in tied]
    assert np.mean(ks_p(distances, 400, 200) <= 0.05) <= bounds(0.05)[1]
    exact = [ks(row[:400], row[400:]).p <= 0.05 for row in tied[:200]]
    assert np.mean(exact) <= bounds(0.05, 200)[1]


@pytest.mark.simulation
def test_the_share_of_false_discoveries_is_below_its_level() -> None:
    """Two of eight features drift: of independent tests it is alpha times 6 / 8."""
    rng = np.random.default_rng(13)
    n, m, alpha = 400, 200, 0.1
    shares = []
    for _ in range(TRIALS):
        reference = np.sort(rng.normal(size=(8, n)), axis=1)
        window = rng.normal(size=(8, m)) + np.array([0.4, 0.4, 0, 0, 0, 0, 0, 0])[:, None]
        p = ks_p(np.array([ks_distances(reference[k], window[k, None])[0] for k in range(8)]), n, m)
        rejected = reject(p, alpha, "bh")
        shares.append(rejected[2:].sum() / max(rejected.sum(), 1))
    error = 3.3 * np.std(shares) / np.sqrt(TRIALS)
    assert np.mean(shares) <= alpha * 6 / 8 + error
    # A little below, since few distances are possible.
    assert np.mean(shares) >= alpha * 6 / 8 * 0.85 - error


@pytest.mark.simulation
@pytest.mark.parametrize(("count", "shift"), [(50, 0.5), (200, 0.25), (500, 0.0)])
def test_power_is_the_rate_at_which_windows_are_noticed(count: int, shift: float) -> None:
    rng = np.random.default_rng(count)
    reference, drifted = rng.normal(size=2000), rng.normal(shift, size=20_000)
    expected = power(reference, drifted, count, 0.05)
    windows = rng.normal(shift, size=(TRIALS, count))
    p = ks_p(ks_distances(np.sort(reference), windows), 2000, count)
    low, high = bounds(float(np.mean(p <= 0.05)))
    assert expected.high >= low
    assert expected.low <= high


@pytest.mark.simulation
def test_what_the_index_says_of_noise_alone_is_so() -> None:
    rng = np.random.default_rng(14)
    found = [psi(rng.normal(size=2000), rng.normal(size=300)) for _ in range(TRIALS)]
    assert within(float(np.mean([one.value > one.high for one in found])), 0.05)
    assert np.mean([one.value for one in found]) == pytest.approx(found[0].expected, rel=0.15)


def test_an_index_of_a_shift_is_that_of_its_definition() -> None:
    rng = np.random.default_rng(15)
    value = psi(rng.normal(size=100_000), rng.normal(0.5, size=100_000)).value
    # Of two normal distributions it is the symmetric divergence, shift squared, less the binning.
    assert 0.2 < value < 0.25


@pytest.mark.simulation
def test_intervals_hold_what_is_true_as_often_as_they_say() -> None:
    rng = np.random.default_rng(16)
    shifts, gains = 0, 0
    for _ in range(TRIALS):
        shift = standardized_shift(rng.normal(size=200), rng.normal(0.3, size=100))
        shifts += shift.low <= 0.3 <= shift.high
        days = rng.normal(0, 0.02, 14), np.log(1.4) + rng.normal(0, 0.05, 10)
        gain = gain_estimate(*days)
        gains += gain.low <= 1.4 <= gain.high
    assert within(shifts / TRIALS, 0.9)
    assert within(gains / TRIALS, 0.9)


@pytest.mark.simulation
def test_a_step_is_dated_within_its_interval_at_least_as_often_as_it_says() -> None:
    rng = np.random.default_rng(17)
    held = 0
    for _ in range(TRIALS):
        series = rng.normal(size=40)
        series[23:] += 1.5
        step = change_point(series)
        held += step.low <= 23 <= step.high
    assert held / TRIALS >= bounds(0.9)[0]


def test_a_clear_step_is_dated_to_the_day() -> None:
    series = np.array([0.0] * 14 + [1.0] * 14) + np.tile([0.01, -0.01], 14)
    step = change_point(series)
    assert (step.value, step.low, step.high) == (14, 14, 14)


def test_a_delay_is_counted_from_the_change() -> None:
    rejected = np.zeros((4, 10), bool)
    rejected[0, 4] = rejected[1, 6] = rejected[2, 5] = rejected[2, 6] = True
    rejected[3, 2] = True
    delay = detection_delay(rejected, 4)
    assert (delay.low, delay.never, delay.false_alarms) == (0, 0.25, 1 / 16)
    assert delay.high == np.inf
    assert np.isnan(detection_delay(rejected, 0).false_alarms)
    twice = detection_delay(rejected, 4, confirm=2)
    assert twice.never == 0.75
    assert twice.low == 2
    assert twice.false_alarms == 0.0
    assert detection_delay(rejected, 9, confirm=2).never == 1.0


def test_wilsons_interval_has_its_known_answer() -> None:
    half = wilson(0.5, 100)
    assert half.low == pytest.approx(0.4189, abs=1e-3)
    assert half.high == pytest.approx(0.5811, abs=1e-3)
    assert wilson(0.0, 100).low == 0.0
    assert wilson(1.0, 100).high == 1.0
