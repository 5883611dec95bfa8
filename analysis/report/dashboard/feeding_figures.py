"""The figures of act II on a page, as its controls are set."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from analysis.acts.feeding.plots import (
    LOOP,
    WAITING,
    WORKER,
    alone_rates,
    lanes_of,
    rates,
    waterfall,
)
from analysis.acts.levers import LEVERS
from analysis.acts.outcome import Result
from analysis.document import Figure
from analysis.document.figures import (
    Axis,
    Limit,
    Shape,
    Span,
    Strip,
    Strips,
    Trace,
    Traces,
    TraceSeries,
)
from analysis.document.live import following
from analysis.report.dashboard.predictions import ABOUT_WORKERS
from analysis.report.outcome import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.acts.limits import Limits
    from analysis.model.prediction import Prediction
    from analysis.report.dashboard.predictions import Predictions

_RATE = Axis("samples/s", 1.0, 1e5, logarithmic=True)
_ALONE = Axis(
    "samples/s",
    1.0,
    1e6,
    logarithmic=True,
    ticks=((1.0, "≤ 1"), (100.0, "100"), (1e4, "10,000"), (1e6, "≥ 1 M")),
)
_SHARE = Axis("share of the time", 0.0, 1.0)
_WORKERS = Axis(
    "workers", 0.9, 36.0, logarithmic=True, ticks=tuple((2.0**n, str(2**n)) for n in range(6))
)
_TAX, _INTERVAL, _DEMAND = "feeding tax", "90 % interval", "what the accelerator could take"
_PARTS = (
    "storage and network",
    "the workers",
    "the CPU",
    "the training loop, with the step",
    "the accelerator",
)
_STAGES = ("disk", "network", "decode", "transform", "send", "receive", "GPU maths", WAITING)


def gauge(predictions: Predictions, limits: Limits) -> Figure:
    """Return how long the accelerator waits."""
    row = Strip(
        "",
        (
            Span(_TAX, predictions.ends(_tax)),
            Span(_INTERVAL, predictions.ends(_tax_interval), Shape.RANGE),
        ),
    )
    lines = (Limit(f"GPU Hunger: {limits.hunger_percent}", limits.hunger),)
    return Figure(
        Strips((row,), (_TAX,), _SHARE, predictions.text(_waits), lines),
        "FeedingTaxGauge: how long the accelerator waits",
        "`FeedingTaxGauge`. The share of the time in which no step runs, with its interval; left "
        "of the dashed line the accelerator is fed.",
    )


def mfu(predictions: Predictions) -> Figure:
    """Return ingestion, and with it MFU, over workers."""
    controls = predictions.over(*ABOUT_WORKERS)
    series = tuple(
        TraceSeries(words, following(controls, partial(_curve, predictions, name)))
        for name, words in LEVERS["format"].on_page.items()
    )
    demand = TraceSeries(
        _DEMAND, following(controls, partial(_demand, predictions)), reference=True
    )
    finding = predictions.live(ABOUT_WORKERS, partial(_mfu_finding, predictions))
    return Figure(
        Traces((*series, demand), _WORKERS, _RATE, finding),
        "MFU_vs_Ingestion_Plot: ingestion over workers, and the rate of the highest MFU",
        "`MFU_vs_Ingestion_Plot`. What arrives by format and workers. On the dashed line the "
        "accelerator never waits and MFU is at its highest, as the sentence above says; below it "
        "MFU falls in proportion to what arrives. Where a line meets it is flow equilibrium: from "
        "there on the algorithm bounds, not the data.",
    )


def ingestion(predictions: Predictions) -> Figure:
    """Return the rate that each part could do alone."""
    rows = tuple(
        Strip(part, (Span("alone", predictions.ends(partial(_alone, part)), Shape.DOT),))
        for part in _PARTS
    )
    finding = predictions.text(lambda prediction: rates(prediction).finding)
    return Figure(
        Strips(rows, ("alone",), _ALONE, finding),
        "IngestionWaterfall: what each part could do alone",
        "`IngestionWaterfall`. Storage with its network, processes, the CPU and the accelerator "
        "by the rate that each could do alone: the slowest decides. A part that is not there, such "
        "as workers where there are none, has no mark.",
    )


def epoch_waterfall(predictions: Predictions) -> Figure:
    """Return where the time of an epoch goes."""
    rows = tuple(
        Strip(
            lane,
            tuple(
                Span(name, predictions.ends(partial(_stage, predictions, lane, name)))
                for name in _STAGES
            ),
        )
        for lane in (WORKER, LOOP)
    )
    finding = predictions.text(
        lambda p: waterfall(p, over_network=predictions.over_network(p)).finding
    )
    return Figure(
        Strips(rows, _STAGES, _SHARE, finding),
        "DataGravityWaterfall: where an epoch goes",
        "`DataGravityWaterfall`. The time of an epoch: of a worker, which reads, decodes, "
        "transforms and sends, and of the training loop, which receives and computes. Whoever "
        "hardly waits bounds the rate. An emulated accelerator has no transfer of its own.",
    )


def _curve(predictions: Predictions, name: str, at: Mapping[str, str]) -> Trace:
    plot = predictions.over_workers(at)
    for curve in plot.curves if plot else ():
        if curve.label == name:
            return Trace(tuple(map(float, curve.x)), curve.y, curve.low, curve.high)
    return Trace((), ())


def _anyhow(predictions: Predictions, at: Mapping[str, str]) -> Prediction | str:
    """Return a prediction to take the accelerator's step from: it is the same for all formats."""
    return predictions.at({**at, "format": "json", "workers": "1"})


def _demand(predictions: Predictions, at: Mapping[str, str]) -> Trace:
    prediction = _anyhow(predictions, at)
    demand = None if isinstance(prediction, str) else _takes(prediction)
    return Trace((_WORKERS.low, _WORKERS.high), (demand, demand)) if demand else Trace((), ())


def _mfu_finding(predictions: Predictions, at: Mapping[str, str]) -> str:
    plot, prediction = predictions.over_workers(at), _anyhow(predictions, at)
    if plot is None or isinstance(prediction, str):
        return "Nothing is known of this accelerator for these samples."
    demand, busy = _takes(prediction), prediction.gpu_busy
    if demand is None or busy is None:
        return plot.finding
    most = ""
    if prediction.mfu is not None:
        most = f", at an MFU of {100 * prediction.mfu.value / busy.value:.3g} %"
    return f"{plot.finding} The accelerator could take {demand:,.0f}{most}."


def _takes(prediction: Prediction) -> float | None:
    """Return how many samples a second the accelerator could take."""
    busy = prediction.gpu_busy
    return prediction.samples_per_s.value / busy.value if busy and busy.value else None


def _waits(prediction: Prediction) -> str:
    tax = prediction.feeding_tax
    if tax is None:
        return "There is no accelerator that waits."
    return f"The accelerator waits {text_of(Result('tax', '', tax))} of the time."


def _tax(prediction: Prediction) -> tuple[float, float] | None:
    return (0.0, prediction.feeding_tax.value) if prediction.feeding_tax else None


def _tax_interval(prediction: Prediction) -> tuple[float, float] | None:
    tax = prediction.feeding_tax
    return (tax.low, tax.high) if tax else None


def _alone(part: str, prediction: Prediction) -> tuple[float, float] | None:
    alone = alone_rates(prediction).get(part)
    return (alone, alone) if alone else None


def _stage(
    predictions: Predictions, lane: str, name: str, prediction: Prediction
) -> tuple[float, float] | None:
    start = 0.0
    lanes = dict(lanes_of(prediction, over_network=predictions.over_network(prediction)))
    for stage, share in lanes[lane].items():
        if stage == name:
            return start, start + share
        start += share
    return None
