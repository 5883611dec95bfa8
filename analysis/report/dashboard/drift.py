"""Act III on a page: what watching the doorbells finds, as its controls are set."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from analysis.acts.drift import (
    GENERATED,
    WEATHER,
    accuracy_results,
    cause_text,
    delay_text,
    false_alarms_text,
    log,
    truth_text,
)
from analysis.acts.drift.accuracy import LACKING, VARIANTS, doorbell_of
from analysis.acts.drift.effects import effect
from analysis.acts.drift.monitoring import monitoring
from analysis.acts.drift.watch import p_text, watch
from analysis.acts.outcome import DRIFT
from analysis.document import Card, Cell, Column, Finding, Findings, Row, Table
from analysis.document.live import following, live, once
from analysis.document.numbers import number
from analysis.report.dashboard import drift_figures
from analysis.report.dashboard.controls import NOTHING, offer
from analysis.report.outcome import ALERT_TONES, text_of
from formats.payloads.doorbell import CITIES, FEATURES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from analysis.acts.drift.watch import Watch
    from analysis.acts.outcome import Result
    from analysis.document import Block
    from analysis.document.figures import Trace
    from analysis.document.live import Control, Following, Live
    from analysis.model.machine import Machine
    from analysis.report.dashboard.controls import Offer

ALL = ("city", "firmware-date", "alpha", "correction", "window")
TESTED = ("city", "alpha", "correction", "window")
"""What the last day's tests follow: a page's windows are full by then."""
UPDATE = ("city", "firmware-date")


class DriftPanel:
    """What act III shows on a page."""

    def __init__(self, machine: Machine, offered: Offer | None = None) -> None:
        """Begin with the controls; what they show is worked out when it is asked for."""
        self._machine = machine
        self._offer = offered or offer("drift", machine.catalogue)
        self.controls: Mapping[str, Control] = self._offer.controls
        self.at = once(self._watch, ALL)
        self._right = once(self._accuracies, ("city",))
        self.fleet_size = float(machine.catalogue["drift"]["items.fleet"].value)

    def _watch(self, at: Mapping[str, str]) -> Watch:
        first = {name: control.chosen for name, control in self.controls.items()}
        chosen = self._offer.scenario(first | dict(at))
        return watch(chosen, self._machine.catalogue, self._machine.bundle.run.nonce)

    def _full(self, at: Mapping[str, str]) -> dict[str, str]:
        """Return settings of all levers: those that are not followed are as at first."""
        return {name: at.get(name, self.controls[name].chosen) for name in ALL}

    def text(self, names: tuple[str, ...], function: Callable[[Watch], str]) -> Live:
        """Return a text that follows some of the levers."""
        controls = [self.controls[name] for name in names]
        return live(controls, lambda at: function(self.at(self._full(at))))

    def trace(self, names: tuple[str, ...], function: Callable[[Watch], Trace]) -> Following[Trace]:
        """Return a line that follows some of the levers."""
        controls = [self.controls[name] for name in names]
        return following(controls, lambda at: function(self.at(self._full(at))))

    def badge(self) -> Card:
        """Return the badge of whether a drift is detected."""
        return Card(
            DRIFT,
            self.text(TESTED, lambda w: w.verdict().word),
            self.text(TESTED, lambda w: w.verdict().reason),
            self.text(TESTED, lambda w: ALERT_TONES[w.verdict().state].value),
        )

    def cards(self) -> tuple[Card, ...]:
        """Return the cards of the ledger that this act fills."""
        return ()

    def log(self) -> tuple[Finding, ...]:
        """Return the consequences, each with its source."""
        return (Finding(self.text(TESTED, lambda w: " ".join(log(w)) or "No alert about drift.")),)

    def result(self) -> str:
        """Say what the settings come to, in a sentence."""
        return self.text(TESTED, lambda w: w.verdict().reason)

    def blocks(self) -> tuple[Block, ...]:
        """Return what the act says as its controls are set."""
        return (
            self._table(),
            self._findings(),
            self._accuracy(),
            *drift_figures.figures(self),
            self._monitoring(),
        )

    def _table(self) -> Table:
        rows = []
        for place, city in enumerate(CITIES):
            parts = (
                self.text(("city", "window"), partial(_distance, place)),
                self.text(("city", "window"), partial(_p, place)),
                self.text(TESTED, partial(_rejected, place)),
                self.text(("city", "window"), partial(_psi, place)),
                self.text(("city", "window"), partial(_shift, place)),
            )
            rows.append(Row((Cell(city.capitalize()), *map(Cell, parts))))
        columns = (
            Column("city", left=True),
            Column("largest D, of", left=True),
            *map(Column, ("its p", "tests that reject", "stability index", "shift of the mean")),
        )
        note = (
            f"Of {len(FEATURES)} features a city. The index and the shift, in standard deviations, "
            "are of the last day's pictures; without drift the index is below what stands after it "
            "in 19 of 20."
        )
        return Table("Kolmogorov-Smirnov tests of the last day", columns, tuple(rows), (note,))

    def _findings(self) -> Findings:
        lines = (
            self.text(UPDATE, cause_text),
            self.text(UPDATE, truth_text),
            self.text(ALL, delay_text),
            self.text(ALL, false_alarms_text),
            WEATHER,
            GENERATED,
        )
        return Findings(tuple(map(Finding, lines)))

    def _accuracies(self, at: Mapping[str, str]) -> dict[str, str]:
        watched = self.at(self._full(at))
        results, texts, refusals = accuracy_results(watched, self._machine.bundle)
        shares = {r.name.partition(".")[2]: text_of(r) for r in results}
        return shares | {"text": " ".join((*texts, *refusals))}

    def _share(self, variant: str, at: Mapping[str, str]) -> str:
        return self._right(at).get(variant, NOTHING)

    def _accuracy(self) -> Block:
        if doorbell_of(self._machine.bundle) is None:
            return Findings((Finding(LACKING),))
        city = [self.controls["city"]]
        said = live(city, lambda at: self._right(at)["text"])
        if all(len(self._right({"city": name})) == 1 for name in self.controls["city"].settings):
            return Findings((Finding(said),))
        rows = [
            Row(
                (
                    Cell(words),
                    Cell(live(city, partial(self._share, variant))),
                )
            )
            for variant, words in VARIANTS.items()
        ]
        columns = (Column("pictures", left=True), Column("right"))
        title = "How often the classifier is right in that city, as measured in this run"
        return Table(title, columns, tuple(rows), (said,))

    def _monitoring(self) -> Table:
        track = self.controls["track"]
        by_track = {
            name: {result.name: result for result in monitoring(self._machine.catalogue, name)}
            for name in track.settings
        }

        def shown(name: str, at: Mapping[str, str]) -> str:
            result: Result | None = by_track[at["track"]].get(f"monitoring.{name}")
            return text_of(result) if result else NOTHING

        rows = [
            Row(
                (
                    Cell(words),
                    Cell(live([track], partial(shown, f"{name}.bytes"))),
                    Cell(live([track], partial(shown, f"{name}.energy"))),
                )
            )
            for name, words in (
                ("features", f"{len(FEATURES)} features of each picture"),
                ("pictures", "whole pictures"),
            )
        ]
        columns = (Column("what is sent", left=True), Column("data a day"), Column("energy a day"))
        notes = ("A camera, by the link of the mission. How many pictures it takes is assumed.",)
        return Table("What watching costs", columns, tuple(rows), notes)


def _most(place: int, watched: Watch) -> int:
    return int(watched.tests.distances[-1, place].argmax())


def _distance(place: int, watched: Watch) -> str:
    feature = _most(place, watched)
    return f"{watched.tests.distances[-1, place, feature]:.3g}, {FEATURES[feature]}"


def _p(place: int, watched: Watch) -> str:
    return p_text(float(watched.tests.p[-1, place, _most(place, watched)])).removeprefix("= ")


def _rejected(place: int, watched: Watch) -> str:
    return f"{int(watched.rejected[-1, place].sum())} of {len(FEATURES)}"


def _psi(place: int, watched: Watch) -> str:
    since = watched.since if place == watched.city else None
    found = effect(watched.stream, place, since, _most(place, watched)).psi
    return f"{number(found.value)} ({number(found.high)})"


def _shift(place: int, watched: Watch) -> str:
    since = watched.since if place == watched.city else None
    found = effect(watched.stream, place, since, _most(place, watched)).shift
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"
