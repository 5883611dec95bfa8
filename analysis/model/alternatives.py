"""The same configuration where its accelerator's rate was found by another method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.model.prediction import predict
from hardware_profiles.demand import methods, usual_workload
from hardware_profiles.methods import METHODS

if TYPE_CHECKING:
    from analysis.model.calibration import Calibration
    from analysis.model.prediction import Prediction
    from bench.bundle import Setup


def other_methods(device: str, setup: Setup) -> tuple[str, ...]:
    """Return by which other methods a device's rate is known in the phase of a configuration.

    Args:
        device: of a profile, or any accelerator.
        setup: with all defaults filled in; empty where it names no method, or the user chose one.

    """
    if setup.method is None:
        return ()
    workload = usual_workload(setup.payload_kind, setup.workload)
    phase = METHODS[setup.method].phase
    known = [name for name in methods(device, workload) if METHODS[name].phase == phase]
    return tuple(name for name in known if name != setup.method)


def predict_by_other_methods(
    calibration: Calibration, setup: Setup, deadline_ms: float | None = None
) -> tuple[Prediction, ...]:
    """Return what a configuration will do by each other method; none where a method is named.

    Raises:
        OutOfRangeError: nothing near it was measured, or the model does not know such a one.

    """
    if setup.method is not None:
        return ()
    completed = calibration.stage_model.completed(setup)
    return tuple(
        predict(calibration, completed.model_copy(update={"method": method}), deadline_ms)
        for method in other_methods(setup.accelerator, completed)
    )
