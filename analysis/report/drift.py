"""What watching for drift finds, as a document: act III of the lab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.document import (
    Cell,
    Column,
    Document,
    Finding,
    Findings,
    Paragraph,
    Row,
    Section,
    Table,
)
from analysis.document.numbers import plain
from analysis.ledger.questions import question
from analysis.report.ledger import status
from analysis.report.outcome import badges, levers, outcome_values, plot_table, result_cell
from formats.payloads.doorbell import CITIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.acts.outcome import Outcome, Result
    from analysis.ledger.entries import Body
    from bench.course import Course
    from hardware_profiles.catalogue import Catalogue


def drift(
    outcome: Outcome,
    catalogue: Catalogue,
    bodies: Sequence[Body],
    course: Course | None = None,
) -> Document:
    """Return what the act says of a scenario.

    Args:
        outcome: what it comes to.
        catalogue: the facts.
        bodies: what the ledger holds.
        course: whose questions and rules are shown; None: those of the lab's plan.

    """
    mission = catalogue[outcome.scenario.track]
    return Document(
        "The drift detector",
        (*_sections(outcome), lock(bodies, course)),
        lead=f"{mission.texts['persona']} ({mission.texts['track']}). Smart doorbells in "
        f"{len(CITIES)} cities; in one of them detection accuracy is dropping.",
        values=outcome_values(outcome),
    )


def _sections(outcome: Outcome) -> Iterator[Section]:
    yield Section("", badges(outcome), lead=True)
    yield Section("What was found", (Findings(tuple(map(Finding, outcome.findings))),))
    cities = [r for r in outcome.results if r.name.partition(".")[0] in CITIES]
    others = [r for r in outcome.results if r not in cities]
    yield Section("In numbers", (_numbers(others), levers(outcome.scenario)))
    yield Section("City by city", (by_city(cities),))
    if outcome.refusals:
        yield Section("Not known", (Findings(tuple(map(Finding, outcome.refusals))),))
    for plot in outcome.plots:
        yield Section(plot.title, (plot_table(plot), Paragraph(plot.finding)), detail=True)
    if outcome.log:
        yield Section("Consequences", (Findings(tuple(map(Finding, outcome.log))),))


def _numbers(results: Sequence[Result]) -> Table:
    rows = [Row((Cell(r.label), result_cell(r), Cell(r.number.kind))) for r in results]
    columns = (Column("number", left=True), Column("value"), Column("kind", left=True))
    notes = dict.fromkeys(f"{result.label}: {result.text}" for result in results if result.text)
    return Table("With 90 % intervals", columns, tuple(rows), tuple(notes))


def by_city(results: Sequence[Result]) -> Table:
    """Return D, stability index and shift of each city's most moved feature."""
    found = {result.name: result for result in results}
    rows = [
        Row(
            (
                Cell(city.capitalize()),
                *(plain(found[f"{city}.{part}"].number.value) for part in ("distance", "psi")),
                result_cell(found[f"{city}.shift"]),
                Cell(found[f"{city}.distance"].text),
            )
        )
        for city in CITIES
    ]
    columns = (
        Column("city", left=True),
        *map(Column, ("D", "stability index", "shift of the mean")),
        Column("feature, and its test", left=True),
    )
    return Table("Each city's most moved feature, on the last day", columns, tuple(rows))


def lock(bodies: Sequence[Body], course: Course | None = None) -> Section:
    """Return how the lock came out, and what to reflect on."""
    entry = question("drift", course)
    blocks = (status(entry, bodies), Findings((Finding(f"Reflect: {entry.prompt}"),)))
    return Section("Your lock on the drift", blocks)
