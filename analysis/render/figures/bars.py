"""Horizontal bars of several parts, each with its label above it."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from textwrap import wrap
from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter

from analysis.document.numbers import number
from analysis.render.figures.canvas import (
    FONT_PT,
    SMALL_PT,
    WIDTH_PT,
    Drawn,
    Frame,
    Key,
    as_svg,
    style,
    whole_numbers,
    width_pt,
)
from analysis.render.figures.palette import SQUARE, Mark, marks
from hardware_profiles.numerals import counted, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.document.figures import Bar, Bars, Part

_BOTTOM_PT, _TOP_PT = 42.0, 4.0
_LINE_PT, _THICK_PT, _BELOW_PT = 14.0, 13.0, 8.0
"""Of a line of a bar's label; of the bar; of what is left free below it."""
_MOST = 6
"""Bars in one picture; more are shared by two, which stand side by side where there is room."""
_GAP_PT = 1.5
"""Between two parts, in the page's colour; the wider one gives it."""
_LEAST_PT = 0.4
"""Of a part, so that it is seen."""
_TICKS = 5
_NO_BREAK = "\u00a0"


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
    labels = [_lines(bar.label) for bar in bars]
    rows = [len(lines) * _LINE_PT + _THICK_PT + _BELOW_PT for lines in labels]
    frame = Frame(sum(rows) + _BOTTOM_PT + _TOP_PT, FONT_PT, _BOTTOM_PT, _TOP_PT)
    axes = frame.axes()
    axes.set_xlim(0, end)
    axes.set_ylim(sum(rows), 0)  # in points
    scale = frame.inner_width / end
    for bar, lines, row, below in zip(bars, labels, rows, accumulate(rows), strict=True):
        top = below - _BELOW_PT - _THICK_PT
        parts = [(part.start * scale, part.length * scale) for part in bar.parts]
        for part, (start, length) in zip(bar.parts, apart(parts), strict=True):
            if length:
                axes.barh(
                    top, length / scale, left=start / scale, height=_THICK_PT, align="edge",
                    color=palette[part.series].colour,
                )  # fmt: skip
        axes.annotate(
            "\n".join(lines), (0, below - row), xytext=(0, -1), textcoords="offset points",
            fontsize=SMALL_PT, va="top", annotation_clip=False,
        )  # fmt: skip
    whole_numbers(axes.xaxis, _TICKS)
    if drawing.shares:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: percent(x)))
    axes.set_yticks([])
    axes.set_xlabel(drawing.axis)
    return as_svg(axes, _description(bars, drawing))


def _lines(label: str) -> list[str]:
    """Return a label as lines that are no wider than a picture, broken after commas if may be."""
    letters = int((WIDTH_PT - 2 * FONT_PT) / width_pt("x", SMALL_PT))
    whole = label.replace(" ", _NO_BREAK).replace(f",{_NO_BREAK}", ", ")
    return [line.replace(_NO_BREAK, " ") for line in wrap(whole, letters)] or [label]


def apart(parts: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return starts and lengths with a gap between neighbours, which the wider one gives.

    Where both are slivers, the smaller one gives its place, and its length is 0.

    Args:
        parts: start and length of each in points, from left to right.

    """
    drawn = [(start, start + length) for start, length in parts]
    seen: list[int] = []
    for at, (start, end) in enumerate(drawn):
        width, lacks = end - start, 0.0
        while seen and width >= _LEAST_PT:
            before, until = drawn[seen[-1]]
            lacks = _GAP_PT - (start - until)
            if lacks <= 0 or max(until - before, width) - lacks >= _LEAST_PT:
                break
            if until - before >= width:
                width = 0.0
            else:
                seen.pop()
        if width < _LEAST_PT:
            continue
        if seen and lacks > 0:
            before, until = drawn[seen[-1]]
            if until - before >= width:
                drawn[seen[-1]] = (before, until - lacks)
            else:
                drawn[at] = (start + lacks, end)
        seen.append(at)
    return [(left, right - left if at in seen else 0.0) for at, (left, right) in enumerate(drawn)]


def _description(bars: tuple[Bar, ...], drawing: Bars) -> str:
    """State what is to be seen: the numbers are in the figure's table."""
    largest = Counter(max(bar.parts, key=_length).series for bar in bars if bar.parts)
    (name, count), *_ = largest.most_common(1) or [("nothing", 0)]
    text = f"{drawing.axis}. The largest part is {name} in {count} of {counted(len(bars), 'bar')}"
    if drawing.shares or not largest:
        return f"{text}."
    longest = max(bars, key=lambda bar: sum(map(_length, bar.parts)))
    return f"{text}; the longest is {longest.label}, {number(sum(map(_length, longest.parts)))}."


def _length(part: Part) -> float:
    return part.length
