"""What a complete hand-in has, by its ledger alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.acts.levers import ACTS, TRACKS
from analysis.ledger.entries import Decision, Rationale, Try
from analysis.ledger.rules import SCALE_TIERS, is_open, iterations, lock_of, scale_tiers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.ledger.entries import Body
    from bench.course import Lab
    from hardware_profiles.catalogue import Catalogue

STAKEHOLDER = "stakeholder"
"""The question of the rationale that answers the Sustainability Lead."""
HALF_SAVED = "half-saved"
"""The verdict that the Sustainability Lead asks for."""
_LED_BY = "zero-waste"
"""The act in which the challenge is."""


_CHALLENGE = (
    "Cut the energy of transmission by 50 %. Use the Energy-Movement Invariant to propose an "
    "architectural change, such as local pre-processing."
)


@dataclass(frozen=True)
class Requirement:
    """Something that a complete hand-in has."""

    name: str
    """For programs, such as `lock.gravity`."""
    text: str
    """What is asked for."""
    is_met: bool
    detail: str
    """How far it is."""


def requirements(bodies: Sequence[Body], catalogue: Catalogue, lab: Lab) -> tuple[Requirement, ...]:
    """Return what a complete hand-in has, and which of it a ledger holds.

    Args:
        bodies: what the ledger holds.
        catalogue: the facts, for the scales of missions.
        lab: the course's rules.

    """
    return (
        *(_locked(bodies, act) for act in ACTS),
        *(_defended(bodies, act, f"a rationale for {act}") for act in ACTS),
        _scales(bodies, catalogue),
        _equilibrium(bodies, lab),
        _challenged(bodies),
        _defended(bodies, STAKEHOLDER, "an answer to the Sustainability Lead"),
        _decided(bodies, catalogue),
    )


def lacking(bodies: Sequence[Body], catalogue: Catalogue, lab: Lab) -> tuple[Requirement, ...]:
    """Return what a ledger lacks of what a complete hand-in has."""
    return tuple(part for part in requirements(bodies, catalogue, lab) if not part.is_met)


def is_complete(bodies: Sequence[Body], catalogue: Catalogue, lab: Lab) -> bool:
    """Tell whether a ledger holds all that is asked for."""
    return not lacking(bodies, catalogue, lab)


def challenge_text(lab: Lab) -> str:
    """Return the Sustainability Lead's words: the course's, or those of the lab's plan."""
    return lab.challenge or _CHALLENGE


def solver_is_open(bodies: Sequence[Body], lab: Lab) -> bool:
    """Tell whether the solution of the flow equilibrium may be shown: met, or out of iterations."""
    tried, hit = iterations(bodies)
    return hit is not None or tried >= lab.iterations


def challenge(bodies: Sequence[Body]) -> Try | None:
    """Return the first scenario that saves half of the transmission energy; None: none does."""
    return next((entry for entry in _of_the_challenge(bodies) if _saves_half(entry)), None)


def _of_the_challenge(bodies: Sequence[Body]) -> Iterator[Try]:
    return (body for body in bodies if isinstance(body, Try) and body.act == _LED_BY)


def _saves_half(entry: Try) -> bool:
    return (entry.verdicts or {}).get(HALF_SAVED) == "met"


def _locked(bodies: Sequence[Body], act: str) -> Requirement:
    is_met = lock_of(bodies, act) is not None
    revealed = "revealed without a lock" if is_open(bodies, act) else "not locked yet"
    detail = "locked" if is_met else revealed
    return Requirement(f"lock.{act}", f"a locked prediction for {act}", is_met, detail)


def _defended(bodies: Sequence[Body], question: str, text: str) -> Requirement:
    written = [
        len(body.text)
        for body in bodies
        if isinstance(body, Rationale) and body.question == question and body.text.strip()
    ]
    detail = f"{written[-1]:,} characters" if written else "not written yet"
    return Requirement(f"rationale.{question}", text, bool(written), detail)


def _scales(bodies: Sequence[Body], catalogue: Catalogue) -> Requirement:
    tried = len(scale_tiers(bodies, catalogue))
    text = f"{SCALE_TIERS} tiers of scale tried in gravity"
    return Requirement("scales", text, tried == SCALE_TIERS, f"{tried} of {SCALE_TIERS} tried")


def _equilibrium(bodies: Sequence[Body], lab: Lab) -> Requirement:
    tried, hit = iterations(bodies)
    text = f"the flow equilibrium met, or {lab.iterations} configurations tried"
    detail = f"met with number {hit}" if hit else f"{tried} of {lab.iterations} tried, not met"
    return Requirement("equilibrium", text, solver_is_open(bodies, lab), detail)


def _challenged(bodies: Sequence[Body]) -> Requirement:
    tries = list(_of_the_challenge(bodies))
    hit = next((number for number, entry in enumerate(tries, 1) if _saves_half(entry)), None)
    text = "an architecture that saves half of the transmission energy"
    detail = f"met with number {hit}" if hit else f"{len(tries)} tried, not met"
    return Requirement("challenge", text, hit is not None, detail)


def _decided(bodies: Sequence[Body], catalogue: Catalogue) -> Requirement:
    tracks = [
        body.track
        for body in bodies
        if isinstance(body, Decision)
        and all(text.strip() for text in (body.decision, body.rejected, body.trigger, body.risk))
    ]
    last = tracks[-1] if tracks else ""
    mission = catalogue[last].texts["track"] if last in TRACKS else last
    detail = f"for {mission}" if tracks else "not written yet"
    text = "a decision, with what was rejected, when to reconsider, and what risk is left"
    return Requirement("decision", text, bool(tracks), detail)
