"""Spread by medians, which a few wild values do not move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAD_TO_SIGMA = 0.6745
"""The median absolute deviation of a normal distribution of SD 1: its quantile at 3/4."""


def robust_sd(values: NDArray[Any], axis: int | None = None) -> NDArray[np.float64]:
    """Return the median absolute deviation from the median, as a standard deviation.

    Args:
        values: any shape; NaN counts as not there.
        axis: along which; None: of all values together.

    """
    middle = np.nanmedian(values, axis=axis, keepdims=axis is not None)
    return np.asarray(np.nanmedian(np.abs(values - middle), axis=axis) / MAD_TO_SIGMA, float)
