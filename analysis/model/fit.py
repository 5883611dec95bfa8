"""Least squares with little to import: a robust fit with priors, and lines that never go down.

scipy would do both; importing it takes longer than a prediction may.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

Array: TypeAlias = NDArray[np.float64]

_ROUNDS = 60
"""Steps at the most; the fits of two real runs end after 8 and 10."""
_STEP = 1e-5
"""Of the differences that give the Jacobian: the parameters are logarithms, so a share of each. The
error of rounding, 1e-16 / 1e-5, and that of curvature, about 1e-5, are far below a residual."""
_DONE = 1e-8
"""The fit ends where a step gains less than this share of the cost."""


@dataclass(frozen=True)
class Fit:
    """Where a fit of m parameters to n observations ended."""

    parameters: Array
    """Shape (m,)."""
    covariance: Array
    """Of the parameters, from residuals and priors together: shape (m, m)."""
    residuals: Array
    """Before weighting, shape (n,)."""
    weights: Array
    """Those of the robust loss, shape (n,)."""
    jacobian: Array
    """Of the residuals by the parameters: shape (n, m)."""

    def rescaled(self, factor: float) -> Fit:
        """Return it with a covariance as if residuals were usually larger by a factor."""
        seen = (self.jacobian.T * self.weights) @ self.jacobian
        prior = np.linalg.inv(self.covariance) - seen
        covariance = np.linalg.inv(seen / factor**2 + prior)
        return replace(self, covariance=np.asarray(covariance, np.float64))

    def left_out(self, group: NDArray[np.intp]) -> Array:
        """Return the residuals, shape (n,), as if the fit had not seen those of the same group.

        To first order, from the fit at hand: (I - H_gg)^-1 r_g with H the hat matrix (Cook and
        Weisberg, Residuals and Influence in Regression, 1982, section 2.2), here by way of the
        parameters, which are fewer than a group. Those of no group (below 0) are as they were.
        """
        residuals = self.residuals.copy()
        root = np.sqrt(self.weights)
        scaled, weighted = self.jacobian * root[:, None], self.residuals * root
        normal = np.linalg.inv(self.covariance)
        for name in range(int(group.max()) + 1):
            members = group == name
            part = scaled[members]
            change = np.linalg.solve(normal - part.T @ part, part.T @ weighted[members])
            residuals[members] += part @ change / root[members]
        return residuals


def robust_fit(
    residuals_of: Callable[[Array], Array],
    prior: Array,
    prior_sd: Array,
    scale: float,
    start: Array | None = None,
) -> Fit:
    """Fit parameters to residuals by damped Gauss-Newton steps, from the prior's middle.

    Residuals far beyond `scale` count by their size, not its square (the soft L1 loss of
    Charbonnier et al., 1997), so that a disturbed measurement bends nothing. The prior is normal.

    Args:
        residuals_of: the residuals of some parameters, shape (n,).
        prior: the middle of the prior, shape (parameters,).
        prior_sd: its standard deviations.
        scale: what a residual usually is.
        start: where the search begins; None: at the prior's middle.

    """
    parameters = prior.copy() if start is None else start.copy()
    residuals = residuals_of(parameters)
    damping = 1e-2
    cost = _cost(residuals, parameters, prior, prior_sd, scale)
    for _ in range(_ROUNDS):
        weights, jacobian, normal = _normal(residuals_of, parameters, residuals, prior_sd, scale)
        gradient = jacobian.T @ (weights * residuals) + (parameters - prior) / prior_sd**2
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), -gradient)
        tried = residuals_of(parameters + step)
        tried_cost = _cost(tried, parameters + step, prior, prior_sd, scale)
        if not tried_cost < cost:
            damping *= 4
            if damping > 1e8:
                break
            continue
        gained, cost = cost - tried_cost, tried_cost
        parameters, residuals = parameters + step, tried
        damping = max(damping / 3, 1e-9)
        if gained < _DONE * (1 + cost):
            break
    weights, jacobian, normal = _normal(residuals_of, parameters, residuals, prior_sd, scale)
    covariance = np.asarray(np.linalg.inv(normal), np.float64)
    return Fit(parameters, covariance, residuals, weights, jacobian)


def _cost(
    residuals: Array, parameters: Array, prior: Array, prior_sd: Array, scale: float
) -> float:
    loss = 2 * (np.sqrt(1 + (residuals / scale) ** 2) - 1)
    return float(loss.sum() + (((parameters - prior) / prior_sd) ** 2).sum())


def _normal(
    residuals_of: Callable[[Array], Array],
    parameters: Array,
    residuals: Array,
    prior_sd: Array,
    scale: float,
) -> tuple[Array, Array, Array]:
    """Return the weights of residuals, their jacobian, and the normal matrix with the prior's."""
    steps = np.eye(len(parameters)) * _STEP
    jacobian = np.stack([residuals_of(parameters + s) - residuals for s in steps], axis=1) / _STEP
    weights = 1 / (scale**2 * np.sqrt(1 + (residuals / scale) ** 2))
    return weights, jacobian, (jacobian.T * weights) @ jacobian + np.diag(prior_sd**-2.0)


def rising(columns: Array, values: Array) -> Array:
    """Return factors of the columns, none below 0, whose sum comes closest to positive values.

    Closest by relative error. All sets of columns are tried, so that few columns are quick.

    Args:
        columns: shape (n, columns), such as 1, tensors and bytes.
        values: shape (n,), such as times.

    """
    scaled, ones = columns / values[:, None], np.ones(len(values))
    best, least = np.zeros(columns.shape[1]), np.inf
    for count in range(1, columns.shape[1] + 1):
        for chosen in combinations(range(columns.shape[1]), count):
            part, *_ = np.linalg.lstsq(scaled[:, chosen], ones, rcond=None)
            error = float(((scaled[:, chosen] @ part - 1) ** 2).sum())
            if (part >= 0).all() and error < least - 1e-12:
                best, least = np.zeros(columns.shape[1]), error
                best[list(chosen)] = part
    return best
