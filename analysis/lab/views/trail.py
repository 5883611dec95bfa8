"""Zone 4, the audit trail: consequences, what was tried and measured, and what is defended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.levers import LEVERS
from analysis.acts.scenario import scenario
from analysis.document import Cell, Column, Finding, Findings, Row, Table
from analysis.document.numbers import number
from analysis.lab.acts import ACTS, Shown
from analysis.lab.session import DECISION
from analysis.lab.views.telemetry import SOLUTION
from analysis.lab.views.templates import filled
from analysis.lab.views.words import words_of
from analysis.ledger.entries import Decision, Measurement, Rationale, Try
from analysis.ledger.questions import question
from analysis.ledger.requirements import (
    STAKEHOLDER,
    challenge,
    challenge_text,
    is_complete,
    requirements,
    solver_is_open,
)
from analysis.ledger.rules import SCALE_TIERS, iterations, scale_tiers
from analysis.report.record import measurements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from analysis.acts.outcome import Result
    from analysis.document import Block
    from analysis.lab.session import Session
    from analysis.ledger.entries import Body
    from hardware_profiles.catalogue import Catalogue

_TRIES_SHOWN = 20


def show(session: Session) -> str:
    """Return the zone."""
    name, bodies = session.place.act, session.bodies()
    needed = requirements(bodies, session.machine.catalogue, session.rules)
    met = challenge(bodies)
    return filled(
        "trail",
        session,
        log=(Findings(tuple(_log(session))),),
        tries=tuple(_tries(session, bodies)),
        act=name,
        number=ACTS[name].number,
        prompt=question(name, session.course).prompt,
        rationale=_last_text(bodies, name, session.place.track),
        is_open=session.is_open(name),
        challenge=challenge_text(session.rules),
        stakeholder=STAKEHOLDER,
        is_challenge=name == "zero-waste" and session.is_open(name),
        challenge_state=(
            "met. A scenario that you tried leaves at most half of it, over its whole interval."
            if met
            else "not met yet by any scenario that you tried."
        ),
        answer=_last_text(bodies, STAKEHOLDER, session.place.track),
        decision=_decision(bodies, session.place.track),
        labels=DECISION,
        track=session.machine.catalogue[session.place.track].texts["track"],
        needed=needed,
        is_complete=is_complete(bodies, session.machine.catalogue, session.rules),
        job=session.jobs.state,
        ledger=str(session.record.path),
        entries=len(bodies),
    )


def _log(session: Session) -> Iterator[Finding]:
    """Yield the consequences of all acts that are open, each with its source."""
    for name, act in ACTS.items():
        known = session.shown(name)
        if isinstance(known, Shown):
            yield from (
                Finding(f"{act.title}: {finding.text}") for finding in known.log if finding.text
            )
        elif known is None:
            yield Finding(f"{act.title}: closed, without a locked prediction yet.")


def _tries(session: Session, bodies: Sequence[Body]) -> Iterator[Block]:
    """Yield what was tried in the current act, by its rule, and what was measured."""
    act = session.place.act
    if act == "gravity":
        tiers = len(scale_tiers(bodies, session.machine.catalogue))
        rule = f"The rule of five moves: {tiers} of {SCALE_TIERS} tiers of scale tried"
        rule += ", to see where each way wins whatever the distance: the Distance Invariant."
        yield Findings((Finding(rule),))
    if act == "feeding-tax":
        yield Findings((Finding(_iterations(session, bodies)),))
        measured = [body for body in bodies if isinstance(body, Measurement)]
        if measured:
            yield measurements(measured, session.machine.catalogue)
    track, known = session.place.track, session.shown(act)
    tried = [b for b in bodies if isinstance(b, Try) and (b.act, b.track) == (act, track)]
    if tried and isinstance(known, Shown):
        results = {result.name: result for result in known.outcome.results}
        yield _table(tried, results, session.machine.catalogue)


def _iterations(session: Session, bodies: Sequence[Body]) -> str:
    count, hit = iterations(bodies)
    most = session.rules.iterations
    text = f"The rule of {most} iterations: {count} tried"
    if hit:
        return f"{text}; the flow equilibrium was met with number {hit}."
    if solver_is_open(bodies, session.rules):
        return f"{text}, not met; the solver's answer stands among the instruments now."
    return f"{text}, not met yet; the solver's answer is shown once it is met, or after {most}."


def _table(tried: Sequence[Try], results: Mapping[str, Result], catalogue: Catalogue) -> Table:
    """Return what was tried last, each with the levers that differ from the one before.

    The first differs from what the mission has.

    Args:
        tried: of one act and mission, in order.
        results: of the same, by name: what their numbers are called, and their units.
        catalogue: what profiles are called.

    """
    rows = []
    first = dict(scenario(tried[0].act, tried[0].track).settings)
    for place, body in enumerate(tried, 1):
        before = tried[place - 2].settings if place > 1 else first
        changed = [
            f"{LEVERS[name].label}: {words_of(LEVERS[name], setting, catalogue)}"
            for name, setting in body.settings.items()
            if name in LEVERS and before.get(name) != setting
        ]
        words = "; ".join(changed) or ("the same" if place > 1 else "as the mission says")
        came = [
            f"{results[name].label}: {_with_unit(value, results[name].number.unit)}"
            for name, value in body.outcome.items()
            if name in results and name not in SOLUTION
        ]
        rows.append(Row((Cell(f"{place}"), Cell(words), Cell("; ".join(came)))))
    columns = (
        Column("try", left=True), Column("what was changed", left=True),
        Column("what it came to", left=True),
    )  # fmt: skip
    shown = tuple(reversed(rows[-_TRIES_SHOWN:]))
    note = (f"The last {_TRIES_SHOWN} of {len(rows)}; the ledger has all.",)
    return Table(
        "Tried in this act for this mission, the last first", columns, shown,
        note if len(rows) > _TRIES_SHOWN else (),
    )  # fmt: skip


def _with_unit(value: float, unit: str) -> str:
    return number(value) if unit == "1" else f"{number(value)} {unit}"


def _last_text(bodies: Sequence[Body], name: str, track: str) -> str:
    """Return what was written last to a question: of the mission, or without one."""
    for body in reversed(bodies):
        if isinstance(body, Rationale) and body.question == name and body.track in {track, None}:
            return body.text
    return ""


def _decision(bodies: Sequence[Body], track: str) -> Decision | None:
    """Return the last decision of a mission."""
    for body in reversed(bodies):
        if isinstance(body, Decision) and body.track == track:
            return body
    return None
