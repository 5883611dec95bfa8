"""Runs that were really trained, and runs of a known truth."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from analysis.model.learning.cells import Cells
from analysis.model.learning.curve import LearningCurve, learning_curve
from analysis.model.learning.law import bent, log_z, straight
from tests.benchmarks.learning import recorded

if TYPE_CHECKING:
    from bench.bundle import Learning

TRUTH = np.array([-2.2, -0.9, -4.4, 2.4, 0.2, 0.7, 1.4, 1.1, -1.2, 0.5])
"""Parameters of a law that is not the prior's middle."""
MISFIT, SPREAD, SEEDS, TESTED = 0.03, 0.08, 3, 1000
SIZES = (125, 250, 500, 1000, 2000, 4000)
NOISES = (
    *((share, False) for share in (0.0, 0.1, 0.2, 0.4, 0.6)),
    *((share, True) for share in (0.2, 0.4)),
)


@cache
def trained() -> tuple[Learning, ...]:
    return tuple(recorded())


@cache
def curve(number: int = 0) -> LearningCurve:
    return learning_curve(trained()[number], f"run {number}")


def simulated(rng: np.random.Generator) -> Cells:
    """Return a run of the true law: cells lie off it a little, and networks off their cell."""
    settings = [(n, share, mixed) for n in SIZES for share, mixed in NOISES]
    samples, share, confusing = (np.array(column) for column in zip(*settings, strict=True))
    cell = log_z(TRUTH, samples, share, confusing) + MISFIT * rng.standard_normal(len(samples))
    errors = straight(cell[:, None] + SPREAD * rng.standard_normal((len(samples), SEEDS)))
    return Cells(
        samples=samples.astype(np.float64),
        share=share.astype(np.float64),
        confusing=confusing.astype(np.bool_),
        error=errors.mean(1),
        networks=np.full(len(samples), float(SEEDS)),
        variance=bent(errors).var(axis=1, ddof=1),
    )
