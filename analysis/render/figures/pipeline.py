"""The figures of the pipeline: a batch's way, where the time went, workers against throughput."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl

mpl.use("svg")

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.render.figures.svg import STYLE, WIDTH, svg
from analysis.report.pipeline import STAGES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from analysis.report.pipeline import Feeding, FeedRow

_ROW, _FRAME = 0.34, 1.3
_MOST_ROWS = 24
_COLOURS = dict(zip(STAGES, sns.color_palette("colorblind", len(STAGES)), strict=True))


def waterfall(feeding: Feeding) -> str:
    """Return the way of one batch through the stages, a row a payload and format, as SVG."""
    rows = feeding.waterfalls[:_MOST_ROWS]
    bars = [[(p.stage, p.start_ms, p.ms) for p in row.waterfall] for row in rows]
    return _bars(rows, bars, "ms since the batch was asked for", None)


def went(feeding: Feeding) -> str:
    """Return where the consumer's time went, a row a configuration, as SVG."""
    rows = feeding.rows[:_MOST_ROWS]
    bars = []
    for row in rows:
        parts, start = [], 0.0
        for stage, share in row.went.items():
            parts.append((stage, start, share))
            start += share
        bars.append(parts)
    return _bars(rows, bars, "share of the time from batch to batch", 1.0)


def _bars(
    rows: Sequence[FeedRow],
    bars: Sequence[Sequence[tuple[str, float, float]]],
    title: str,
    end: float | None,
) -> str:
    with sns.axes_style("whitegrid"), mpl.rc_context(STYLE):
        drawing, spot = plt.subplots(figsize=(WIDTH, _ROW * len(rows) + _FRAME))
        shown = set()
        for place, parts in enumerate(bars):
            for stage, start, length in parts:
                spot.barh(place, length, left=start, color=_COLOURS[stage], height=0.7)
                shown.add(stage)
        spot.set_yticks(range(len(rows)), [row.label for row in rows])
        spot.set_ylim(len(rows) - 0.5, -0.5)
        spot.set_xlim(0, end)
        spot.set_xlabel(title)
        if end:
            spot.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.0%}"))
        spot.grid(visible=False, axis="y")
        handles = [Patch(color=_COLOURS[s], label=s) for s in STAGES if s in shown]
        top = 1 - 0.35 / (_ROW * len(rows) + _FRAME)
        drawing.legend(handles=handles, loc="upper right", ncols=len(handles), frameon=False)
        drawing.tight_layout(rect=(0, 0, 1, top))
        return svg(drawing)


def knee(feeding: Feeding) -> str:
    """Return throughput by number of workers, with the knee ringed, as SVG."""
    with sns.axes_style("whitegrid"), mpl.rc_context(STYLE):
        drawing, spot = plt.subplots(figsize=(WIDTH, 4.2))
        colours = sns.color_palette("colorblind", len(feeding.lines))
        for line, colour in zip(feeding.lines, colours, strict=True):
            workers, rates = zip(*line.points, strict=True)
            spot.plot(workers, rates, marker="o", color=colour, label=line.label)
            ring: dict[str, Any] = {"markersize": 14, "markerfacecolor": "none"}
            at = dict(line.points)[line.knee]
            spot.plot([line.knee], [at], marker="o", color=colour, linestyle="none", **ring)
            one = dict(line.points).get(1)
            if one:
                ideal = [one * w for w in workers if w]
                spot.plot(
                    [w for w in workers if w], ideal, color=colour, linestyle=":", linewidth=1
                )
        spot.set_ylim(bottom=0)
        spot.xaxis.set_major_locator(MaxNLocator(integer=True))
        spot.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:,.0f}"))
        spot.set_xlabel("workers; 0: the consumer itself")
        spot.set_ylabel("samples a second")
        spot.legend(frameon=False, loc="upper left")
        drawing.tight_layout()
        return svg(drawing)
