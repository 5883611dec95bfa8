"""Median polish: what is common to a case, what to a machine, and what is left of each cell.

A table of logarithms of times, cases by machines, is taken apart into

    value = overall + case's effect + machine's effect + residual

by taking medians away from rows and columns in turn until nothing more goes (Tukey, Exploratory
Data Analysis, 1977, chapter 11; Hoaglin, Mosteller and Tukey, Understanding Robust and Exploratory
Data Analysis, 1983, chapter 6). Each step lowers the sum of the absolute residuals or leaves it.
Half of the cells of a row or column may be anything without moving its median, so that a disturbed
machine or an edited case shows in the residuals and not in the effects of others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import NotEnoughDataError
from analysis.statistics.robust import MAD_TO_SIGMA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.floating]

_CELLS = 1 << 20
"""How many are sorted at once."""
_MEDIAN_OVER_MEAN = 1.2533
"""The standard error of a median over that of a mean, normal distribution: sqrt(pi / 2)."""


@dataclass(frozen=True, slots=True, eq=False)
class Polish:
    """A table taken apart; in the unit of its values, so of logarithms as a rule.

    Attributes:
        overall: what is common to all cells.
        cases: effect of each case, shape (cases,); their median is 0. NaN: a case without a cell.
        machines: effect of each machine, shape (machines,); likewise.
        residuals: shape (cases, machines); NaN where there was no value.
        parts: of each machine, shape (machines,): machines of different parts have no cases in
            common, not by way of others either, so that their effects do not compare. -1: a machine
            without a cell.
        sweeps: how many times rows and columns were gone through.
        converged: whether the sum of absolute residuals had come to rest.

    """

    overall: float
    cases: Floats
    machines: Floats
    residuals: Floats
    parts: NDArray[np.int64]
    sweeps: int
    converged: bool

    @property
    def spread(self) -> float:
        """Robust standard deviation of a cell: the median absolute residual, over 0.6745.

        As many of the smallest residuals as effects were fitted count for nothing, since a fit by
        medians makes so many of them 0 (as least absolute deviations do: Bloomfield and Steiger,
        1983). NaN: there are no more cells than effects.
        """
        sizes = np.abs(self.residuals)
        sizes = sizes[~np.isnan(sizes)]
        effects = int(np.isfinite(self.cases).sum() + np.isfinite(self.machines).sum())
        fitted = effects - len(set(self.parts.tolist()) - {-1})
        left = sizes.size - fitted
        if left < 1:
            return float("nan")
        places = (fitted + (left - 1) // 2, fitted + left // 2)
        sizes.partition(places)
        return float(np.mean(sizes[list(places)], dtype=np.float64)) / MAD_TO_SIGMA

    @property
    def machine_errors(self) -> Floats:
        """Standard errors of the machines' effects, shape (machines,), from the spread of all.

        Of a median of n cells, normal distribution: sqrt(pi / 2) spread / sqrt(n). It holds what
        varies from case to case; how much a machine differs from itself on another day, a single
        run does not show. Infinite: a machine without a cell.
        """
        counts = np.count_nonzero(~np.isnan(self.residuals), axis=0)
        errors: Floats = _MEDIAN_OVER_MEAN * self.spread / np.sqrt(np.maximum(counts, 1))
        return np.where(counts, errors, np.inf)


def polish(values: Floats, tolerance: float = 1e-4, most: int = 50) -> Polish:
    """Take a table of cases by machines apart, from rows first.

    Args:
        values: shape (cases, machines), as a rule logarithms; NaN: not measured. float32 is worked
            on as it is, and takes three times its size in memory: 40 x 1,000,000 takes 480 MB.
        tolerance: it has converged where a sweep lowers the sum of absolute residuals by no more
            than this share of it.
        most: sweeps.

    Raises:
        NotEnoughDataError: no cell has a value.

    """
    if values.ndim != 2 or not np.isfinite(values).any():
        raise NotEnoughDataError("median polish: no case was measured on any machine")
    residuals: Floats = np.array(values, dtype=np.float32 if values.dtype == np.float32 else float)
    residuals[~np.isfinite(residuals)] = np.nan
    cases: Floats = np.zeros(values.shape[0])
    machines: Floats = np.zeros(values.shape[1])
    before, sweeps, converged = np.inf, 0, False
    while not converged and sweeps < most:
        sweeps += 1
        cases += _take_from_rows(residuals)
        total = _take_from_columns(residuals, machines)
        converged = total == 0 or before - total <= tolerance * total
        before = total
    # The medians of the effects are part of what is common.
    middle, usual = float(np.nanmedian(cases)), float(np.nanmedian(machines))
    return Polish(
        overall=middle + usual,
        cases=cases - middle,
        machines=machines - usual,
        residuals=residuals,
        parts=_parts(residuals),
        sweeps=sweeps,
        converged=converged,
    )


def _take_from_rows(residuals: Floats) -> Floats:
    """Take its median from each row, and return the medians; NaN: an empty row."""
    medians = np.full(len(residuals), np.nan)
    for rows in _blocks(len(residuals), max(1, _CELLS // residuals.shape[1])):
        medians[rows] = _medians(residuals[rows].copy())
        residuals[rows] -= medians[rows, np.newaxis].astype(residuals.dtype)
    return medians


def _take_from_columns(residuals: Floats, machines: Floats) -> float:
    """Take its median from each column, and add it to the machine's effect.

    Returns the sum of absolute residuals.
    """
    total = 0.0
    for block in _blocks(residuals.shape[1], max(1, _CELLS // len(residuals))):
        part = residuals[:, block]
        medians = _medians(part.T.copy(order="C"))
        part -= medians
        machines[block] += medians
        total += float(np.nansum(np.abs(part), dtype=np.float64))
    return total


def _medians(rows: Floats) -> Floats:
    """Return the median of each row, which is sorted in place; NaN: it has no value."""
    rows.sort(axis=1)  # what is NaN comes last
    counts = np.count_nonzero(~np.isnan(rows), axis=1)
    middles = np.stack([np.maximum(counts - 1, 0) // 2, counts // 2], axis=1)
    medians: Floats = np.take_along_axis(rows, middles, axis=1).mean(axis=1)
    return medians


def _parts(residuals: Floats) -> NDArray[np.int64]:
    """Return to which part of the table each machine belongs: parts have no case in common."""
    count = len(residuals)
    together = np.eye(count, dtype=bool)
    for block in _blocks(residuals.shape[1], max(1, _CELLS // count)):
        measured = (~np.isnan(residuals[:, block])).astype(np.float32)
        together |= measured @ measured.T > 0
    for _ in range(count.bit_length()):  # paths twice as long each time
        together = together @ together
    part_of_case = together.argmax(axis=1)
    parts = np.full(residuals.shape[1], -1, np.int64)
    for block in _blocks(residuals.shape[1], max(1, _CELLS // count)):
        measured_here = ~np.isnan(residuals[:, block])
        first = part_of_case[measured_here.argmax(axis=0)]
        parts[block] = np.where(measured_here.any(axis=0), first, -1)
    return parts


def _blocks(count: int, size: int) -> Iterator[slice]:
    for start in range(0, count, size):
        yield slice(start, start + size)
