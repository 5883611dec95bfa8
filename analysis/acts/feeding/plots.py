"""The data of act II's figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.levers import LEVERS
from analysis.acts.outcome import Curve, Plot
from analysis.model.prediction import predict_many

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from analysis.model.calibration import Calibration
    from analysis.model.prediction import Prediction
    from bench.bundle import Setup

WORKERS = (1, 2, 4, 8, 16, 32)
"""Of the lab's plan."""
_PARTS = {
    "consumer": "the training loop, with the step",
    "workers": "the workers",
    "cores": "the CPU",
    "link": "storage",
    "accelerator": "the accelerator",
}


def over_workers(calibration: Calibration, setup: Setup) -> Plot:
    """Return the rate that arrives by format and workers, beside what the accelerator takes."""
    curves, best = [], []
    for name in LEVERS["format"].names:
        setups = [
            setup.model_copy(update={"codec": name, "workers": workers}) for workers in WORKERS
        ]
        tried = calibration.stage_model.resolve_many(setups)
        if len(tried.configurations) < len(WORKERS):
            continue
        predicted = predict_many(calibration, tried)
        curves.append(Curve(name, tuple(map(float, WORKERS)), *map(_floats, predicted.T)))
        best.append((float(predicted[:, 0].max()), name))
    finding = "No format was measured." if not best else _ranked(best)
    return Plot(
        "MFU_vs_Ingestion_Plot",
        "Ingestion over workers",
        "workers",
        "samples/s",
        tuple(curves),
        finding,
    )


def _floats(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, ...]:
    return tuple(map(float, values))


def _ranked(best: Sequence[tuple[float, str]]) -> str:
    order = sorted(best, reverse=True)
    names = ", ".join(f"{name} {rate:,.0f}" for rate, name in order)
    return f"At most, with 1 to 32 workers, in samples/s: {names}."


def rates(prediction: Prediction) -> Plot:
    """Return what each part of the machine could do alone: the slowest decides."""
    rate = prediction.samples_per_s.value
    alone = {_PARTS.get(part, part): rate / share for part, share in prediction.utilisation.items()}
    slowest = min(alone, key=lambda part: alone[part])
    bars = (_bars("samples/s", alone),)
    return Plot(
        "IngestionWaterfall",
        "What each part could do alone",
        "part",
        "samples/s",
        bars,
        f"The slowest part is {slowest}, {alone[slowest]:,.0f} samples/s.",
    )


def waterfall(prediction: Prediction) -> Plot:
    """Return how long a batch is at each stage."""
    period_ms = prediction.period_ms.value
    workers = max(1, prediction.setup.workers)
    consumer = {"receive", "step"}
    times = {
        stage: share * period_ms * (1 if stage in consumer else workers)
        for stage, share in prediction.stages.items()
    }
    longest = max(times, key=lambda stage: times[stage])
    finding = (
        f"A batch is longest at {longest}, {times[longest]:.3g} ms; one comes every "
        f"{period_ms:.3g} ms, made by {workers} at once."
    )
    return Plot(
        "DataGravityWaterfall",
        "A batch at each stage",
        "stage",
        "ms",
        (_bars("ms", times),),
        finding,
    )


def _bars(label: str, values: dict[str, float]) -> Curve:
    numbers = tuple(values.values())
    return Curve(label, tuple(values), numbers, numbers, numbers)
