"""Draws follow a number's range, and are the same everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from hardware_profiles.draws import draw


@pytest.mark.parametrize("count", [200, 1000])
@pytest.mark.parametrize(
    ("value", "low", "high"),
    [(250, 230, 275), (0.0065, 0.001, 0.06), (-0.309, -0.488, -0.066), (3.35, 3.0, 3.35)],
)
def test_a_range_is_the_5th_and_95th_percentile_around_the_median(
    value: float, low: float, high: float, count: int
) -> None:
    draws = draw("a number", value, low, high, count=count)
    assert draws.shape == (1 + count,)
    assert draws[0] == value
    quantiles = np.quantile(draws[1:], [0.05, 0.5, 0.95], method="hazen")
    assert quantiles == pytest.approx([low, value, high], rel=2e-3)


def test_an_exact_number_is_not_drawn() -> None:
    assert draw("exact", 8, 8, 8).tolist() == [8]


def test_draws_depend_on_the_name_alone() -> None:
    again = draw("one", 2, 1, 3)
    assert np.array_equal(draw("one", 2, 1, 3), again)
    assert not np.array_equal(draw("two", 2, 1, 3), again)
    # The same in every process and on every machine, whatever the hash seed.
    assert again[1:4].tolist() == pytest.approx([1.6702751436, 1.1914386002, 2.4888816717])


def test_numbers_of_other_names_are_not_correlated() -> None:
    names = [draw(f"number {i}", 2, 1, 4)[1:] for i in range(40)]
    correlations = np.asarray(np.corrcoef(names))[np.triu_indices(40, 1)]
    assert np.max(np.abs(correlations)) < 0.15
    assert abs(np.mean(correlations)) < 0.01


def test_draws_stay_within_what_is_possible() -> None:
    assert draw("a share", 0.8, 0.7, 0.99, most=1).max() <= 1
    assert draw("a price", 0.03, 0.0, 0.05).min() == 0
    assert draw("a rate", 10, 0.1, 1000).min() > 0
