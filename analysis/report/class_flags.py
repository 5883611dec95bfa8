"""What a person should look at: like another's, or unlike the class. Nobody is accused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.document import (
    Callout,
    Cell,
    Column,
    Finding,
    Paragraph,
    Row,
    Section,
    Table,
    Tone,
)
from analysis.document.numbers import number
from analysis.report.class_text import ON_PAPER, clipped, pseudonym_cell, shortened
from hardware_profiles.numerals import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.course.results import ClassResults, Similar, Uneven, Unlike
    from analysis.document import Block

GUIDE = "docs/explanation/class.md"
_CASES = 3
"""That are named of a pair."""
_HONEST_PAIR = (
    "one person with two pseudonyms, as after a new laptop or a new folder",
    "two people who shared a machine and handed in the run that was on it",
    "a file that the system for handing in delivered twice",
)
_HONEST_CASE = (
    "a newer library, or another build of it, that is faster in just this case",
    "a processor with instructions or a cache that others of its class lack",
    "a machine that was disturbed in all other cases, so that this one looks fast",
    "a clock that is coarse, or a virtual machine whose clock stood still",
)
_HONEST_RUN = (
    "other programs at work while the pipeline was measured, and not before",
    "a laptop that was hot by then, or went on battery",
    "a security program that looks at what crosses processes",
)


def flags(results: ClassResults) -> Section:
    """Return what to look at."""
    pairs, cases, runs = len(results.similar), len(results.unlike), len(results.uneven)
    nothing = not pairs and not cases and not runs
    text = (
        "Nothing is to be looked at: no two students have cases with the same samples, no case is "
        "much faster than class and machine say, and the parts of each run fit together."
        if nothing
        else f"{counted(pairs, 'pair')} of students {'has' if pairs == 1 else 'have'} cases with "
        f"the same samples, {counted(cases, 'case')} {'is' if cases == 1 else 'are'} faster than "
        f"class and machine say, and {counted(runs, 'run')} {'has' if runs == 1 else 'have'} parts "
        "that do not fit together as the class's do."
    )
    blocks: list[Block] = [Paragraph(text)]
    if not nothing:
        blocks.append(_fairness())
    blocks += [_similar(results.similar)] if pairs else []
    blocks += [_unlike(results.unlike)] if cases else []
    blocks += [_uneven(results.uneven)] if runs else []
    return Section("What to look at", tuple(blocks))


def _fairness() -> Callout:
    return Callout(
        Tone.CAUTION,
        "look at these; none of it shows that somebody did wrong",
        (
            Finding(f"Honest explanations of two alike: {'; '.join(_HONEST_PAIR)}"),
            Finding(f"Honest explanations of a fast case: {'; '.join(_HONEST_CASE)}"),
            Finding(f"Honest explanations of parts that do not fit: {'; '.join(_HONEST_RUN)}"),
        ),
        f"Ask for a second run on the same machine before anything else. `{GUIDE}` says what these "
        "lists rest on, how often they are wrong, and what to do.",
    )


def _similar(pairs: Sequence[Similar]) -> Table:
    rows = tuple(
        Row(
            (
                pseudonym_cell(pair.first),
                pseudonym_cell(pair.second),
                Cell("the whole run" if pair.whole else f"{len(pair.cases):,}", len(pair.cases)),
                Cell(f"{pair.exact:,}", pair.exact),
                Cell(f"{len(pair.cases) - pair.exact:,}", len(pair.cases) - pair.exact),
                Cell(_named(pair)),
            )
        )
        for pair in pairs
    )
    columns = (
        Column("pseudonym", left=True),
        Column("and", left=True),
        Column("cases alike"),
        Column("the same numbers"),
        Column("the same but for a factor"),
        Column("as", left=True, detail=True),
    )
    note = (
        "Times of two runs differ in every sample, on the same machine too: the same series of "
        "samples is the same series of measurements."
    )
    table = Table("Students with cases of the same samples", columns, rows, (note,), first=ON_PAPER)
    return shortened(table)


def _named(pair: Similar) -> str:
    more = len(pair.cases) - _CASES
    shown = ", ".join(clipped(case, 60) for case in pair.cases[:_CASES])
    return f"{shown}, {more:,} more" if more > 0 else shown


def _unlike(cases: Sequence[Unlike]) -> Table:
    rows = tuple(
        Row(
            (
                pseudonym_cell(case.pseudonym),
                Cell(clipped(case.case, 80)),
                Cell(f"{number(case.factor)} times", case.factor),
                Cell(number(case.deviations), case.deviations),
            )
        )
        for case in cases
    )
    columns = (
        Column("pseudonym", left=True),
        Column("case", left=True),
        Column("as fast as expected"),
        Column("robust standard deviations"),
    )
    note = (
        "Expected is what is common to all, times the case's and the machine's effect. The "
        "standard deviation is that of the case over the class, from the median absolute residual."
    )
    table = Table(
        "Cases that are faster than class and machine say", columns, rows, (note,), first=ON_PAPER
    )
    return shortened(table)


def _uneven(runs: Sequence[Uneven]) -> Table:
    names = tuple(dict.fromkeys(name for run in runs for name in run.factors))
    rows = tuple(
        Row(
            (
                pseudonym_cell(run.pseudonym),
                *(
                    Cell(f"{number(run.factors[name])} times", run.factors[name])
                    if name in run.factors
                    else Cell("not measured")
                    for name in names
                ),
                Cell(number(run.deviations), run.deviations),
            )
        )
        for run in runs
    )
    columns = (
        Column("pseudonym", left=True),
        *(Column(name) for name in names),
        Column("robust standard deviations"),
    )
    note = (
        "Parts of a run that measure alike things, one over the other, and how many times the "
        "class's usual that is. A machine that is fast or slow in everything has 1 in each."
    )
    table = Table("Runs whose parts do not fit together", columns, rows, (note,), first=ON_PAPER)
    return shortened(table)
