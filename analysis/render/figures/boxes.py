"""Boxes on a logarithmic axis: from the 5th to the 95th percentile, the middle marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.document.figures import Axis
from analysis.document.live import constant
from analysis.render.figures.canvas import (
    FONT_PT,
    MUTED,
    SMALL_PT,
    WIDTH_PT,
    Drawn,
    Frame,
    Key,
    as_svg,
    fitting,
    style,
    width_pt,
)
from analysis.render.figures.palette import LINE_SIGN, marks
from analysis.render.figures.shapes import Paths, Plane, ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.document.figures import Box, Boxes, BoxPanel, BoxRow
    from analysis.render.figures.palette import Mark

_ROW_PT = 16.0
"""Of a row with a single box, its label beside it."""
_LABEL_PT, _BOX_PT, _BELOW_PT = 16.0, 11.0, 6.0
"""Of a row's label above its boxes, of each of them, and of what is left free below them."""
_BOTTOM_PT, _TOP_PT, _UNTITLED_PT = 42.0, 26.0, 6.0
_THICK_PT, _THIN_PT = 7.0, 1.4
"""Of a box, and of the line to its outermost percentiles."""
_SIZE = 0.8
"""Of the mark of the middle, over that of other figures."""
_BESIDE = 0.45
"""How much of a picture's width labels may take."""
_APART_PT = 6.0
"""Between a label beside the axes and these."""
_MARGIN = 0.06
"""Of an axis, beyond its outermost percentiles, as a share of its length."""


def draw(drawing: Boxes) -> Drawn:
    """Return a picture for each panel, the first row on top."""
    palette = marks(drawing.series)
    with style():
        pictures = tuple(_Picture(panel, drawing, palette).svg() for panel in drawing.panels)
    shown = {box.series for panel in drawing.panels for row in panel.rows for box in row.boxes}
    names = [name for name in drawing.series if name in shown] if len(shown) > 1 else []
    keys = [Key(palette[name].sign, palette[name].colour, name) for name in names]
    limits = [Key(LINE_SIGN, MUTED, limit.name) for limit in drawing.limits]
    return Drawn(pictures, (*keys, *limits))


class _Picture:
    """A panel while it is drawn; its upright axis is in points."""

    def __init__(self, panel: BoxPanel, drawing: Boxes, palette: dict[str, Mark]) -> None:
        self._panel, self._drawing, self._palette = panel, drawing, palette
        self._beside = all(len(row.boxes) == 1 for row in panel.rows)
        height = sum(map(self._height, panel.rows))
        top = _TOP_PT if panel.title else _UNTITLED_PT
        left = FONT_PT + self._labels_pt() + (_APART_PT if self._beside else 0.0)
        self._frame = Frame(height + _BOTTOM_PT + top, left, _BOTTOM_PT, top)
        self._axis = self._limits()
        self._plane = Plane(self._frame, self._axis, Axis("", height, 0.0))
        self._paths = Paths(f"{drawing.axis} {panel.title} {[row.label for row in panel.rows]}")

    def _height(self, row: BoxRow) -> float:
        return _ROW_PT if self._beside else _LABEL_PT + _BOX_PT * len(row.boxes) + _BELOW_PT

    def _labels_pt(self) -> float:
        """Return the room that labels take beside the axes."""
        if not self._beside:
            return 0.0
        shown = [fitting(row.label, WIDTH_PT * _BESIDE, SMALL_PT) for row in self._panel.rows]
        return max((width_pt(label, SMALL_PT) for label in shown), default=0.0)

    def _limits(self) -> Axis:
        """Return where the axis begins and ends: around all that is drawn."""
        boxes = [box for row in self._panel.rows for box in row.boxes]
        values = [value for box in boxes for value in (box.low, box.high) if value > 0]
        values += [limit.value for limit in self._drawing.limits]
        low, high = min(values, default=1.0), max(values, default=1.0)
        margin = max(high / low, 2.0) ** _MARGIN
        return Axis(self._drawing.axis, low / margin, high * margin, logarithmic=True)

    def svg(self) -> str:
        axes = self._frame.axes()
        axes.set_xscale("log")
        axes.set_ylim(sum(map(self._height, self._panel.rows)), 0)
        ticks(axes, self._axis, upright=False, length=self._frame.inner_width)
        axes.set_yticks([])
        axes.set_xlabel(self._drawing.axis)
        if self._panel.title:
            start = (FONT_PT - self._frame.left) / self._frame.inner_width
            title = fitting(self._panel.title, WIDTH_PT - 2 * FONT_PT)
            axes.set_title(title, loc="left", fontweight="bold", x=start)
        top = 0.0
        for row in self._panel.rows:
            self._row(axes, row, top)
            top += self._height(row)
        for limit in self._drawing.limits:
            axes.axvline(limit.value, color=MUTED, linestyle="--", linewidth=1.2)
        where = f"{self._panel.title}: " if self._panel.title else ""
        finding = f"{where}{self._drawing.finding}"
        inner = self._plane.group(str(self._paths))
        return as_svg(axes, finding, self._paths.described(finding), inner)

    def _row(self, axes: Axes, row: BoxRow, top: float) -> None:
        if self._beside:
            label, place, offset = row.label, top + _ROW_PT / 2, (-_APART_PT, 0)
            side, upright = "right", "center"
            room = WIDTH_PT * _BESIDE
            first = place
        else:
            label, place, offset = row.label, top + _LABEL_PT, (0, 4)
            side, upright = "left", "baseline"
            room = WIDTH_PT - 2 * FONT_PT
            first = top + _LABEL_PT + _BOX_PT / 2
        axes.annotate(
            fitting(label, room, SMALL_PT), (0, place), xycoords=("axes fraction", "data"),
            xytext=offset, textcoords="offset points", fontsize=SMALL_PT, ha=side, va=upright,
            annotation_clip=False,
        )  # fmt: skip
        for at, box in enumerate(row.boxes):
            self._box(box, first + at * _BOX_PT)

    def _box(self, box: Box, middle: float) -> None:
        mark = self._palette[box.series]
        bar = self._plane.bar
        self._paths.add(constant(bar(box.low, box.high, middle, _THIN_PT)), fill=mark.colour)
        self._paths.add(constant(bar(box.lower, box.upper, middle, _THICK_PT)), fill=mark.colour)
        # Its shape tells series apart without colours; its outline sets it apart from its box.
        dot = self._plane.dot(box.middle, middle, mark.marker, _SIZE)
        self._paths.add(
            constant(dot), fill="currentColor", stroke="var(--paper)", paint_order="stroke",
            stroke_width="1.6",
        )  # fmt: skip
