"""What a page has to show of the act on drift at some settings, by the act itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.drift import drift
from analysis.acts.levers import ACTS
from analysis.acts.outcome import DRIFT
from analysis.acts.scenario import scenario
from analysis.report.outcome import text_of
from formats.payloads.doorbell import CITIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.model.machine import Machine

_TESTED = "Kolmogorov-Smirnov tests of the last day"
_WATCHING = "What watching costs"


def shown(machine: Machine, track: str, chosen: dict[str, str]) -> Iterator[tuple[str, str]]:
    asked = scenario("drift", track, {name: chosen[name] for name in ACTS["drift"]})
    outcome = drift(asked, machine.catalogue, machine.bundle.run.nonce, machine.bundle)
    badge = next(verdict for verdict in outcome.verdicts if verdict.name == DRIFT)
    yield f"card|{DRIFT}", f"{badge.word} {badge.reason}"
    results = {result.name: result for result in outcome.results}
    for city in CITIES:
        d = results[f"{city}.distance"]
        yield f"{_TESTED}|{city.capitalize()}|largest D, of", f"{d.number.value:.3g}, "
        shift = results[f"{city}.shift"].number
        text = f"{shift.value:.2f} [{shift.low:.2f}, {shift.high:.2f}]"
        yield f"{_TESTED}|{city.capitalize()}|shift of the mean", text
    for what in ("features", "pictures"):
        words = "whole pictures" if what == "pictures" else "8 features of each picture"
        for part, head in (("bytes", "data a day"), ("energy", "energy a day")):
            number_of = results.get(f"monitoring.{what}.{part}")
            text = text_of(number_of) if number_of else "—"
            yield f"{_WATCHING}|{words}|{head}", text
    for text in outcome.findings[:4]:
        yield f"line|{text}", text
    for plot in outcome.plots:
        yield f"finding|{plot.finding}", plot.finding
    yield f"line|{' '.join(outcome.log) or 'No alert about drift'}", ""
