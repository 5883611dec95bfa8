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
from analysis.ledger.entries import Recovery, Try
from analysis.ledger.questions import questions_of
from analysis.ledger.requirements import requirements
from analysis.ledger.rules import is_open, lock_of, score_of
from analysis.ledger.scoring import RECOLLECTION, sentence
from analysis.report import record
from bench.course import lab_of
from hardware_profiles.numerals import counted, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.ledger.entries import Body
    from analysis.ledger.questions import Question
    from bench.course import Course
    from hardware_profiles.catalogue import Catalogue


_TITLE = "Your locks"


def ledger(bodies: Sequence[Body], catalogue: Catalogue, course: Course | None = None) -> Document:
    """Return what a ledger holds: locks, and how they came out, and what was written.

    Args:
        bodies: what it holds.
        catalogue: the facts.
        course: whose questions and rules are shown; None: those of the lab's plan.

    """
    questions = questions_of(course)
    sections = [Section(q.text, (status(q, bodies),)) for q in questions.values()]
    sections += record.sections(bodies, catalogue, course)
    tries = sum(isinstance(body, Try) for body in bodies)
    notes = [Finding(f"{counted(len(bodies), 'line')}; {counted(tries, 'scenario')} tried.")]
    notes += [
        Finding(
            f"A line of {body.removed_bytes} bytes that a killed process had begun was removed."
        )
        for body in bodies
        if isinstance(body, Recovery)
    ]
    sections.append(Section("The ledger", (Findings(tuple(notes)),)))
    return Document("What was locked", tuple(sections), values=_values(bodies, catalogue, course))


def section(
    bodies: Sequence[Body], catalogue: Catalogue, problem: str = "", course: Course | None = None
) -> Section:
    """Return what was locked and how it came out, and what was written, for the report of a run.

    Args:
        bodies: what the ledger holds.
        catalogue: the facts.
        problem: why it cannot be read; "": it can.
        course: whose questions and rules are shown; None: those of the lab's plan.

    """
    if problem:
        reason = Callout(Tone.BAD, "the ledger cannot be read", (Finding(problem),))
        return Section(_TITLE, (reason,))
    rows = tuple(Row(tuple(_cells(q, bodies))) for q in questions_of(course).values())
    columns = ("question", "your prediction", "how it came out")
    table = Table("Locks", tuple(Column(name, left=True) for name in columns), rows)
    # A run's report is the first thing that a student sees: it asks for nothing before a lock.
    inner = record.sections(bodies, catalogue, course) if bodies else ()
    return Section(_TITLE, (table,), inner)


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


def _values(bodies: Sequence[Body], catalogue: Catalogue, course: Course | None) -> dict[str, Any]:
    parts = requirements(bodies, catalogue, lab_of(course))
    return {
        "entries": [body.model_dump(mode="json", exclude_none=True) for body in bodies],
        "complete": all(part.is_met for part in parts),
        "requirements": {
            part.name: {"text": part.text, "met": part.is_met, "detail": part.detail}
            for part in parts
        },
    }
