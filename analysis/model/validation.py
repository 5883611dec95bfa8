"""Predicted against measured, on what the fit has not seen.

Left out means that none of its runs end to end is used; its isolated stages may be, since measuring
those is what a prediction is made from. Where batches are "never calibrated" not even that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import AnalysisError
from analysis.model.calibration import fitted
from analysis.model.interventions import Interventions, interventions
from analysis.model.observations import collect
from analysis.model.scoring import Errors, Scheme, errors, scheme

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from analysis.model.calibration import Calibration
    from analysis.model.machine import Machine
    from analysis.model.observations import Observations
    from bench.bundle import Configured, Isolated, Pipeline

_FEWEST_GROUPS = 2
"""That there must be, so that one can be left out."""


@dataclass(frozen=True)
class RepetitionFloor:
    """How far a configuration lies from itself, measured again."""

    throughput: Errors
    """Of a late window over the mean of those before it; both have noise."""
    perfect: Errors
    """What a perfect prediction would be off by from the mean of a configuration's windows, which
    is what predictions are compared with: the noise of that mean. A late window differs from k
    before it by sqrt(1 + 1 / k) times the noise of one; the mean of m has 1 / sqrt(m) of that."""
    idle: Errors | None
    """Of the feeding tax, in percentage points."""


@dataclass(frozen=True)
class Validation:
    """How predictions of a run compare with what it measured."""

    floor: RepetitionFloor | None
    """None: nothing was measured again."""
    schemes: tuple[Scheme, ...]
    interventions: Interventions


ONE_FORMAT = "one format"
HELD_OUT = "the held-out set"
NEVER = "batch sizes never calibrated"

GROUPS: dict[str, Callable[[Configured], Hashable]] = {
    "one configuration": lambda record: record.setup,
    ONE_FORMAT: lambda record: record.setup.format,
    "one number of workers": lambda record: record.setup.workers,
    "one batch size": lambda record: (record.setup.payload, record.setup.batch),
    "one payload": lambda record: record.setup.payload,
    "one storage": lambda record: record.setup.storage,
}
"""What is left out together, by the name of the scheme."""
SCHEMES = (HELD_OUT, *GROUPS, NEVER)


def validate(machine: Machine, names: Sequence[str] = SCHEMES) -> Validation:
    """Return how predictions of a run compare with what it measured.

    Args:
        machine: of a run with its pipeline.
        names: which ways of leaving out.

    Raises:
        AnalysisError: there is too little to leave anything out.

    """
    schemes = [held_out(machine)] if HELD_OUT in names else []
    schemes += [_left_out(machine, name, GROUPS[name]) for name in names if name in GROUPS]
    if NEVER in names:
        schemes.append(_never_calibrated(machine))
    possible = tuple(scheme for scheme in schemes if scheme)
    if not possible:
        raise AnalysisError(
            "this run has too few configurations to leave any out; take a longer preset: "
            "nox -s bench -- --preset standard"
        )
    return Validation(repetition_floor(machine.pipeline), possible, interventions(machine))


def held_out(machine: Machine) -> Scheme | None:
    """Return how the run's held-out configurations were predicted; None: it has none."""
    observations = machine.observations
    held = np.array([record.held_out for record in observations.configurations])
    if not held.any() or held.all():
        return None
    return scheme(HELD_OUT, [(machine.calibration, observations.where(held))], machine.unknown)


def _left_out(
    machine: Machine, name: str, group_of: Callable[[Configured], Hashable]
) -> Scheme | None:
    observations = machine.observations
    groups = [group_of(record) for record in observations.configurations]
    if len(set(groups)) < _FEWEST_GROUPS:
        return None
    near = fitted(machine.stage_model, observations).fit.parameters

    def pairs() -> Iterator[tuple[Calibration, Observations]]:
        for group in dict.fromkeys(groups):
            out = np.array([other == group for other in groups])
            rest = observations.where(~out)
            yield fitted(machine.stage_model, rest, start=near), observations.where(out)

    return scheme(name, pairs(), machine.unknown)


def _never_calibrated(machine: Machine) -> Scheme | None:
    """Leave each size of batch out altogether, its isolated stages too."""
    observations = machine.observations
    keys = [(record.setup.payload, record.setup.batch) for record in observations.configurations]
    pairs: list[tuple[Calibration, Observations]] = []
    unknown: dict[str, str] = {}
    for key in dict.fromkeys(keys):
        if sum(payload == key[0] for payload, _ in set(keys)) < _FEWEST_GROUPS:
            continue

        def keep(record: Isolated, out: tuple[str, int | None] = key) -> bool:
            return (record.payload, record.batch) != out

        inside = np.array([other == key for other in keys])
        records = observations.where(inside).configurations
        stage_model = machine.stage_model_of(keep)
        test, unknown_there = collect(stage_model, records)
        unknown |= unknown_there
        if test.configurations:
            pairs.append((fitted(stage_model, observations.where(~inside)), test))
    return scheme(NEVER, pairs, unknown) if pairs else None


def repetition_floor(pipeline: Pipeline) -> RepetitionFloor | None:
    """Compare the late window of configurations with the mean of those before.

    None: nothing was measured again.
    """
    differences, noise, idle = [], [], []
    for record in pipeline.configurations:
        before = [w for w in record.windows if w.repeat < pipeline.repeats]
        late = [w for w in record.windows if w.repeat >= pipeline.repeats]
        if not before or not late:
            continue
        mean_us = fmean(w.us / w.batches for w in before)
        difference = mean_us / (late[0].us / late[0].batches) - 1
        differences.append(difference)
        noise.append(difference / math.sqrt(1 + 1 / len(before)))
        taxes = [w.tax for w in before if w.tax is not None and record.true_steps(w)]
        waited = record.requested_step_ns and record.true_steps(late[0])
        if taxes and late[0].tax is not None and waited:
            idle.append(100 * (late[0].tax - fmean(taxes)))
    if not differences:
        return None
    of_idle = errors(np.array(idle)) if idle else None
    windows = [len(record.windows) for record in pipeline.configurations if record.windows]
    of_mean = np.array(noise) * fmean(1 / math.sqrt(count) for count in windows)
    return RepetitionFloor(errors(np.array(differences)), errors(of_mean), of_idle)
