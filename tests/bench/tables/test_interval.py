"""Intervals of medians by order statistics: known ranks, known levels, real coverage."""

from __future__ import annotations

import numpy as np
import pytest

from bench.tables.interval import LEVEL, Estimate, estimate, ranks


@pytest.mark.parametrize(
    ("count", "rank", "level"),
    # David and Nagaraja, Order Statistics, section 7.1: 1 - 2 * P(Binomial(n, 1/2) < rank).
    [(1, 0, 0.0), (2, 0, 0.5), (5, 0, 0.9375), (6, 0, 0.96875), (9, 1, 0.9609375),
     (10, 1, 0.978515625), (15, 3, 0.96484375), (20, 5, 0.95861053)],
)  # fmt: skip
def test_known_ranks(count: int, rank: int, level: float) -> None:
    assert ranks(count)[0] == rank
    assert ranks(count)[1] == pytest.approx(level)


def test_known_answer() -> None:
    values = [9.0, 1.0, 5.0, 3.0, 7.0, 2.0]
    assert estimate(values) == Estimate(4.0, 1.0, 9.0, 0.96875)
    assert estimate([2.5]) == Estimate(2.5, 2.5, 2.5, 0.0)


@pytest.mark.simulation
@pytest.mark.parametrize("count", [6, 11, 30])
def test_intervals_hold_the_true_median_as_often_as_they_say(count: int) -> None:
    rng = np.random.default_rng(7)
    samples = np.sort(rng.exponential(size=(20_000, count)), axis=1)
    rank, level = ranks(count)
    true = np.log(2)
    held = np.mean((samples[:, rank] <= true) & (true <= samples[:, -1 - rank]))
    assert level >= LEVEL
    assert held == pytest.approx(level, abs=0.006)
