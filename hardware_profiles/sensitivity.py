"""What a number rests on, and which of it its width comes from most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hardware_profiles.quantity import sourced

if TYPE_CHECKING:
    from hardware_profiles.provenance import Fact
    from hardware_profiles.quantity import Array, Quantity

_NEGLIGIBLE = 1e-3
"""A number whose draws span a smaller share of it has no width to speak of."""


class Dominant(NamedTuple):
    """The input that a number's width comes from most."""

    name: str
    """Of the fact."""
    share: float
    """Of the width."""


def inputs(quantity: Quantity) -> tuple[Fact, ...]:
    """Return the facts at the end of a quantity's tree, by name."""
    leaves = frozenset[Any]().union(*(fact.leaves for fact in quantity.facts))
    return tuple(sorted(leaves, key=lambda fact: fact.name))


def dominant(quantity: Quantity) -> Dominant | None:
    """Return the input that the width of a single number comes from most; None: it has none.

    By the squared rank correlation of its draws with the input's (Saltelli, Tarantola, Campolongo
    and Ratto, Sensitivity Analysis in Practice, 2004, section 2.6).
    """
    draws = quantity.draws
    if draws.ndim != 1 or len(draws) < 3 or np.ptp(draws[1:]) <= _NEGLIGIBLE * abs(draws[0]):
        return None
    ranks = _ranks(draws[1:])
    shares: dict[str, float] = {}
    for fact in inputs(quantity):
        of_input = sourced(fact).draws
        if len(of_input) == len(draws):
            correlation = np.corrcoef(ranks, _ranks(of_input[1:]))[0, 1]
            shares[fact.name] = float(correlation**2)
    if not shares:
        return None
    name = max(shares, key=lambda name: shares[name])
    return Dominant(name, shares[name])


def _ranks(values: Array) -> Array:
    return np.argsort(np.argsort(values)).astype(np.float64)
