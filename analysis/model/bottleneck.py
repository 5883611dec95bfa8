"""The bottleneck of configurations that a run measured: the stage whose removal gains most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.model.equation import terms
from analysis.model.interventions import CLEAR, measured_removals
from analysis.model.stage_model import stacked

if TYPE_CHECKING:
    from analysis.model.calibration import Calibration
    from analysis.model.machine import Machine
    from analysis.model.stage_model import ResolvedConfiguration
    from bench.bundle import Configured, Setup


@dataclass(frozen=True)
class Bottleneck:
    """Stages by what the rate gains without each, the most first."""

    gains: dict[str, float]
    """As shares of the rate."""
    measured: bool
    """Whether the run has the configuration without each stage; else the model says."""

    @property
    def stage(self) -> str:
        """The stage that gains most."""
        return next(iter(self.gains))

    @property
    def clear(self) -> bool:
        """Whether it gains clearly more than the next."""
        first, *rest = self.gains.values()
        return not rest or first - rest[0] > CLEAR


def bottlenecks(machine: Machine) -> dict[Setup, Bottleneck]:
    """Return the bottleneck of each configuration that the model knows and that has all stages."""
    calibration = machine.calibration
    measured = measured_removals(machine.pipeline)
    result = {}
    for record in machine.observations.configurations:
        setup = record.setup
        if setup.remove is not None:
            continue
        predicted = _predicted(calibration, record)
        # Not every stage was taken out of a configuration that has no step.
        whole = set(predicted) <= set(measured.get(setup, {}))
        gains = {s: measured[setup][s] for s in predicted} if whole else predicted
        ranked = sorted(gains, key=lambda stage: -gains[stage])
        result[setup] = Bottleneck({stage: gains[stage] for stage in ranked}, whole)
    return result


def _predicted(calibration: Calibration, record: Configured) -> dict[str, float]:
    """Return what the rate gains without each stage that a configuration has."""

    def resolve(stage: str | None) -> ResolvedConfiguration:
        setup = record.setup.model_copy(update={"remove": stage})
        return calibration.stage_model.resolve(setup, record.requested_step_us)

    whole = resolve(None)
    stages = whole.removable
    load = stacked([whole, *map(resolve, stages)])
    periods = terms(calibration.fit.parameters[:, None], load).period
    gains = np.maximum(periods[0] / periods[1:] - 1, 0.0)
    return dict(zip(stages, gains.tolist(), strict=True))
