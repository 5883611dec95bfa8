"""Points joined by a line, a picture each, with what proportion would give beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import FixedLocator

from analysis.document.numbers import number
from analysis.render.figures.canvas import (
    FONT_PT,
    INK,
    Drawn,
    Frame,
    as_svg,
    style,
    tick_label,
    whole_numbers,
    width_pt,
)
from analysis.render.figures.palette import COLOURS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.document.figures import Line, Lines

_HEIGHT_PT, _BOTTOM_PT, _TOP_PT = 240.0, 42.0, 26.0
_TICKS = 6
_BESIDE = 0.25
"""Room beside the outermost places, in units of the axis."""


def draw(drawing: Lines) -> Drawn:
    """Return a picture for each line, for they may be of different size; a ring marks a point."""
    places = sorted({x for line in drawing.lines for x, _ in line.points})
    with style():
        return Drawn(tuple(_picture(line, drawing, places) for line in drawing.lines))


def _picture(line: Line, drawing: Lines, places: Sequence[float]) -> str:
    highest = max(y for _, y in (*line.points, *line.ideal))
    left = width_pt(tick_label(round(highest)), FONT_PT) + FONT_PT
    axes = Frame(_HEIGHT_PT, left, _BOTTOM_PT, _TOP_PT).axes()
    x, y = zip(*line.points, strict=True)
    axes.plot(x, y, marker="o", color=COLOURS[0])
    if line.ringed is not None:
        axes.plot(
            [line.ringed], [dict(line.points)[line.ringed]], marker="o", color=INK,
            linestyle="none", markersize=13, markerfacecolor="none",
        )  # fmt: skip
    if line.ideal:
        x, y = zip(*line.ideal, strict=True)
        axes.plot(x, y, color=COLOURS[0], linestyle=":", linewidth=1.5)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(FixedLocator(places))
    axes.set_xlim(places[0] - _BESIDE, places[-1] + _BESIDE)
    whole_numbers(axes.yaxis, _TICKS)
    axes.set_xlabel(drawing.x_axis)
    axes.set_title(f"{line.label}, {drawing.y_axis}", loc="left", fontweight="bold")
    return as_svg(axes, _description(line, drawing))


def _description(line: Line, drawing: Lines) -> str:
    """State what is to be seen: the numbers are in the figure's table."""
    place, highest = max(line.points, key=lambda point: point[1])
    first, start = line.points[0]
    return (
        f"{line.label}, {drawing.y_axis} by {drawing.x_axis}: highest at {place:g}, "
        f"{number(highest)}, {number(highest / start)} times that at {first:g}."
    )
