"""Dots with intervals, a picture for what may be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.document.numbers import number
from analysis.render.figures.canvas import (
    FONT_PT,
    INK,
    MUTED,
    SMALL_PT,
    WIDTH_PT,
    Drawn,
    Frame,
    Key,
    as_svg,
    fitting,
    log_axis,
    style,
    width_pt,
)
from analysis.render.figures.palette import Mark, marks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.document.figures import Dot, Dots, Limit, Panel

_ROW_PT, _BOTTOM_PT, _TOP_PT = 26.0, 42.0, 26.0
_MARGIN = 0.06
"""Of an axis, beyond its outermost dots, as a share of its length."""


def draw(drawing: Dots) -> Drawn:
    """Return a picture for each panel."""
    palette = marks(drawing.series)
    with style():
        pictures = tuple(_picture(panel, palette, drawing.axis) for panel in drawing.panels)
    several = any(len({dot.series for dot in panel.dots}) > 1 for panel in drawing.panels)
    shown = {dot.series for panel in drawing.panels for dot in panel.dots} if several else set()
    keys = (Key(palette[s].sign, palette[s].colour, s) for s in drawing.series if s in shown)
    return Drawn(pictures, tuple(keys))


def _labels(panel: Panel) -> list[str]:
    """Return the rows of a panel, by their largest dot, largest first."""
    best: dict[str, float] = {}
    for dot in panel.dots:
        best[dot.label] = max(dot.number.value, best.get(dot.label, 0.0))
    return sorted(best, key=lambda label: -best[label])


def _picture(panel: Panel, palette: dict[str, Mark], name: str) -> str:
    labels = _labels(panel)
    shown = [fitting(label, WIDTH_PT / 2) for label in labels]
    frame = Frame(
        height=_ROW_PT * len(labels) + _BOTTOM_PT + _TOP_PT,
        left=max(map(width_pt, shown)) + FONT_PT,
        bottom=_BOTTOM_PT,
        top=_TOP_PT,
    )
    axes = frame.axes()
    axes.set_xscale("log")
    limits = _limits(panel)
    axes.set_xlim(limits)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    for dot in panel.dots:
        _dot(axes, dot, labels.index(dot.label), palette[dot.series])
    for limit in panel.limits:
        _limit(axes, limit, labels)
    log_axis(axes.xaxis, limits, frame.inner_width)
    axes.set_yticks(range(len(labels)), shown)
    axes.grid(visible=False, axis="y")
    axes.set_title(panel.title, loc="left", fontweight="bold")
    axes.set_xlabel(name)
    return as_svg(axes, _description(panel, name))


def _limits(panel: Panel) -> tuple[float, float]:
    """Return where the axis begins and ends: around all that is drawn."""
    values = [limit.value for limit in panel.limits]
    for dot in panel.dots:
        bounded = dot.number.bounded and dot.number.low > 0
        values += [dot.number.low, dot.number.high] if bounded else [dot.number.value]
    low, high = min(values), max(values)
    margin = max(high / low, 2.0) ** _MARGIN
    return low / margin, high * margin


def _description(panel: Panel, name: str) -> str:
    """State what is to be seen: the numbers are in the figure's table."""
    several = len({dot.series for dot in panel.dots}) > 1
    first, *_, last = sorted(panel.dots * 2, key=lambda dot: -dot.number.value)
    most, least = (
        f"{dot.label}{f' ({dot.series})' if several else ''}, {number(dot.number.value)}"
        for dot in (first, last)
    )
    if first is last:
        return f"{panel.title}, {name}: {most}, alone."
    times = number(first.number.value / last.number.value)
    return f"{panel.title}, {name}: the highest is {most}: {times} times the lowest, {least}."


def _dot(axes: Axes, dot: Dot, row: int, mark: Mark) -> None:
    if dot.number.bounded:
        axes.plot([dot.number.low, dot.number.high], [row, row], color=mark.colour, linewidth=2)
    axes.plot(
        [dot.number.value], [row], marker=mark.marker, markersize=7, color=mark.colour,
        linestyle="none",
    )  # fmt: skip
    if dot.ringed:
        axes.plot(
            [dot.number.value], [row], marker="o", markersize=12, color="none",
            markeredgecolor=INK, linestyle="none",
        )  # fmt: skip


def _limit(axes: Axes, limit: Limit, labels: list[str]) -> None:
    """Draw what no dot can pass: a tick in its row, or a line over all."""
    if limit.label is not None:
        if limit.label in labels:
            row = labels.index(limit.label)
            axes.plot(
                [limit.value], [row], marker="|", markersize=12, markeredgewidth=1.5, color=MUTED,
                zorder=1,
            )  # fmt: skip
        return
    axes.axvline(limit.value, color=INK, linestyle="--", linewidth=1)
    axes.annotate(
        limit.name, (limit.value, 1), xycoords=("data", "axes fraction"), xytext=(2, 3),
        textcoords="offset points", ha="right", fontsize=SMALL_PT, color=INK,
    )  # fmt: skip
