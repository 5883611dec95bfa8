"""Cells in rows and columns, each filled from its middle: upwards above 0, downwards below it.

Direction says what colour says, so that both are read without the other. A pale colour for what is
near 0 would not stand out from the page; a cell that is hardly filled does as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import FixedLocator, FuncFormatter

from analysis.render.figures.canvas import (
    FONT_PT,
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
from analysis.render.figures.palette import COLOURS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.document.figures import HeatMap, MapCell, MapPanel

_ROW_PT, _BOTTOM_PT, _TOP_PT = 16.0, 42.0, 26.0
_REACH_PT = 7.0
"""Of a full cell, from its middle."""
_LEAST_PT = 0.25
"""What is lower is not drawn."""
_GAP_PT = 0.6
"""Between columns, where they are wide enough."""
_WIDE_PT = 4.0
_END_PT = 0.9
"""How wide the line to a cell's end is."""
_ABOVE, _BELOW = COLOURS[0], COLOURS[1]


def draw(drawing: HeatMap) -> Drawn:
    """Return a picture for each panel."""
    with style():
        pictures = tuple(_picture(panel, drawing) for panel in drawing.panels if panel.rows)
    return Drawn(pictures, (Key("▲", _ABOVE, drawing.above), Key("▼", _BELOW, drawing.below)))


def _picture(panel: MapPanel, drawing: HeatMap) -> str:
    labels = [fitting(row.label, WIDTH_PT * 0.45, SMALL_PT) for row in panel.rows]
    left = max(width_pt(label, SMALL_PT) for label in labels) + FONT_PT
    frame = Frame(_ROW_PT * len(labels) + _BOTTOM_PT + _TOP_PT, left, _BOTTOM_PT, _TOP_PT)
    count = len(drawing.columns)
    axes = frame.axes()
    axes.set_xlim(0, count)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_yticks(range(len(labels)), labels, fontsize=SMALL_PT)
    ends = dict(zip((0.5, count - 0.5), drawing.ends, strict=True)) if count > 1 else {}
    axes.xaxis.set_major_locator(FixedLocator(list(ends)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: ends.get(value, "")))
    axes.grid(visible=False)
    # From the picture's left edge on: beside long labels there is little room.
    start = (FONT_PT - frame.left) / frame.inner_width
    title = fitting(panel.title, WIDTH_PT - 2 * FONT_PT)
    axes.set_title(title, loc="left", fontweight="bold", x=start)
    axes.set_xlabel(drawing.axis)
    # The labels of the ends turn inwards: they are wider than the margin.
    for label, at in zip(axes.get_xticklabels(), range(2), strict=False):
        label.set_horizontalalignment("right" if at else "left")
    paths = "".join(_paths(panel, drawing, frame))
    inner = f'<g transform="translate({frame.left:g} {frame.top:g})">{paths}</g>'
    finding = f"{panel.title}: {drawing.finding}"
    return as_svg(axes, finding, inner=inner)


def _paths(panel: MapPanel, drawing: HeatMap, frame: Frame) -> Iterator[str]:
    """Yield the middle lines of all rows, and what fills cells: a path a colour."""
    column = frame.inner_width / len(drawing.columns)
    width = column - (_GAP_PT if column >= _WIDE_PT else 0.0)
    scale = _REACH_PT / drawing.full
    lines: list[str] = []
    filled: dict[int, list[str]] = {1: [], -1: []}
    for place, row in enumerate(panel.rows):
        middle = (place + 0.5) * _ROW_PT
        for at, cell in enumerate(row.cells):
            if cell is None:
                continue
            lines.append(f"M{at * column:.1f} {middle:g}h{width:.1f}")
            for up, path in filled.items():
                path.extend(_filled(cell, up, scale, (at * column, middle), width))
    yield f'<path d="{"".join(lines)}" stroke="var(--line)" stroke-width="0.8" fill="none"/>'
    for path, colour in zip(filled.values(), (_ABOVE, _BELOW), strict=True):
        if path:
            yield f'<path d="{"".join(path)}" fill="{colour}"/>'


def _filled(
    cell: MapCell, up: int, scale: float, corner: tuple[float, float], width: float
) -> Iterator[str]:
    """Yield what is filled on one side of a cell's middle line: its middle, and a line to its end.

    Args:
        cell: what it holds.
        up: 1: the side above 0; -1: the other.
        scale: points of a logarithm of 1.
        corner: of the cell's middle line, from the left and from the top.
        width: of the cell, in points.

    """
    left, top = corner
    reach = min(max(up * cell.middle, 0.0) * scale, _REACH_PT)
    if reach >= _LEAST_PT:
        yield f"M{left:.1f} {top:g}v{-up * reach:.1f}h{width:.1f}v{up * reach:.1f}z"
    end = min(max(up * (cell.high if up > 0 else cell.low), 0.0) * scale, _REACH_PT)
    if end - reach >= _LEAST_PT:
        start = left + (width - _END_PT) / 2
        yield f"M{start:.1f} {top:g}v{-up * end:.1f}h{_END_PT:g}v{up * end:.1f}z"
