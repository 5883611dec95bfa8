"""The rules of the lab that tries are held against."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis.acts.lever import MISSION
from analysis.acts.levers import LEVERS
from analysis.ledger.entries import Lock, Reveal, Score, Try
from bench.course import lab_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.ledger.entries import Body
    from hardware_profiles.catalogue import Catalogue

MOST_ITERATIONS = lab_of(None).iterations
"""In which the flow equilibrium is to be found, where no course says another number."""
SCALE_TIERS = 5
"""Different scales of data that the rule of five moves asks for."""
_FIRST, _TIER_DECADES = 10.0, 1.2
"""10 GB to 10 PB, log10 of bytes: six decades in five tiers."""


def scale_tier(size_bytes: float) -> int:
    """Return which of the five tiers of scale, from 10 GB to 10 PB, a size belongs to: 0 to 4."""
    tier = math.floor((math.log10(size_bytes) - _FIRST) / _TIER_DECADES)
    return min(max(tier, 0), SCALE_TIERS - 1)


def scale_tiers(bodies: Iterable[Body], catalogue: Catalogue) -> set[int]:
    """Return the tiers of scale that were tried."""
    tiers = set()
    for body in bodies:
        if isinstance(body, Try) and body.act == "gravity":
            setting = body.settings["size"]
            size = (
                catalogue[body.track]["data.size"]
                if setting == MISSION
                else LEVERS["size"].amount(setting)
            )
            tiers.add(scale_tier(float(size.to("B").value)))
    return tiers


def lock_of(bodies: Iterable[Body], question: str) -> Lock | None:
    """Return the lock of a question that counts: the first, made before the answer was shown."""
    for body in bodies:
        if isinstance(body, Lock | Reveal) and body.question == question:
            return body if isinstance(body, Lock) else None
    return None


def is_open(bodies: Iterable[Body], question: str) -> bool:
    """Tell whether the answers of a question's act may be shown: it was locked, or revealed."""
    return any(isinstance(body, Lock | Reveal) and body.question == question for body in bodies)


def score_of(bodies: Iterable[Body], question: str) -> Score | None:
    """Return the score of a question's lock; None: it has none yet."""
    scores = (b for b in bodies if isinstance(b, Score) and b.question == question)
    return next(scores, None)


def iterations(bodies: Iterable[Body]) -> tuple[int, int | None]:
    """Return how many configurations were tried, and which was the first at the flow equilibrium.

    Returns:
        the number of tries, and the place of the first that had as many workers as are enough,
        from 1; None: none had. What was tried again is no other iteration.

    """
    entries = (b for b in bodies if isinstance(b, Try) and b.act == "feeding-tax")
    tries = list({(b.track, *sorted(b.settings.items())): b for b in entries}.values())
    hits = (
        at
        for at, body in enumerate(tries, 1)
        if float(body.settings["workers"]) == body.outcome.get("equilibrium")
    )
    return len(tries), next(hits, None)
