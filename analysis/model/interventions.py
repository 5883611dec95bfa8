"""What taking a stage out, or changing one thing, was predicted to gain, and what it gained.

The bottleneck is defined by intervention: the stage whose removal gains most. Pairs that were both
measured are predicted from a fit that has seen neither, nor any other of their family.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from analysis.model.calibration import fitted
from analysis.model.equation import terms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.model.calibration import Observed
    from analysis.model.fit import Array
    from analysis.model.load import Machine
    from bench.bundle import Setup

CLEAR = 0.1
"""Where the best removal gains so much more than the next, there is one bottleneck."""
CLOSE = 0.1
"""A gain is predicted well where the rate afterwards is off by no more."""
_WORTH = 0.05
_LEVERS = ("codec", "workers", "batch", "storage")


@dataclass(frozen=True)
class Removal:
    """A configuration without each stage: gains as shares of its rate, by stage."""

    label: str
    predicted: dict[str, float]
    measured: dict[str, float]

    @property
    def clear(self) -> bool:
        """Whether one stage gains clearly more than any other."""
        first, *rest = sorted(self.measured.values(), reverse=True)
        return not rest or first - rest[0] > CLEAR

    @property
    def right(self) -> bool:
        """Whether the bottleneck was predicted."""
        return _most(self.predicted) == _most(self.measured)


@dataclass(frozen=True)
class Change:
    """Two configurations that differ in one thing: what going from one to the other gains."""

    lever: str
    before: str
    after: str
    predicted: float
    measured: float

    @property
    def close(self) -> bool:
        """Whether the rate after the change is within 10 % of what was predicted."""
        return abs((1 + self.predicted) / (1 + self.measured) - 1) <= CLOSE


@dataclass(frozen=True)
class Interventions:
    """All removals and changes of a run."""

    removals: tuple[Removal, ...]
    changes: tuple[Change, ...]


def interventions(machine: Machine, seen: Observed) -> Interventions:
    """Return what removals and changes gain, predicted and measured."""
    setups = [found.setup for found in seen.configurations]
    total = np.bincount(seen.of, np.exp(seen.log_period), len(setups))
    measured = samples(seen) / (total / np.bincount(seen.of, minlength=len(setups)))
    predicted = _unseen(machine, seen)
    removals = tuple(_removals(setups, predicted, measured))
    return Interventions(removals, tuple(_changes(setups, predicted, measured)))


def samples(seen: Observed) -> Array:
    """Return the samples in a batch of each configuration."""
    return np.array([found.samples for found in seen.configurations], np.float64)


def _unseen(machine: Machine, seen: Observed) -> Array:
    """Return each configuration's rate from a fit without its payload in its format."""
    setups = [found.setup for found in seen.configurations]
    families = [(s.payload, s.codec.partition("/")[0]) for s in setups]
    rates = np.empty(len(setups))
    for family in dict.fromkeys(families):
        out = np.array([one == family for one in families])
        if out.all():
            rates[out] = np.nan
            continue
        fit = fitted(machine, seen.where(~out)).fit
        rates[out] = 1 / terms(fit.parameters[:, None], seen.load[out]).period
    return rates * samples(seen)


def _removals(setups: list[Setup], predicted: Array, measured: Array) -> Iterator[Removal]:
    at = {setup: place for place, setup in enumerate(setups)}
    for setup, place in at.items():
        if setup.remove is not None:
            continue
        without = {
            other.remove: where
            for other, where in at.items()
            if other.remove and other.model_copy(update={"remove": None}) == setup
        }
        if len(without) > 1:
            yield Removal(
                setup.label,
                {s: float(predicted[w] / predicted[place] - 1) for s, w in without.items()},
                {s: float(measured[w] / measured[place] - 1) for s, w in without.items()},
            )


def _changes(setups: list[Setup], predicted: Array, measured: Array) -> Iterator[Change]:
    """Yield pairs in the direction that was predicted to gain."""
    # By all that must be the same, so that each is compared with few.
    for lever in _LEVERS:
        groups: dict[Setup, list[int]] = {}
        usual = {"codec": "parquet", "workers": 0, "batch": 1, "storage": "disk"}
        for place, setup in enumerate(setups):
            same = setup.model_copy(update={lever: usual[lever]})
            if lever == "workers" or setup.workers == 0:
                same = same.model_copy(update={"prefetch": 2})
            if setup.remove is None:
                groups.setdefault(same, []).append(place)
        for places in groups.values():
            for pair in combinations(places, 2):
                before, after = sorted(pair, key=lambda place: predicted[place])
                gain = float(predicted[after] / predicted[before] - 1)
                if gain >= _WORTH:
                    yield Change(
                        lever,
                        setups[before].label,
                        setups[after].label,
                        gain,
                        float(measured[after] / measured[before] - 1),
                    )


def _most(gains: dict[str, float]) -> str:
    return max(gains, key=lambda stage: gains[stage])
