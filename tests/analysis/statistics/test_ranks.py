"""Intervals of ranks: known answers, and that they hold all true ranks as often as they claim."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, norm, t

from analysis.errors import AnalysisError
from analysis.statistics.polish import polish
from analysis.statistics.ranks import RankIntervals, rank_intervals


def spans(result: RankIntervals) -> list[tuple[int, int]]:
    return list(zip(result.low.tolist(), result.high.tolist(), strict=True))


def test_known_answer() -> None:
    """By hand: of three units each interval has the level 0.9 ** (1 / 3), so 2.1140 errors each
    way: [-2.1, 2.1], [0.9, 5.1], [7.9, 12.1]. The first two overlap, the third lies above both.
    """
    assert norm.ppf((1 + 0.9 ** (1 / 3)) / 2) == pytest.approx(2.1140, abs=2e-4)
    result = rank_intervals([0.0, 3.0, 10.0], [1.0, 1.0, 1.0])
    assert spans(result) == [(1, 2), (1, 2), (3, 3)]
    assert [result.text(unit) for unit in (0, 2)] == ["1 to 2 of 3", "3 of 3"]
    # From the largest on.
    assert spans(rank_intervals([-0.0, -3.0, -10.0], [1.0] * 3)) == [(2, 3), (2, 3), (1, 1)]


def test_few_degrees_of_freedom_part_less() -> None:
    """Of two units, 5 apart: Student's quantile with 2 degrees is 4.2, the normal one 1.95."""
    assert t.ppf((1 + 0.9**0.5) / 2, 2) > 2.5 > norm.ppf((1 + 0.9**0.5) / 2)
    assert spans(rank_intervals([0, 5], [1, 1])) == [(1, 1), (2, 2)]
    assert spans(rank_intervals([0, 5], [1, 1], df=2)) == [(1, 2), (1, 2)]
    assert spans(rank_intervals([0, 5], [1, 1], df=[2, np.inf])) == [(1, 2), (1, 2)]


def test_equal_units_may_have_all_ranks_and_exact_ones_share() -> None:
    assert spans(rank_intervals([1, 1, 1], [0.1] * 3)) == [(1, 3)] * 3
    assert spans(rank_intervals([1, 1, 2], [0, 0, 0])) == [(1, 2), (1, 2), (3, 3)]


def test_a_unit_of_which_nothing_is_known_may_have_any_rank() -> None:
    """It never takes the first place from one that was measured."""
    result = rank_intervals([np.nan, 0, 9, 99], [np.inf, 0.1, 0.1, 0.1])
    assert spans(result) == [(1, 4), (1, 2), (2, 3), (3, 4)]


@pytest.mark.parametrize(
    ("estimates", "errors", "level", "df"),
    [
        ([np.nan], [1.0], 0.9, np.inf),
        ([1.0], [-1.0], 0.9, np.inf),
        ([1.0], [np.nan], 0.9, np.inf),
        ([1.0], [1.0], 1.0, np.inf),
        ([1.0], [1.0], 0.9, 0),
        ([1.0, 2.0], [1.0], 0.9, np.inf),
    ],
)
def test_what_has_no_rank_is_an_error(
    estimates: list[float], errors: list[float], level: float, df: float
) -> None:
    with pytest.raises(AnalysisError, match=r"^ranks: "):
        rank_intervals(estimates, errors, level, df)


def test_none_is_none() -> None:
    assert spans(rank_intervals([], [])) == []


def test_a_hundred_thousand_units_are_compared_as_all_pairs_would_be() -> None:
    rng = np.random.default_rng(2)
    estimates, errors = rng.normal(0, 1, 100_000), rng.uniform(0.01, 0.1, 100_000)
    result = rank_intervals(estimates, errors)
    reach = norm.isf(-np.expm1(np.log(0.9) / 1e5) / 2)
    lows, highs = estimates - reach * errors, estimates + reach * errors
    for unit in (0, 1, 77_777):
        assert result.low[unit] == 1 + np.sum(highs < lows[unit])
        assert result.high[unit] == 100_000 - np.sum(lows > highs[unit])


@pytest.mark.simulation
@pytest.mark.parametrize("units", [5, 30, 300])
@pytest.mark.parametrize("apart", [0.0, 1.0, 10.0])
def test_all_true_ranks_are_held_as_often_as_claimed(units: int, apart: float) -> None:
    """Equal, near and far units, errors from 1 to 3, one in three with 5 degrees of freedom.

    A share of 2,000 simulated classes that is below 0.9 by chance alone less than once in 10,000.
    """
    rng = np.random.default_rng(20261127)
    runs, held = 2000, 0
    df = np.where(np.arange(units) % 3 == 0, 5.0, np.inf)
    for _ in range(runs):
        truth = rng.normal(0, apart, units) if apart else np.zeros(units)
        errors = rng.uniform(1, 3, units)
        estimates = truth + errors * rng.normal(size=units)
        seen = np.where(df == 5, errors * np.sqrt(rng.chisquare(5, units) / 5), errors)
        result = rank_intervals(estimates, seen, 0.9, df)
        # With equal values each of them has a range of true ranks; all of it has to be held.
        first = 1 + np.searchsorted(np.sort(truth), truth, "left")
        last = np.searchsorted(np.sort(truth), truth, "right")
        held += bool(np.all(result.low <= first) and np.all(result.high >= last))
    assert held >= binom.ppf(1e-4, runs, 0.9)


@pytest.mark.simulation
def test_ranks_of_polished_machines_are_held_as_often_as_claimed() -> None:
    """From tables of 40 cases by 30 machines, a tenth missing, with the polish's own errors."""
    rng = np.random.default_rng(20261127)
    runs, held = 400, 0
    for _ in range(runs):
        truth = rng.normal(0, 0.05, 30)
        table = rng.normal(0, 1, (40, 1)) + truth + rng.normal(0, 0.06, (40, 30))
        table[rng.random(table.shape) < 0.1] = np.nan
        polished = polish(table)
        result = rank_intervals(polished.machines, polished.machine_errors)
        ranks = np.argsort(np.argsort(truth)) + 1
        held += bool(np.all(result.low <= ranks) and np.all(ranks <= result.high))
    assert held >= binom.ppf(1e-4, runs, 0.9)
    assert np.mean(result.high - result.low) < 25  # not all ranks for everybody
