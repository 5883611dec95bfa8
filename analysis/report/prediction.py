"""What a configuration will do, as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.document import Cell, Definitions, Document, Paragraph, Section
from analysis.document.numbers import (
    PREDICTED_PERCENT,
    gain_with_interval,
    probability,
    ranged,
    share_with_interval,
    words,
)
from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analysis.model.prediction import Prediction
    from analysis.statistics.number import Number

_INTERVALS = (
    f"[low, high] holds {PREDICTED_PERCENT} of what a window of a second or more will measure."
)


def prediction(prediction: Prediction) -> Document:
    """Return what a configuration will do."""
    block = Paragraph(_INTERVALS, quiet=True)
    section = prediction_section(prediction)
    shown = Section(section.title, (*section.blocks, block))
    return Document(prediction.setup.label, (shown,), values=prediction_values(prediction))


def prediction_values(prediction: Prediction) -> dict[str, Any]:
    """Return a prediction by name, as `bench experiment --config` and programs read it."""
    return {
        "configuration": prediction.setup.model_dump(mode="json"),
        "kind": prediction.kind,
        "basis": prediction.basis,
        "samples_per_s": prediction.samples_per_s,
        "period_ms": prediction.period_ms,
        "p99_ms": prediction.p99_ms,
        "missed_deadlines": prediction.missed_deadlines,
        "feeding_tax": prediction.feeding_tax,
        "gpu_busy": prediction.gpu_busy,
        "mfu": prediction.mfu,
        "first_batch_s": prediction.first_batch_s,
        "bottleneck": prediction.bottleneck,
        "bottleneck_probability": prediction.bottleneck_probability,
        "gains_without": prediction.gains,
        "utilisation": prediction.utilisation,
        "utilisation_by_stage": prediction.stages,
    }


def prediction_section(prediction: Prediction) -> Section:
    """Return what a configuration will do, headed by how that is known."""
    title = f"{prediction.setup.label} ({prediction.kind}: {prediction.basis})"
    return Section(title, (Definitions(tuple(_items(prediction))),))


def _items(prediction: Prediction) -> Iterator[tuple[str, Cell]]:
    yield "throughput", ranged(prediction.samples_per_s)
    yield "batch to batch", ranged(prediction.period_ms)
    yield "99th percentile", ranged(prediction.p99_ms)
    if prediction.missed_deadlines:
        yield "missed deadlines", _share(prediction.missed_deadlines)
    if prediction.feeding_tax and prediction.gpu_busy:
        yield "feeding tax", _share(prediction.feeding_tax)
        yield "GPU-busy", _share(prediction.gpu_busy)
    if prediction.mfu:
        yield "MFU", _share(prediction.mfu)
    yield "first batch", ranged(prediction.first_batch_s, "s, once workers are there")
    if prediction.bottleneck:
        gain = prediction.gains[prediction.bottleneck]
        sure = probability(prediction.bottleneck_probability)
        text = f"{prediction.bottleneck} ({sure}): without it {gain_with_interval(gain)}"
        yield "bottleneck", Cell(text, gain)
    yield "utilisation", words(_shares(prediction.utilisation))
    yield "by stage", words(_shares(prediction.stages))


def _share(estimate: Number) -> Cell:
    return Cell(share_with_interval(estimate), estimate)


def _shares(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {percent(share)}" for name, share in shares.items())
