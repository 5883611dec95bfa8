"""What a page has to show at random settings of its controls, by the acts themselves.

None of it comes from what made the page: each setting is a scenario that an act is asked about.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from analysis.acts.feeding import feeding_tax
from analysis.acts.gravity import gravity
from analysis.acts.gravity.options import NAMES
from analysis.acts.levers import ACTS, LEVERS, TRACKS
from analysis.acts.scenario import scenario
from analysis.errors import OutOfRangeError
from analysis.report.outcome import text_of
from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.acts.outcome import Outcome, Result
    from analysis.model.machine import Machine

SETTINGS = 200
_NOTHING = "—"
_WAYS = "Each way of moving it, with 90 % intervals"
_FEEDING = "Predicted from this machine's run"
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
        shown = dict([*_gravity(machine, track, chosen), *_feeding(machine, track, chosen)])
        cases.append({"settings": {"track": track, **chosen}, "shown": shown})
    return cases


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
        if chance is not None:
            yield f"{_WAYS}|{words}|in time", f"{percent(chance)}, "
    badge = outcome.verdicts[0]
    yield "card|Egress < $100k", f"{badge.state} {badge.reason}"
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
    for text in outcome.log:
        if "egress" in text:
            yield "line|Alert: egress of ", text_of(results["egress"])


def _feeding(machine: Machine, track: str, chosen: dict[str, str]) -> Iterator[tuple[str, str]]:
    asked = scenario("feeding-tax", track, _asked("feeding-tax", track, chosen))
    try:
        outcome = feeding_tax(machine, machine.catalogue, asked)
    except OutOfRangeError as error:
        for words in _NUMBERS.values():
            yield f"{_FEEDING}|{words}|value, with its 90 % interval", _NOTHING
        yield "card|GPU Hunger < 10%", str(error)
        return
    results: dict[str, Result] = {result.name: result for result in outcome.results}
    for name, words in _NUMBERS.items():
        text = text_of(results[name]) if name in results else _NOTHING
        yield f"{_FEEDING}|{words}|value, with its 90 % interval", text
    badge = outcome.verdicts[0]
    yield "card|GPU Hunger < 10%", f"{badge.state} {badge.reason}"
    yield "card|Ingestion Speed, feeding it", text_of(results["rate"])
    yield "card|Pipeline Health", text_of(results["busy"])
    for text in outcome.findings[:3]:
        yield f"line|{text}", text
    if "epoch" in results:
        yield f"line|{results['epoch'].text}", results["epoch"].text
    for plot in outcome.plots:
        yield f"finding|{plot.finding}", plot.finding
    yield from _bars(outcome)


def _bars(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Yield how long the bars of the gauge and of the epoch are, as shares of their axis."""
    tax = outcome.number("tax").value
    yield "bar|FeedingTaxGauge|0", f"{tax:.3f}"
    epoch = next(plot for plot in outcome.plots if plot.name == "DataGravityWaterfall")
    shares = [share for curve in epoch.curves for share in curve.y if share > 0]
    for at, share in enumerate(shares):
        yield f"bar|DataGravityWaterfall|{at}", f"{share:.3f}"
