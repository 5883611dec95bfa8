"""Lines with bands over two axes; all of them may follow controls."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from analysis.render.figures.canvas import (
    FONT_PT,
    SMALL_PT,
    Drawn,
    Frame,
    Key,
    finished,
    frame_svg,
    style,
    tick_label,
    width_pt,
)
from analysis.render.figures.palette import LINE_SIGN, marks
from analysis.render.figures.shapes import Paths, Plane, ticks

if TYPE_CHECKING:
    from analysis.document.figures import Axis, Traces, TraceSeries
    from analysis.render.figures.palette import Mark

_HEIGHT_PT, _BOTTOM_PT, _TOP_PT = 260.0, 42.0, 26.0
_BAND_OPACITY = "0.16"
_OUTLINE = {"stroke_width": "0.6", "stroke_dasharray": "1 2"}


def draw(drawing: Traces) -> Drawn:
    """Return the lines as a picture; each has marks of its own shape, a reference has none."""
    own = [series for series in drawing.series if not series.reference]
    palette = marks([series.label for series in own])
    frame = Frame(_HEIGHT_PT, _left(drawing.y), _BOTTOM_PT, _TOP_PT)
    plane = Plane(frame, drawing.x, drawing.y)
    paths = Paths(f"{drawing.x.name} {drawing.y.name} {[s.label for s in drawing.series]}")
    keys = [_add(paths, plane, series, palette.get(series.label)) for series in drawing.series]
    about = paths.described(drawing.finding)
    empty = _empty(frame, drawing.x, drawing.y)
    picture = finished(empty, drawing.finding, about, plane.group(str(paths)))
    return Drawn((picture,), tuple(keys), tuple(paths.targets))


@lru_cache(maxsize=64)
def _empty(frame: Frame, x: Axis, y: Axis) -> str:
    """Return the axes without lines: drawing them takes longer than all else."""
    with style():
        axes = frame.axes()
        for axis, scale in ((x, axes.set_xscale), (y, axes.set_yscale)):
            if axis.logarithmic:
                scale("log")
        ticks(axes, x, upright=False, length=frame.inner_width)
        ticks(axes, y, upright=True, length=frame.inner_width)
        axes.set_xlabel(x.name)
        axes.set_title(y.name, loc="left", fontsize=SMALL_PT)
        return frame_svg(axes)


def _left(axis: Axis) -> float:
    """Return the room that the labels of the upright axis take."""
    names = [name for _, name in axis.ticks] or [tick_label(float(f"{axis.high:.1g}"))]
    return max(map(width_pt, names)) + FONT_PT


def _add(paths: Paths, plane: Plane, series: TraceSeries, mark: Mark | None) -> Key:
    """Add a line, and return what its sign stands for."""
    if mark is None:
        line = series.trace.map(lambda trace: plane.line(trace, None))
        paths.add(line, fill="none", stroke="currentColor", stroke_dasharray="4 3")
        return Key(LINE_SIGN, "currentColor", series.label)
    band = series.trace.map(plane.band)
    line = series.trace.map(lambda trace: plane.line(trace, mark.marker))
    # The area is too pale to be seen by all; its outline is not.
    paths.add(band, fill=mark.colour, fill_opacity=_BAND_OPACITY, stroke=mark.colour, **_OUTLINE)
    paths.add(line, fill="none", stroke=mark.colour, stroke_width="1.6")
    return Key(mark.sign, mark.colour, series.label)
