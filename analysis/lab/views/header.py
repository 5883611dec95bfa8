"""Zone 1, the command header: whose mission, which act, the three badges, the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.levers import TRACKS
from analysis.acts.outcome import EGRESS, HUNGER, State
from analysis.document import Card, Cards
from analysis.lab.acts import ACTS, Shown
from analysis.lab.views.templates import filled
from hardware_profiles.numerals import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.lab.session import Session

_SECONDS = 60.0
_ELSEWHERE = {"set", "reset", "measure", "cancel", "lock", "defend", "decide", "finish"}
"""Actions whose messages stand beside what asked for them."""


def show(session: Session) -> str:
    """Return the zone."""
    place, catalogue = session.place, session.machine.catalogue
    mission = catalogue[place.track]
    act = ACTS[place.act]
    minutes = int(place.seconds.get(place.act, 0.0) // _SECONDS)
    budget = session.rules.minutes[place.act]  # type: ignore[index]
    return filled(
        "header",
        session,
        title=session.rules.title,
        problem=session.problem,
        ledger=str(session.record.path),
        is_reference=session.is_reference,
        persona=mission.texts["persona"],
        track=mission.texts["track"],
        north_star=mission.texts["north_star"],
        gravity=mission.texts["gravity"],
        scale=mission.summary,
        tracks=[
            (name, catalogue[name].texts["track"], catalogue[name].texts["persona"])
            for name in TRACKS
        ],
        chosen=place.track,
        acts=[(name, one.number, one.title, session.is_open(name)) for name, one in ACTS.items()],
        act=place.act,
        shown_elsewhere=_ELSEWHERE,
        badges=(Cards(tuple(_badges(session))),),
        time=f"{act.number}: {counted(minutes, 'minute')} of about {budget}; nobody is stopped",
    )


def _badges(session: Session) -> Iterator[Card]:
    """Yield the plan's badges, each with its reason as text."""
    for name, act in ACTS.items():
        if not act.badge:
            continue
        known = session.shown(name)
        if isinstance(known, Shown):
            yield known.badge
        else:
            titles = {EGRESS: session.limits.egress_title, HUNGER: session.limits.hunger_title}
            why = known or f"closed: {act.title} has no locked prediction yet"
            words = "not shown yet" if known is None else str(State.UNKNOWN)
            yield Card(titles.get(act.badge, act.badge), words, why)
