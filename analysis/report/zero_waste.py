"""What a selection of the data comes to, as a document: act III of the lab, zero waste."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.zero_waste.energy import STAGES
from analysis.document import Cell, Column, Document, Finding, Findings, Row, Section, Table
from analysis.ledger.questions import question
from analysis.report.ledger import status
from analysis.report.outcome import badges, levers, outcome_values, result_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.acts.outcome import Outcome, Result
    from analysis.ledger.entries import Body
    from bench.course import Course
    from hardware_profiles.catalogue import Catalogue

_NOTE = (
    "With 90 % intervals. Local is where the data lies; moving is there, with all that the way "
    "takes. What is used in the cloud is paid for with the overhead of a data centre (PUE). Carbon "
    "is that of both ends, on the grid of the region."
)
_WHAT = ("energy", "carbon")
_NOT_IN_NUMBERS = ("energy.", "carbon.", "radar.")
RADAR_TITLE = "An operation, and moving what it works on, at 7 nm"
"""The table of the instrument EnergyRadar."""


def zero_waste(
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
        "Zero waste",
        (*_sections(outcome), lock(bodies, course)),
        lead=f"{mission.texts['persona']} ({mission.texts['track']}). {mission.summary}",
        values=outcome_values(outcome),
    )


def _sections(outcome: Outcome) -> Iterator[Section]:
    results = {result.name: result for result in outcome.results}
    yield Section("", badges(outcome), lead=True)
    yield Section("Where the energy goes", (_stages(results), levers(outcome.scenario)))
    yield Section("What it comes to", (_numbers(results),))
    texts = [f"Not worked out: {text}" for text in outcome.refusals] + list(outcome.findings)
    yield Section("What follows", (Findings(tuple(map(Finding, texts))),))
    yield Section("EnergyRadar", (radar(results),))
    if outcome.log:
        yield Section("Consequences", (Findings(tuple(map(Finding, outcome.log))),))


def _stages(results: dict[str, Result]) -> Table:
    rows = [
        Row(
            (
                Cell(words),
                *(result_cell(results[f"energy.{name}.{end}"]) for end in ("local", "cloud")),
                *(result_cell(results[f"{what}.{name}"]) for what in _WHAT),
            )
        )
        for name, words in STAGES.items()
    ]
    totals = (Cell(""), Cell(""), *(result_cell(results[what]) for what in _WHAT))
    rows.append(Row((Cell("all of it"), *totals), group=1))
    columns = (
        Column("stage", left=True), Column("energy, local", detail=True),
        Column("energy, cloud", detail=True), Column("energy"), Column("carbon"),
    )  # fmt: skip
    return Table("Energy and carbon of each stage", columns, tuple(rows), (_NOTE,))


def _numbers(results: dict[str, Result]) -> Table:
    shown = [r for name, r in results.items() if not name.startswith(_NOT_IN_NUMBERS)]
    shown = [r for r in shown if r.name not in _WHAT] + [results["energy.origin"]]
    rows = [Row((Cell(r.label), result_cell(r), Cell(str(r.number.kind)))) for r in shown]
    columns = (Column("number", left=True), Column("value"), Column("kind", left=True))
    notes = tuple(f"{result.label}: {result.text}" for result in shown if result.text)
    return Table("What the selection comes to, with 90 % intervals", columns, tuple(rows), notes)


def radar(results: dict[str, Result]) -> Table:
    """Return what an operation takes, and what it takes to bring it a number."""
    rows = []
    for name, result in results.items():
        if name.startswith("radar.") and not name.endswith(".times"):
            times = result_cell(results.get(f"{name}.times"))
            rows.append(Row((Cell(result.label), result_cell(result), times)))
    columns = (Column("what", left=True), Column("energy"), Column("times a MAC in 32 bits"))
    return Table(RADAR_TITLE, columns, tuple(rows))


def lock(bodies: Sequence[Body], course: Course | None = None) -> Section:
    """Return how the lock came out."""
    entry = question("zero-waste", course)
    reflect = Findings((Finding(f"Reflect: {entry.prompt}"),))
    return Section("Your lock on zero waste", (status(entry, bodies), reflect))
