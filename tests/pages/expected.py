"""What a page has to show at random settings of its controls, by the acts themselves.

None of it comes from what made the page: each setting is a scenario that an act is asked about.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from analysis.acts.feeding import feeding_tax
from analysis.acts.gravity import gravity
from analysis.acts.gravity.crossover import TIERS_OF_SCALE
from analysis.acts.gravity.options import NAMES
from analysis.acts.levers import ACTS, LEVERS, TRACKS
from analysis.acts.outcome import EGRESS, HUNGER
from analysis.acts.scenario import scenario
from analysis.document.numbers import number, plain_interval
from analysis.errors import OutOfRangeError
from analysis.report.outcome import text_of
from hardware_profiles.numerals import percent
from tests.pages import drift, zero_waste

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.acts.outcome import Outcome, Result, Verdict
    from analysis.model.machine import Machine

SETTINGS = 200
_NOTHING = "—"
_WAYS = "Each way of moving it, with 90 % intervals"
_FEEDING = "Predicted from this machine's run, and measured"
_RADAR = "TransferTimeRadar: time at five tiers of scale (time, days)"
_SNEAKERNET = "SneakernetCrossoverPlot: time over distance (time, days)"
_MFU = "MFU_vs_Ingestion_Plot: ingestion over workers, and the rate of the highest MFU (samples/s)"
_INGESTION = "IngestionWaterfall: what each part could do alone (samples/s)"
_EITHER = 0.5
_NUMBERS = {
    "rate": "samples that arrive",
    "tax": "feeding tax",
    "busy": "GPU busy",
    "mfu": "MFU",
    "first_batch": "until the first batch",
    "epoch": "an epoch, start included",
    "rate.measured": "samples that arrive, as measured in this run",
}


def expected(machine: Machine, count: int = SETTINGS, seed: int = 1) -> list[dict[str, Any]]:
    """Return random settings of all controls, each with what a page has to show then."""
    draw = random.Random(seed)
    offered = {name: list(LEVERS[name].on_page) for act in ACTS for name in ACTS[act]}
    cases = []
    for _ in range(count):
        track = draw.choice(TRACKS)
        chosen = {name: draw.choice(stops) for name, stops in offered.items() if stops}
        acts = (_gravity, _feeding, zero_waste.shown, drift.shown)
        shown = dict(pair for act in acts for pair in act(machine, track, chosen))
        cases.append({"settings": {"track": track, **chosen}, "shown": shown})
    return cases


def _verdict(outcome: Outcome, name: str) -> Verdict:
    return next(verdict for verdict in outcome.verdicts if verdict.name == name)


def _asked(act: str, track: str, chosen: dict[str, str]) -> dict[str, str]:
    return {name: chosen[name] for name in ACTS[act] if name in chosen}


def _gravity(machine: Machine, track: str, chosen: dict[str, str]) -> Iterator[tuple[str, str]]:
    asked = scenario("gravity", track, _asked("gravity", track, chosen))
    outcome = gravity(asked, machine.catalogue)
    results = {result.name: result for result in outcome.results}
    for name, words in NAMES.items():
        for part in ("time", "cost", "energy", "carbon"):
            shown = results.get(f"{name}.{part}")
            text = text_of(shown) if shown else "not known"
            yield f"{_WAYS}|{words}|{part}", text if name in outcome.chances else _NOTHING
        chance = outcome.chances.get(name)
        shown_chance = "never: out of reach" if chance is None else f"{percent(chance)}, "
        if chance is not None and name == chosen["method"]:
            shown_chance += str(_verdict(outcome, "Deadline").state)
        yield f"{_WAYS}|{words}|in time", shown_chance
    badge = _verdict(outcome, EGRESS)
    yield f"card|{EGRESS}", f"{badge.state} {badge.reason}"
    yield "card|Egress Cost", text_of(results["egress"])
    if "speed" in results:
        yield "card|Ingestion Speed, moving it", text_of(results["speed"])
    for which in ("fastest", "cheapest"):
        if which in results:
            yield f"line|The {which} in time: ", text_of(results[which])
    if "wire" in outcome.chances:
        for text in outcome.findings:
            place = "finding" if text.startswith("Over distance") else "line"
            yield f"{place}|{text}", text
    alerts = [text for text in outcome.log if "egress" in text]
    alert = (
        ("Alert: egress of ", text_of(results["egress"]))
        if alerts
        else ("No alert about egress", "")
    )
    yield f"line|{alert[0]}", alert[1]
    late = [NAMES[name] for name, chance in outcome.chances.items() if chance < _EITHER]
    yield (
        "line|Alert: rather late than within " if late else "line|No alert about the deadline",
        (", ".join(late)),
    )
    radar = next(plot for plot in outcome.plots if plot.name == "TransferTimeRadar")
    yield f"finding|{radar.finding}", radar.finding
    for curve in radar.curves:
        for tier, *ends in zip(TIERS_OF_SCALE, curve.y, curve.low, curve.high, strict=True):
            yield f"{_RADAR}|{tier}|{curve.label}", plain_interval(*ends)
    if "wire" in outcome.chances:
        yield from _over_distance(outcome)


def _over_distance(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Yield the figure's numbers; where the wire does not reach, the page shows how far it does."""
    plot = next(plot for plot in outcome.plots if plot.name == "SneakernetCrossoverPlot")
    for curve in plot.curves:
        # The page has every fourth place of the act's.
        places = [float(place) for place in curve.x]
        for place, *ends in list(zip(places, curve.y, curve.low, curve.high, strict=True))[::4]:
            yield f"{_SNEAKERNET}|{number(place)}|{curve.label}", plain_interval(*ends)


def _feeding(machine: Machine, track: str, chosen: dict[str, str]) -> Iterator[tuple[str, str]]:
    asked = scenario("feeding-tax", track, _asked("feeding-tax", track, chosen))
    try:
        outcome = feeding_tax(machine, machine.catalogue, asked)
    except OutOfRangeError as error:
        for words in _NUMBERS.values():
            yield f"{_FEEDING}|{words}|value", _NOTHING
        yield f"card|{HUNGER}", f"Not known: {str(error).partition(';')[0]}."
        return
    results: dict[str, Result] = {result.name: result for result in outcome.results}
    for name, words in _NUMBERS.items():
        text = text_of(results[name]) if name in results else _NOTHING
        yield f"{_FEEDING}|{words}|value", text
    badge = _verdict(outcome, HUNGER)
    yield f"card|{HUNGER}", f"{badge.state} {badge.reason}"
    yield "card|Ingestion Speed, feeding it", text_of(results["rate"])
    yield "card|Pipeline Health", text_of(results["busy"])
    for text in outcome.findings[:3]:
        yield f"line|{text}", text
    if "epoch" in results:
        yield f"line|{results['epoch'].text}", results["epoch"].text
    for plot in outcome.plots:
        yield f"finding|{plot.finding}", plot.finding
    yield f"line|{' '.join(outcome.log) or 'No alert about the accelerator'}", ""
    yield from _figures(outcome)
    yield from _bars(outcome)


def _figures(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Yield the numbers of the figures' tables."""
    words = LEVERS["format"].on_page
    mfu, ingestion = (
        next(plot for plot in outcome.plots if plot.name == name)
        for name in ("MFU_vs_Ingestion_Plot", "IngestionWaterfall")
    )
    for curve in mfu.curves:
        for workers, *ends in zip(curve.x, curve.y, curve.low, curve.high, strict=True):
            yield f"{_MFU}|{workers:g}|{words[curve.label]}", plain_interval(*ends)
    (alone,) = ingestion.curves
    for part, rate in zip(alone.x, alone.y, strict=True):
        yield f"{_INGESTION}|{part}|alone", number(rate)


def _bars(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Yield how long the bars of the gauge and of the epoch are, as shares of their axis."""
    tax = outcome.number("tax").value
    yield "bar|FeedingTaxGauge|0", f"{tax:.3f}"
    epoch = next(plot for plot in outcome.plots if plot.name == "DataGravityWaterfall")
    shares = [share for curve in epoch.curves for share in curve.y if share > 0]
    for at, share in enumerate(shares):
        yield f"bar|DataGravityWaterfall|{at}", f"{share:.3f}"
