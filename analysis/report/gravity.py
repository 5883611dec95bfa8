"""What moving data comes to, as a document: act I of the lab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.acts.gravity.crossover import TIERS_OF_SCALE
from analysis.acts.gravity.options import NAMES
from analysis.document import Cell, Column, Document, Finding, Findings, Row, Section, Table
from analysis.ledger.questions import question
from analysis.ledger.rules import scale_tiers
from analysis.report.ledger import status
from analysis.report.outcome import badges, levers, outcome_values, result_cell, text_of
from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.acts.outcome import Outcome
    from analysis.ledger.entries import Body
    from bench.course import Course
    from hardware_profiles.catalogue import Catalogue

_NOTE = (
    "With 90 % intervals. Cost: what crosses the cloud's border, lines by the month, boxes, drives "
    "and retrieval. Energy and carbon over a wire are those of its electricity; of parcels, of the "
    "diesel on the road, one way."
)
_COLUMNS = ("time", "cost", "energy", "carbon")


def gravity(
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
    lead = f"{mission.texts['persona']} ({mission.texts['track']}). {mission.summary}"
    return Document(
        "The physics of data gravity",
        (*_sections(outcome), lock(bodies, catalogue, course)),
        lead=lead,
        values=_values(outcome),
    )


def _sections(outcome: Outcome) -> Iterator[Section]:
    yield Section("", badges(outcome), lead=True)
    yield Section("Each way of moving it", (_methods(outcome), levers(outcome.scenario)))
    best = [result for result in outcome.results if result.name in {"fastest", "cheapest"}]
    findings = [
        Finding(f"{result.label}: {text_of(result)}, {result.text}") for result in best
    ] or [Finding("None of them is in time more often than not.")]
    findings += [Finding(f"It cannot be done: {text}.") for text in outcome.refusals]
    findings += [
        Finding(f"{result.label}: {text_of(result)} ({result.number.kind}). {result.text}")
        for result in outcome.results
        if result.name in {"speed", "egress", "egress.flat", "ingress", "rent", "energy.ratio"}
    ]
    yield Section("What follows", (Findings(tuple(findings)),))
    scale = [plot.finding for plot in outcome.plots if plot.name == "TransferTimeRadar"]
    crossed = tuple(map(Finding, (*outcome.findings, *scale)))
    yield Section("Where they are equally fast", (Findings(crossed),))
    yield Section("Consequences", (Findings(tuple(map(Finding, outcome.log))),))


def lock(bodies: Sequence[Body], catalogue: Catalogue, course: Course | None = None) -> Section:
    """Return how the lock came out, and which tiers of scale were tried."""
    tiers = sorted(scale_tiers(bodies, catalogue))
    left = [name for tier, name in enumerate(TIERS_OF_SCALE) if tier not in tiers]
    moves = f"The rule of five moves: {len(tiers)} of {len(TIERS_OF_SCALE)} tiers of scale tried"
    moves += f"; left are those of {', '.join(left)}." if left else "."
    entry = question("gravity", course)
    blocks = (
        status(entry, bodies),
        Findings((Finding(moves), Finding(f"Reflect: {entry.prompt}"))),
    )
    return Section("Your lock on data gravity", blocks)


def _methods(outcome: Outcome) -> Table:
    results = {result.name: result for result in outcome.results}
    chances = {name: outcome.chances[name] for name in NAMES if name in outcome.chances}
    rows = [
        Row(
            (
                Cell(NAMES[name]),
                *(result_cell(results.get(f"{name}.{column}")) for column in _COLUMNS),
                Cell(percent(chance), chance),
            )
        )
        for name, chance in chances.items()
    ]
    columns = (Column("method", left=True), *map(Column, (*_COLUMNS, "in time")))
    notes = (_NOTE, *_parts(outcome))
    return Table("Time, cost, energy and carbon by method", columns, tuple(rows), notes)


def _parts(outcome: Outcome) -> Iterator[str]:
    """Yield where time and money of each method go."""
    for name, words in NAMES.items():
        for what in ("time", "cost"):
            start = f"{name}.{what}."
            parts = {
                r.name.removeprefix(start): r for r in outcome.results if r.name.startswith(start)
            }
            if parts:
                shown = ", ".join(f"{part} {text_of(r)}" for part, r in parts.items())
                yield f"{words}, {what}: {shown}."


def _values(outcome: Outcome) -> dict[str, Any]:
    return outcome_values(outcome) | {"in_time": dict(outcome.chances)}
