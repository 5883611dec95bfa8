"""A number as results hold it: value, interval with its level, unit, and how it is known."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hardware_profiles.quantity import Quantity

MEASURED_LEVEL = 0.95
"""Of intervals of what was measured: they hold the true value with this probability."""
PREDICTED_LEVEL = 0.9
"""Of intervals of what is predicted or looked up: from the 5th to the 95th percentile."""
Z90 = NormalDist().inv_cdf((1 + PREDICTED_LEVEL) / 2)
"""Half the width of such an interval of a normal distribution, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number with its interval [low, high].

    Attributes:
        value: the number, in `unit`.
        low: lower bound; 0 where a single observation says nothing of the spread.
        high: upper bound; infinite where a single observation says nothing of the spread.
        level: the probability that the interval holds the number.
        unit: such as "s" or "samples/s"; "1" for ratios and shares.
        kind: how it is known.
        n: how many repetitions the interval rests on; None where it rests on draws.

    """

    value: float
    low: float
    high: float
    level: float = PREDICTED_LEVEL
    unit: str = "1"
    kind: Kind = Kind.MEASURED
    n: int | None = None

    @property
    def bounded(self) -> bool:
        """Whether anything is known of its spread."""
        return math.isfinite(self.high)

    @property
    def half_width(self) -> float:
        """Half the width of the interval on the log scale: 0.05 reads as plus or minus 5 %.

        Of an interval that reaches 0, or below it, half the width over the value.
        """
        if not self.bounded:
            return math.inf
        if self.low > 0:
            return math.log(self.high / self.low) / 2
        return (self.high - self.low) / 2 / abs(self.value) if self.value else 0.0

    def inverse(self, numerator: float, unit: str) -> Number:
        """Return numerator over the number, such as a rate from a time."""
        high = numerator / self.low if self.low else math.inf
        return replace(
            self, value=numerator / self.value, low=numerator / self.high, high=high, unit=unit
        )


def number_of(quantity: Quantity, kind: Kind | None = None) -> Number:
    """Return a single quantity as a number, in the unit that it is read in.

    Args:
        quantity: of shape ().
        kind: how it is known; None: as the weakest fact that it rests on.

    """
    value, low, high = map(float, (quantity.value, *quantity.interval))
    return Number(
        value, low, high, PREDICTED_LEVEL, str(quantity.unit), kind or quantity.kind, n=None
    )


def number_of_draws(draws: NDArray[np.float64], unit: str, kind: Kind) -> Number:
    """Return a number from draws of it, with the 5th and 95th percentile around it.

    Args:
        draws: the value first, then draws of what it may be, shape (1 + draws,).
        unit: that of the draws.
        kind: how it is known.

    """
    tail = (1 - PREDICTED_LEVEL) / 2
    low, high = np.quantile(draws[1:], (tail, 1 - tail), method="hazen")
    value = float(draws[0])
    return Number(
        value, min(float(low), value), max(float(high), value), PREDICTED_LEVEL, unit, kind
    )
