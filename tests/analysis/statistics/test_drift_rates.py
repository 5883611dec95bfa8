"""Tests of drift: small windows, few days, skewed values, small pools, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from analysis.statistics.change import change_point, detection_delay, gain_estimate
from analysis.statistics.drift import (
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
from tests.analysis.statistics.test_drift import TRIALS, bounds, within

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.simulation
@pytest.mark.parametrize(("n", "m"), [(2000, 50), (2000, 30), (400, 50), (200, 200), (200, 20)])
def test_an_index_of_a_small_window_is_not_taken_for_drift(n: int, m: int) -> None:
    """By the chi-square limit one window in ten of 50 would be, and one in 200 of 20."""
    rng = np.random.default_rng(n + m)
    found = [psi(rng.gamma(3, size=n), rng.gamma(3, size=m)) for _ in range(TRIALS)]
    values = np.array([one.value for one in found])
    assert within(float(np.mean(values > found[0].high)), 0.05)
    error = 3.3 * values.std() / np.sqrt(TRIALS) + 0.02 * found[0].expected
    assert abs(values.mean() - found[0].expected) <= error


def test_of_many_values_noise_is_that_of_the_chi_square_limit() -> None:
    rng = np.random.default_rng(21)
    noise = psi(rng.normal(size=20_000), rng.normal(size=10_000))
    scale = 1 / 20_000 + 1 / 10_000
    assert noise.expected == pytest.approx(9 * scale, rel=0.04)
    assert noise.high == pytest.approx(stats.chi2.ppf(0.95, 9) * scale, rel=0.06)


def test_bins_that_ties_leave_empty_do_not_count() -> None:
    """Of two values there are two bins, whose index is known."""
    value = psi([0, 1] * 50, [0] * 3 + [1] * 7).value
    assert value == pytest.approx(0.2 * np.log(0.7 / 0.3))
    assert psi([1.0] * 9, [1.0] * 5).value == 0.0
    # Half an observation of ten in the bin without any.
    assert psi([0, 1] * 50, [1] * 10).value == pytest.approx(
        (0.05 - 0.5) * np.log(0.05 / 0.5) + 0.5 * np.log(2)
    )


@pytest.mark.simulation
@pytest.mark.parametrize("tests", [8, 24])
def test_of_exact_probabilities_the_share_of_false_discoveries_is_as_proven(tests: int) -> None:
    """Of independent tests it is alpha k0 / k exactly (Benjamini and Hochberg, 1995)."""
    rng = np.random.default_rng(22)
    trials, alpha = 20 * TRIALS, 0.1
    p = rng.random((trials, tests))
    p[:, : tests // 4] = stats.norm.sf(rng.normal(2.5, size=(trials, tests // 4)))
    rejected = reject(p, alpha, "bh")
    shares = rejected[:, tests // 4 :].sum(axis=1) / np.maximum(rejected.sum(axis=1), 1)
    error = 3.3 * shares.std() / np.sqrt(trials)
    assert abs(shares.mean() - alpha * 0.75) <= error
    # And each of the others is noticed more often than by Bonferroni's.
    noticed = rejected[:, : tests // 4].mean()
    assert noticed > reject(p, alpha, "bonferroni")[:, : tests // 4].mean()


@pytest.mark.simulation
@pytest.mark.parametrize(("spread", "low", "high"), [(0.0, *bounds(0.05)), (0.1, 0.18, 0.3)])
def test_days_that_differ_a_little_make_many_false_alarms(
    spread: float, low: float, high: float
) -> None:
    """Nothing changed but the weather: a week of 200 a day as reference, and one day."""
    rng = np.random.default_rng(24)
    alarms = []
    for _ in range(TRIALS):
        days = rng.normal(size=(8, 200)) + spread * rng.normal(size=(8, 1))
        alarms.append(ks_p(ks_distances(np.sort(np.ravel(days[:7])), days[7:])[0], 1400, 200))
    assert low <= np.mean(np.array(alarms) <= 0.05) <= high


@pytest.mark.simulation
@pytest.mark.parametrize("pool", [200, 1000])
def test_power_of_a_small_pool_is_right_on_average(pool: int) -> None:
    """Drawn with replacement, windows of 200 out of 200 are noticed in 29 % instead of 5 %."""
    rng = np.random.default_rng(pool)
    repeats, truth = 200, 0.05
    estimates = [
        power(rng.normal(size=1000), rng.normal(size=pool), 200, truth, trials=20)
        for _ in range(repeats)
    ]
    shares = np.array([one.value for one in estimates])
    assert abs(shares.mean() - truth) <= 3.3 * shares.std() / np.sqrt(repeats) + 0.005
    held = np.mean([one.low <= truth <= one.high for one in estimates])
    assert held >= bounds(0.9, repeats)[0]


@pytest.mark.simulation
@pytest.mark.parametrize(
    ("before", "after", "spreads"),
    [(14, 10, (0.02, 0.05)), (3, 3, (0.05, 0.05)), (7, 4, (0.05, 0.05)), (14, 1, (0.05, 0.05))],
)
def test_a_gain_lies_in_its_interval_with_few_days(
    before: int, after: int, spreads: tuple[float, float]
) -> None:
    rng = np.random.default_rng(before + after)
    first = rng.normal(-0.4, spreads[0], (TRIALS, before))
    second = rng.normal(-0.4 + np.log(1.87), spreads[1], (TRIALS, after))
    gains = [gain_estimate(*days) for days in zip(first, second, strict=True)]
    held = float(np.mean([gain.low <= 1.87 <= gain.high for gain in gains]))
    # Three days a side: Welch's degrees of freedom make it a little wide.
    assert within(held, 0.92 if before == after else 0.9)


def test_a_gain_has_its_known_answer() -> None:
    first, second = np.log([2.0, 2.2, 1.9, 2.1]), np.log([4.1, 3.9, 4.4])
    gain = gain_estimate(first, second)
    reference = stats.ttest_ind(second, first, equal_var=False).confidence_interval(0.9)
    assert gain.value == pytest.approx(
        stats.gmean([4.1, 3.9, 4.4]) / stats.gmean([2, 2.2, 1.9, 2.1])
    )
    assert (gain.low, gain.high) == pytest.approx((np.exp(reference.low), np.exp(reference.high)))
    alone = gain_estimate([0.0], [np.log(2)])
    assert alone.value == pytest.approx(2)
    assert (alone.low, alone.high) == (0.0, np.inf)


@pytest.mark.simulation
@pytest.mark.parametrize(
    ("draw", "n", "m", "shift"),
    [
        ("normal", 2000, 30, 0.5),
        ("normal", 20, 20, 0.3),
        ("exponential", 1400, 200, 1.0),
        ("exponential", 200, 200, 0.0),
    ],
)
def test_a_shift_lies_in_its_interval_though_values_are_skewed(
    draw: str, n: int, m: int, shift: float
) -> None:
    rng = np.random.default_rng(n + m)
    draws: dict[str, Callable[..., np.ndarray[tuple[int, ...], np.dtype[np.float64]]]] = {
        "normal": rng.standard_normal,
        "exponential": rng.standard_exponential,
    }
    found = [standardized_shift(draws[draw](n), draws[draw](m) + shift) for _ in range(TRIALS)]
    assert within(float(np.mean([one.low <= shift <= one.high for one in found])), 0.9)


def test_a_constant_that_moves_is_an_infinite_shift() -> None:
    assert standardized_shift([1, 1, 1], [2, 2]).value == np.inf
    assert standardized_shift([1, 1, 1], [1, 1]).value == 0.0


@pytest.mark.simulation
@pytest.mark.parametrize("step", [0.5, 1.0, 2.0, 4.0])
@pytest.mark.parametrize(("days", "since"), [(28, 14), (28, 24), (40, 23)])
def test_a_step_of_any_size_is_dated_in_its_interval(days: int, since: int, step: float) -> None:
    rng = np.random.default_rng(days + since)
    series = rng.normal(size=(TRIALS, days)) + step * (np.arange(days) >= since)
    found = [change_point(row) for row in series]
    assert np.mean([one.low <= since <= one.high for one in found]) >= bounds(0.9)[0]
    if step == 4:
        assert np.mean([one.value == since for one in found]) > 0.9


def test_a_step_is_dated_whatever_the_level_of_its_series() -> None:
    series = np.array([0.0] * 14 + [0.01] * 14) + np.tile([1e-4, -1e-4], 14)
    assert change_point(series + 1e6) == change_point(series)
    assert change_point(series).value == 14
    flat = change_point([1.0] * 10)
    assert (flat.low, flat.high) == (1, 9)


@pytest.mark.simulation
def test_delays_of_independent_days_are_geometric() -> None:
    """With a probability of 0.3 a day half notice within a day, and 0.7^10 never in ten."""
    rng = np.random.default_rng(23)
    chance = np.where(np.arange(24) < 14, 0.05, 0.3)
    delay = detection_delay(rng.random((TRIALS, 24)) < chance, 14)
    for days, share in ((delay.low, 0.05), (delay.median, 0.5), (delay.high, 0.95)):
        low, high = stats.geom.ppf(bounds(share), 0.3) - 1
        assert low <= days <= high
    assert within(delay.never, 0.7**10)
    assert within(delay.false_alarms, 0.05, TRIALS * 14)
    twice = detection_delay(rng.random((TRIALS, 24)) < chance, 14, confirm=2)
    # Neighbouring pairs share a day: their variance is that of at least a third as many.
    assert within(twice.false_alarms, 0.05**2, TRIALS * 13 // 3)
    assert twice.median > delay.median


_ONE, _FEW = np.array([1.0]), np.array([1.0, 2.0, 3.0])
_DAYS = np.zeros((2, 5), bool)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ks([], _ONE), "no distribution"),
        (lambda: ks([1.0, np.nan], _ONE), "not numbers"),
        (lambda: ks_distances(_FEW[::-1], _FEW[None]), "sort the reference"),
        (lambda: ks_distances(_FEW, np.array([[1.0, np.nan]])), "not numbers"),
        (lambda: ks_distances(_FEW, np.zeros((3, 0))), "no distribution"),
        (lambda: reject([0.1], 0.05, "holm"), "choose one of none, bonferroni, bh"),
        (lambda: reject([], 0.05, "bh"), "and tests"),
        (lambda: reject([0.1], 5, "bh"), "0 < level < 1"),
        (lambda: psi([], _ONE), "no distribution"),
        (lambda: psi(_FEW, _FEW, bins=1), "at least 2"),
        (lambda: standardized_shift(_FEW, _ONE), "at least 2"),
        (lambda: power(_FEW, _FEW, 4, 0.05), "cannot be drawn from 3"),
        (lambda: wilson(0.5, 0), "of 0 trials"),
        (lambda: gain_estimate([], _ONE), "a day before and one after"),
        (lambda: gain_estimate([-np.inf], _ONE), "finite"),
        (lambda: change_point(_FEW), "4 finite values"),
        (lambda: detection_delay(_DAYS, 5), "no delay of 2 repeats"),
        (lambda: detection_delay(_DAYS, 2, confirm=0), "at 0 alarms"),
    ],
)
def test_what_has_no_answer_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_distances_of_windows_of_some_sizes_have_their_probabilities_at_once() -> None:
    distances, counts = np.array([0.1, 0.2, 0.3]), np.array([30, 60, 200])
    together = ks_p(distances, 1000, counts)
    assert together.tolist() == [
        float(ks_p(d, 1000, int(m))) for d, m in zip(distances, counts, strict=True)
    ]
    assert smallest_distance(2, 2, 0.001) == 1.0
