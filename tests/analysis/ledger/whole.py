"""A ledger with all that a complete hand-in has, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.levers import ACTS
from analysis.acts.scenario import scenario
from analysis.ledger.entries import Decision, Lock, Rationale, Try
from analysis.ledger.questions import QUESTIONS

if TYPE_CHECKING:
    from analysis.ledger.entries import Body, StateName

TRACK = "cloud_titan"
DECISION = Decision(
    track=TRACK,
    decision="Ship it.",
    rejected="Stream it.",
    rejected_value=90_000.0,
    rejected_unit="USD",
    trigger="A fibre of 100 Gb/s.",
    risk="A lost parcel.",
)


def settings(act: str, **given: str) -> dict[str, str]:
    """All levers of an act."""
    return dict(scenario(act, TRACK, given).settings)


def lock(act: str) -> Lock:
    """A prediction of an act."""
    choice, unit = next(iter(QUESTIONS[act].choices)), QUESTIONS[act].unit
    return Lock(question=act, choice=choice, low=1, high=2, unit=unit, confidence=0.8)


def moved(size: str) -> Try:
    """Data of a size that was moved."""
    return Try(act="gravity", track=TRACK, settings=settings("gravity", size=size), outcome={})


def fed(workers: int, enough: float | None = 3.0) -> Try:
    """An accelerator that was fed, and by how many workers it is."""
    outcome = {} if enough is None else {"equilibrium": enough}
    levers = settings("feeding-tax", workers=str(workers))
    return Try(act="feeding-tax", track=TRACK, settings=levers, outcome=outcome)


def selected(verdicts: dict[str, StateName] | None = None) -> Try:
    """Samples that were selected, with verdicts on that."""
    levers = settings("zero-waste")
    return Try(act="zero-waste", track=TRACK, settings=levers, outcome={}, verdicts=verdicts)


SAVED = selected({"energy": "missed", "half-saved": "met"})
WHOLE: dict[str, list[Body]] = {
    **{f"lock.{act}": [lock(act)] for act in ACTS},
    **{f"rationale.{act}": [Rationale(question=act, text="So.")] for act in ACTS},
    "scales": [moved(size) for size in ("10 GB", "300 GB", "10 TB", "300 TB", "mission")],
    "equilibrium": [fed(1), fed(3)],
    "challenge": [SAVED],
    "rationale.stakeholder": [Rationale(question="stakeholder", text="Less.")],
    "decision": [DECISION],
}
"""By what each part is there for."""


def without(name: str) -> list[Body]:
    """All of it but a part; "": all of it."""
    return [body for part, bodies in WHOLE.items() for body in bodies if part != name]
