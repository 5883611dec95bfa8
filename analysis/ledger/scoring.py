"""How a lock came out: the interval score, and a plain sentence.

Source: Gneiting and Raftery, Strictly Proper Scoring Rules, Prediction, and Estimation, Journal of
the American Statistical Association 102 (2007), section 6.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.ledger.entries import Score
from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from analysis.ledger.entries import Lock
    from analysis.ledger.questions import Answer, Question


RECOLLECTION = ". It was made after this machine was measured, and counts as recollection"
"""What is said of a lock whose answer a report had shown."""


def interval_score(low: float, high: float, value: float, confidence: float) -> float:
    """Return the width of an interval, and what it misses by, the dearer the surer it was.

    Args:
        low: its lower end, in the unit of the value.
        high: its upper end, not below that.
        value: what turned out.
        confidence: with which it was to hold the value, between 0 and 1.

    Returns:
        the score in the same unit: the less the better; an honest interval expects the least.

    """
    missed = max(low - value, value - high, 0.0)
    return high - low + 2 / (1 - confidence) * missed


def scored(lock: Lock, answer: Answer) -> Score:
    """Return how a lock came out."""
    value = answer.value
    return Score(
        question=lock.question,
        choice=answer.choice,
        value=value,
        right=lock.choice == answer.choice,
        held=lock.low <= value <= lock.high,
        interval_score=interval_score(lock.low, lock.high, value, lock.confidence),
    )


def sentence(question: Question, lock: Lock, score: Score) -> str:
    """Say how a lock came out."""
    chosen, right = question.choices[lock.choice], question.choices[score.choice]
    unit = "" if lock.unit == "1" else f" {lock.unit}"
    first = (
        f"You said: {chosen}. So it is."
        if score.right
        else f"You said: {chosen}. It is the other: {right}."
    )
    sure, late = percent(lock.confidence), lock.measured_before
    holds = "holds it" if score.held else "does not hold it"
    return (
        f"{first} The number is {score.value:.3g}{unit}; your interval [{lock.low:.3g}, "
        f"{lock.high:.3g}]{unit}, given with {sure} confidence, {holds} (interval score "
        f"{score.interval_score:.3g}{unit}: less is better){RECOLLECTION if late else ''}"
    )
