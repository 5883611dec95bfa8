"""Act II on a page: what feeding an accelerator comes to, as its controls are set."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from analysis.acts.entropy import entropy_of_payload
from analysis.acts.feeding import badges, bottleneck_text, equilibrium_text, log
from analysis.acts.feeding.epoch import epoch, measured
from analysis.acts.feeding.setups import payload_of
from analysis.acts.limits import PLAN
from analysis.acts.outcome import Result, State
from analysis.document import Card, Cell, Column, Finding, Findings, Row, Table, Tone
from analysis.document.live import once
from analysis.document.numbers import number
from analysis.report.dashboard import feeding_figures
from analysis.report.dashboard.controls import NOTHING
from analysis.report.dashboard.predictions import ALL, WITHOUT_FORMAT, Predictions
from analysis.report.outcome import TONES, text_of
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.acts.limits import Limits
    from analysis.document import Block
    from analysis.document.live import Control
    from analysis.model.machine import Machine
    from analysis.model.prediction import Prediction
    from analysis.report.dashboard.controls import Offer

_LABELS = {
    "rate": "samples that arrive",
    "tax": "feeding tax",
    "busy": "GPU busy",
    "mfu": "MFU",
    "first_batch": "until the first batch",
    "epoch": "an epoch, start included",
    "rate.measured": "samples that arrive, as measured in this run",
    "rate.measured.text": "read from the disk meanwhile",
    "rate.cached": "the same from batches made beforehand, as measured",
}
_NOTES = (
    (
        "[low, high]: of a predicted number its 90 % interval, of a measured one the lowest and "
        "the highest of its windows. — stands for what was not measured, or is not known."
    ),
    (
        "GPU busy is the share of the time in which a step runs; MFU is the share of the "
        "accelerator's peak that its work comes to."
    ),
)
TO_RUN = (
    "To measure what is set here, give the track and the levers as options: `python -m analysis "
    "feeding-tax --configuration | python -m bench experiment --config - --add-to RUN`. The next "
    "report of the run shows it beside what was predicted."
)


class FeedingPanel:
    """What act II shows on a page."""

    def __init__(
        self, machine: Machine, offered: Offer | None = None, limits: Limits = PLAN
    ) -> None:
        """Begin with the controls; what they show is worked out when it is asked for."""
        self._machine = machine
        self._limits = limits
        self._predictions = Predictions(machine, offered)
        self._shows_solution = offered is None or offered.shows_solution
        self._numbers = once(self._results, ALL)

    @property
    def controls(self) -> Mapping[str, Control]:
        """The controls, by name."""
        return self._predictions.controls

    def badge(self) -> Card:
        """Return the badge of how long the accelerator waits."""
        parts = ("state", "reason", "tone")
        state, reason, tone = (
            self._predictions.live(ALL, partial(self._badge, part)) for part in parts
        )
        return Card(self._limits.hunger_title, state, reason, tone)

    def _badge(self, part: str, at: Mapping[str, str]) -> str:
        prediction = self._predictions.at(at)
        if isinstance(prediction, str):
            unknown = {"reason": prediction, "tone": Tone.CAUTION.value}
            return unknown.get(part, str(State.UNKNOWN))
        (kept,) = badges(prediction, self._limits)
        known = {"reason": kept.reason, "tone": TONES[kept.state].value}
        return known.get(part, str(kept.state))

    def cards(self) -> tuple[Card, ...]:
        """Return the cards of the ledger that this act fills."""
        return (
            Card(
                "Ingestion Speed, feeding it",
                self._predictions.live(ALL, partial(self._number, "rate")),
                "samples that reach the accelerator",
            ),
            Card(
                "Pipeline Health",
                self._predictions.text(_health),
                "how busy the accelerator is kept, and which stage bounds it",
            ),
            Card(
                "Data Entropy",
                self._predictions.live(("track",), self._entropy),
                "of the samples, by the frequencies of their byte values",
            ),
        )

    def _entropy(self, at: Mapping[str, str]) -> str:
        bits = entropy_of_payload(payload_of(at["track"]), self._machine.bundle.run.nonce)
        return f"{number(bits)} of 8 bits per byte"

    def log(self) -> tuple[Finding, ...]:
        """Return the consequences, each with its source."""
        return (Finding(self._predictions.text(self._alert)),)

    def _alert(self, prediction: Prediction) -> str:
        return " ".join(log(prediction, self._limits)) or "No alert about the accelerator."

    def result(self) -> str:
        """Say what the settings come to, in a sentence."""
        return self._predictions.text(bottleneck_text)

    def blocks(self) -> tuple[Block, ...]:
        """Return what the act says as its controls are set."""
        return (
            feeding_figures.gauge(self._predictions, self._limits),
            self._table(),
            self._findings(),
            feeding_figures.mfu(self._predictions),
            feeding_figures.ingestion(self._predictions),
            feeding_figures.epoch_waterfall(self._predictions),
        )

    def _results(self, at: Mapping[str, str]) -> dict[str, str]:
        prediction = self._predictions.at(at)
        if isinstance(prediction, str):
            return {}
        shares = {
            "tax": prediction.feeding_tax, "busy": prediction.gpu_busy, "mfu": prediction.mfu,
        }  # fmt: skip
        results = [
            Result("rate", "", prediction.samples_per_s),
            Result("first_batch", "", prediction.first_batch_s),
            *(Result(name, "", share) for name, share in shares.items() if share),
            *epoch(self._machine, prediction),
            *measured(self._machine, prediction.setup),
        ]
        texts = {f"{result.name}.text": result.text for result in results if result.text}
        return {result.name: text_of(result) for result in results} | texts

    def _number(self, name: str, at: Mapping[str, str]) -> str:
        return self._numbers(at).get(name, NOTHING)

    def _table(self) -> Table:
        rows = tuple(
            Row(
                (
                    Cell(words),
                    Cell(self._predictions.live(ALL, partial(self._number, name))),
                    Cell(self._predictions.live(ALL, partial(self._kind, name))),
                )
            )
            for name, words in _LABELS.items()
        )
        columns = (Column("number", left=True), Column("value"), Column("known as", left=True))
        return Table("Predicted from this machine's run, and measured", columns, rows, _NOTES)

    def _kind(self, name: str, at: Mapping[str, str]) -> str:
        prediction = self._predictions.at(at)
        if isinstance(prediction, str) or name not in self._numbers(at):
            return NOTHING
        return str(Kind.MEASURED if name.startswith("rate.") else prediction.kind)

    def _findings(self) -> Findings:
        lines = (
            self._predictions.text(bottleneck_text),
            *([self._predictions.live(ALL, self._level)] if self._shows_solution else []),
            self._predictions.text(_basis),
            self._predictions.live(ALL, partial(self._number, "epoch.text")),
            self._predictions.live(WITHOUT_FORMAT, self._predictions.gain),
            TO_RUN,
        )
        return Findings(tuple(map(Finding, lines)))

    def _level(self, at: Mapping[str, str]) -> str:
        prediction, level = self._predictions.at(at), self._predictions.level(at)
        if isinstance(prediction, str) or isinstance(level, str):
            return str(prediction)
        return equilibrium_text(level, prediction)


def _basis(prediction: Prediction) -> str:
    remark = f" Mind: {prediction.remark}." if prediction.remark else ""
    return f"The time of making a batch rests on: {prediction.basis}.{remark}"


def _health(prediction: Prediction) -> str:
    busy = prediction.gpu_busy
    if busy is None:
        return "no accelerator"
    stage = prediction.bottleneck
    return f"{text_of(Result('busy', '', busy))} busy" + (f"; {stage} bounds" if stage else "")
