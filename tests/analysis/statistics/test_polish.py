"""Median polish: known answers, missing cells, and what one wild cell cannot do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import NotEnoughDataError
from analysis.statistics.polish import polish

NAN = float("nan")
DEATHS = [[14, 15, 14], [7, 4, 7], [8, 2, 10], [15, 9, 10], [0, 2, 0]]
"""Deaths in parachuting by experience, 1973 to 1975 (Tukey 1977, chapter 11; `medpolish` of R)."""


def test_tukeys_parachutists() -> None:
    """Overall 8, rows 6 -1 0 2 -8, columns 0 -1 0: what R's `medpolish` prints of this table."""
    result = polish(np.array(DEATHS, float))
    assert result.overall == 8
    assert result.cases.tolist() == [6, -1, 0, 2, -8]
    assert result.machines.tolist() == [0, -1, 0]
    assert result.residuals.tolist() == [[0, 2, 0], [0, -2, 0], [0, -5, 2], [5, 0, 0], [0, 3, 0]]
    assert result.converged
    assert set(result.parts.tolist()) == {0}


def test_the_spread_leaves_out_as_many_small_residuals_as_effects() -> None:
    """By hand: 15 cells, 7 effects beside each other; of the 8 largest, 0 0 2 2 2 3 5 5, the middle
    two are 2: the residuals are 0 nine times, 2 three times, 3, 5, 5.
    """
    result = polish(np.array(DEATHS, float))
    assert result.spread == pytest.approx(2 / 0.6745)
    assert result.machine_errors == pytest.approx(
        [np.sqrt(np.pi / 2) * 2 / 0.6745 / np.sqrt(5)] * 3, rel=1e-4
    )


def test_an_additive_table_leaves_nothing_though_cells_are_missing() -> None:
    cases, machines = np.array([[-1.0], [0.0], [2.0]]), np.array([[0.0, 0.5, -0.25, 0.0]])
    table = 3 + cases + machines
    table[0, 1] = table[2, 3] = NAN
    result = polish(table)
    assert result.overall == pytest.approx(3)
    assert result.cases == pytest.approx([-1, 0, 2])
    assert result.machines == pytest.approx([0, 0.5, -0.25, 0])
    assert np.nanmax(np.abs(result.residuals)) < 1e-12
    assert np.isnan(result.residuals[0, 1])


def test_a_wild_cell_stays_in_its_residual() -> None:
    table = np.add.outer(np.arange(5.0), np.arange(7.0))
    table[2, 3] += 1e6
    result = polish(table)
    assert result.residuals[2, 3] == pytest.approx(1e6)
    assert result.cases == pytest.approx(np.arange(5.0) - 2)
    assert result.machines == pytest.approx(np.arange(7.0) - 3)


def test_what_was_not_measured_has_no_effect() -> None:
    table = np.add.outer(np.arange(3.0), np.arange(3.0))
    table[1] = NAN
    table[:, 2] = np.inf  # no time either
    result = polish(table)
    assert np.isnan(result.cases).tolist() == [False, True, False]
    assert np.isnan(result.machines).tolist() == [False, False, True]
    assert result.parts.tolist() == [0, 0, -1]
    assert result.machine_errors[2] == np.inf


def test_machines_without_cases_in_common_are_in_different_parts() -> None:
    """The first two share a case, the third shares one with the second; the last two are apart."""
    table = np.full((4, 5), NAN)
    for case, machine in [(0, 0), (0, 1), (1, 1), (1, 2), (2, 3), (3, 3), (3, 4)]:
        table[case, machine] = 1.0
    assert polish(table).parts.tolist() == [0, 0, 0, 2, 2]


def test_nothing_measured_is_an_error() -> None:
    for table in (np.full((2, 2), NAN), np.zeros((0, 3)), np.zeros(3)):
        with pytest.raises(NotEnoughDataError, match="no case was measured"):
            polish(table)


def test_many_machines_in_blocks_are_polished_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """More machines than a block has: effects that are known come back, in single precision too."""
    monkeypatch.setattr("analysis.statistics.polish._CELLS", 1000)
    rng = np.random.default_rng(1)
    machines = rng.normal(0, 0.3, 4000)
    table = (np.arange(9.0)[:, np.newaxis] + machines).astype(np.float32)
    table[rng.random(table.shape) < 0.2] = NAN
    result = polish(table)
    assert result.residuals.dtype == np.float32
    whole = np.isfinite(result.machines)
    assert result.machines[whole] == pytest.approx(
        machines[whole] - np.median(machines[whole]), abs=1e-4
    )
    assert set(result.parts[whole].tolist()) == {0}


@given(st.integers(0, 10_000))
def test_a_table_is_the_sum_of_its_parts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(rng.integers(1, 7), rng.integers(1, 7)))
    table[rng.random(table.shape) < 0.2] = NAN
    if np.isnan(table).all():
        return
    result = polish(table)
    again = result.overall + np.add.outer(result.cases, result.machines) + result.residuals
    assert np.allclose(again, table, equal_nan=True)
    centred = polish(table - np.nanmedian(table))
    before, after = (np.nansum(np.abs(r.residuals)) for r in (centred, result))
    assert after == pytest.approx(before, rel=1e-6, abs=1e-9)
    assert after <= np.nansum(np.abs(table - np.nanmedian(table))) + 1e-9


@pytest.mark.simulation
@pytest.mark.parametrize("machines", [12, 40])
def test_the_spread_and_the_errors_of_machines_are_what_they_claim(machines: int) -> None:
    """Of 40 cases, normal residuals of SD 0.06, a tenth missing: over 400 tables the spread is 0.06
    on average, and an effect lies 1.25 x 0.06 / 6 from the truth (in the median over machines: all
    share the error of their common middle).
    """
    rng = np.random.default_rng(20261127)
    spreads, errors, offs = [], [], []
    for _ in range(400):
        truth = rng.normal(0, 0.2, machines)
        table = rng.normal(0, 1, (40, 1)) + truth + rng.normal(0, 0.06, (40, machines))
        table[rng.random(table.shape) < 0.1] = NAN
        result = polish(table)
        spreads.append(result.spread)
        errors.append(result.machine_errors.mean())
        offs.append(np.std(result.machines - truth, ddof=1))
    assert np.mean(spreads) == pytest.approx(0.06, rel=0.02)
    assert np.mean(offs) == pytest.approx(np.mean(errors), rel=0.08)
