"""The figures of a report, as SVG: dots with intervals, a panel for what may be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl

mpl.use("svg")

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from analysis.render.figures.svg import STYLE, WIDTH, svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.report.axes import Axis, Panel, Point
    from analysis.report.run import Report, Section

_COLUMNS = 2
_ROW_HEIGHT, _FRAME_HEIGHT = 0.32, 1.0
_MEMCPY = "#444444"
_READ = "#888888"

Colours = dict[str, tuple[float, float, float]]


def figure(report: Report, axis: Axis) -> str:
    """Return a figure as SVG, text as text, without a date: equal bundles give equal pages."""
    payloads = list(dict.fromkeys(section.payload for section in report.sections))
    colours: Colours = dict(
        zip(payloads, sns.color_palette("colorblind", len(payloads)), strict=True)
    )
    ceilings = {section.payload: section for section in reversed(report.sections)}
    columns = min(_COLUMNS, max(1, len(axis.panels)))
    rows = -(-len(axis.panels) // columns)
    heights = [
        max(len(_labels(panel)) for panel in axis.panels[row * columns : (row + 1) * columns])
        * _ROW_HEIGHT
        + _FRAME_HEIGHT
        for row in range(rows)
    ]
    with sns.axes_style("whitegrid"), mpl.rc_context(STYLE):
        drawing, places = plt.subplots(
            rows, columns, figsize=(WIDTH, sum(heights)), squeeze=False,
            gridspec_kw={"height_ratios": heights},
        )  # fmt: skip
        several = len({point.payload for p in axis.panels for point in p.points}) > 1
        one_each = all(len({point.payload for point in p.points}) == 1 for p in axis.panels)
        for place, spot in enumerate(places.flat):
            if place < len(axis.panels):
                panel = axis.panels[place]
                _panel(spot, panel, colours)
                if one_each:
                    _ceiling(spot, ceilings[panel.points[0].payload])
            else:
                spot.set_visible(False)
        if several and not one_each:
            shown = {point.payload for panel in axis.panels for point in panel.points}
            _legend(drawing, {name: colours[name] for name in payloads if name in shown})
        drawing.tight_layout(h_pad=1.6, rect=(0, 0, 1, 1 if one_each else 1 - 0.3 / sum(heights)))
        return svg(drawing)


def _labels(panel: Panel) -> list[str]:
    """Return the rows of a panel, by their fastest dot, fastest first."""
    best: dict[str, float] = {}
    for point in panel.points:
        rate = point.cell.rate_mb_per_s.value
        best[point.label] = max(rate, best.get(point.label, 0.0))
    return sorted(best, key=lambda label: -best[label])


def _panel(spot: Axes, panel: Panel, colours: Colours) -> None:
    labels = _labels(panel)
    frame = pd.DataFrame(
        {
            "label": [point.label for point in panel.points],
            "payload": [point.payload for point in panel.points],
            "MB/s": [point.cell.rate_mb_per_s.value for point in panel.points],
        }
    )
    sns.stripplot(
        frame, x="MB/s", y="label", hue="payload", order=labels, palette=colours, size=8,
        jitter=False, legend=False, ax=spot,
    )  # fmt: skip
    for point in panel.points:
        _interval(spot, point, labels.index(point.label), colours[point.payload])
    spot.set_xscale("log")
    spot.margins(x=0.08)
    spot.set_ylim(len(labels) - 0.5, -0.5)
    low, high = spot.get_xlim()
    # Where the rates span little more than a decade, its powers alone would be one label.
    spot.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 20 * low else (1,)))
    spot.xaxis.set_minor_formatter(NullFormatter())
    spot.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    spot.set_title(panel.title, loc="left", fontsize=11)
    spot.set_xlabel("payload MB/s, log scale")
    spot.set_ylabel("")


def _interval(spot: Axes, point: Point, place: int, colour: tuple[float, float, float]) -> None:
    rate = point.cell.rate_mb_per_s
    if rate.bounded:
        spot.plot([rate.low, rate.high], [place, place], color=colour, linewidth=2)
    if point.emphasis:
        spot.plot(
            [rate.value], [place], marker="o", markersize=12, color="none",
            markeredgecolor=_MEMCPY, linestyle="none",
        )  # fmt: skip


def _ceiling(spot: Axes, section: Section) -> None:
    """Draw what no decoder can pass: memcpy, and reading the encoded bytes of each format."""
    readers = {row.format: row.read for row in section.canonical if row.read}
    for place, label in enumerate(text.get_text() for text in spot.get_yticklabels()):
        if label in readers:
            limit = readers[label].rate_mb_per_s.value
            spot.plot([limit], [place], marker="|", markersize=12, color=_READ, zorder=1)
    if section.memcpy:
        limit = section.memcpy.rate_mb_per_s.value
        spot.axvline(limit, color=_MEMCPY, linestyle="--", linewidth=1)
        spot.annotate(
            "memcpy", (limit, 1), xycoords=("data", "axes fraction"), xytext=(-3, 3),
            textcoords="offset points", ha="right", fontsize=8, color=_MEMCPY,
        )  # fmt: skip


def _legend(drawing: Any, colours: Colours) -> None:
    handles = [
        Line2D([], [], marker="o", linestyle="none", color=colour, label=payload)
        for payload, colour in colours.items()
    ]
    drawing.legend(handles=handles, loc="upper right", ncols=len(handles), frameon=False)
