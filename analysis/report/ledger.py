"""What a ledger holds, as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.document import (
    Callout,
    Cell,
    Column,
    Document,
    Finding,
    Findings,
    Row,
    Section,
    Table,
    Tone,
)
from analysis.ledger.entries import Rationale, Recovery, Try
from analysis.ledger.questions import QUESTIONS
from analysis.ledger.rules import is_open, lock_of, score_of
from analysis.ledger.scoring import RECOLLECTION, sentence
from hardware_profiles.numerals import counted, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.ledger.entries import Body
    from analysis.ledger.questions import Question


_TITLE = "Your locks"


def ledger(bodies: Sequence[Body]) -> Document:
    """Return what was locked, and how it came out."""
    sections = [Section(q.text, (status(q, bodies),)) for q in QUESTIONS.values()]
    tries = sum(isinstance(body, Try) for body in bodies)
    notes = [Finding(f"{counted(len(bodies), 'line')}; {counted(tries, 'scenario')} tried.")]
    notes += [
        Finding(
            f"A line of {body.removed_bytes} bytes that a killed process had begun was removed."
        )
        for body in bodies
        if isinstance(body, Recovery)
    ]
    notes += _rationales(bodies)
    sections.append(Section("The ledger", (Findings(tuple(notes)),)))
    return Document("What was locked", tuple(sections), values=_values(bodies))


def section(bodies: Sequence[Body], problem: str = "") -> Section:
    """Return all questions with what was locked and how it came out, for the report of a run.

    Args:
        bodies: what the ledger holds.
        problem: why it cannot be read; "": it can.

    """
    if problem:
        reason = Callout(Tone.BAD, "the ledger cannot be read", (Finding(problem),))
        return Section(_TITLE, (reason,))
    rows = tuple(Row(tuple(_cells(q, bodies))) for q in QUESTIONS.values())
    columns = ("question", "your prediction", "how it came out")
    table = Table("Locks", tuple(Column(name, left=True) for name in columns), rows)
    reasons = tuple(_rationales(bodies))
    return Section(_TITLE, (table, *([Findings(reasons)] if reasons else [])))


def _rationales(bodies: Sequence[Body]) -> Iterator[Finding]:
    for body in bodies:
        if isinstance(body, Rationale) and body.question in QUESTIONS:
            yield Finding(f"Reflect: {QUESTIONS[body.question].prompt} Your answer: {body.text}")


def _cells(question: Question, bodies: Sequence[Body]) -> Iterator[Cell]:
    lock, score = lock_of(bodies, question.name), score_of(bodies, question.name)
    yield Cell(question.text)
    if lock is None:
        yield Cell("none")
        shown = is_open(bodies, question.name)
        yield Cell("revealed without a lock" if shown else "not locked yet")
        return
    unit = "" if lock.unit == "1" else f" {lock.unit}"
    choice = question.choices[lock.choice]
    yield Cell(f"{choice}; [{lock.low:.3g}, {lock.high:.3g}]{unit} with {percent(lock.confidence)}")
    opens = f"open it with `python -m analysis {question.command}`"
    yield Cell(sentence(question, lock, score) if score else f"locked; {opens}")


def status(question: Question, bodies: Sequence[Body]) -> Callout:
    """Return whether a question is locked, and how the lock came out."""
    lock, score = lock_of(bodies, question.name), score_of(bodies, question.name)
    if lock is None:
        if is_open(bodies, question.name):
            return Callout(Tone.CAUTION, "revealed without a lock")
        how = f"Lock it with `python -m analysis lock {question.name}`"
        if question.in_report:
            how += ", before a run: its report shows the answer at once"
        return Callout(Tone.CAUTION, "not locked yet", (Finding(how),))
    if score is None:
        chosen = question.choices[lock.choice]
        unit = "" if lock.unit == "1" else f" {lock.unit}"
        text = (
            f"{chosen}, [{lock.low:.3g}, {lock.high:.3g}]{unit} with {percent(lock.confidence)} "
            f"confidence; open the answer with `python -m analysis {question.command}`"
        )
        text += RECOLLECTION if lock.measured_before else ""
        return Callout(Tone.GOOD, "locked", (Finding(text),))
    tone = Tone.GOOD if score.right and score.held else Tone.CAUTION
    return Callout(tone, "locked, and answered", (Finding(sentence(question, lock, score)),))


def _values(bodies: Sequence[Body]) -> dict[str, Any]:
    return {"entries": [body.model_dump(mode="json", exclude_none=True) for body in bodies]}
