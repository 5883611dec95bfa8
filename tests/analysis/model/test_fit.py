"""Least squares: outliers, priors, leaving out without fitting again, lines that never go down."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.model.fit import Array, rising, robust_fit

X = np.linspace(0, 1, 40)
WIDE = np.array([100.0, 100.0])


def line(y: Array, keep: Array | slice = slice(None)):  # type: ignore[no-untyped-def]
    return lambda p: (y - p[0] - p[1] * X)[keep]


def test_outliers_bend_nothing() -> None:
    y = 2 + 3 * X
    y[::10] += 50
    fit = robust_fit(line(y), np.zeros(2), WIDE, 0.01)
    assert fit.parameters == pytest.approx([2, 3], abs=0.02)


def test_what_data_do_not_say_the_prior_does() -> None:
    fit = robust_fit(lambda p: X - p[0] * X, np.array([0.0, 7.0]), np.array([10.0, 0.5]), 0.1)
    assert fit.parameters == pytest.approx([1, 7], abs=0.01)
    assert np.sqrt(fit.covariance[1, 1]) == pytest.approx(0.5)


def test_leaving_out_is_as_fitting_again() -> None:
    rng = np.random.default_rng(0)
    y = 2 + 3 * X + rng.normal(0, 0.01, len(X))
    group = np.arange(len(X)) // 10
    fit = robust_fit(line(y), np.zeros(2), WIDE, 1.0)
    left_out = fit.left_out(group)
    for number in range(4):
        again = robust_fit(line(y, group != number), np.zeros(2), WIDE, 1.0).parameters
        off = (y - again[0] - again[1] * X)[group == number]
        assert left_out[group == number] == pytest.approx(off, rel=0.01, abs=1e-4)


def test_those_of_no_group_stay_as_they_are() -> None:
    fit = robust_fit(line(X**2), np.zeros(2), WIDE, 1.0)
    group = np.where(X < 0.5, 0, -1)
    assert np.array_equal(fit.left_out(group)[X >= 0.5], fit.residuals[X >= 0.5])


@given(st.lists(st.just(0.0) | st.floats(1e-6, 100), min_size=3, max_size=3))
def test_factors_that_are_not_negative_are_found(factors: list[float]) -> None:
    columns = np.array([[1, t, s] for t, s in ((1, 4), (1, 100), (1, 800), (4, 100), (16, 100))])
    values = columns @ np.array(factors)
    if values.min() > 0:
        assert columns @ rising(columns, values) == pytest.approx(values, rel=1e-6)


@given(st.lists(st.floats(1, 1000), min_size=5, max_size=5))
def test_no_factor_is_negative(values: list[float]) -> None:
    columns = np.array([[1, t, s] for t, s in ((1, 4), (1, 100), (1, 800), (4, 100), (16, 100))])
    assert (rising(columns, np.array(values)) >= 0).all()
