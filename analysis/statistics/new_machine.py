"""What a machine that nobody measured will do, from the machines that were.

Machines are what repeats: cells of one machine resemble each other, so that forty cells of three
machines are three observations of what a fourth will do, not 120. Three machines or more give an
interval, in one of two ways.

- Up to 19 machines: the mean over machines, with the moments' variances of machines and of cells
  and the quantile of Student's distribution with machines - 1 degrees of freedom (the analysis of
  variance of a random effect: Searle, Casella and McCulloch, Variance Components, 1992, chapter 3).
  Machines are taken to vary normally, which nineteen cannot refute.
- From 20 on: the hierarchical jackknife+ (Lee, Barber and Willett, "Distribution-free inference
  with hierarchical data", arXiv 2306.06342, 2023), which asks only that machines are exchangeable.
  It promises 1 - 2 (1 - level) and holds about the level; it is infinite where 1 - level is less
  than one part in machines + 1, and Student's is taken then.

How often each holds: docs/explanation/class-statistics.md, and tests marked `simulation`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from analysis.errors import NotEnoughDataError
from analysis.statistics.number import PREDICTED_LEVEL, Number
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LEAST_MACHINES = 3
"""Of two, Student's quantile is six standard deviations: no interval that says anything."""
DISTRIBUTION_FREE = 20
"""Machines from which the interval asks for no distribution: with fewer it is wider than Student's,
or infinite."""


class Method(StrEnum):
    """How an interval for a new machine came about."""

    STUDENT = "Student's t over machines"
    JACKKNIFE = "hierarchical jackknife+"


@dataclass(frozen=True, slots=True)
class Spread:
    """How much machines vary, and cells of one machine: standard deviations."""

    machine_sd: float
    cell_sd: float
    mean_sd: float
    """Of the machines' means: what varies between machines, and what is left of their cells."""
    machines: int
    df: int
    """Degrees of freedom of `mean_sd`."""

    @property
    def new_cell_sd(self) -> float:
        """Of a cell of a new machine about the mean of all machines, which is itself estimated."""
        ours = self.mean_sd**2 / self.machines
        return math.sqrt(self.machine_sd**2 + self.cell_sd**2 + ours)


@dataclass(frozen=True, slots=True)
class NewMachine:
    """An interval for a cell of a machine that was not measured, in the unit of the values."""

    value: float
    low: float
    high: float
    level: float
    method: Method
    spread: Spread

    @property
    def machines(self) -> int:
        """How many it rests on; to be shown beside it."""
        return self.spread.machines

    def number(self, unit: str) -> Number:
        """Return it as a number."""
        bounds = (self.value, self.low, self.high)
        return Number(*bounds, self.level, unit, Kind.CALIBRATED, self.machines)

    def from_logs(self, unit: str) -> Number:
        """Return an interval of logarithms as one of the numbers themselves."""
        value, low, high = map(math.exp, (self.value, self.low, self.high))
        return Number(value, low, high, self.level, unit, Kind.CALIBRATED, self.machines)


def interval_for_new_machine(values: Array, level: float = PREDICTED_LEVEL) -> NewMachine:
    """Return an interval for a cell of a machine that was not measured.

    Args:
        values: shape (machines, cells), such as residuals of log times; NaN: not measured. For a
            single number a machine, cells is 1.
        level: the probability that the interval holds the cell.

    Raises:
        NotEnoughDataError: fewer than three machines have a value.

    """
    values = values[np.isfinite(values).any(axis=1)]
    if (machines := len(values)) < LEAST_MACHINES:
        raise NotEnoughDataError(
            f"no interval from the class: it has {machines} of the {LEAST_MACHINES} machines that "
            "one needs"
        )
    spread = spread_of(values)
    centre = float(np.nanmean(values, axis=1).mean())
    if machines >= DISTRIBUTION_FREE and can_be_free(machines, level):
        low, high = _jackknife(values, level)
        bounds = min(low, centre), max(high, centre)
        return NewMachine(centre, *bounds, level, Method.JACKKNIFE, spread)
    reach = student(spread, level)
    return NewMachine(centre, centre - reach, centre + reach, level, Method.STUDENT, spread)


def can_be_free(machines: int, level: float) -> bool:
    """Whether an interval that asks for no distribution is finite."""
    return level * (machines + 1) <= machines


def spread_of(values: Array, fitted: int = 1) -> Spread:
    """Return how much machines vary, and cells of one machine, by the method of moments.

    With one cell a machine the two cannot be told apart; all of it counts as the machines'.

    Args:
        values: shape (machines, cells), each machine with a finite value; NaN: not measured.
        fitted: parameters of the machines' means that were fitted: 1 is their mean, which is taken
            away here; more are a rule, of which values are residuals.

    Raises:
        NotEnoughDataError: there are no more machines than parameters.

    """
    machines, df = len(values), len(values) - fitted
    if df < 1:
        raise NotEnoughDataError(
            f"{machines} machines do not show how much machines vary about a rule with "
            f"{fitted} parameters"
        )
    counts = np.count_nonzero(np.isfinite(values), axis=1)
    means = np.nanmean(values, axis=1)
    within = int(np.sum(counts - 1))
    squares = float(np.nansum((values - means[:, np.newaxis]) ** 2))
    cell = squares / within if within else 0.0
    between = float(np.sum((means - means.mean()) ** 2)) / df
    machine = max(0.0, between - cell * float(np.mean(1 / counts)))
    return Spread(math.sqrt(machine), math.sqrt(cell), math.sqrt(between), machines, df)


def student(spread: Spread, level: float = PREDICTED_LEVEL) -> float:
    """Return how far a cell of a new machine may lie from the mean, either way."""
    return float(stdtrit(spread.df, (1 + level) / 2)) * spread.new_cell_sd


def free_quantile(values: Array, level: float = PREDICTED_LEVEL) -> float:
    """Return what a cell of a new machine does not exceed, asking for no distribution.

    Each machine has the same weight, shared by its cells, and so has the new one, at infinity (Lee,
    Barber and Willett 2023, hierarchical conformal prediction). Exact in that the probability is at
    least the level, where machines are exchangeable and values do not depend on the new one.

    Args:
        values: shape (machines, cells), each machine with a finite value; NaN: not measured.
        level: the probability.

    """
    finite = np.isfinite(values)
    weights = np.broadcast_to(1 / np.count_nonzero(finite, axis=1)[:, np.newaxis], values.shape)
    flat, shares = values[finite], weights[finite] / (len(values) + 1)
    order = np.argsort(flat, kind="stable")
    below = np.cumsum(shares[order])
    place = int(np.searchsorted(below, level - _ROUNDING))
    return float(flat[order[place]]) if place < flat.size else math.inf


_ROUNDING = 1e-9
"""By which a sum of weights may fall short of what it is."""


def _jackknife(values: Array, level: float) -> tuple[float, float]:
    """Return the interval of the hierarchical jackknife+ about the mean over machines."""
    means = np.nanmean(values, axis=1)
    without = ((means.sum() - means) / (len(means) - 1))[:, np.newaxis]
    off = np.abs(values - without)
    return -free_quantile(off - without, level), free_quantile(without + off, level)
