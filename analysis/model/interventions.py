"""What taking a stage out, or changing one thing, was predicted to gain, and what it gained.

The bottleneck is defined by intervention: the stage whose removal gains most. A configuration and
those that differ from it in one thing were measured one after another, so that the machine is much
the same for them, and are compared repeat by repeat; what is predicted comes from a fit that has
observations none of them, nor any other of their payload in their formats.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from analysis.model.calibration import fitted
from analysis.model.equation import terms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.model.machine import Machine
    from analysis.model.observations import Observations
    from analysis.model.stage_model import StageModel
    from bench.bundle import Configured, Pipeline, Setup

CLEAR = 0.1
"""Where the best removal gains so much more than the next, there is one bottleneck."""
CLOSE = 0.1
"""A gain is predicted well where the rate afterwards is off by no more."""


@dataclass(frozen=True)
class Gain:
    """What a change gained, as shares of the rate before it; low and high: of its repeats."""

    predicted: float
    measured: float
    low: float
    high: float

    @property
    def close(self) -> bool:
        """Whether the rate after the change is within 10 % of what was predicted."""
        return abs((1 + self.predicted) / (1 + self.measured) - 1) <= CLOSE


@dataclass(frozen=True)
class Removal:
    """A configuration without each stage: gains by stage."""

    label: str
    gains: dict[str, Gain]

    @property
    def clear(self) -> bool:
        """Whether one stage gains clearly more than any other."""
        first, *rest = sorted((gain.measured for gain in self.gains.values()), reverse=True)
        return not rest or first - rest[0] > CLEAR

    @property
    def right(self) -> bool:
        """Whether the bottleneck was predicted."""
        gains = self.gains
        return max(gains, key=lambda s: gains[s].predicted) == max(
            gains, key=lambda s: gains[s].measured
        )


@dataclass(frozen=True)
class Change:
    """Two configurations that differ in one thing: what going from one to the other gains."""

    lever: str
    before: str
    after: str
    gain: Gain


@dataclass(frozen=True)
class Interventions:
    """All removals and changes of a run."""

    removals: tuple[Removal, ...]
    changes: tuple[Change, ...]


def interventions(machine: Machine) -> Interventions:
    """Return what removals and changes gain, predicted and measured."""
    pipeline, observations = machine.pipeline, machine.observations
    known = {record.setup for record in observations.configurations}
    families: dict[int, list[Configured]] = {}
    for record in pipeline.configurations:
        if record.base is not None and record.setup in known:
            families.setdefault(record.base, []).append(record)
    removals, changes = [], []
    for number, family in families.items():
        base = pipeline.configurations[number]
        if base not in family:
            continue
        label, without = base.setup.label, dict[str, Gain]()
        others = [record for record in family if record is not base]
        for other, gain in _gains(machine.stage_model, observations, base, others):
            if other.remove:
                without[other.remove] = gain
            else:
                (lever,) = other.changed_from(base.setup)
                changes.append(Change(lever, label, other.label, gain))
        if len(without) > 1:
            removals.append(Removal(label, without))
    return Interventions(tuple(removals), tuple(changes))


def _gains(
    stage_model: StageModel, observations: Observations, base: Configured, others: list[Configured]
) -> Iterator[tuple[Setup, Gain]]:
    """Yield what going from a configuration to others gains, where a repeat has measured both."""
    setups = [record.setup for record in observations.configurations]
    family = {_family(record.setup) for record in (base, *others)}
    out = np.array([_family(setup) in family for setup in setups])
    if out.all():
        return
    parameters = fitted(stage_model, observations.where(~out)).fit.parameters[:, None]
    rates = 1 / terms(parameters, observations.load).period
    for other in others:
        logs = _log_gains(base, other)
        if not logs:
            continue
        samples = other.samples / base.samples
        predicted = rates[setups.index(other.setup)] / rates[setups.index(base.setup)] * samples
        measured = np.exp([fmean(logs), min(logs), max(logs)]) - 1
        yield other.setup, Gain(float(predicted) - 1, *measured.tolist())


def measured_removals(pipeline: Pipeline) -> dict[Setup, dict[str, float]]:
    """Return what a configuration gained without each stage that a run took out of it.

    The geometric mean over repeats, as a share of the rate with all stages.
    """
    by_setup = {record.setup: record for record in pipeline.configurations}
    result: dict[Setup, dict[str, float]] = {}
    for record in pipeline.configurations:
        base = by_setup.get(record.setup.model_copy(update={"remove": None}))
        if record.setup.remove is None or base is None:
            continue
        if logs := _log_gains(base, record):
            gains = result.setdefault(base.setup, {})
            gains[record.setup.remove] = float(np.exp(fmean(logs))) - 1
    return result


def _log_gains(base: Configured, other: Configured) -> list[float]:
    """Return by how much a configuration's rate exceeds another's, as logarithms, by repeat."""
    before, after = _rates(base), _rates(other)
    return [float(np.log(after[r] / rate)) for r, rate in before.items() if r in after]


def _rates(record: Configured) -> dict[int, float]:
    """Return samples a second by repeat."""
    return {window.repeat: record.samples_per_s(window) for window in record.windows}


def _family(setup: Setup) -> tuple[str, str]:
    return setup.payload, setup.format
