"""Horizontal bars of several parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from analysis.render.figures.canvas import WIDTH, as_svg, colours, style
from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from analysis.document.figures import Bars

_ROW_HEIGHT, _FRAME_HEIGHT = 0.34, 1.3


def svg(drawing: Bars) -> str:
    """Return bars as SVG, the first on top."""
    palette = colours(drawing.series)
    height = _ROW_HEIGHT * len(drawing.bars) + _FRAME_HEIGHT
    with style():
        figure, axes = plt.subplots(figsize=(WIDTH, height))
        for row, bar in enumerate(drawing.bars):
            for part in bar.parts:
                colour = palette[part.series]
                axes.barh(row, part.length, left=part.start, color=colour, height=0.7)
        axes.set_yticks(range(len(drawing.bars)), [bar.label for bar in drawing.bars])
        axes.set_ylim(len(drawing.bars) - 0.5, -0.5)
        axes.set_xlim(0, 1.0 if drawing.shares else None)
        axes.set_xlabel(drawing.axis)
        if drawing.shares:
            axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: percent(x)))
        axes.grid(visible=False, axis="y")
        shown = {part.series for bar in drawing.bars for part in bar.parts}
        handles = [
            Patch(color=palette[name], label=name) for name in drawing.series if name in shown
        ]
        figure.legend(handles=handles, loc="upper right", ncols=len(handles), frameon=False)
        figure.tight_layout(rect=(0, 0, 1, 1 - 0.35 / height))
        return as_svg(figure)
