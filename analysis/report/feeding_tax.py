"""What keeps an accelerator waiting, as a document: act II of the lab."""

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
from analysis.ledger.questions import question
from analysis.ledger.rules import iterations
from analysis.report.ledger import status
from analysis.report.outcome import badges, levers, outcome_values, plot_table, result_cell, text_of
from bench.course import lab_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.acts.outcome import Outcome, Result
    from analysis.ledger.entries import Body
    from bench.course import Course
    from hardware_profiles.catalogue import Catalogue

_FACTS = "resnet."
RESNET = "ResNet-50 on a cloud disk of 250 MB/s"
"""The title of what follows from facts alone."""
_NOT_SHOWN = {"start"}


def feeding_tax(
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
        "The feeding tax",
        (*_sections(outcome), lock(bodies, course)),
        lead=f"{mission.texts['persona']} ({mission.texts['track']}). {mission.texts['gravity']}",
        values=outcome_values(outcome),
    )


def _sections(outcome: Outcome) -> Iterator[Section]:
    yield Section("", badges(outcome), lead=True)
    own = [r for r in outcome.results if not r.name.startswith(_FACTS)]
    if own:
        yield Section("This configuration", (_numbers(own), levers(outcome.scenario)))
    findings = (*outcome.refusals, *outcome.findings)
    yield Section("What follows", (Findings(tuple(map(Finding, findings))),))
    for plot in outcome.plots:
        yield Section(plot.title, (plot_table(plot), Paragraph(plot.finding)))
    facts = [r for r in outcome.results if r.name.startswith(_FACTS)]
    yield Section(RESNET, (cases(facts),), detail=True)
    if outcome.log:
        yield Section("Consequences", (Findings(tuple(map(Finding, outcome.log))),))
    if outcome.setup:
        run = (
            "`python -m analysis feeding-tax --configuration | python -m bench experiment --config "
            "-` measures it, with the same levers; with `--add-to RUN` it stands beside what was "
            "predicted from then on."
        )
        yield Section("To check it", (Paragraph(run),))


def _numbers(results: Sequence[Result]) -> Table:
    shown = [result for result in results if result.name not in _NOT_SHOWN]
    rows = [Row((Cell(r.label), result_cell(r), Cell(r.number.kind))) for r in shown]
    columns = (Column("number", left=True), Column("value"), Column("kind", left=True))
    notes = tuple(f"{result.label}: {result.text}" for result in shown if result.text)
    return Table("Predicted, with 90 % intervals, and measured", columns, tuple(rows), notes)


def cases(results: Sequence[Result]) -> Table:
    """Return how busy a cloud disk keeps an accelerator, by what is assumed."""
    rows = [Row((Cell(r.label), Cell(text_of(r), r.number), Cell(r.text))) for r in results]
    columns = (Column("assumption", left=True), Column("busy"), Column("then", left=True))
    return Table("How busy 250 MB/s keep an accelerator", columns, tuple(rows), first=0)


def lock(bodies: Sequence[Body], course: Course | None = None) -> Section:
    """Return how the lock came out, and how far the search for the equilibrium is."""
    entry = question("feeding-tax", course)
    tried, hit = iterations(bodies)
    rule = f"The rule of {lab_of(course).iterations} iterations: {tried} tried"
    rule += f", the flow equilibrium was met with number {hit}." if hit else ", not met yet."
    blocks = (
        status(entry, bodies),
        Findings((Finding(rule), Finding(f"Reflect: {entry.prompt}"))),
    )
    return Section("Your lock on the feeding tax", blocks)
