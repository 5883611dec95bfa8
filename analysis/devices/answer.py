"""An answer to a track's question: a number, what it rests on, and what its width comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hardware_profiles.quantity import sourced

if TYPE_CHECKING:
    from hardware_profiles.provenance import Fact
    from hardware_profiles.quantity import Quantity

MEASURED_HERE = "this_machine"
"""What names of facts begin with that this run measured."""
_NEGLIGIBLE = 1e-3


@dataclass(frozen=True)
class Answer:
    """A question with its answer: the number, and a sentence that says what it means."""

    question: str
    value: Quantity
    said: str

    @property
    def inputs(self) -> tuple[Fact, ...]:
        """The facts at the end of its tree, by name."""
        leaves = frozenset[Any]().union(*(fact.leaves for fact in self.value.facts))
        return tuple(sorted(leaves, key=lambda fact: fact.name))

    @property
    def kind(self) -> str:
        """How it is known: extrapolated where this machine's measurements are in it."""
        if any(fact.name.startswith(MEASURED_HERE) for fact in self.inputs):
            return "extrapolated"
        return str(self.value.kind)

    @property
    def dominant(self) -> tuple[str, float] | None:
        """The input that its width comes from most, and the share of the width; None: it has none.

        By the squared rank correlation of the answer's draws with the input's (Saltelli et al.,
        Sensitivity Analysis in Practice, 2004).
        """
        draws = self.value.draws
        if draws.ndim != 1 or len(draws) < 3 or np.ptp(draws[1:]) <= _NEGLIGIBLE * abs(draws[0]):
            return None
        ranks = _ranks(draws[1:])
        shares: dict[str, float] = {}
        for fact in self.inputs:
            mine = sourced(fact).draws
            if len(mine) > 1:
                both = np.corrcoef(ranks, _ranks(mine[1 : len(draws)]))
                shares[fact.name] = float(both[0, 1] ** 2)
        if not shares:
            return None
        name = max(shares, key=lambda one: shares[one])
        return name, shares[name]


def _ranks(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.argsort(np.argsort(values)).astype(np.float64)
