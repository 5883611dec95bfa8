"""What a page has to show of the zero-waste audit, by the act itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.levers import ACTS
from analysis.acts.outcome import ACCURACY, CARBON, DEMAND, ENERGY
from analysis.acts.scenario import scenario
from analysis.acts.zero_waste import zero_waste
from analysis.acts.zero_waste.energy import STAGES
from analysis.acts.zero_waste.results import RADAR
from analysis.document.numbers import number
from analysis.report.outcome import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.model.machine import Machine

_STAGES = "Where the energy goes"
_LIMITS = "The mission's limits, and the Sustainability Lead's"
_RADAR = "EnergyRadar: an operation, and moving what it works on (pJ)"
_NETWORK = "32 bits over the mission's link"
_WORTH = "What the selection is worth"
_HIDDEN = "·"
_ERROR = "error, over that of all data as they are"
_TERMS = {
    "entropy": "entropy: what the labels hold",
    "gravity": "gravity: what is moved",
    "per_sample": "what a label holds that is learned from",
}
_ROWS = {
    "energy": "all of it",
    "carbon": "its carbon",
    "ratio": "Data/Compute energy ratio",
    "moved": "bytes moved",
}


def shown(machine: Machine, track: str, chosen: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield where a number stands, and how it reads."""
    given = {name: chosen[name] for name in ACTS["zero-waste"] if name in chosen}
    outcome = zero_waste(machine, scenario("zero-waste", track, given))
    results = {result.name: result for result in outcome.results}
    for name, words in STAGES.items():
        yield f"{_STAGES}|{words}|energy", text_of(results[f"energy.{name}"])
    for name, words in _ROWS.items():
        yield f"{_STAGES}|{words}|energy", text_of(results[name])
    yield "card|Data/Compute energy", text_of(results["ratio"])
    for verdict in outcome.verdicts:
        if verdict.name == ACCURACY:
            yield f"{_WORTH}|{ACCURACY}|value", str(verdict.state)
        if verdict.name in {ENERGY, CARBON, DEMAND}:
            yield f"{_LIMITS}|{verdict.name}|verdict", str(verdict.state)
        if verdict.name == ENERGY:
            yield f"card|{ENERGY}", str(verdict.state)
    worth = f"{_WORTH}|Data Selection Gain = entropy over gravity|value"
    yield worth, text_of(results["gain"])
    terms = {name: text_of(results[f"gain.{name}"]) for name in _TERMS}
    for name, words in _TERMS.items():
        yield f"{_WORTH}|{words}|value", terms[name] if chosen["gain"] == "terms" else _HIDDEN
    if "accuracy" in results:
        yield f"{_WORTH}|accuracy|value", text_of(results["accuracy"])
        yield f"{_WORTH}|{_ERROR}|value", text_of(results["accuracy.error"])
    radar = next(plot for plot in outcome.plots if plot.name == RADAR)
    yield f"finding|{radar.finding}", radar.finding
    (curve,) = radar.curves
    for label, value, low, high in zip(curve.x, curve.y, curve.low, curve.high, strict=True):
        row = _NETWORK if label == curve.x[-1] else label
        yield f"{_RADAR}|{row}|energy", number(value)
        yield f"{_RADAR}|{row}|range", f"[{number(low)}, {number(high)}]"
