"""From one machine to another: parameters of the one, isolated stages of the other.

What a loader costs beside its stages is nearly the same everywhere, once it is counted in the time
of the machine's own work. So a minute of measuring stages tells what the second machine will do end
to end, before any of it was run there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from analysis.errors import AnalysisError
from analysis.model.calibration import parameter_draws
from analysis.model.equation import NAMES
from analysis.model.scoring import Scheme, scheme

if TYPE_CHECKING:
    from analysis.model.calibration import Calibration
    from analysis.model.machine import Machine

_BETWEEN_MACHINES_SD = 0.1
"""What the logarithm of a parameter may differ by; set on one core against two of a machine."""

_StageKey: TypeAlias = tuple[str, int, str, int]


@dataclass(frozen=True)
class Transfer:
    """What the first machine's parameters say of the second, and what that measured."""

    slower: float
    """How much longer the second takes for the same work in isolation."""
    shared: int
    """From how many stages that is known."""
    scheme: Scheme


def transferred(source: Machine, target: Machine) -> tuple[Calibration, float, int]:
    """Return a calibration of a machine of which only isolated stages are used.

    Returns:
        the calibration, how much slower the target is, and from how many stages that is known.

    Raises:
        AnalysisError: one of them has too little, or they share no stage.

    """
    calibration = source.calibrated(lambda _: True)
    slower, shared = _slower(source, target)
    moved = calibration.slowed(slower)
    covariance = moved.fit.covariance + np.eye(len(NAMES)) * _BETWEEN_MACHINES_SD**2
    fit = replace(moved.fit, covariance=covariance)
    draws = parameter_draws(fit)
    moved = replace(moved, stage_model=target.stage_model, fit=fit, parameter_draws=draws)
    return moved, slower, shared


def transfer(source: Machine, target: Machine) -> Transfer:
    """Predict what the target measured end to end, from none of it.

    Raises:
        AnalysisError: one of them has too little, or they share no stage.

    """
    calibration, slower, shared = transferred(source, target)
    observations = target.observations
    if not observations.configurations:
        raise AnalysisError(
            "the second run has no configuration that the model knows, so nothing can be checked; "
            "predict it with python -m analysis predict"
        )
    pairs = [(calibration, observations)]
    return Transfer(slower, shared, scheme("another machine", pairs, target.unknown))


def _slower(source: Machine, target: Machine) -> tuple[float, int]:
    """Return the ratio of the times that the two take for the same stages, and of how many."""
    first, second = _times_us(source), _times_us(target)
    shared = first.keys() & second.keys()
    if not shared:
        raise AnalysisError(
            "the two runs measured no stage of the same batch alone; take the same preset on both"
        )
    logs = [np.log(np.mean(second[key]) / np.mean(first[key])) for key in shared]
    return float(np.exp(np.median(logs))), len(logs)


def _times_us(machine: Machine) -> dict[_StageKey, list[float]]:
    """Return what decode and transform of a batch took, by payload, size, codec and batch."""
    times: dict[_StageKey, list[float]] = {}
    for record in machine.pipeline.isolated:
        us = (record.decode.total + record.transform.total) / record.batches
        key = (record.payload, record.size, record.codec, record.batch)
        times.setdefault(key, []).append(us)
    return times
