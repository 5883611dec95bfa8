"""The law of learning curves: how the error falls with samples, and rises with noise.

Of n samples with a share p of wrong labels:

    z = floor + floor_p + A exp(c p + c2 p^2) (n / 1000)^-b(p),     b(p) = b exp(-g p^2)
    error = z / (1 + (z / chance)^3)^(1/3)

A power of n over a floor (Hestness et al., 2017), which no error passes that guessing would have.
Wrong labels multiply the error, as fewer samples would; the more of them there are, the less each
further sample helps. Confusing labels raise the floor as well, as floor_p = f (p / 0.4)^k: more of
them are learnt as they are. c, c2, g are of each kind of noise; f and k of the confusing kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.model.fit import Array

_BEND = 3.0
"""How sharply the law bends towards chance. Of 1 to 4 and none, it fits the recorded runs best."""
CHANCE = 0.9
"""The error of guessing among ten classes."""
_SHARE = 0.4
"""Of wrong labels, at which `f` is given."""


class Parameter(NamedTuple):
    """A parameter of the law, and its prior: normal."""

    name: str
    middle: float
    sd: float


PARAMETERS = (
    # Middles are what the twelve recorded runs come to together; SDs are several times what those
    # runs differ by, so that each run is fitted by its own cells.
    Parameter("log A", -2.4, 0.5),
    Parameter("log b", -0.8, 0.3),
    Parameter("log floor", -4.6, 0.8),
    Parameter("c, uniform", 2.1, 1.0),
    Parameter("c2, uniform", 0.5, 1.0),
    Parameter("g, uniform", 0.9, 0.7),
    Parameter("c, confusing", 1.1, 1.0),
    Parameter("g, confusing", 1.3, 0.7),
    Parameter("log f", -1.4, 0.5),
    Parameter("log k", 0.6, 0.4),
)


def log_z(parameters: Array, samples: Array, share: Array, confusing: NDArray[np.bool_]) -> Array:
    """Return the logarithm of z, the error before it bends towards chance.

    Args:
        parameters: shape (parameters,), or (parameters, draws) where settings have a last axis.
        samples: how many, shape (m,) or (m, 1).
        share: of wrong labels.
        confusing: whether they are wrong as classes are mixed up.

    """
    log_a, log_b, log_floor, c, c2, g, c_mixed, g_mixed, log_f, log_k = parameters
    worse = np.where(confusing, c_mixed * share, c * share + c2 * share**2)
    exponent = np.exp(log_b - np.where(confusing, g_mixed, g) * share**2)
    raised = np.where(confusing, np.exp(log_f) * (share / _SHARE) ** np.exp(log_k), 0.0)
    falling = np.exp(log_a + worse - exponent * np.log(samples / 1000))
    return np.asarray(np.log(np.exp(log_floor) + raised + falling), np.float64)


def bent(error: Array) -> Array:
    """Return log z of an error, below chance."""
    error = np.minimum(error, 0.999 * CHANCE)
    return np.asarray(np.log(error) - np.log1p(-((error / CHANCE) ** _BEND)) / _BEND, np.float64)


def straight(log_of_z: Array) -> Array:
    """Return the error of log z: what `bent` undoes."""
    z = np.exp(log_of_z)
    return np.asarray(z / (1 + (z / CHANCE) ** _BEND) ** (1 / _BEND), np.float64)
