"""Least squares: outliers, priors, leaving out without fitting again, lines that never go down."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

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


def test_the_prior_decides_what_data_leave_open() -> None:
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
        residuals = (y - again[0] - again[1] * X)[group == number]
        assert left_out[group == number] == pytest.approx(residuals, rel=0.01, abs=1e-4)


def test_those_of_no_group_stay_as_they_are() -> None:
    fit = robust_fit(line(X**2), np.zeros(2), WIDE, 1.0)
    group = np.where(X < 0.5, 0, -1)
    assert np.array_equal(fit.left_out(group)[X >= 0.5], fit.residuals[X >= 0.5])


@pytest.mark.parametrize("seed", range(5))
def test_scipy_fits_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = 2 * np.exp(-1.5 * X) + rng.standard_t(2, len(X)) * 0.02
    prior, sd, scale = np.array([1.0, 1.0]), np.array([1.0, 2.0]), 0.02

    def residuals(p: Array) -> Array:
        return np.asarray(y - p[0] * np.exp(-p[1] * X), np.float64)

    def soft_l1_with_prior(p: Array) -> float:
        loss = 2 * (np.sqrt(1 + (residuals(p) / scale) ** 2) - 1)
        return float(loss.sum() + (((p - prior) / sd) ** 2).sum())

    fit = robust_fit(residuals, prior, sd, scale)
    minimum = optimize.minimize(soft_l1_with_prior, prior, method="Nelder-Mead", tol=1e-10)
    assert fit.parameters == pytest.approx(minimum.x, rel=1e-4)
    reference = optimize.least_squares(residuals, prior, loss="soft_l1", f_scale=scale)
    without_prior = robust_fit(residuals, prior, sd * 1e4, scale)
    assert without_prior.parameters == pytest.approx(reference.x, rel=1e-4)


@pytest.mark.parametrize("seed", range(20))
def test_scipy_finds_the_same_factors_that_are_not_negative(seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns = np.stack([np.ones(12), rng.integers(1, 40, 12), rng.uniform(1, 800, 12)], axis=1)
    values = np.abs(columns @ rng.normal(1, 2, 3)) + rng.uniform(0.5, 2, 12)
    factors, _ = optimize.nnls(columns / values[:, None], np.ones(12))
    assert rising(columns, values) == pytest.approx(factors, rel=1e-6, abs=1e-9)


@given(st.lists(st.just(0.0) | st.floats(1e-6, 100), min_size=3, max_size=3))
def test_factors_that_are_not_negative_are_recovered(factors: list[float]) -> None:
    columns = np.array([[1, t, s] for t, s in ((1, 4), (1, 100), (1, 800), (4, 100), (16, 100))])
    values = columns @ np.array(factors)
    if values.min() > 0:
        assert columns @ rising(columns, values) == pytest.approx(values, rel=1e-6)


@given(st.lists(st.floats(1, 1000), min_size=5, max_size=5))
def test_no_factor_is_negative(values: list[float]) -> None:
    columns = np.array([[1, t, s] for t, s in ((1, 4), (1, 100), (1, 800), (4, 100), (16, 100))])
    assert (rising(columns, np.array(values)) >= 0).all()
