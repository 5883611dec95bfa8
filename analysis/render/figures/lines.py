"""Points joined by lines, with what proportion would give beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.render.figures.canvas import WIDTH, as_svg, colours, style

if TYPE_CHECKING:
    from analysis.document.figures import Lines

_HEIGHT = 4.2


def svg(drawing: Lines) -> str:
    """Return lines as SVG; a ring marks a point, dots the ideal."""
    palette = colours([line.label for line in drawing.lines])
    with style():
        figure, axes = plt.subplots(figsize=(WIDTH, _HEIGHT))
        for line in drawing.lines:
            colour = palette[line.label]
            x, y = zip(*line.points, strict=True)
            axes.plot(x, y, marker="o", color=colour, label=line.label)
            if line.ringed is not None:
                axes.plot(
                    [line.ringed], [dict(line.points)[line.ringed]], marker="o", color=colour,
                    linestyle="none", markersize=14, markerfacecolor="none",
                )  # fmt: skip
            if line.ideal:
                x, y = zip(*line.ideal, strict=True)
                axes.plot(x, y, color=colour, linestyle=":", linewidth=1)
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.set_xlabel(drawing.x_axis)
        axes.set_ylabel(drawing.y_axis)
        axes.legend(frameon=False, loc="upper left")
        figure.tight_layout()
        return as_svg(figure)
