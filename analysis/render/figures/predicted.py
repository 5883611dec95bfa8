"""The figure of the model: predicted against measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl

mpl.use("svg")

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.ticker import FuncFormatter, NullFormatter

from analysis.render.figures.svg import STYLE, WIDTH, svg

if TYPE_CHECKING:
    from analysis.report.predicted import Predicted


def against(found: Predicted) -> str:
    """Return throughput as predicted, with its interval, over as it was measured, as SVG."""
    formats = list(dict.fromkeys(point.format for point in found.points))
    colours = dict(zip(formats, sns.color_palette("colorblind", len(formats)), strict=True))
    with sns.axes_style("whitegrid"), mpl.rc_context(STYLE):
        drawing, spot = plt.subplots(figsize=(WIDTH, 5.6))
        for name in formats:
            mine = [point for point in found.points if point.format == name]
            spot.errorbar(
                [point.measured for point in mine],
                [point.predicted for point in mine],
                yerr=(
                    [point.predicted - point.low for point in mine],
                    [point.high - point.predicted for point in mine],
                ),
                fmt="o",
                markersize=4,
                elinewidth=0.8,
                color=colours[name],
                label=name,
            )
        ends = [min(p.measured for p in found.points), max(p.measured for p in found.points)]
        spot.plot(ends, ends, color="0.4", linewidth=1, linestyle="--", zorder=0)
        spot.set(xscale="log", yscale="log")
        for axis in (spot.xaxis, spot.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
            axis.set_minor_formatter(NullFormatter())
        spot.set_xlabel("measured, samples a second")
        spot.set_ylabel("predicted, samples a second")
        spot.legend(frameon=False, loc="upper left")
        drawing.tight_layout()
        return svg(drawing)
