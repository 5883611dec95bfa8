"""A ledger whose entries this program knows: each choice is one, each scenario can be set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.levers import ACTS
from analysis.acts.scenario import scenario
from analysis.errors import AnalysisError
from analysis.ledger import chain
from analysis.ledger.entries import Lock, Measurement, Score, Try
from analysis.ledger.questions import QUESTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from analysis.ledger.entries import Body


def read(path: Path) -> Sequence[Body]:
    """Return what a ledger holds; questions and acts of other versions are left as they are.

    Raises:
        LedgerError: it is not as it was written, or an entry says what nobody could have set; it
            names the line.

    """
    bodies = chain.read(path).bodies
    for number, body in enumerate(bodies, 1):
        if reason := why_not(body):
            raise chain.LedgerError(
                f"{path}, line {number}: {reason}; it was written by another version of this "
                "program, or by hand: begin another with --ledger"
            )
    return bodies


def why_not(body: Body) -> str | None:
    """Return what is wrong with an entry; None: nothing."""
    if isinstance(body, Lock | Score) and body.question in QUESTIONS:
        choices = QUESTIONS[body.question].choices
        if body.choice not in choices:
            return f"{body.choice!r} is no answer to {body.question}: {', '.join(choices)}"
    if isinstance(body, Try) and body.act in ACTS:
        return _why_not_set(body.act, body.track, body.settings)
    if isinstance(body, Measurement):
        return _why_not_set("feeding-tax", body.track, body.settings)
    return None


def _why_not_set(act: str, track: str, settings: Mapping[str, str]) -> str | None:
    """Return why nobody could have set a scenario; None: it can be set."""
    missing = [name for name in ACTS[act] if name not in settings]
    if missing:
        return f"a scenario of {act} without {missing[0]}"
    try:
        scenario(act, track, settings)
    except AnalysisError as error:
        return str(error)
    return None
