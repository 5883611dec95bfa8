"""Cells of the curve as arrays, and how far networks of a cell lie apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import NotEnoughDataError
from analysis.model.learning.law import bent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analysis.model.fit import Array
    from bench.bundle import Learning, LearningCell

FEWEST = 14
"""Cells that a curve is fitted to: it has ten parameters, most with little need of data."""

# What networks of a cell usually lie apart, as SDs of the bent logarithm of the error, on twelve
# recorded runs: 0.13 on 125 samples, and 0.07 on 4,000. They count as so many degrees of freedom.
_USUAL_SD, _USUAL_SLOPE = 0.09, -0.18
_USUAL_WEIGHT = 10.0


@dataclass(frozen=True)
class Cells:
    """Cells of m settings: sizes and noise, nothing selected or copied."""

    samples: Array
    """Shape (m,)."""
    share: Array
    """Of labels that are wrong, shape (m,)."""
    confusing: NDArray[np.bool_]
    """Whether they are wrong as classes are mixed up, shape (m,)."""
    error: Array
    """The share of tested samples that its networks get wrong, shape (m,)."""
    networks: Array
    """How many a cell has, shape (m,)."""
    variance: Array
    """Of the bent logarithm of networks' errors; 0 of a single one: shape (m,)."""

    def __len__(self) -> int:
        return len(self.samples)

    def kept(self, which: NDArray[np.bool_]) -> Cells:
        """Return some of the cells."""
        return Cells(
            self.samples[which],
            self.share[which],
            self.confusing[which],
            self.error[which],
            self.networks[which],
            self.variance[which],
        )

    def spread(self) -> Spread:
        """Return how far networks of a cell lie apart: pooled by size, then as a power of it.

        A least squares line through the logarithms of pooled variances, with what is usual beside.
        """
        freedom = self.networks - 1
        sizes = np.unique(self.samples)
        pooled = np.array(
            [freedom[self.samples == n] @ self.variance[self.samples == n] for n in sizes]
        )
        counts = np.array([freedom[self.samples == n].sum() for n in sizes])
        usual = _USUAL_SD**2 * (sizes / 1000) ** (2 * _USUAL_SLOPE)
        variance = (pooled + _USUAL_WEIGHT * usual) / (counts + _USUAL_WEIGHT)
        weight = np.sqrt(counts + _USUAL_WEIGHT)
        x = np.log(sizes / 1000)
        if len(sizes) == 1:
            return Spread(float(np.sqrt(variance[0])), 0.0)
        slope, height = np.polyfit(x, np.log(variance) / 2, 1, w=weight)
        return Spread(float(np.exp(height)), float(slope))


@dataclass(frozen=True)
class Spread:
    """The SD of the bent logarithm of the errors of networks that differ in their seed alone."""

    at_1000: float
    slope: float

    def sd(self, samples: Array | float) -> Array:
        """Return it for so many samples."""
        return np.asarray(self.at_1000 * (np.asarray(samples) / 1000) ** self.slope, np.float64)


def error_of(correct: int, tested: int) -> float:
    """Return the share that was wrong, never 0 or 1: half a picture is added to either side."""
    return (tested - correct + 0.5) / (tested + 1)


def curve_cells(learning: Learning) -> Cells:
    """Return the cells that a curve is fitted to.

    Raises:
        NotEnoughDataError: there are too few.

    """
    plain = [
        cell
        for cell in learning.cells
        if cell.networks and cell.selection == "none" and not cell.duplicates_permille
    ]
    if len(plain) < FEWEST:
        raise NotEnoughDataError(
            f"learning: {len(plain)} settings of size and noise are trained in this run, and a "
            f"curve needs {FEWEST}; python -m bench learning --add-to RUN goes on with them"
        )
    return cells_of(plain, learning.dataset.tested)


def cells_of(cells: Sequence[LearningCell], tested: int) -> Cells:
    """Return cells as arrays; what they select does not matter here.

    Args:
        cells: of a bundle, each with a network at the least.
        tested: samples that each network was tested on.

    """
    errors = [np.array([error_of(n.correct, tested) for n in cell.networks]) for cell in cells]
    return Cells(
        samples=np.array([cell.samples for cell in cells], np.float64),
        share=np.array([cell.noise_permille / 1000 for cell in cells], np.float64),
        confusing=np.array([cell.noise == "confusing" for cell in cells], np.bool_),
        error=np.array([own.mean() for own in errors], np.float64),
        networks=np.array([len(own) for own in errors], np.float64),
        variance=np.array([bent(own).var(ddof=1) if len(own) > 1 else 0.0 for own in errors]),
    )
