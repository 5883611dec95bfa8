"""Zone 3, telemetry: the ledger's cards and an act's instruments; before its lock, the question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.levers import TRACKS
from analysis.document import Card, Cards, Cell, Column, Row, Table
from analysis.lab.actions import plain
from analysis.lab.acts import ACTS, Shown
from analysis.lab.views.templates import filled
from analysis.ledger.questions import question
from analysis.ledger.requirements import solver_is_open
from analysis.report.ledger import status
from analysis.report.outcome import result_cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.acts.outcome import Outcome
    from analysis.lab.session import Session

CARDS = {
    "gravity": ("Ingestion Speed, moving it", "Egress Cost"),
    "feeding-tax": ("Ingestion Speed, feeding it", "Pipeline Health", "Data Entropy"),
}
"""The cards of the plan's ledger, by the act that fills them."""
SOLUTION = {"equilibrium", "knee"}
"""Numbers that a student is to look for."""


def show(session: Session) -> str:
    """Return the zone."""
    name = session.place.act
    act, asked = ACTS[name], question(name, session.course)
    known = session.shown(name)
    return filled(
        "telemetry",
        session,
        number=act.number,
        title=act.title,
        objective=act.objective,
        scenario=_scenario(session, name),
        is_open=known is not None,
        why="" if known is None or isinstance(known, Shown) else plain(known),
        question=asked,
        unit="" if asked.unit == "1" else asked.unit,
        status=(status(asked, session.bodies()),),
        cards=(Cards(tuple(_cards(session))),),
        blocks=known.blocks if isinstance(known, Shown) else (),
        numbers=(_numbers(known.outcome, session),) if isinstance(known, Shown) else (),
    )


_SCENARIOS = {
    "feeding-tax": "Training ResNet-50 on a Cloud Titan cluster: GPU utilization is stuck at 15 % "
    "(85 % idle). Identify the bottleneck; it may be the standard cloud disk of 250 MB/s.",
    "zero-waste": "Maximize the data selection gain: hit the target of accuracy within the budget "
    "of carbon and energy.",
    "drift": "Smart doorbells: detection accuracy is dropping in one city. Run a "
    "Kolmogorov-Smirnov (K-S) test on the incoming pictures.",
}
"""The crisis of an act, after the plan; the plan tells that of act II of Cloud Titan alone."""


def _scenario(session: Session, act: str) -> str:
    """Return the crisis of an act: in a course's words, the plan's, or the mission's."""
    for name, text in session.rules.scenarios.items():
        if name == act:
            return text
    mission = session.machine.catalogue[session.place.track]
    if act == "feeding-tax" and session.place.track != TRACKS[0]:
        return mission.texts["gravity"]
    return _SCENARIOS.get(act, mission.summary)


def _cards(session: Session) -> Iterator[Card]:
    """Yield the ledger's cards, and those of the current act; of closed acts, why not."""
    for name, titles in CARDS.items():
        known = session.shown(name)
        if isinstance(known, Shown):
            yield from known.cards
        else:
            why = known or f"closed: {ACTS[name].title} has no locked prediction yet"
            yield from (Card(title, "not shown yet", why) for title in titles)
    act = session.place.act
    known = session.shown(act)
    if act not in CARDS and isinstance(known, Shown):
        yield from known.cards


def _numbers(outcome: Outcome, session: Session) -> Table:
    """Return every number of an act as the commands give it, with its interval and kind."""
    hidden = set() if solver_is_open(session.bodies(), session.rules) else SOLUTION
    rows = [
        Row((Cell(r.label), result_cell(r), Cell(str(r.number.kind)), Cell(r.name, code=True)))
        for r in outcome.results
        if r.name not in hidden
    ]
    columns = (
        Column("number", left=True), Column("value, with its 90 % interval"),
        Column("kind", left=True), Column("name in --json", left=True),
    )  # fmt: skip
    return Table("All numbers of this act, as the command gives them", columns, tuple(rows))
