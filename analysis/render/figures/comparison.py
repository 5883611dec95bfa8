"""Predicted over measured, with the line on which both are equal."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

from analysis.document.numbers import number
from analysis.render.figures.canvas import (
    FONT_PT,
    MUTED,
    SMALL_PT,
    Drawn,
    Frame,
    Key,
    as_svg,
    log_axis,
    style,
    tick_label,
    width_pt,
)
from analysis.render.figures.palette import marks

if TYPE_CHECKING:
    from analysis.document.figures import Compared, Comparison

_HEIGHT_PT, _BOTTOM_PT, _TOP_PT = 300.0, 42.0, 26.0
_MARGIN = 1.15
"""Beyond the outermost points, as a factor."""


def draw(drawing: Comparison) -> Drawn:
    """Return the points with their intervals as a picture, both axes logarithmic."""
    palette = marks(list(dict.fromkeys(point.series for point in drawing.points)))
    values = [p.measured for p in drawing.points]
    values += [v for p in drawing.points for v in (p.predicted.low, p.predicted.high)]
    limits = (min(values) / _MARGIN, max(values) * _MARGIN)
    frame = Frame(_HEIGHT_PT, width_pt(tick_label(round(limits[1]))) + FONT_PT, _BOTTOM_PT, _TOP_PT)
    with style():
        axes = frame.axes()
        axes.set(xscale="log", yscale="log", xlim=limits, ylim=limits)
        axes.plot(limits, limits, color=MUTED, linewidth=1, linestyle="--", zorder=0)
        for name, mark in palette.items():
            points = [point for point in drawing.points if point.series == name]
            axes.errorbar(
                [point.measured for point in points],
                [point.predicted.value for point in points],
                yerr=(
                    [point.predicted.value - point.predicted.low for point in points],
                    [point.predicted.high - point.predicted.value for point in points],
                ),
                fmt=mark.marker,
                markersize=4.5,
                elinewidth=1,
                color=mark.colour,
            )
        log_axis(axes.xaxis, limits, frame.inner_width)
        # Labels of the upright axis take their height, not their width: the same ticks have room.
        log_axis(axes.yaxis, limits, frame.inner_width)
        axes.set_xlabel(drawing.x_axis)
        axes.set_title(drawing.y_axis, loc="left", fontsize=SMALL_PT)
        picture = as_svg(axes, _description(drawing))
    keys = tuple(Key(mark.sign, mark.colour, name) for name, mark in palette.items())
    return Drawn((picture,), keys)


def _description(drawing: Comparison) -> str:
    """State what is to be seen: the numbers are in the figure's table."""
    held = sum(p.predicted.low <= p.measured <= p.predicted.high for p in drawing.points)
    farthest = max(drawing.points, key=lambda p: abs(log(p.predicted.value / p.measured)))
    return (
        f"{drawing.y_axis}, over {drawing.x_axis}: {held} of {len(drawing.points)} intervals hold "
        f"what was measured; the farthest off is {_point(farthest)}."
    )


def _point(point: Compared) -> str:
    return f"{point.label}, {number(point.predicted.value)} over {number(point.measured)}"
