"""Decode throughput a codec, as one SVG: a panel a payload, intervals, ceilings."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

mpl.use("svg")

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.ticker import FuncFormatter

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.report.content import Report, Section

_COLUMNS = 2
_WIDTH, _HEIGHT = 10.5, 3.4
_MEMCPY = "#444444"
_READ = "#888888"


def decode_throughput(report: Report) -> str:
    """Return the SVG, text as text, without a date, so that equal bundles give equal pages.

    A panel shows the payload's usual batch: the first of each payload in the bundle.
    """
    sections: dict[str, Section] = {}
    for section in report.sections:
        sections.setdefault(section.payload, section)
    shown = [s for s in sections.values() if any(row.decode for row in s.rows)]
    columns = min(_COLUMNS, max(1, len(shown)))
    rows = -(-len(shown) // columns)
    formats = list(dict.fromkeys(r.codec.split("/")[0] for s in shown for r in s.rows))
    colours = dict(zip(sorted(formats), sns.color_palette("colorblind", len(formats)), strict=True))
    context: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "data-factory",
        "font.family": "sans-serif",
    }
    with sns.axes_style("whitegrid"), mpl.rc_context(context):
        figure, axes = plt.subplots(
            max(1, rows), columns, figsize=(_WIDTH, _HEIGHT * max(1, rows)), squeeze=False
        )
        for place, axis in enumerate(axes.flat):
            if place < len(shown):
                _panel(axis, shown[place], colours)
            else:
                axis.set_visible(False)
        figure.tight_layout(h_pad=2.0)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
        plt.close(figure)
    svg = text.getvalue()
    return svg[svg.index("<svg") :]


def _panel(axis: Axes, section: Section, colours: dict[str, tuple[float, float, float]]) -> None:
    decoded = [(row, row.decode) for row in section.rows if row.decode]
    frame = pd.DataFrame(
        {
            "codec": [row.codec for row, _ in decoded],
            "format": [row.codec.split("/")[0] for row, _ in decoded],
            "MB/s": [cell.rate_mb_per_s.value for _, cell in decoded],
        }
    )
    sns.stripplot(
        frame, x="MB/s", y="codec", hue="format", palette=colours, size=8, jitter=False,
        legend=False, ax=axis,
    )  # fmt: skip
    for place, (row, cell) in enumerate(decoded):
        rate = cell.rate_mb_per_s
        colour = colours[row.codec.split("/")[0]]
        if rate.n > 1:
            axis.plot([rate.low, rate.high], [place, place], color=colour, linewidth=2)
        if row.read:
            ceiling = row.read.rate_mb_per_s.value
            axis.plot([ceiling], [place], marker="|", markersize=12, color=_READ, zorder=1)
    axis.set_xscale("log")
    if section.memcpy:
        limit = section.memcpy.rate_mb_per_s.value
        axis.axvline(limit, color=_MEMCPY, linestyle="--", linewidth=1)
        axis.annotate(
            "memcpy", (limit, 1), xycoords=("data", "axes fraction"), xytext=(-3, 3),
            textcoords="offset points", ha="right", fontsize=8, color=_MEMCPY,
        )  # fmt: skip
    axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    axis.set_title(f"{section.payload}, {section.batch} a batch", loc="left", fontsize=11)
    axis.set_xlabel("payload MB/s, log scale")
    axis.set_ylabel("")
