"""Estimates: known answers, and intervals that cover the truth as often as they claim."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import NotEnoughDataError
from analysis.statistics.interval import PooledSpread, log_t_interval
from analysis.statistics.ratio import Comparison, compare, paired_ratio

pytestmark = pytest.mark.simulation


def test_known_answer() -> None:
    """By hand: logs 0, 1, 2; mean 1, sd 1, t(0.975, 2) = 4.302653; reach 4.302653 / sqrt(3)."""
    estimate = log_t_interval([1.0, math.e, math.e**2])
    assert estimate.value == pytest.approx(math.e)
    reach = 4.302653 / math.sqrt(3)
    assert estimate.low == pytest.approx(math.exp(1 - reach), rel=1e-6)
    assert estimate.high == pytest.approx(math.exp(1 + reach), rel=1e-6)
    assert estimate.half_width == pytest.approx(reach, rel=1e-6)


def test_one_process_gives_no_idea_of_the_spread() -> None:
    estimate = log_t_interval([3.0])
    assert (estimate.value, estimate.low, estimate.high) == (3.0, 0.0, math.inf)
    assert estimate.half_width == math.inf
    assert estimate.inverse(6.0, "1/s").value == 2.0
    assert estimate.inverse(6.0, "1/s").high == math.inf


def test_nothing_is_an_error() -> None:
    with pytest.raises(NotEnoughDataError):
        log_t_interval([])
    with pytest.raises(NotEnoughDataError, match="share no process"):
        paired_ratio({0: 1.0}, {1: 1.0})


@given(st.lists(st.floats(1e-6, 1e6), min_size=2, max_size=20), st.floats(1e-3, 1e3))
def test_interval_holds_its_value_and_scales_with_it(values: list[float], factor: float) -> None:
    estimate = log_t_interval(values)
    assert estimate.low <= estimate.value <= estimate.high
    scaled = log_t_interval([factor * value for value in values])
    assert scaled.value == pytest.approx(factor * estimate.value)
    assert scaled.low == pytest.approx(factor * estimate.low)
    rate = estimate.inverse(1.0, "1/s")
    assert rate.low <= rate.value <= rate.high
    assert rate.half_width == pytest.approx(estimate.half_width)


@pytest.mark.parametrize("processes", [3, 5, 10])
@pytest.mark.parametrize(("between", "within"), [(0.02, 0.01), (0.1, 0.02), (0.005, 0.05)])
def test_coverage(processes: int, between: float, within: float) -> None:
    """A 95 % interval covers the true median in 95 % of simulated runs, whatever varies.

    4,000 runs: the standard error of a share of 0.95 is 0.0034; the band is 3.5 of them.
    """
    rng = np.random.default_rng(20261122)
    truth, covered, runs = 0.01, 0, 4000
    for _ in range(runs):
        centres = np.exp(rng.normal(math.log(truth), between, processes))
        samples = centres[:, None] * np.exp(rng.normal(0, within, (processes, 9)))
        estimate = log_t_interval(np.median(samples, axis=1).tolist())
        covered += estimate.low <= truth <= estimate.high
    assert covered / runs == pytest.approx(0.95, abs=0.012)


def test_pooled_samples_would_not_cover() -> None:
    """Why processes are the unit: the same simulation with all samples as if independent."""
    rng = np.random.default_rng(20261122)
    covered, runs = 0, 1000
    for _ in range(runs):
        centres = np.exp(rng.normal(0, 0.02, 5))
        samples = centres[:, None] * np.exp(rng.normal(0, 0.01, (5, 30)))
        estimate = log_t_interval(samples.ravel().tolist())
        covered += estimate.low <= 1.0 <= estimate.high
    assert covered / runs < 0.5


def test_ratio_is_taken_within_processes() -> None:
    """What makes a process slow makes both cases slow, and cancels."""
    slow_spell = {0: 1.0, 1: 3.0, 2: 1.5, 3: 2.0}
    ratio = paired_ratio({k: 2 * v for k, v in slow_spell.items()}, slow_spell)
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((2.0, 2.0, 2.0))
    assert paired_ratio({0: 2.0, 9: 1.0}, {0: 1.0, 1: 5.0}).n == 1


@pytest.mark.parametrize("processes", [3, 5])
def test_ratio_coverage(processes: int) -> None:
    """The interval of a ratio covers it in 95 % of runs, though processes differ by half."""
    rng = np.random.default_rng(7)
    covered, runs = 0, 3000
    for _ in range(runs):
        common = np.exp(rng.normal(0, 0.5, processes))
        a = common * 1.3 * np.exp(rng.normal(0, 0.02, processes))
        b = common * np.exp(rng.normal(0, 0.02, processes))
        ratio = paired_ratio(dict(enumerate(a)), dict(enumerate(b)))
        covered += ratio.low <= 1.3 <= ratio.high
    assert covered / runs == pytest.approx(0.95, abs=0.014)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 1.001, 0.999], Comparison.EQUIVALENT),
        ([0.5, 0.51, 0.49], Comparison.FASTER),
        ([2.0, 2.1, 1.9], Comparison.SLOWER),
        ([0.8, 1.0, 1.3], Comparison.UNDECIDED),
        ([2.0], Comparison.UNDECIDED),
        # a real but small difference: on one side of 1, within the band
        ([1.01, 1.0101, 1.0102], Comparison.EQUIVALENT),
    ],
)
def test_what_may_be_said_of_a_ratio(values: list[float], expected: Comparison) -> None:
    assert compare(log_t_interval(values)) is expected


def test_equivalence_band_is_three_percent() -> None:
    assert compare(log_t_interval([1.0299, 1.02991])) is Comparison.EQUIVALENT
    assert compare(log_t_interval([1.0301, 1.03011])) is Comparison.SLOWER


def test_a_group_borrows_the_spread_of_the_others() -> None:
    """By hand: variance 0.02 of two values, prior 0.01 with 4 degrees of freedom: 0.012 over 2."""
    values = [1.0, math.exp(0.2)]
    error, df = PooledSpread(0.01).scale(values)
    assert error == pytest.approx(math.sqrt(0.012 / 2))
    assert df == 5
    estimate = PooledSpread(0.01).interval(values)
    assert estimate.value == pytest.approx(math.exp(0.1))
    # Student's t with 5 degrees of freedom, 0.975: 2.5706.
    assert math.log(estimate.high / estimate.value) == pytest.approx(2.5706 * error, rel=1e-4)


def test_nothing_is_known_of_spread_where_nothing_was_repeated() -> None:
    assert PooledSpread.of([[1.0], [2.0], []]) is None


def test_intervals_of_pooled_spread_cover_as_often_as_they_say() -> None:
    """24 configurations of two windows, whose spreads differ as Student's t with 4 df has them."""
    rng = np.random.default_rng(8)
    held, widths = 0, []
    for _ in range(200):
        variances = 0.05**2 * 4 / rng.chisquare(4, 24)
        logs = rng.normal(0.0, np.sqrt(variances)[:, None], (24, 2))
        spread = PooledSpread.of(np.exp(logs).tolist())
        assert spread
        for values in np.exp(logs).tolist():
            estimate = spread.interval(values)
            held += estimate.low <= 1 <= estimate.high
            widths.append(estimate.half_width)
    assert 0.93 <= held / (200 * 24) <= 0.97
    # A t-interval of two windows alone is five times as wide.
    assert np.median(widths) < 0.25 * 12.7 * 0.05
