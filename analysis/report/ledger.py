"""What a ledger holds, as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.document import Callout, Document, Finding, Findings, Section, Tone
from analysis.ledger.entries import Rationale, Recovery, Try
from analysis.ledger.questions import QUESTIONS
from analysis.ledger.rules import is_open, lock_of, score_of
from analysis.ledger.scoring import RECOLLECTION, sentence
from hardware_profiles.numerals import counted, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.ledger.entries import Body
    from analysis.ledger.questions import Question


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
    notes += [
        Finding(f"{QUESTIONS[body.question].prompt} {body.text}")
        for body in bodies
        if isinstance(body, Rationale) and body.question in QUESTIONS
    ]
    sections.append(Section("The ledger", (Findings(tuple(notes)),)))
    return Document("What was locked", tuple(sections), values=_values(bodies))


def status(question: Question, bodies: Sequence[Body]) -> Callout:
    """Return whether a question is locked, and how the lock came out."""
    lock, score = lock_of(bodies, question.name), score_of(bodies, question.name)
    if lock is None:
        if is_open(bodies, question.name):
            return Callout(Tone.CAUTION, "revealed without a lock")
        how = f"Lock it with python -m analysis lock {question.name}"
        if question.in_report:
            how += ", before a run: its report shows the answer at once"
        return Callout(Tone.CAUTION, "not locked yet", (Finding(how),))
    if score is None:
        said = question.choices[lock.choice]
        text = (
            f"{said}, [{lock.low:.3g}, {lock.high:.3g}] with {percent(lock.confidence)}; open the "
            f"answer with python -m analysis {question.command}"
        )
        text += RECOLLECTION if lock.measured_before else ""
        return Callout(Tone.GOOD, "locked", (Finding(text),))
    tone = Tone.GOOD if score.right and score.held else Tone.CAUTION
    return Callout(tone, "locked, and answered", (Finding(sentence(question, lock, score)),))


def _values(bodies: Sequence[Body]) -> dict[str, Any]:
    return {"entries": [body.model_dump(mode="json", exclude_none=True) for body in bodies]}
