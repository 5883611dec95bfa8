"""What a configuration will do, as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.document import Cell, Definitions, Document, Paragraph, Section
from analysis.document.numbers import (
    PREDICTED_PERCENT,
    gain_with_interval,
    number,
    probability,
    ranged,
    share_with_interval,
    words,
)
from formats.payloads import kind
from hardware_profiles.demand import own_size, usual_workload
from hardware_profiles.methods import METHODS
from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from analysis.model.prediction import Prediction
    from analysis.model.stage_model import ResolvedConfiguration
    from analysis.statistics.number import Number

_INTERVALS = (
    f"[low, high] holds {PREDICTED_PERCENT} of what a window of a second or more will measure."
)


def prediction(prediction: Prediction, others: Sequence[Prediction] = ()) -> Document:
    """Return what a configuration will do.

    Args:
        prediction: by the usual method, or by the one that was chosen.
        others: by the other methods by which the accelerator's rate is known.

    """
    block = Paragraph(_INTERVALS, quiet=True)
    section = prediction_section(prediction, others)
    shown = Section(section.title, (*section.blocks, block))
    values = prediction_values(prediction)
    if others:
        values["by_method"] = {other.setup.method: prediction_values(other) for other in others}
    return Document(prediction.setup.label, (shown,), values=values)


def prediction_values(prediction: Prediction) -> dict[str, Any]:
    """Return a prediction by name, as `bench experiment --config` and programs read it."""
    return {
        "configuration": prediction.setup.model_dump(mode="json"),
        "kind": prediction.kind,
        "basis": prediction.basis,
        "remark": prediction.remark,
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


def prediction_section(prediction: Prediction, others: Sequence[Prediction] = ()) -> Section:
    """Return what a configuration will do, headed by how that is known."""
    title = f"{prediction.setup.label} ({prediction.kind}: {prediction.basis})"
    items = (*_items(prediction), *map(_by_method, others))
    return Section(title, (Definitions(items),))


def _by_method(other: Prediction) -> tuple[str, Cell]:
    """Return what another way to find the accelerator's rate makes of the answer."""
    tax = f"feeding tax {share_with_interval(other.feeding_tax)}" if other.feeding_tax else ""
    parts = [step_text(other.resolved), tax, f"bottleneck {other.bottleneck}"]
    return f"if {other.setup.method}", Cell("; ".join(filter(None, parts)), other.feeding_tax)


def step_text(resolved: ResolvedConfiguration) -> str:
    """Return how long a step takes, how that is known, and how it was scaled to the samples."""
    setup, step_us = resolved.setup, float(resolved.load.step)
    text = f"{number(step_us / 1e3)} ms per batch"
    if setup.method is None:
        return text
    own = own_size(usual_workload(setup.payload_kind, setup.workload))
    text += f" ({METHODS[setup.method].description}"
    if own in {None, setup.size}:
        return f"{text})"
    unit = kind(setup.payload).size_unit
    return f"{text}; scaled from {own:,} {unit} to {setup.size:,})"


def _items(prediction: Prediction) -> Iterator[tuple[str, Cell]]:
    yield "throughput", ranged(prediction.samples_per_s)
    yield "batch to batch", ranged(prediction.period_ms)
    yield "99th percentile", ranged(prediction.p99_ms)
    if prediction.missed_deadlines:
        yield "missed deadlines", _share(prediction.missed_deadlines)
    if prediction.feeding_tax and prediction.gpu_busy:
        yield "feeding tax", _share(prediction.feeding_tax)
        yield "GPU-busy", _share(prediction.gpu_busy)
    if float(prediction.resolved.load.step) > 0:
        yield "step", words(step_text(prediction.resolved))
    if prediction.mfu:
        yield "MFU", _share(prediction.mfu)
    yield "first batch", ranged(prediction.first_batch_s, "s after the workers started")
    if prediction.bottleneck:
        gain = prediction.gains[prediction.bottleneck]
        sure = probability(prediction.bottleneck_probability)
        text = f"{prediction.bottleneck} ({sure}): without it {gain_with_interval(gain)}"
        yield "bottleneck", Cell(text, gain)
    if prediction.remark:
        yield "workers", words(prediction.remark)
    yield "utilisation", words(_shares(prediction.utilisation))
    yield "by stage", words(_shares(prediction.stages))


def _share(estimate: Number) -> Cell:
    return Cell(share_with_interval(estimate), estimate)


def _shares(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {percent(share)}" for name, share in shares.items())
