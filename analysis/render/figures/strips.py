"""Rows with bars, dots and intervals over a common axis; all of them may follow controls."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter

from analysis.document.figures import Axis, Shape
from analysis.render.figures.canvas import (
    FONT_PT,
    MUTED,
    SMALL_PT,
    Drawn,
    Frame,
    Key,
    finished,
    frame_svg,
    style,
)
from analysis.render.figures.palette import LINE_SIGN, SQUARE, marks
from analysis.render.figures.shapes import Paths, Plane, ticks

if TYPE_CHECKING:
    from analysis.document.figures import Span, Strips
    from analysis.render.figures.palette import Mark

_ROW_PT, _BOTTOM_PT, _TOP_PT = 34.0, 42.0, 14.0
_THICK, _THIN = 0.4, 0.06
"""Of a bar and of an interval, of its row."""
_BELOW = 0.12
"""How far below a row's middle it is drawn: the label stands above."""


def draw(drawing: Strips) -> Drawn:
    """Return the rows, the first on top, each with its label above it."""
    palette = marks(drawing.series)
    count = len(drawing.rows)
    frame = Frame(_ROW_PT * count + _BOTTOM_PT + _TOP_PT, FONT_PT, _BOTTOM_PT, _TOP_PT)
    plane = Plane(frame, drawing.axis, Axis("", count - 0.5, -0.5))
    paths = Paths(f"{drawing.axis.name} {[row.label for row in drawing.rows]} {drawing.series}")
    for row, strip in enumerate(drawing.rows):
        for span in strip.spans:
            _add(paths, plane, span, row + _BELOW, palette.get(span.series))
    about = paths.described(drawing.finding)
    labels = tuple(str(strip.label) for strip in drawing.rows)
    limits = tuple(limit.value for limit in drawing.limits)
    empty = _empty(frame, drawing.axis, labels, limits)
    picture = finished(empty, drawing.finding, about, plane.group(str(paths)))
    return Drawn((picture,), tuple(_keys(drawing, palette)), tuple(paths.targets))


@lru_cache(maxsize=64)
def _empty(frame: Frame, axis: Axis, labels: tuple[str, ...], limits: tuple[float, ...]) -> str:
    """Return the rows without bars and dots: drawing them takes longer than all else."""
    with style():
        axes = frame.axes()
        if axis.logarithmic:
            axes.set_xscale("log")
        axes.set_ylim(len(labels) - 0.5, -0.5)
        ticks(axes, axis, upright=False, length=frame.inner_width)
        if not axis.logarithmic and not axis.ticks and axis.high == 1:
            axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * x:.0f} %"))
        axes.set_yticks([])
        axes.set_xlabel(axis.name)
        for row, label in enumerate(labels):
            axes.annotate(
                label, (0, row - 0.5 + _BELOW), xycoords=("axes fraction", "data"),
                xytext=(0, -5), textcoords="offset points", fontsize=SMALL_PT,
                annotation_clip=False,
            )  # fmt: skip
        for limit in limits:
            axes.axvline(limit, color=MUTED, linestyle="--", linewidth=1.2)
        return frame_svg(axes)


def _add(paths: Paths, plane: Plane, span: Span, row: float, mark: Mark | None) -> None:
    colour = mark.colour if mark else "currentColor"
    if span.shape is Shape.DOT:
        marker = mark.marker if mark else "D"
        dot = span.ends.map(lambda ends: plane.dot(ends[0], row, marker) if ends else "")
        paths.add(dot, fill=colour)
        return
    thick = _THICK if span.shape is Shape.BAR else _THIN
    bar = span.ends.map(
        lambda ends: plane.bar(*ends, row, thick) if ends and ends[1] > ends[0] else ""
    )
    # Parts that touch are set apart by the page's colour.
    apart = {"stroke": "var(--paper)"} if span.shape is Shape.BAR else {}
    paths.add(bar, fill=colour, **apart)


def _keys(drawing: Strips, palette: dict[str, Mark]) -> list[Key]:
    shapes = {span.series: span.shape for strip in drawing.rows for span in strip.spans}
    keys = []
    for name, shape in shapes.items():
        mark = palette.get(name)
        if mark is None:
            keys.append(Key(LINE_SIGN, "currentColor", name))
        else:
            keys.append(Key(SQUARE if shape is Shape.BAR else mark.sign, mark.colour, name))
    return keys + [Key(LINE_SIGN, MUTED, limit.name) for limit in drawing.limits]
