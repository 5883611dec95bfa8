"""Where the numbers of the acts come from: how each is known, and its source."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from analysis.acts.gravity.options import task
from analysis.acts.levers import LEVERS, TRACKS
from analysis.acts.scenario import scenario
from analysis.devices.facts import RunFact
from analysis.document import (
    Cell,
    Column,
    Definitions,
    Paragraph,
    Reference,
    References,
    Row,
    Section,
    Table,
)
from analysis.document.numbers import words
from analysis.statistics.number import Number
from hardware_profiles.numerals import counted
from hardware_profiles.provenance import Kind
from hardware_profiles.sensitivity import inputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.acts.mission import MissionResult
    from hardware_profiles.catalogue import Catalogue
    from hardware_profiles.provenance import Fact

TITLE = "Where the numbers come from"
_KINDS = {
    Kind.GIVEN: "a definition, or a lever: exact by declaration",
    Kind.MEASURED: "worked out from raw measurements: of this run, or of a benchmark that is named",
    Kind.CALIBRATED: "worked out by the model from measurements of this machine",
    Kind.DATASHEET: "its maker's document states it",
    Kind.PUBLISHED: "a paper, a standard, a price list or a benchmark's result states it",
    Kind.DERIVED: "a formula, from numbers that are at least as strong",
    Kind.EXTRAPOLATED: "from measurements, for what lies beyond them: another device, another size",
    Kind.ASSUMED: "a judgement, or a statement whose source was not read: always with a range",
}
_INTRODUCTION = (
    "Each number says how it is known. What is worked out from several is as weak as the weakest "
    "of them, and has an interval from theirs."
)
_NOTE = (
    "Of the four missions, their devices, and all links, tiers and ways that the levers offer. "
    "Rates, taxes and epochs of act II rest on this run's calibration: what was measured is in the "
    "bundle beside this page."
)


def section(results: Sequence[MissionResult], catalogue: Catalogue) -> Section:
    """Return the kinds of numbers, and the facts that the acts and devices of all tracks use."""
    shown = _facts(results)
    if any("gravity" in result.outcomes for result in results):
        shown |= _of_all_ways(catalogue)
    facts = sorted(shown, key=lambda fact: fact.name)
    counts = {kind: sum(fact.kind is kind for fact in facts) for kind in _KINDS}
    kinds = tuple(
        (str(kind), words(f"{text} ({counts[kind]} below)")) for kind, text in _KINDS.items()
    )
    blocks = (Paragraph(_INTRODUCTION), Definitions(kinds), _references(facts), _table(facts))
    return Section(TITLE, blocks, detail=True)


def _facts(results: Sequence[MissionResult]) -> set[Fact]:
    quantities = [answer.quantity for result in results for answer in result.answers]
    for result in results:
        for outcome in result.outcomes.values():
            shown = (one.quantity for one in outcome.results)
            quantities += [one for one in shown if not isinstance(one, Number)]
    used = {fact for quantity in quantities for fact in inputs(quantity)}
    return {fact for fact in used if not isinstance(fact, RunFact)}


def _of_all_ways(catalogue: Catalogue) -> set[Fact]:
    """Return the facts of every link, tier and way that a page's levers offer."""
    facts: set[Fact] = set()
    for link, tier in product(LEVERS["link"].on_page, LEVERS["tier"].on_page):
        # So near that each link gets there.
        given = {"link": link, "tier": tier, "distance": "1 m"}
        options, _ = task(scenario("gravity", TRACKS[0], given), catalogue).options()
        for option in options.values():
            amounts = (option.time, option.cost, option.energy, option.carbon)
            facts.update(fact for one in amounts if one is not None for fact in inputs(one))
    return facts


def _table(facts: Sequence[Fact]) -> Table:
    columns = ("number", "value", "kind", "source", "where in it")
    rows = tuple(Row(tuple(_cells(fact))) for fact in facts)
    heads = tuple(Column(name, left=name != "value") for name in columns)
    return Table(
        "Facts that the acts and the devices' answers rest on", heads, rows, (_NOTE,), first=0
    )


def _references(facts: Sequence[Fact]) -> References:
    """Return each source once, with the places in it and how many numbers come from it."""
    of_source: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.source:
            of_source.setdefault(fact.source, []).append(fact)
    items = tuple(
        Reference(
            source,
            tuple(dict.fromkeys(fact.locator for fact in its if fact.locator)),
            f"{counted(len(its), 'number')}, {', '.join(sorted({str(f.kind) for f in its}))}",
        )
        for source, its in sorted(of_source.items())
    )
    return References("Sources", items)


def _cells(fact: Fact) -> Iterator[Cell]:
    yield Cell(fact.name, code=True)
    yield Cell(fact.text())
    yield Cell(str(fact.kind))
    yield Cell(fact.source or fact.formula)
    yield Cell(fact.locator)
