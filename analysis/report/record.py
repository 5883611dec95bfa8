"""What a student measured, wrote and decided, and what a complete hand-in has, as sections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.levers import LEVERS, TRACKS
from analysis.document import Cell, Column, Finding, Findings, Row, Section, Table
from analysis.document.numbers import with_interval
from analysis.ledger.entries import Decision, Measurement, Rationale
from analysis.ledger.questions import questions_of
from analysis.ledger.requirements import STAKEHOLDER, challenge_text, requirements
from analysis.statistics.number import Number
from bench.course import lab_of
from hardware_profiles.numerals import rounded
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.ledger.entries import Body, Rate
    from bench.course import Course
    from hardware_profiles.catalogue import Catalogue

MEASURED, REASONS, DECIDED = "What you measured", "Your reasons", "What you decided"
COMPLETE = "What a complete hand-in has"
"""Titles of sections."""
_FIGURES = 6
"""Of a number that a student wrote."""


def sections(
    bodies: Sequence[Body], catalogue: Catalogue, course: Course | None = None
) -> tuple[Section, ...]:
    """Return what was measured, written and decided, of what there is any, and what is lacking.

    Args:
        bodies: what the ledger holds.
        catalogue: the facts.
        course: whose prompts and rules are shown; None: those of the lab's plan.

    """
    measured = [body for body in bodies if isinstance(body, Measurement)]
    reasons = tuple(_reasons(bodies, catalogue, course))
    decided = tuple(_decided(bodies, catalogue))
    blocks = {
        MEASURED: measurements(measured, catalogue) if measured else None,
        REASONS: Findings(reasons) if reasons else None,
        DECIDED: Findings(decided) if decided else None,
        COMPLETE: complete(bodies, catalogue, course),
    }
    return tuple(Section(title, (block,)) for title, block in blocks.items() if block)


def complete(bodies: Sequence[Body], catalogue: Catalogue, course: Course | None = None) -> Table:
    """Return what a complete hand-in has, and how far each part of it is."""
    rows = tuple(
        Row((Cell(part.text), Cell("yes" if part.is_met else "not yet"), Cell(part.detail)))
        for part in requirements(bodies, catalogue, lab_of(course))
    )
    columns = tuple(Column(name, left=True) for name in ("what is asked for", "there", "how far"))
    return Table("Each part, and how far it is", columns, rows)


def measurements(measured: Sequence[Measurement], catalogue: Catalogue) -> Table:
    """Return what was predicted beside what was measured, in the order of measuring."""
    rows = tuple(
        Row(
            (
                Cell(_track(body.track, catalogue)),
                Cell(_settings(body)),
                _rate(body.predicted, Kind.CALIBRATED),
                _rate(body.measured, Kind.MEASURED),
                Cell("yes" if _holds(body) else "no"),
                Cell("disturbed" if body.disturbed else ""),
            )
        )
        for body in measured
    )
    columns = (
        *(Column(name, left=True) for name in ("mission", "set to")),
        *map(Column, ("predicted", "measured")),
        *(Column(name, left=True) for name in ("as predicted", "remark")),
    )
    note = (
        "In samples/s. As predicted: the intervals meet. Disturbed: the machine was too busy for "
        "the number to be trusted."
    )
    return Table("Predicted beside measured", columns, rows, (note,))


def _holds(body: Measurement) -> bool:
    return body.predicted.low <= body.measured.high and body.measured.low <= body.predicted.high


def _rate(rate: Rate, kind: Kind) -> Cell:
    shown = Number(rate.value, rate.low, rate.high, unit="samples/s", kind=kind)
    return Cell(with_interval(shown, "1"), shown)


def _settings(body: Measurement) -> str:
    """Return the levers that are not as the mission has them."""
    changed = {
        name: setting
        for name, setting in body.settings.items()
        if name not in LEVERS or setting != LEVERS[name].default_of(body.track)
    }
    return ", ".join(f"{name} {value}" for name, value in changed.items()) or "as the mission says"


def _reasons(
    bodies: Sequence[Body], catalogue: Catalogue, course: Course | None
) -> Iterator[Finding]:
    prompts = {name: f"Reflect: {asked.prompt}" for name, asked in questions_of(course).items()}
    prompts[STAKEHOLDER] = f"The Sustainability Lead: {challenge_text(lab_of(course))}"
    for body in bodies:
        if isinstance(body, Rationale):
            prompt = prompts.get(body.question, f"On {body.question}:")
            about = f", for {_track(body.track, catalogue)}" if body.track else ""
            yield Finding(f"{prompt} Your answer{about}: {body.text}")


def _decided(bodies: Sequence[Body], catalogue: Catalogue) -> Iterator[Finding]:
    for body in bodies:
        if isinstance(body, Decision):
            worth = f"{rounded(body.rejected_value, _FIGURES)} {body.rejected_unit}"
            yield Finding(f"For {_track(body.track, catalogue)}, decided: {body.decision}")
            yield Finding(f"Rejected, at {worth}: {body.rejected}")
            yield Finding(f"To be reconsidered: {body.trigger}")
            yield Finding(f"The risk that is left: {body.risk}")


def _track(name: str, catalogue: Catalogue) -> str:
    return catalogue[name].texts["track"] if name in TRACKS else name
