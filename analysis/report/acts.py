"""The lab within the report of a run: what is locked, and the answers of what is open."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.acts.feeding import feeding_tax
from analysis.acts.gravity import gravity
from analysis.acts.scenario import scenario
from analysis.document import Callout, Finding, Findings, Section, Tone
from analysis.errors import AnalysisError
from analysis.ledger.questions import QUESTIONS
from analysis.ledger.rules import is_open
from analysis.report import feeding_tax as feeding_page
from analysis.report import gravity as gravity_page
from analysis.report.ledger import status
from analysis.statistics.verdict import Trust, verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analysis.document import Document
    from analysis.ledger.entries import Body
    from analysis.ledger.questions import Question
    from analysis.model.machine import Machine

_TRACK = "cloud_titan"
"""The track whose mission the acts of the lab's plan tell."""


def _gravity(machine: Machine, bodies: Sequence[Body]) -> Document:
    outcome = gravity(scenario("gravity", _TRACK), machine.catalogue)
    return gravity_page.gravity(outcome, machine.catalogue, bodies)


def _feeding(machine: Machine, bodies: Sequence[Body]) -> Document:
    outcome = feeding_tax(machine, machine.catalogue, scenario("feeding-tax", _TRACK))
    return feeding_page.feeding_tax(outcome, machine.catalogue, bodies)


_PAGES: dict[str, Callable[[Machine, Sequence[Body]], Document]] = {
    "gravity": _gravity,
    "feeding-tax": _feeding,
}
"""What an act says, by the question that opens it; the others are answered by the run itself."""


def section(machine: Machine, bodies: Sequence[Body]) -> Section:
    """Return each act's question, and its answers once they may be shown.

    Args:
        machine: the run.
        bodies: what the ledger holds.

    """
    return Section("The acts", sections=tuple(_act(name, machine, bodies) for name in QUESTIONS))


def _act(name: str, machine: Machine, bodies: Sequence[Body]) -> Section:
    question = QUESTIONS[name]
    if not is_open(bodies, name):
        return Section(question.text, (status(question, bodies),))
    try:
        if question.in_report:
            said = _measured(question, machine)
            return Section(question.text, (status(question, bodies), said))
        page = _PAGES[name](machine, bodies)
    except AnalysisError as error:
        why = Callout(Tone.CAUTION, "not worked out from this run", (Finding(str(error)),))
        return Section(question.text, (status(question, bodies), why))
    inner = tuple(
        replace(part, title=f"{part.title}: {page.title.lower()}", lead=False, detail=True)
        for part in page.sections
        if part.title
    )
    badges = (block for part in page.sections if not part.title for block in part.blocks)
    return Section(question.text, (status(question, bodies), *badges), inner)


def _measured(question: Question, machine: Machine) -> Findings:
    """Return what this run says to a question, whichever run scored its lock.

    Raises:
        AnalysisError: it cannot tell.

    """
    answer = question.answer(machine.catalogue, machine)
    if answer is None or verdict(machine.bundle).trust is Trust.INVALID:
        raise AnalysisError("the run is invalid: no lock is scored by it")
    found = Finding(f"In this run: {answer.text}.")
    return Findings((found, Finding(f"Reflect: {question.prompt}")))
