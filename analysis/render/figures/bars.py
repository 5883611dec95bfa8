"""Horizontal bars of several parts, each with its label above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter

from analysis.document.numbers import number
from analysis.render.figures.canvas import (
    FONT_PT,
    PAPER,
    SMALL_PT,
    Drawn,
    Frame,
    Key,
    as_svg,
    style,
    whole_numbers,
)
from analysis.render.figures.palette import SQUARE, Mark, marks
from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from analysis.document.figures import Bar, Bars, Part

_ROW_PT, _BOTTOM_PT, _TOP_PT = 30.0, 34.0, 12.0
_THICK = 0.42
"""Of a bar, of its row."""
_MOST = 6
"""Bars in one picture; more are shared by two, which stand side by side where there is room."""
_GAP_PT = 1.0
"""Between two parts, in the page's colour."""
_TICKS = 5


def draw(drawing: Bars) -> Drawn:
    """Return the bars, the first on top, in pictures with a common axis."""
    palette = marks(drawing.series)
    count = len(drawing.bars)
    each = max(1, count if count <= _MOST else -(-count // 2))
    length = max((p.start + p.length for bar in drawing.bars for p in bar.parts), default=1.0)
    end = 1.0 if drawing.shares else 1.02 * length
    with style():
        pictures = tuple(
            _picture(drawing.bars[first : first + each], drawing, palette, end)
            for first in range(0, count, each)
        )
    shown = {part.series for bar in drawing.bars for part in bar.parts}
    keys = (Key(SQUARE, palette[name].colour, name) for name in drawing.series if name in shown)
    return Drawn(pictures, tuple(keys))


def _picture(bars: tuple[Bar, ...], drawing: Bars, palette: dict[str, Mark], end: float) -> str:
    frame = Frame(_ROW_PT * len(bars) + _BOTTOM_PT + _TOP_PT, FONT_PT, _BOTTOM_PT, _TOP_PT)
    axes = frame.axes()
    axes.set_xlim(0, end)
    axes.set_ylim(len(bars) - 1 + _THICK, -0.5)
    gap = _GAP_PT * end / frame.inner_width
    for row, bar in enumerate(bars):
        for part in bar.parts:
            # A part that is narrower than two gaps would vanish between them.
            apart = _GAP_PT if part.length > 2 * gap else 0.0
            axes.barh(
                row, part.length, left=part.start, color=palette[part.series].colour,
                height=_THICK, edgecolor=PAPER, linewidth=apart,
            )  # fmt: skip
        axes.annotate(
            bar.label, (0, row), xytext=(0, 9.5), textcoords="offset points", fontsize=SMALL_PT,
            annotation_clip=False,
        )  # fmt: skip
    whole_numbers(axes.xaxis, _TICKS)
    if drawing.shares:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: percent(x)))
    axes.set_yticks([])
    axes.set_xlabel(drawing.axis)
    return as_svg(axes, _description(bars, drawing))


def _description(bars: tuple[Bar, ...], drawing: Bars) -> str:
    said = (f"{bar.label}: {', '.join(_part(part, drawing) for part in bar.parts)}" for bar in bars)
    return f"{drawing.axis}. {'; '.join(said)}."


def _part(part: Part, drawing: Bars) -> str:
    length = percent(part.length) if drawing.shares else number(part.length)
    return f"{part.series} {length}"
