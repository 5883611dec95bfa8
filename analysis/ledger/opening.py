"""Opening answers: after a lock, which is scored then, or revealed; and keeping what is tried."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from analysis.acts.outcome import State
from analysis.errors import AnalysisError
from analysis.ledger import chain, known
from analysis.ledger.entries import Reveal, Try
from analysis.ledger.questions import QUESTIONS, question
from analysis.ledger.rules import is_open, lock_of, score_of
from analysis.ledger.scoring import scored
from analysis.statistics.verdict import Trust, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.acts.outcome import Outcome
    from analysis.ledger.entries import Body, Lock, StateName
    from analysis.model.machine import Machine
    from hardware_profiles.catalogue import Catalogue

_STATES: dict[State, StateName] = {
    State.MET: "met",
    State.MISSED: "missed",
    State.UNKNOWN: "cannot-tell",
}


def opened(
    path: Path, name: str, catalogue: Catalogue, machine: Machine | None = None, *, reveal: bool
) -> None:
    """See to it that a question's answers may be shown: keep a revelation, or score the lock.

    Raises:
        AnalysisError: it is neither locked nor to be revealed; it says how.
        LedgerError: the ledger is not as it was written.
        BusyError: another process does not end writing it.
        StoreError: it cannot be written.

    """
    bodies = known.read(path)
    if not is_open(bodies, name):
        if not reveal:
            raise AnalysisError(
                f"{question(name).text} Predict it first, with `python -m analysis lock {name}`, "
                f"or open the answer without, with --reveal (the ledger is {path})"
            )
        chain.append(path, [Reveal(question=name)])
        return
    lock = _unscored(bodies, name)
    if lock is None:
        return
    answer = None
    # A run that lacks what a question is about leaves the lock for the next; the rest is shown.
    with suppress(AnalysisError):
        answer = question(name).answer(catalogue, machine)
    if answer:
        chain.append(path, [scored(lock, answer)])


def reported(path: Path, machine: Machine) -> Sequence[Body]:
    """Score the locks whose answers the report of a run shows; return all that the ledger holds.

    An invalid run scores only what facts alone answer. A run that lacks what a question is about
    does not score it.

    Raises:
        LedgerError: the ledger is not as it was written.
        BusyError: another process does not end writing it.
        StoreError: it cannot be written.

    """
    bodies = known.read(path)
    trusted = None if verdict(machine.bundle).trust is Trust.INVALID else machine
    for name, asked in QUESTIONS.items():
        lock = _unscored(bodies, name)
        if lock is None:
            continue
        answer = None
        with suppress(AnalysisError):
            answer = asked.answer(machine.catalogue, trusted)
        if answer:
            bodies = chain.append(path, [scored(lock, answer)]).bodies
    return bodies


def _unscored(bodies: Sequence[Body], name: str) -> Lock | None:
    """Return the lock of a question that has no score yet."""
    return None if score_of(bodies, name) else lock_of(bodies, name)


def tried(path: Path, outcome: Outcome) -> Sequence[Body]:
    """Keep what was tried, and return all that the ledger holds.

    Raises:
        LedgerError: the ledger is not as it was written.
        BusyError: another process does not end writing it.
        StoreError: it cannot be written.

    """
    scenario = outcome.scenario
    entry = Try(
        act=scenario.act,
        track=scenario.track,
        settings=dict(scenario.settings),
        outcome={name: float(value) for name, value in outcome.telling.items()},
        verdicts={verdict.key: _STATES[verdict.state] for verdict in outcome.verdicts},
    )
    return chain.append(path, [entry]).bodies
