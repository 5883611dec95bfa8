"""Dots with intervals, a panel for what may be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from analysis.render.figures.canvas import WIDTH, Colours, as_svg, colours, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.document.figures import Dot, Dots, Limit, Panel

_COLUMNS = 2
_ROW_HEIGHT, _FRAME_HEIGHT = 0.32, 1.0
_DARK, _LIGHT = "#444444", "#888888"


def svg(drawing: Dots) -> str:
    """Return panels of dots as SVG."""
    palette = colours(drawing.series)
    columns = min(_COLUMNS, max(1, len(drawing.panels)))
    rows = -(-len(drawing.panels) // columns)
    heights = [
        max(len(_labels(panel)) for panel in drawing.panels[row * columns : (row + 1) * columns])
        * _ROW_HEIGHT
        + _FRAME_HEIGHT
        for row in range(rows)
    ]
    shown = {dot.series for panel in drawing.panels for dot in panel.dots}
    with_legend = len(shown) > 1 and any(
        len({dot.series for dot in panel.dots}) > 1 for panel in drawing.panels
    )
    with style():
        figure, grid = plt.subplots(
            rows, columns, figsize=(WIDTH, sum(heights)), squeeze=False,
            gridspec_kw={"height_ratios": heights},
        )  # fmt: skip
        for place, axes in enumerate(grid.flat):
            if place < len(drawing.panels):
                _panel(axes, drawing.panels[place], palette, drawing.axis)
            else:
                axes.set_visible(False)
        if with_legend:
            _legend(figure, {name: palette[name] for name in drawing.series if name in shown})
        top = 1 - 0.3 / sum(heights) if with_legend else 1
        figure.tight_layout(h_pad=1.6, rect=(0, 0, 1, top))
        return as_svg(figure)


def _labels(panel: Panel) -> list[str]:
    """Return the rows of a panel, by their largest dot, largest first."""
    best: dict[str, float] = {}
    for dot in panel.dots:
        best[dot.label] = max(dot.number.value, best.get(dot.label, 0.0))
    return sorted(best, key=lambda label: -best[label])


def _panel(axes: Axes, panel: Panel, palette: Colours, name: str) -> None:
    labels = _labels(panel)
    frame = pd.DataFrame(
        {
            "label": [dot.label for dot in panel.dots],
            "series": [dot.series for dot in panel.dots],
            name: [dot.number.value for dot in panel.dots],
        }
    )
    sns.stripplot(
        frame, x=name, y="label", hue="series", order=labels, palette=palette, size=8,
        jitter=False, legend=False, ax=axes,
    )  # fmt: skip
    for dot in panel.dots:
        _interval(axes, dot, labels.index(dot.label), palette[dot.series])
    axes.set_xscale("log")
    axes.margins(x=0.08)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    low, high = axes.get_xlim()
    # Where the numbers span little more than a decade, its powers alone would be one label.
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 20 * low else (1,)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    axes.set_title(panel.title, loc="left", fontsize=11)
    axes.set_xlabel(name)
    axes.set_ylabel("")
    for limit in panel.limits:
        _limit(axes, limit, labels)


def _interval(axes: Axes, dot: Dot, row: int, colour: tuple[float, float, float]) -> None:
    if dot.number.bounded:
        axes.plot([dot.number.low, dot.number.high], [row, row], color=colour, linewidth=2)
    if dot.ringed:
        axes.plot(
            [dot.number.value], [row], marker="o", markersize=12, color="none",
            markeredgecolor=_DARK, linestyle="none",
        )  # fmt: skip


def _limit(axes: Axes, limit: Limit, labels: list[str]) -> None:
    """Draw what no dot can pass: a tick in its row, or a line over all."""
    if limit.label is not None:
        if limit.label in labels:
            row = labels.index(limit.label)
            axes.plot([limit.value], [row], marker="|", markersize=12, color=_LIGHT, zorder=1)
        return
    axes.axvline(limit.value, color=_DARK, linestyle="--", linewidth=1)
    axes.annotate(
        limit.name, (limit.value, 1), xycoords=("data", "axes fraction"), xytext=(-3, 3),
        textcoords="offset points", ha="right", fontsize=8, color=_DARK,
    )  # fmt: skip


def _legend(figure: Figure, palette: Colours) -> None:
    handles = [
        Line2D([], [], marker="o", linestyle="none", color=colour, label=name)
        for name, colour in palette.items()
    ]
    figure.legend(handles=handles, loc="upper right", ncols=len(handles), frameon=False)
