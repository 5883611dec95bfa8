"""Where two curves cross, draw by draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hardware_profiles.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hardware_profiles.provenance import Fact

_CELLS = 64
"""In which changes of sign are looked for, even on a logarithmic axis."""
_PIECES, _ROUNDS = 8, 6
"""A cell is divided so often: to less than 1e-6 of the place."""


@dataclass(frozen=True)
class Crossing:
    """Where the first of two curves comes to lie on the other side of the second."""

    at: Quantity
    rises: bool
    """Whether the first is the lower one before it, and the higher one after it."""
    chance: float
    """That it is within the range, by all draws; what is not counts as at the range's end."""


def crossings(
    gap: Callable[[Quantity], Quantity], low: Quantity, high: Quantity, unit: str = ""
) -> tuple[Crossing, ...]:
    """Return where a gap between two curves changes its sign, in order: once each way at most.

    Args:
        gap: the first curve less the second, draw by draw, at the places of an array.
        low: where the range begins.
        high: where it ends, above that.
        unit: of the answer; "": one that is easily read.

    """
    first, last = np.log(low.draws[0]), np.log(high.draws[0])
    grid = np.linspace(first, last, _CELLS + 1)
    at_grid = gap(_places(grid[:, None], low))
    # A gap that is the same everywhere has no place.
    signs = np.sign(np.broadcast_arrays(at_grid.draws, grid[:, None])[0])
    found = [
        crossing
        for rises in (False, True)
        if (crossing := _crossing(gap, grid, signs, low, unit, rises=rises, facts=at_grid.facts))
    ]
    return tuple(sorted(found, key=lambda crossing: float(crossing.at.draws[0])))


def _crossing(
    gap: Callable[[Quantity], Quantity],
    grid: NDArray[np.float64],
    signs: NDArray[np.float64],
    low: Quantity,
    unit: str,
    *,
    rises: bool,
    facts: frozenset[Fact],
) -> Crossing | None:
    after = 1.0 if rises else -1.0
    changes = (signs[:-1] != after) & (signs[1:] == after)
    within = changes.any(axis=0)
    if not within[0]:
        return None
    cell = np.argmax(changes, axis=0)
    under, over = grid[cell], grid[cell + 1]
    shares = np.linspace(0, 1, _PIECES + 1)[:, None]
    for _ in range(_ROUNDS):
        # Many places at once cost hardly more than one.
        places = under + shares * (over - under)
        beyond = np.sign(gap(_places(places[1:-1], low)).draws) == after
        piece = np.where(beyond.any(axis=0), np.argmax(beyond, axis=0), _PIECES - 1)
        under, over = (np.take_along_axis(places, at[None], axis=0)[0] for at in (piece, piece + 1))
    ends = np.where(signs[0] == after, grid[0], grid[-1])
    middle = np.where(within, (under + over) / 2, ends)
    chance = float(np.mean(within[1:] if len(within) > 1 else within))
    at = Quantity(np.exp(middle), low.dimension, facts)
    return Crossing(at.to(unit) if unit else at, rises, chance)


def _places(logarithms: NDArray[np.float64], like: Quantity) -> Quantity:
    return Quantity(np.exp(logarithms), like.dimension)
