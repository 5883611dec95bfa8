"""Memory that grows while a loader runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.diagnosis.record import LoaderRun

_POINTS = 6
"""So many looks at memory are the least that a line is laid through."""
_SIGNIFICANT = 4.0
"""Standard errors by which the slope has to differ from 0."""
_LEAST_BYTES = 16 << 20
"""Growth over a run that is worth a word."""
_SOON_S = 3600.0
"""Memory that lasts shorter than this runs out in the middle of a training."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How fast the memory of all processes together grows."""

    bytes_per_s: float
    bytes_per_batch: float
    lasts_s: float
    """How long the memory that is free will last."""

    @property
    def runs_out_soon(self) -> bool:
        """Whether it lasts for less than an hour."""
        return self.lasts_s < _SOON_S


def growth(runs: Sequence[LoaderRun]) -> Growth | None:
    """Return how memory grows over the longest of some runs; None: it does not.

    The first third of a run is left out: a heap fills up, caches are warmed.
    """
    run = max(runs, key=lambda run: len(run.memory_points))
    points = run.memory_points[len(run.memory_points) // 3 :]
    if len(points) < _POINTS:
        return None
    at, size = np.array(points, dtype=float).T
    centred = at - at.mean()
    slope = float(centred @ size / (centred @ centred))
    residuals = size - size.mean() - slope * centred
    error = float(np.sqrt(residuals @ residuals / (len(at) - 2) / (centred @ centred)))
    if slope < _SIGNIFICANT * error or slope * (at[-1] - at[0]) < _LEAST_BYTES:
        return None
    return Growth(
        slope,
        slope * run.seconds / run.batches,
        run.free_bytes / slope,
    )
