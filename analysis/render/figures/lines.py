"""Points joined by lines, with what proportion would give beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import FixedLocator

from analysis.document.numbers import number
from analysis.render.figures.canvas import (
    FONT_PT,
    INK,
    SMALL_PT,
    Drawn,
    Frame,
    Key,
    as_svg,
    style,
    tick_label,
    whole_numbers,
    width_pt,
)
from analysis.render.figures.palette import marks

if TYPE_CHECKING:
    from analysis.document.figures import Lines

_HEIGHT_PT, _BOTTOM_PT, _TOP_PT = 240.0, 36.0, 26.0
_TICKS = 6


def draw(drawing: Lines) -> Drawn:
    """Return the lines as a picture; a ring marks a point, dots the ideal."""
    palette = marks([line.label for line in drawing.lines])
    highest = max((y for line in drawing.lines for _, y in line.points), default=1.0)
    left = width_pt(tick_label(round(highest)), FONT_PT) + FONT_PT
    with style():
        axes = Frame(_HEIGHT_PT, left, _BOTTOM_PT, _TOP_PT).axes()
        for line in drawing.lines:
            mark = palette[line.label]
            x, y = zip(*line.points, strict=True)
            axes.plot(x, y, marker=mark.marker, color=mark.colour)
            if line.ringed is not None:
                axes.plot(
                    [line.ringed], [dict(line.points)[line.ringed]], marker="o", color=INK,
                    linestyle="none", markersize=13, markerfacecolor="none",
                )  # fmt: skip
            if line.ideal:
                x, y = zip(*line.ideal, strict=True)
                axes.plot(x, y, color=mark.colour, linestyle=":", linewidth=1.5)
        axes.set_ylim(bottom=0)
        places = sorted({x for line in drawing.lines for x, _ in line.points})
        axes.xaxis.set_major_locator(FixedLocator(places))
        whole_numbers(axes.yaxis, _TICKS)
        axes.set_xlabel(drawing.x_axis)
        axes.set_title(drawing.y_axis, loc="left", fontsize=SMALL_PT)
        picture = as_svg(axes, _description(drawing))
    keys = tuple(Key(mark.sign, mark.colour, name) for name, mark in palette.items())
    return Drawn((picture,), keys)


def _description(drawing: Lines) -> str:
    lines = (
        f"{line.label}: {', '.join(f'{x:g}: {number(y)}' for x, y in line.points)}"
        for line in drawing.lines
    )
    return f"{drawing.y_axis} by {drawing.x_axis}. {'; '.join(lines)}."
