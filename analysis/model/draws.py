"""What configurations may take: draws of their periods, for intervals and for comparing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.model.calibration import sensitivity, standard_error
from analysis.model.equation import least_period, terms

if TYPE_CHECKING:
    from analysis.model.calibration import Calibration, Extrapolation
    from analysis.model.equation import Load
    from analysis.model.fit import Array

_AHEAD = 0.005
"""By how much less a window may take than its batches do in the long run, since it begins with some
that are under way. Of 34 windows of four runs that an emulated disk bound, two were ahead more."""
_AT_ONCE = 20
"""Configurations whose draws fit a processor's cache together."""


def period_draws(calibration: Calibration, load: Load, beyond: Extrapolation) -> Array:
    """Return what windows of n configurations will measure, in us a batch.

    Draws are of how far measurements lay from predictions that had not seen their like; the
    parameters' uncertainty comes on top. None is faster than the machine can be.

    Args:
        calibration: of the machine.
        load: of the configurations, arrays of shape (n,).
        beyond: how far they lie beyond what was measured.

    Returns:
        shape (n, 1 + DRAWS), the value first.

    """
    central = calibration.fit.parameters[:, None]
    noise = calibration.noise
    elasticity, error = sensitivity(central, load), standard_error(calibration.fit, load)
    sd = np.stack([np.hypot(noise.sd(elasticity, more), error) for more in beyond], axis=1)
    order = np.random.default_rng(1).permutation(len(noise.residual_quantiles))
    residuals = np.concatenate([[0.0], noise.residual_quantiles[order]])
    draws = sd @ np.stack([np.maximum(residuals, 0.0), np.minimum(residuals, 0.0)])
    np.exp(draws, out=draws)
    draws *= terms(central, load).period[:, None]
    least = np.maximum(least_period(load, beyond.faster) * (1 - _AHEAD), load.step)
    np.maximum(draws, least[:, None], out=draws)
    return np.asarray(draws, np.float64)


def mean_period_draws(
    calibration: Calibration,
    load: Load,
    beyond: Extrapolation,
    alike: Array | float = 0.0,
    group: int | None = None,
) -> Array:
    """Return what n configurations take in the long run, in us a batch.

    What configurations are compared by: draws of the parameters are the same for all, and of what
    no parameter explains each has its own, so far as that stays with a configuration; those that
    are alike share most of it.

    Args:
        calibration: of the machine.
        load: of the configurations, arrays of shape (n,).
        beyond: how far they lie beyond what was measured.
        alike: the correlation of what nothing explains with that of the first, shape (n,).
        group: how many of them are compared with each other, and follow each other; each group is
            drawn as it would be alone. None: all are.

    Returns:
        shape (n, 1 + DRAWS), the value first.

    """
    noise, count = calibration.noise, len(load.make)
    sds = [noise.sd(sensitivity(calibration.fit.parameters[:, None], load), s) for s in beyond]
    least = least_period(load, beyond.faster)
    share = np.broadcast_to(alike, count)
    rng = np.random.default_rng(1)
    common = rng.permutation(noise.residual_quantiles)
    rows = []
    repeated = None
    if group is not None:
        if group > _AT_ONCE or count % group:
            raise ValueError(f"{count} configurations are no groups of {group}")
        one = rng.permuted(np.tile(noise.residual_quantiles, (group, 1)), axis=1)
        repeated = np.tile(one, (_AT_ONCE // group, 1))
    step = _AT_ONCE if repeated is None else len(repeated)
    for at in range(0, count, step):
        part = slice(at, at + step)
        periods = terms(calibration.parameter_draws[:, None, :], load[part][..., None]).period
        if repeated is None:
            own = rng.permuted(np.tile(noise.residual_quantiles, (len(periods), 1)), axis=1)
        else:
            own = repeated[: len(periods)]
        weight = share[part, None]
        residuals = weight * common + np.sqrt(1 - weight**2) * own
        slower, faster = (noise.shared_fraction * sd[part, None] for sd in sds)
        periods[:, 1:] *= np.exp(np.where(residuals > 0, slower, faster) * residuals)
        rows.append(np.maximum(periods, least[part, None]))
    return np.concatenate(rows)
