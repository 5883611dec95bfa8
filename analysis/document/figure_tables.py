"""The data of a figure as a table, for those who do not see it, or want its numbers."""

from __future__ import annotations

from functools import singledispatch
from math import expm1
from statistics import median
from typing import TYPE_CHECKING

from analysis.document.blocks import Cell, Column, Row, Table
from analysis.document.figures import (
    Axis,
    Bars,
    Boxes,
    Comparison,
    Dots,
    HeatMap,
    Lines,
    Shape,
    Span,
    Strips,
    Traces,
    TraceSeries,
)
from analysis.document.live import Live
from analysis.document.numbers import number, plain, plain_interval, ranged, share
from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.document.figures import Drawing, MapCell, Trace
    from analysis.statistics.number import Number


_NOTHING = "—"
"""Of what is not there."""
_MOST_COLUMNS = 8
"""Of a map, that have room on paper; of more, a row says what its cells come to."""


def table_of(drawing: Drawing, title: str) -> Table:
    """Return the data of a drawing under a title."""
    return _table(drawing, title)


@singledispatch
def _table(drawing: object, title: str) -> Table:
    raise TypeError(f"{title}: a {type(drawing).__name__} has no table")


@_table.register
def _(drawing: Dots, title: str) -> Table:
    columns = (Column("of", left=True), Column("series", left=True), Column(drawing.axis))
    rows = tuple(
        Row((Cell(f"{panel.title}: {dot.label}"), Cell(dot.series), _dot(dot.number)), group)
        for group, panel in enumerate(drawing.panels)
        for dot in sorted(panel.dots, key=lambda dot: -dot.number.value)
    )
    return Table(title, columns, rows)


@_table.register
def _(drawing: Bars, title: str) -> Table:
    names = [s for s in drawing.series if any(p.series == s for b in drawing.bars for p in b.parts)]
    show = share if drawing.shares else plain
    rows = []
    for bar in drawing.bars:
        parts = {part.series: part.length for part in bar.parts}
        rows.append(Row((Cell(bar.label), *(show(parts.get(name)) for name in names))))
    return Table(f"{title} ({drawing.axis})", _columns("bar", names), tuple(rows))


@_table.register
def _(drawing: Lines, title: str) -> Table:
    places = sorted({x for line in drawing.lines for x, _ in line.points})
    rows = tuple(
        Row((Cell(f"{x:g}"), *(plain(dict(line.points).get(x)) for line in drawing.lines)))
        for x in places
    )
    names = [line.label for line in drawing.lines]
    return Table(f"{title} ({drawing.y_axis})", _columns(drawing.x_axis, names), rows)


@_table.register
def _(drawing: Comparison, title: str) -> Table:
    names = ("series", drawing.y_axis, drawing.x_axis)
    rows = tuple(
        Row((Cell(p.label), Cell(p.series), ranged(p.predicted), plain(p.measured)))
        for p in sorted(drawing.points, key=lambda point: point.label)
    )
    return Table(title, _columns("point", names), rows)


@_table.register
def _(drawing: Traces, title: str) -> Table:
    shown = [series for series in drawing.series if not series.reference]
    traces = [trace for series in shown for trace in series.trace.values]
    places = sorted({x for trace in traces for x in trace.x})
    rows = tuple(
        Row((Cell(_place(drawing.x, x)), *(_trace_cell(series, x) for series in shown)))
        for x in places
    )
    names = [series.label for series in shown]
    return Table(f"{title} ({drawing.y.heading})", _columns(drawing.x.heading, names), rows)


@_table.register
def _(drawing: Strips, title: str) -> Table:
    names = list(dict.fromkeys(s.series for row in drawing.rows for s in row.spans))
    as_share = not drawing.axis.logarithmic and drawing.axis.high == 1
    rows = []
    for row in drawing.rows:
        spans = {span.series: span for span in row.spans}
        cells = (_span_cell(spans.get(name), as_share=as_share) for name in names)
        rows.append(Row((Cell(row.label), *cells)))
    return Table(f"{title} ({drawing.axis.name})", _columns("row", names), tuple(rows))


@_table.register
def _(drawing: Boxes, title: str) -> Table:
    names = ("series", drawing.units, "5th percentile", "25th", "middle", "75th", "95th")
    rows = tuple(
        Row(
            (
                Cell(f"{panel.title}: {row.label}" if panel.title else row.label),
                Cell(box.series),
                Cell(f"{box.units:,}", box.units),
                *map(plain, (box.low, box.lower, box.middle, box.upper, box.high)),
            ),
            group,
        )
        for group, panel in enumerate(drawing.panels)
        for row in panel.rows
        for box in row.boxes
    )
    columns = (Column("row", left=True), Column(names[0], left=True), *map(Column, names[1:]))
    return Table(f"{title} ({drawing.axis})", columns, rows)


@_table.register
def _(drawing: HeatMap, title: str) -> Table:
    whole = len(drawing.columns) <= _MOST_COLUMNS
    cells = _every_cell if whole else _summary_of_cells
    rows = tuple(
        Row((Cell(f"{panel.title}: {row.label}"), *cells(row.cells, drawing.columns)), group)
        for group, panel in enumerate(drawing.panels)
        for row in panel.rows
    )
    text = f"{title}: above what is expected ({drawing.above}) or below it"
    columns = drawing.columns if whole else ("columns", "lowest", "in", "middle", "highest", "in")
    return Table(text, _columns("row", columns), rows)


def _every_cell(cells: Sequence[MapCell | None], _columns: Sequence[str]) -> tuple[Cell, ...]:
    return tuple(map(_map_cell, cells))


def _summary_of_cells(cells: Sequence[MapCell | None], columns: Sequence[str]) -> tuple[Cell, ...]:
    """Return what a row of many cells comes to, and in which columns its ends are."""
    known = [(cell, name) for cell, name in zip(cells, columns, strict=True) if cell is not None]
    if not known:
        return (Cell("0", 0), *(Cell(_NOTHING) for _ in range(5)))
    lowest, highest = min(known, key=lambda k: k[0].low), max(known, key=lambda k: k[0].high)
    ends = (lowest[0].low, median(cell.middle for cell, _ in known), highest[0].high)
    low, middle, high = (Cell(percent(expm1(end), signed=True), end) for end in ends)
    return Cell(str(len(known)), len(known)), low, Cell(lowest[1]), middle, high, Cell(highest[1])


def _map_cell(cell: MapCell | None) -> Cell:
    """Return how far a cell is from what is expected in percent, and its ends where it has some."""
    if cell is None:
        return Cell(_NOTHING)
    middle, low, high = (
        percent(expm1(part), signed=True) for part in (cell.middle, cell.low, cell.high)
    )
    return Cell(middle if cell.low == cell.high else f"{middle} [{low}, {high}]", cell.middle)


def _dot(value: Number) -> Cell:
    """Return a number with its interval, where there is one."""
    return ranged(value) if value.bounded else plain(value.value)


def _columns(first: str, others: Iterator[str] | list[str] | tuple[str, ...]) -> tuple[Column, ...]:
    return (Column(first, left=True), *map(Column, others))


def _place(axis: Axis, value: float) -> str:
    """Return a place as the axis calls it, or as a number of its unit."""
    return number(value) if axis.unit else dict(axis.ticks).get(value, number(value))


def _trace_cell(series: TraceSeries, x: float) -> Cell:
    def text(trace: Trace) -> str:
        if x not in trace.x:
            return _NOTHING
        at = trace.x.index(x)
        if not trace.low:
            return number(trace.y[at])
        return plain_interval(trace.y[at], trace.low[at], trace.high[at])

    texts = series.trace.map(text)
    return Cell(Live(texts) if texts.controls else texts.at_first)


def _span_cell(span: Span | None, *, as_share: bool) -> Cell:
    if span is None:
        return Cell("")
    shape = span.shape

    def text(ends: tuple[float, float] | None) -> str:
        if ends is None:
            return _NOTHING
        shown = [f"{100 * end:.3g} %" if as_share else number(end) for end in ends]
        if shape is Shape.RANGE:
            return f"[{shown[0]}, {shown[1]}]"
        if shape is Shape.DOT:
            return shown[0]
        length = ends[1] - ends[0]
        return f"{100 * length:.3g} %" if as_share else number(length)

    texts = span.ends.map(text)
    return Cell(Live(texts) if texts.controls else texts.at_first)
