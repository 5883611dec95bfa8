"""From one machine to another: parameters of the one, stages alone of the other.

What a loader costs beside its stages is nearly the same everywhere, once it is counted in the time
of the machine's own work. So a minute of measuring stages tells what the second machine will do end
to end, before any of it was run there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import AnalysisError
from analysis.model.calibration import calibrate, drawn, pipeline_of
from analysis.model.demands import Demands
from analysis.model.equation import NAMES
from analysis.model.observations import observe
from analysis.model.stage_model import Machine
from analysis.model.validation import Scheme, scheme

if TYPE_CHECKING:
    from analysis.model.calibration import Calibration
    from bench.bundle import Bundle

_MOVED_SD = 0.1
"""What a parameter may differ by between machines, of its logarithm."""


@dataclass(frozen=True)
class Transfer:
    """What the first machine's parameters say of the second, and what that measured.

    slower is how much longer the second takes for the same work alone; shared is from how many
    stages that is known.
    """

    slower: float
    shared: int
    scheme: Scheme


def moved(source: Bundle, target: Bundle) -> tuple[Calibration, float, int]:
    """Return the calibration of a machine of which only stages alone are used.

    Raises:
        AnalysisError: one of them has too little, or they share no stage.

    """
    found = calibrate(source, keep=lambda _: True)
    slower, shared = _slower(source, target)
    pipeline = pipeline_of(target)
    machine = Machine(target, pipeline, Demands(target, pipeline, lambda _: True))
    there = found.slowed(slower)
    wider = there.fit.covariance + np.eye(len(NAMES)) * _MOVED_SD**2
    fit = replace(there.fit, covariance=wider)
    return replace(there, machine=machine, fit=fit, draws=drawn(fit)), slower, shared


def transfer(source: Bundle, target: Bundle) -> Transfer:
    """Predict what the target measured end to end, from none of it.

    Raises:
        AnalysisError: one of them has too little, or they share no stage.

    """
    there, slower, shared = moved(source, target)
    seen, skipped = observe(there.machine, list(pipeline_of(target).configurations))
    if not seen.configurations:
        raise AnalysisError(
            "the second run has no configuration that the model knows, so nothing can be checked; "
            "predict it with python -m analysis predict"
        )
    return Transfer(slower, shared, scheme("another machine", [(there, seen)], skipped))


def _slower(source: Bundle, target: Bundle) -> tuple[float, int]:
    """Return the ratio of the times that the two take for the same stages."""

    def times(bundle: Bundle) -> dict[tuple[str, int, str, int], list[float]]:
        found: dict[tuple[str, int, str, int], list[float]] = {}
        for a in pipeline_of(bundle).isolated:
            us = (a.decode.total + a.transform.total) / a.batches
            found.setdefault((a.payload, a.size, a.codec, a.batch), []).append(us)
        return found

    here, there = times(source), times(target)
    logs = [np.log(np.mean(there[k]) / np.mean(here[k])) for k in here.keys() & there.keys()]
    if not logs:
        raise AnalysisError(
            "the two runs measured no stage of the same batch alone; take the same preset on both"
        )
    return float(np.exp(np.median(logs))), len(logs)
