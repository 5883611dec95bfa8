"""The figures of the zero-waste audit on a page, as its controls are set."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from analysis.acts.zero_waste.energy import STAGES
from analysis.acts.zero_waste.learned import FEW, MANY
from analysis.acts.zero_waste.radar import INVARIANT, REFERENCE, invariant_text
from analysis.acts.zero_waste.results import RADAR, WATERFALL
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
from analysis.document.live import constant, following, live
from analysis.report.dashboard.wastes import ENERGY_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from analysis.acts.zero_waste.radar import Row
    from analysis.acts.zero_waste.training import Trained
    from analysis.document.live import Control
    from analysis.report.dashboard.wastes import Wastes

_SHARE = Axis("share of all energy", 0.0, 1.0)
_ENERGY = Axis(
    "pJ",
    0.05,
    1e9,
    logarithmic=True,
    ticks=((0.1, "0.1"), (10.0, "10"), (1e3, "1 nJ"), (1e6, "1 µJ"), (1e9, "1 mJ")),
    unit="pJ",
)
_ENDS = {"local": "where the data lies", "cloud": "in the cloud"}
_VALUE, _RANGE = "energy", "range"


def waterfall(controls: Mapping[str, Control], wastes: Wastes) -> Figure:
    """Return which share of all energy each stage takes, at each end."""
    over = [controls[name] for name in ENERGY_KEYS]
    rows = tuple(
        Strip(
            words,
            tuple(
                Span(stage, following(over, partial(_ends, wastes, end, name)))
                for name, stage in STAGES.items()
                if (end, name) in _TAKE_PLACE
            ),
        )
        for end, words in _ENDS.items()
    )

    def finding(at: Mapping[str, str]) -> str:
        shares = {key: wastes.share(*key, at) for key in _TAKE_PLACE}
        end, stage = max(shares, key=lambda key: shares[key])
        return f"The largest part of the energy goes into {STAGES[stage]}, {_ENDS[end]}."

    return Figure(
        Strips(rows, tuple(STAGES.values()), _SHARE, live(over, finding)),
        "EnergyWaterfall: where the energy goes",
        f"`{WATERFALL}`. The share of each stage in all of the energy, at each end; moving is "
        "where the data lies.",
    )


_TAKE_PLACE = (
    ("local", "keep"), ("local", "select"), ("local", "move"),
    ("cloud", "keep"), ("cloud", "select"), ("cloud", "decode"), ("cloud", "transform"),
    ("cloud", "compute"),
)  # fmt: skip
"""The stages that there are at each end."""


def _ends(wastes: Wastes, end: str, name: str, at: Mapping[str, str]) -> tuple[float, float] | None:
    start = 0.0
    for place, stage in _TAKE_PLACE:
        if place != end:
            continue
        share = wastes.share(end, stage, at)
        if stage == name:
            return (round(start, 3), round(start + share, 3)) if share else None
        start += share
    return None


def energy_radar(
    controls: Mapping[str, Control], rows: Callable[[Mapping[str, str]], tuple[Row, ...]]
) -> Figure:
    """Return an operation, and what it takes to bring it a number."""
    over = [controls["track"]]
    first = rows({"track": controls["track"].chosen})

    def part(place: int, at: Mapping[str, str]) -> tuple[float, float]:
        energy = rows(at)[place].energy
        return float(energy.value), float(energy.value)

    def interval(place: int, at: Mapping[str, str]) -> tuple[float, float]:
        low, high = rows(at)[place].energy.interval
        return float(low), float(high)

    strips = tuple(
        Strip(
            "32 bits over the mission's link" if row.name == "network" else row.label,
            (
                Span(_VALUE, following(over, partial(part, place)), Shape.DOT),
                Span(_RANGE, following(over, partial(interval, place)), Shape.RANGE),
            ),
        )
        for place, row in enumerate(first)
    )
    mac = next(row for row in first if row.name == f"mac.{REFERENCE}")
    limit = Limit("100 x a MAC in 32 bits", INVARIANT * float(mac.energy.value))
    return Figure(
        Strips(
            strips, (_VALUE,), _ENERGY, live(over, lambda at: invariant_text(rows(at))), (limit,)
        ),
        "EnergyRadar: an operation, and moving what it works on",
        f"`{RADAR}`. Energy of a multiplication with its addition (MAC), and of bringing it 32 "
        "bits from memories on and off the chip, at 7 nm, and over the mission's link. Right of "
        "the dashed line moving takes more than 100 times the operation.",
    )


_SHARES = {"all labels right": 0.0, "20 % wrong": 0.2, "40 % wrong": 0.4}
_PLACES = 14
_SAMPLES = Axis(
    "samples",
    100.0,
    2e6,
    logarithmic=True,
    ticks=((100.0, "100"), (1e3, "1,000"), (1e4, "10,000"), (1e5, "100,000"), (1e6, "1 M")),
)
_ACCURACY = Axis(
    "accuracy", 0.2, 1.0, ticks=tuple((n / 10, f"{10 * n} %") for n in (2, 4, 6, 8, 10))
)


def learning_curve(trained: Trained) -> Figure:
    """Return accuracy over samples by wrong labels, as fitted to what this machine trained."""
    series = []
    for words, share in _SHARES.items():
        places, numbers = trained.over_samples(share, MANY, _PLACES)
        ends = (tuple(getattr(n, end) for n in numbers) for end in ("value", "low", "high"))
        series.append(TraceSeries(words, constant(Trace(tuple(places), *ends))))
    most = trained.most_samples
    upright = (_ACCURACY.low, _ACCURACY.high)
    series += [
        TraceSeries(words, constant(Trace((n, n), upright)), reference=True)
        for words, n in ((f"trained up to {most:,.0f}", most), (f"{FEW:,}", float(FEW)))
    ]
    text = (
        f"Measured up to {most:,.0f} samples; what lies beyond is the curve that goes on, with "
        "bands that grow."
    )
    return Figure(
        Traces(tuple(series), _SAMPLES, _ACCURACY, text),
        "LearningCurve: accuracy over samples, by wrong labels",
        "`LearningCurve`. A law fitted to networks that this machine trained, with 90 % bands: "
        "more samples make up for wrong labels, at their price.",
    )
