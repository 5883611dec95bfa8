"""Machines and cases of a class: time = case + machine + residual, on a logarithmic scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.document import (
    Callout,
    Cell,
    Column,
    Figure,
    Finding,
    Paragraph,
    Row,
    Section,
    Table,
    Tone,
)
from analysis.document.numbers import number, plain_interval
from analysis.report.class_map import residual_maps
from analysis.report.class_text import (
    ON_PAPER,
    caution,
    class_label,
    clipped,
    interval_share,
    pseudonym_cell,
    shortened,
)
from analysis.statistics.number import PREDICTED_LEVEL, Z90, Number
from hardware_profiles.numerals import counted, percent
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.course.results import ClassResults, Residuals
    from analysis.document import Block

_TITLE = "Machines, cases, and what is left"


def machines(results: ClassResults) -> Section:
    """Return what is common to cases, what to machines, and the residuals."""
    taken = results.residuals
    if taken is None or not taken.submissions:
        text = "Fewer than three machines have times that compare: nothing can be taken apart."
        return Section(_TITLE, (Paragraph(text),))
    return Section(_TITLE, tuple(_blocks(results, taken)))


def _blocks(results: ClassResults, taken: Residuals) -> Iterator[Block]:
    effects = taken.polish.machines[np.isfinite(taken.polish.machines)]
    spread = taken.polish.spread
    factor = float(np.exp(np.ptp(effects))) if effects.size else 1.0
    left = f" by about {interval_share(spread)}" if np.isfinite(spread) else ""
    yield Paragraph(
        f"Between the fastest and the slowest of {counted(len(taken.submissions), 'machine')} lies "
        f"a factor of {number(factor)} that all {counted(len(taken.cases), 'case')} share. What is "
        f"left after case and machine differs{left} from cell to cell: so far a machine is no "
        "single number."
    )
    yield Paragraph(
        "Median polish takes the logarithm of each time apart: what is common to all, an effect of "
        "the case, an effect of the machine, a residual. A machine disturbed in a few cases shows "
        "in its residuals and moves nobody else's effect.",
        quiet=True,
    )
    yield from caution(len(taken.submissions), results.group, "a comparison")
    parts = set(taken.polish.parts.tolist()) - {-1}
    if len(parts) > 1:
        reason = f"They fall into {len(parts)} parts that have no case in common"
        title = "not all machines compare with each other"
        yield Callout(Tone.CAUTION, title, (Finding(reason),))
    for drawing, description, caption in residual_maps(taken):
        yield Figure(drawing, description, caption)
    yield _machines(results, taken)
    yield _cases(taken)


def _machines(results: ClassResults, taken: Residuals) -> Table:
    effects, errors = taken.polish.machines, taken.polish.machine_errors
    rows = tuple(
        Row(
            (
                pseudonym_cell(taken.pseudonyms[at]),
                Cell(taken.ranks.text(at)),
                _speed(float(effects[at]), float(errors[at])),
                Cell(class_label(results, taken.machine_classes[at])),
                _farthest(taken, at),
            )
        )
        for at in fastest_first(taken)
    )
    columns = (
        Column("pseudonym", left=True),
        Column("may rank"),
        Column("speed, middle machine = 1"),
        Column("class", left=True),
        Column("farthest case", left=True, detail=True),
    )
    level = percent(taken.ranks.level)
    ranks = (
        f"Ranks are intervals: together they hold all true ranks with {level} probability. Two "
        "machines whose intervals overlap cannot be told apart, whichever stands above."
    )
    speeds = "The speed's 90 % interval holds what varies from case to case, not from day to day."
    title = "Machines, the fastest first"
    table = Table(title, columns, rows, (ranks, speeds), first=ON_PAPER)
    return shortened(table)


def fastest_first(taken: Residuals) -> list[int]:
    """Return machines by their effect, those without any last."""
    effects = np.nan_to_num(taken.polish.machines, nan=np.inf)
    effects = np.where(np.isfinite(taken.polish.machine_errors), effects, np.inf)
    return [int(at) for at in np.argsort(effects, kind="stable")]


def _speed(effect: float, error: float) -> Cell:
    """Return how many times as fast as the middle machine."""
    if not np.isfinite(effect) or not np.isfinite(error):
        return Cell("not known")
    value, low, high = np.exp([-effect, -effect - Z90 * error, -effect + Z90 * error]).tolist()
    known = Number(value, low, high, PREDICTED_LEVEL, "1", Kind.DERIVED)
    return Cell(plain_interval(value, low, high), known)


def _farthest(taken: Residuals, machine: int) -> Cell:
    column = taken.polish.residuals[:, machine]
    if not np.isfinite(column).any():
        return Cell("")
    case = int(np.nanargmax(np.abs(column)))
    return Cell(f"{_faster(-float(column[case]))}: {clipped(taken.cases[case], 60)}")


def _faster(log_ratio: float) -> str:
    """Return how a cell lies to what is expected of it, from the logarithm of its speed's ratio."""
    return f"{number(float(np.exp(log_ratio)))} times the speed expected"


def _cases(taken: Residuals) -> Table:
    effects, left = taken.polish.cases, taken.polish.residuals
    order = np.argsort(np.nan_to_num(effects, nan=np.inf), kind="stable").tolist()
    rows = tuple(Row(_case(taken, case, left[case])) for case in order)
    columns = (
        Column("case", left=True),
        Column("machines"),
        Column("time, middle case = 1"),
        Column("machines differ by"),
        Column("fastest residual"),
        Column("slowest residual"),
    )
    note = (
        "Machines differ by: the robust standard deviation of the case's residuals, machine's "
        "effect taken away. Residuals are times over what is expected of them."
    )
    return shortened(
        Table("Cases, the shortest first", columns, rows, (note,), detail=True, first=ON_PAPER)
    )


def _case(taken: Residuals, case: int, left: np.ndarray) -> tuple[Cell, ...]:
    known = left[np.isfinite(left)]
    spread = float(taken.case_spread[case])
    effect = float(taken.polish.cases[case])
    return (
        Cell(clipped(taken.cases[case], 80)),
        Cell(f"{known.size:,}", int(known.size)),
        Cell(number(float(np.exp(effect))), float(np.exp(effect))),
        Cell(interval_share(spread) if np.isfinite(spread) else "", spread),
        *(
            Cell(percent(float(np.expm1(end)), signed=True), float(end))
            for end in ((known.min(), known.max()) if known.size else ())
        ),
        *(() if known.size else (Cell(""), Cell(""))),
    )
