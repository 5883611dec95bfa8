"""How far measurements lie from predictions that had not seen their like.

A residual's SD is hypot(work * s, floor), s being the elasticity of the period to the machine's own
work: a configuration that waits for an accelerator is hardly off. `work` and `floor` are fitted by
maximum likelihood, with a prior, under Student's distribution with 4 degrees of freedom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hardware_profiles.draws import DRAWS

if TYPE_CHECKING:
    from analysis.model.fit import Array

TYPICAL_ERROR = 0.1
"""What the logarithm of a window's period is usually off; the unit of the fit's residuals."""

# Set on runs of two machines (two cores, and one of them), by `analysis validate`.
PRIOR_WORK, PRIOR_WORK_SD = 0.12, 0.5
"""The share of a machine's work that is usually explained by nothing, and the SD of its log."""
PRIOR_WEIGHT = 10
"""The usual distribution counts as this many configurations beside those of the run."""
_PRIOR_SHARED = 0.7
"""The root of the share of variance between configurations, where no window was repeated."""
_OUTLIER = 4.0
"""Standardised residuals are clipped to it where variances are compared."""
_WORKS = np.geomspace(0.01, 0.6, 30)
_FLOORS = (0.003, 0.006, 0.012, 0.025, 0.05)
"""Shares among which the likeliest is chosen, from far below the usual ones to far above them."""


@dataclass(frozen=True)
class NoiseModel:
    """The distribution of residuals."""

    work: float
    """SD of the machine's own work that nothing explains, as a share."""
    floor: float
    """SD of every period at least, as a share."""
    residual_quantiles: Array
    """Quantiles of residuals over their SD, at (i + 0.5) / DRAWS: shape (DRAWS,)."""
    shared_fraction: float
    """The part of a residual that all windows of a configuration share: the root of the intraclass
    correlation."""

    def sd(self, elasticity: Array, extrapolation_sd: Array | float = 0.0) -> Array:
        """Return the SD of the logarithm of periods, shape (n,).

        Args:
            elasticity: of the period to the machine's work, shape (n,).
            extrapolation_sd: of the logarithm of work that was extrapolated.

        """
        reach = np.hypot(self.work, extrapolation_sd) * elasticity
        return np.asarray(np.hypot(reach, self.floor), np.float64)


def noise_model(
    residuals: Array, elasticity: Array, of: np.ndarray[tuple[int], np.dtype[np.intp]]
) -> NoiseModel:
    """Fit the distribution of residuals.

    Args:
        residuals: of the logarithm of periods as if their group had not been seen, by ways of
            grouping: shape (groupings, windows).
        elasticity: of each window's period to the machine's work, shape (windows,).
        of: the configuration of each window, shape (windows,).

    """
    count = int(of.max()) + 1
    z_of = residuals
    best, work, floor = np.inf, PRIOR_WORK, 0.02
    for candidate in _WORKS:
        unusual = (np.log(candidate / PRIOR_WORK) / PRIOR_WORK_SD) ** 2 / 2
        for least in _FLOORS:
            sd = np.hypot(candidate * elasticity, least)
            z = residuals / sd
            # Student's distribution with 4 degrees of freedom: slow spells bend nothing. Windows
            # of a configuration are alike, so that it counts once.
            each = np.log(sd) + 2.5 * np.log1p(z**2 / 4)
            loss = count * float(each.mean()) + unusual
            if loss < best:
                best, work, floor, z_of = loss, float(candidate), least, z
    return NoiseModel(work, floor, _quantiles(z_of.ravel(), count), _shared_fraction(z_of[0], of))


def _quantiles(z: Array, configurations: int) -> Array:
    """Return quantiles of standardised residuals, and of Student's distribution beside them.

    The latter has 4 degrees of freedom and quantiles in closed form (Shaw, Sampling Student's t
    distribution, Journal of Computational Finance 9, 2006).
    """
    levels = (np.arange(DRAWS) + 0.5) / DRAWS
    root = np.sqrt(4 * levels * (1 - levels))
    usual = np.sign(levels - 0.5) * 2 * np.sqrt(np.cos(np.arccos(root) / 3) / root - 1)
    both = np.concatenate([z, usual])
    weights = np.repeat([configurations / len(z), PRIOR_WEIGHT / DRAWS], [len(z), DRAWS])
    order = np.argsort(both)
    below = np.cumsum(weights[order]) - weights[order] / 2
    return np.asarray(np.interp(levels, below / weights.sum(), both[order]), np.float64)


def _shared_fraction(z: Array, of: np.ndarray[tuple[int], np.dtype[np.intp]]) -> float:
    """Return the root of the share of variance that lies between configurations.

    By the method of moments of one-way random effects (Searle, Casella and McCulloch, Variance
    Components, 1992).
    """
    z = np.clip(z, -_OUTLIER, _OUTLIER)
    sizes = np.bincount(of)
    means = np.bincount(of, z) / sizes
    within = float(((z - means[of]) ** 2).sum() / max(1, len(z) - len(sizes)))
    between = max(0.0, float(np.mean(means**2) - within * np.mean(1 / sizes)))
    repeated = len(z) > len(sizes)
    return float(np.sqrt(between / (between + within))) if repeated and between else _PRIOR_SHARED
