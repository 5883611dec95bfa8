"""Predicted over measured, with the line on which both are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from matplotlib.ticker import FuncFormatter, NullFormatter

from analysis.render.figures.canvas import WIDTH, as_svg, colours, style

if TYPE_CHECKING:
    from analysis.document.figures import Comparison

_HEIGHT = 5.6


def svg(drawing: Comparison) -> str:
    """Return the points with their intervals as SVG, both axes logarithmic."""
    series = list(dict.fromkeys(point.series for point in drawing.points))
    with style():
        figure, axes = plt.subplots(figsize=(WIDTH, _HEIGHT))
        for name, colour in colours(series).items():
            points = [point for point in drawing.points if point.series == name]
            axes.errorbar(
                [point.measured for point in points],
                [point.predicted.value for point in points],
                yerr=(
                    [point.predicted.value - point.predicted.low for point in points],
                    [point.predicted.high - point.predicted.value for point in points],
                ),
                fmt="o",
                markersize=4,
                elinewidth=0.8,
                color=colour,
                label=name,
            )
        measured = [point.measured for point in drawing.points]
        ends = [min(measured), max(measured)]
        axes.plot(ends, ends, color="0.4", linewidth=1, linestyle="--", zorder=0)
        axes.set(xscale="log", yscale="log")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
            axis.set_minor_formatter(NullFormatter())
        axes.set_xlabel(drawing.x_axis)
        axes.set_ylabel(drawing.y_axis)
        axes.legend(frameon=False, loc="upper left")
        figure.tight_layout()
        return as_svg(figure)
