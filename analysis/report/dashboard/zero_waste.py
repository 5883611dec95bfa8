"""Act III on a page, zero waste: what a selection comes to, as its controls are set."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from analysis.acts.levers import LEVERS
from analysis.acts.outcome import ACCURACY, CARBON, DEMAND, ENERGY
from analysis.acts.zero_waste import results
from analysis.acts.zero_waste.architectures import architecture, as_it_is, smallest
from analysis.acts.zero_waste.energy import STAGES, Selection
from analysis.acts.zero_waste.learned import accuracies, choice_text, many_or_few
from analysis.acts.zero_waste.radar import invariant_text, radar
from analysis.acts.zero_waste.training import curve_of
from analysis.document import Card, Cell, Column, Finding, Findings, Row, Table
from analysis.document.live import live, once
from analysis.errors import AnalysisError
from analysis.report.dashboard import zero_waste_figures as figures
from analysis.report.dashboard.controls import NOTHING, offer
from analysis.report.dashboard.wastes import ENERGY_KEYS, Wastes
from analysis.report.dashboard.worths import ACCURACY_KEYS, GAIN_KEYS, LABEL_KEYS, Worths
from analysis.report.outcome import TONES
from hardware_profiles.quantity import exact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from analysis.acts.outcome import State
    from analysis.acts.zero_waste.architectures import Architecture
    from analysis.acts.zero_waste.radar import Row as RadarRow
    from analysis.acts.zero_waste.training import Trained
    from analysis.document import Block
    from analysis.document.live import Live
    from analysis.model.machine import Machine
    from analysis.report.dashboard.controls import Offer

_CARBON_KEYS = (*ENERGY_KEYS, "region")
_FORMAT_KEYS = ("track", "wire-format")
_HIDDEN = "·"
"""Where the terms of the gain are not asked for."""
_NOTE = (
    "With 90 % intervals. Carbon is on the grid of the region. The budgets are those of the "
    "mission: of the device where the data lies, or, of Cloud Titan, of it all."
)


class ZeroWastePanel:
    """What the zero-waste audit shows on a page."""

    def __init__(self, machine: Machine, offered: Offer | None = None) -> None:
        """Begin with the controls; what they show is worked out when it is asked for."""
        offered = offered or offer("zero-waste", machine.catalogue)
        self._machine = machine
        self._wastes = Wastes(machine, offered)
        self.controls = offered.controls
        self._radar = once(self._radar_rows, ("track",))
        self._trained, self._why = _trained(machine)
        self._worths = Worths(self._wastes, self._trained)

    def _live(self, names: tuple[str, ...], function: Callable[[Mapping[str, str]], str]) -> Live:
        return live([self.controls[name] for name in names], function)

    def _text(self, name: str, keys: tuple[str, ...] = ENERGY_KEYS) -> Live:
        return self._live(keys, partial(self._wastes.text, name))

    def _state(self, name: str, keys: tuple[str, ...] = ENERGY_KEYS) -> Live:
        return self._live(keys, lambda at: str(self._wastes.state(name, at)))

    def badge(self) -> Card:
        """Return the badge of the energy budget."""

        def tone(at: Mapping[str, str]) -> str:
            return TONES[self._wastes.state("charged", at)].value

        return Card(
            ENERGY,
            self._state("charged"),
            self._live(
                ("track",),
                lambda at: f"of {self._wastes.budget('charged', at['track']).text()}",
            ),
            self._live(ENERGY_KEYS, tone),
        )

    def cards(self) -> tuple[Card, ...]:
        """Return the cards of the ledger that this act fills."""
        return (
            Card(
                "Data Selection Gain",
                self._live(GAIN_KEYS, partial(self._worths.text, "gain")),
                "entropy over gravity, over that of all data, moved as they are",
            ),
            Card(
                "Data/Compute energy",
                self._text("ratio"),
                "energy of the data, over that of learning",
            ),
        )

    def log(self) -> tuple[Finding, ...]:
        """Return the consequences, each with its source."""

        def over(at: Mapping[str, str]) -> str:
            state: State = self._wastes.state("charged", at)
            if TONES[state].value != "bad":
                return "No alert about energy."
            return (
                f"Alert: energy is beyond the mission's budget of "
                f"{self._wastes.budget('charged', at['track']).text()}. Select before moving, or "
                "send another format? (times measured here, and the profiles of energy)"
            )

        return (Finding(self._live(ENERGY_KEYS, over)),)

    def result(self) -> str:
        """Say what the settings come to, in a sentence."""
        return self._live(ENERGY_KEYS, self._result)

    def _result(self, at: Mapping[str, str]) -> str:
        text = partial(self._wastes.text, at=at)
        return (
            f"{text('energy')} in all; {text('left')} of the transmission energy of moving it all "
            "as it is."
        )

    def blocks(self) -> tuple[Block, ...]:
        """Return what the act says as its controls are set."""
        return (
            self._stages(),
            self._limits(),
            self._worth(),
            self._architectures(),
            figures.waterfall(self.controls, self._wastes),
            self._findings(),
            figures.energy_radar(self.controls, self._radar),
            *([figures.learning_curve(self._trained)] if self._trained else []),
        )

    def _stages(self) -> Table:
        rows = [Row((Cell(words), Cell(self._text(name)))) for name, words in STAGES.items()]
        rows += [
            Row((Cell("all of it"), Cell(self._text("energy"))), group=1),
            Row((Cell("its carbon"), Cell(self._text("carbon", _CARBON_KEYS))), group=1),
            Row((Cell("Data/Compute energy ratio"), Cell(self._text("ratio"))), group=1),
            Row((Cell("bytes moved"), Cell(self._text("moved"))), group=1),
            Row((Cell("selected"), Cell(self._live(("place",), _selected_where))), group=1),
        ]
        columns = (Column("stage", left=True), Column("energy"))
        return Table("Where the energy goes", columns, tuple(rows), (_NOTE,))

    def _limits(self) -> Table:
        def budget(name: str) -> Live:
            return self._live(("track",), lambda at: self._wastes.budget(name, at["track"]).text())

        charged, emitted = (
            Row(
                (
                    Cell(words),
                    Cell(self._text(name, keys)),
                    Cell(budget(name)),
                    Cell(self._state(name, keys)),
                )
            )
            for words, name, keys in (
                (ENERGY, "charged", ENERGY_KEYS),
                (CARBON, "emitted", _CARBON_KEYS),
            )
        )
        left = Row(
            (
                Cell(DEMAND),
                Cell(self._text("left")),
                Cell("at most 50 % left"),
                Cell(self._state("left")),
            )
        )
        columns = (
            Column("limit", left=True), Column("is"), Column("of"), Column("verdict", left=True),
        )  # fmt: skip
        return Table("The mission's limits, and the Sustainability Lead's", columns,
                     (charged, emitted, left))  # fmt: skip

    def _worth(self) -> Table:
        """Return what the selection is worth; the terms of the gain where they are asked for."""

        def term(name: str, keys: tuple[str, ...]) -> Live:
            def shown(at: Mapping[str, str]) -> str:
                if at["gain"] == "total":
                    return _HIDDEN
                return self._worths.text(name, {"label-quality": "crowd", **at})

            return self._live((*keys, "gain"), shown)

        gain = self._live(GAIN_KEYS, partial(self._worths.text, "gain"))
        before, after = (
            self._live(LABEL_KEYS, partial(self._worths.wrong, after=after))
            for after in (False, True)
        )
        rows = [
            Row((Cell("Data Selection Gain = entropy over gravity"), Cell(gain))),
            Row((Cell("wrong labels in all data"), Cell(before))),
            Row((Cell("wrong labels that are learned from"), Cell(after))),
        ]
        rows += [
            Row((Cell(words), Cell(term(name, keys))))
            for words, name, keys in (
                ("entropy: what the labels hold", "entropy", ACCURACY_KEYS),
                ("gravity: what is moved", "gravity", ENERGY_KEYS),
                ("what a label holds that is learned from", "per_sample", ACCURACY_KEYS),
            )
        ]
        if self._trained is None:
            rows.append(Row((Cell(ACCURACY), Cell(NOTHING))))
        else:
            rows += [
                Row((Cell("accuracy"), Cell(self._live(ACCURACY_KEYS, self._worths.accuracy)))),
                Row(
                    (
                        Cell("error, over that of all data as they are"),
                        Cell(self._live(ACCURACY_KEYS, self._worths.error)),
                    )
                ),
                Row((Cell("of"), Cell(self._live(("track",), self._target)))),
                Row(
                    (
                        Cell(ACCURACY),
                        Cell(self._live(ACCURACY_KEYS, lambda at: str(self._worths.state(at)))),
                    )
                ),
            ]
        columns = (Column("number", left=True), Column("value"))
        return Table("What the selection is worth", columns, tuple(rows))

    def _target(self, at: Mapping[str, str]) -> str:
        return self._machine.catalogue[at["track"]]["target.accuracy"].to("percent").text()

    def _architectures(self) -> Table:
        """Return other architectures, beside what is set."""
        chosen = {
            "local, half filtered": ("local", exact(0.0), exact(0.5)),
            "local, repeats of half the data removed": ("local", exact(0.5), exact(0.0)),
        }
        rows = [self._row("as it is, moved in full", ("track",), self._before)]
        for words, (place, dedup, filtered) in chosen.items():
            function = partial(self._selected, place, Selection(dedup, filtered))
            rows.append(self._row(words, _FORMAT_KEYS, function))
        rows.append(self._row("in full, in the smallest format", ("track",), self._smallest))
        columns = (
            Column("architecture", left=True), Column("of the transmission energy"),
            Column("transmission"), Column("selecting"), Column("all of it"),
            Column("half saved", left=True),
        )  # fmt: skip
        return Table("Architectures to propose, in the format that is set", columns, tuple(rows))

    def _row(
        self,
        words: str,
        keys: tuple[str, ...],
        function: Callable[[Mapping[str, str]], Architecture],
    ) -> Row:
        proposed = once(function, keys)

        def unit(at: Mapping[str, str]) -> str:
            return results.UNITS[at["track"]][0]

        parts: tuple[Callable[[Mapping[str, str]], str], ...] = (
            lambda at: proposed(at).left.to("percent").text(),
            lambda at: proposed(at).transmission.to(unit(at)).text(),
            lambda at: proposed(at).selecting.to(unit(at)).text(),
            lambda at: proposed(at).total.to(unit(at)).text(),
            lambda at: str(proposed(at).state),
        )
        return Row((Cell(words), *(Cell(self._live(keys, part)) for part in parts)))

    def _before(self, at: Mapping[str, str]) -> Architecture:
        nothing = Selection(exact(0.0), exact(0.0))
        return architecture("", as_it_is(self._machine, at["track"]), "cloud", nothing)

    def _selected(self, place: str, chosen: Selection, at: Mapping[str, str]) -> Architecture:
        return architecture("", self._wastes.mission(at["track"], at["wire-format"]), place, chosen)

    def _smallest(self, at: Mapping[str, str]) -> Architecture:
        nothing = Selection(exact(0.0), exact(0.0))
        return architecture("", smallest(self._machine, at["track"]), "cloud", nothing)

    def _radar_rows(self, at: Mapping[str, str]) -> tuple[RadarRow, ...]:
        link = self._wastes.mission(at["track"], at.get("wire-format", "json")).link
        return radar(self._machine.catalogue, link)

    def _findings(self) -> Findings:
        def of_mission(text: Callable[..., str]) -> Live:
            return self._live(
                _FORMAT_KEYS,
                lambda at: text(self._wastes.mission(at["track"], at["wire-format"])),
            )

        learned = Finding(self._why)
        if self._trained is not None:
            most = self._trained.most_samples
            known = accuracies(self._trained)
            learned = Finding(
                of_mission(lambda mission: choice_text(many_or_few(mission, known), most))
            )
        lines = (
            of_mission(results.budget_text),
            of_mission(results.pays_text),
            of_mission(results.codec_text),
            self._live(("track",), lambda at: invariant_text(self._radar(at))),
            of_mission(results.assumptions),
        )
        return Findings((learned, *map(Finding, lines)))


def _selected_where(at: Mapping[str, str]) -> str:
    return LEVERS["place"].on_page[at["place"]]


def _trained(machine: Machine) -> tuple[Trained | None, str]:
    """Return what was learned from how much, or why nothing is known of it."""
    try:
        return curve_of(machine), ""
    except AnalysisError as error:
        return None, f"accuracy is not worked out ({error})"
