"""The lab within the report of a run: what is locked, and the answers of what is open.

An act that is open has controls; what follows them was worked out for all of their settings.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from analysis.acts.feeding import resnet
from analysis.acts.feeding.control import algorithm_or_pipeline
from analysis.acts.limits import PLAN, Limits
from analysis.acts.outcome import DRIFT, ENERGY
from analysis.document import (
    Callout,
    Card,
    Cards,
    Controls,
    Finding,
    Findings,
    Paragraph,
    Section,
    Tone,
)
from analysis.document.live import live
from analysis.errors import AnalysisError
from analysis.ledger.questions import questions_of
from analysis.ledger.rules import is_open
from analysis.report import drift as drift_page
from analysis.report import feeding_tax as feeding_page
from analysis.report import gravity as gravity_page
from analysis.report import learning
from analysis.report import zero_waste as zero_waste_page
from analysis.report.dashboard.beside import Beside
from analysis.report.dashboard.controls import NOTHING, block, track_control
from analysis.report.dashboard.drift import DriftPanel
from analysis.report.dashboard.feeding import FeedingPanel
from analysis.report.dashboard.gravity import GravityPanel
from analysis.report.dashboard.zero_waste import ZeroWastePanel
from analysis.report.ledger import status
from analysis.statistics.verdict import Trust, verdict
from bench.course import lab_of
from hardware_profiles.catalogue import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from analysis.document import Block
    from analysis.document.live import Control
    from analysis.ledger.entries import Body
    from analysis.ledger.questions import Question
    from analysis.model.machine import Machine
    from analysis.report.dashboard.controls import Offer
    from bench.course import Course


class Panel(Protocol):
    """What an act shows on a page."""

    @property
    def controls(self) -> Mapping[str, Control]:
        """Of its levers, and of the track."""

    def badge(self) -> Card:
        """Return the badge that the act decides."""

    def cards(self) -> tuple[Card, ...]:
        """Return the cards of the ledger that it fills."""

    def log(self) -> tuple[Finding, ...]:
        """Return what has consequences."""

    def result(self) -> str:
        """Say what the settings come to, in a sentence."""

    def blocks(self) -> tuple[Block, ...]:
        """Return all else that follows its controls."""


def _gravity(machine: Machine, offered: Offer | None = None, limits: Limits = PLAN) -> Panel:
    return GravityPanel(machine.catalogue, offered, limits)


def _feeding(machine: Machine, offered: Offer | None = None, limits: Limits = PLAN) -> Panel:
    _ = machine.calibration
    return FeedingPanel(machine, offered, limits)


class PanelOf(Protocol):
    """What makes an act's panel: of all settings of its controls, or of what is offered."""

    def __call__(
        self, machine: Machine, offered: Offer | None = None, limits: Limits = PLAN, /
    ) -> Panel:
        """Return the panel.

        Raises:
            AnalysisError: a run lacks what the act is about.

        """


def _gravity_after(
    machine: Machine, bodies: Sequence[Body], course: Course | None
) -> Iterator[Section]:
    yield gravity_page.lock(bodies, machine.catalogue, course)


def _feeding_after(
    machine: Machine, bodies: Sequence[Body], course: Course | None
) -> Iterator[Section]:
    facts, findings = resnet.results(machine.catalogue)
    notes = Findings(tuple(map(Finding, findings)))
    yield Section(feeding_page.RESNET, (notes, feeding_page.cases(facts)), detail=True)
    measured = tuple(map(Finding, algorithm_or_pipeline(machine)))
    if measured:
        yield Section("Algorithm or data pipeline, as measured in this run", (Findings(measured),))
    yield feeding_page.lock(bodies, course)


def _zero_waste(machine: Machine, offered: Offer | None = None, _limits: Limits = PLAN) -> Panel:
    _ = machine.calibration
    return ZeroWastePanel(machine, offered)


def _drift(machine: Machine, offered: Offer | None = None, _limits: Limits = PLAN) -> Panel:
    return DriftPanel(machine, offered)


def _zero_waste_after(
    machine: Machine, bodies: Sequence[Body], course: Course | None
) -> Iterator[Section]:
    if machine.bundle.learning is not None:
        yield learning.section(machine, machine.bundle.learning)
    yield zero_waste_page.lock(bodies, course)


def _drift_after(
    _machine: Machine, bodies: Sequence[Body], course: Course | None
) -> Iterator[Section]:
    yield drift_page.lock(bodies, course)


PANELS: dict[str, PanelOf] = {
    "gravity": _gravity,
    "feeding-tax": _feeding,
    "zero-waste": _zero_waste,
    "drift": _drift,
}
_AFTER: dict[str, Callable[[Machine, Sequence[Body], Course | None], Iterator[Section]]] = {
    "gravity": _gravity_after,
    "feeding-tax": _feeding_after,
    "zero-waste": _zero_waste_after,
    "drift": _drift_after,
}
"""What stands below the controls and all that follows them, by act."""
_INTRODUCTION = (
    "Four missions, and the acts: data gravity rests on prices and rates of others, the feeding "
    "tax and zero waste on what was measured above, drift on a stream that follows from the run's "
    "nonce. Choosing a mission sets all levers to what it has."
)


@dataclass(frozen=True)
class Shown:
    """What a panel shows, worked out for all settings of its controls."""

    controls: Mapping[str, Control]
    badge: Card
    cards: tuple[Card, ...]
    log: tuple[Finding, ...]
    result: str
    blocks: tuple[Block, ...]


def _shown(panel: Panel) -> Shown:
    return Shown(
        panel.controls, panel.badge(), panel.cards(), panel.log(), panel.result(), panel.blocks()
    )


def _gravity_shown(limits: Limits) -> Shown:
    """Return what act I shows; no run plays a part in it."""
    return _shown(GravityPanel(catalogue(), None, limits))


_BESIDE = {"gravity": _gravity_shown}
"""Acts that need no run: they can be worked out beside the others, by a process of their own."""


def section(
    machine: Machine,
    bodies: Sequence[Body],
    course: Course | None = None,
    *,
    beside: bool = False,
) -> Section:
    """Return each act's question, and its answers once they may be shown.

    Args:
        machine: the run.
        bodies: what the ledger holds.
        course: whose questions and limits are shown; None: those of the lab's plan.
        beside: whether acts that need no run are worked out by another process meanwhile.

    """
    panels: dict[str, Shown] = {}
    refused: dict[str, str] = {}
    measured: dict[str, Findings] = {}
    questions, limits = questions_of(course), Limits.of(lab_of(course))
    opened = [name for name in questions if is_open(bodies, name)]
    with ExitStack() as stack:
        apart = {
            name: stack.enter_context(Beside(partial(function, limits)))
            for name, function in _BESIDE.items()
            if beside and name in opened and len(opened) > 1
        }
        for name in opened:
            try:
                if questions[name].in_report:
                    measured[name] = _measured(questions[name], machine)
                elif name not in apart:
                    panels[name] = _shown(PANELS[name](machine, None, limits))
            except AnalysisError as error:
                refused[name] = str(error)
        panels |= {name: process.result() for name, process in apart.items()}
    panels = {name: panels[name] for name in opened if name in panels}
    header = tuple(_header(machine, panels, refused, limits)) if panels else ()
    acts = []
    for name, question in questions.items():
        blocks: tuple[Block, ...] = (status(question, bodies),)
        inner: tuple[Section, ...] = ()
        if name in refused:
            reason = (Finding(refused[name]),)
            blocks += (Callout(Tone.CAUTION, "not worked out from this run", reason),)
        elif name in measured:
            blocks += (measured[name],)
        elif name in panels:
            panel = panels[name]
            blocks += (block(name, panel.controls, panel.result), *panel.blocks)
            inner = tuple(_AFTER[name](machine, bodies, course))
        acts.append(Section(question.text, blocks, inner))
    return Section("The acts", header, tuple(acts))


def _header(
    machine: Machine, panels: Mapping[str, Shown], refused: Mapping[str, str], limits: Limits
) -> Iterator[Block]:
    """Yield the mission, the badges, the cards and the log of consequences."""
    track = track_control(machine.catalogue)
    missions = {name: machine.catalogue[name] for name in track.settings}
    yield Paragraph(_INTRODUCTION, detail=True)
    yield Controls("The mission", (track,))
    badges = [
        panels[name].badge if name in panels else Card(badge, NOTHING, _why_not(name, refused))
        for name, badge in _badges(limits).items()
    ]
    yield Cards(
        (
            Card(
                live([track], lambda at: missions[at["track"]].texts["persona"]),
                live([track], lambda at: missions[at["track"]].texts["north_star"]),
                live([track], lambda at: missions[at["track"]].texts["gravity"]),
            ),
            *badges,
        )
    )
    yield Cards(tuple(card for panel in panels.values() for card in panel.cards))
    yield Paragraph("Consequence log:", quiet=True)
    yield Findings(tuple(finding for panel in panels.values() for finding in panel.log))


def _badges(limits: Limits) -> dict[str, str]:
    """Return what each act decides."""
    return {
        "gravity": limits.egress_title,
        "feeding-tax": limits.hunger_title,
        "zero-waste": ENERGY,
        "drift": DRIFT,
    }


def _why_not(name: str, refused: Mapping[str, str]) -> str:
    """Say why an act shows nothing."""
    if name in refused:
        return f"not worked out from this run: {refused[name]}"
    return f"closed: `python -m analysis lock {name}` comes first"


def _measured(question: Question, machine: Machine) -> Findings:
    """Return what this run says to a question, whichever run scored its lock.

    Raises:
        AnalysisError: it cannot tell.

    """
    answer = question.answer(machine.catalogue, machine)
    if answer is None or verdict(machine.bundle).trust is Trust.INVALID:
        raise AnalysisError("the run is invalid: no lock is scored by it")
    measured = Finding(f"In this run: {answer.text}.")
    return Findings((measured, Finding(f"Reflect: {question.prompt}")))
