"""The figures of act III on a page: distributions, days, windows, fleets."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from analysis.acts.drift import plots
from analysis.acts.drift.effects import FLEETS, LEAST_P, WINDOWS
from analysis.acts.drift.plots import OTHERS
from analysis.acts.drift.stream import REFERENCE_DAYS
from analysis.acts.drift_levers import STREAM_DAYS
from analysis.document import Figure
from analysis.document.figures import Axis, Trace, Traces, TraceSeries
from formats.payloads.doorbell import CITIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.acts.drift.watch import Watch
    from analysis.acts.outcome import Plot
    from analysis.document.live import Following, Live

_DAYS_SHOWN = (8, 12, 16, 20, 24)
_PARTS = ((0.0, "0.0"), (0.5, "0.5"), (1.0, "1.0"))
_SHARES = ((0.0, "0 %"), (0.5, "50 %"), (1.0, "100 %"))


class Followed(Protocol):
    """What follows the levers."""

    fleet_size: float

    def text(self, names: tuple[str, ...], function: Callable[[Watch], str]) -> Live:
        """Return a text that follows some of the levers."""

    def trace(self, names: tuple[str, ...], function: Callable[[Watch], Trace]) -> Following[Trace]:
        """Return a line that follows some of the levers."""


def figures(panel: Followed) -> tuple[Figure, ...]:
    """Return all of them."""
    return (_distributions(panel), _days(panel), _power(panel), _fleet(panel))


def _line(plot: Callable[[Watch], Plot], place: int, watched: Watch) -> Trace:
    curve = plot(watched).curves[place]
    x = tuple(float(at) for at in curve.x)
    if curve.low == curve.high == curve.y:
        return Trace(x, curve.y)
    return Trace(x, curve.y, curve.low, curve.high)


def _share(plot: Callable[[Watch], Plot], place: int, watched: Watch) -> Trace:
    """Return a line over the whole range of what it shows, from 0 to 1."""
    trace = _line(plot, place, watched)
    low, high = trace.x[0], trace.x[-1]
    return Trace(tuple(round((x - low) / (high - low), 6) for x in trace.x), trace.y)


def _distributions(panel: Followed) -> Figure:
    names = ("city", "window")
    series = tuple(
        TraceSeries(label, panel.trace(names, partial(_share, plots.distributions, place)))
        for place, label in enumerate(("first week", "last window"))
    )
    upright = panel.trace(names, _distance_line)
    x = Axis("from the least to the most", 0.0, 1.0, ticks=_SHARES)
    y = Axis("share of pictures below", 0.0, 1.0, ticks=_SHARES)
    return Figure(
        Traces(
            (*series, TraceSeries("D (upright)", upright, reference=True)),
            x,
            y,
            panel.text(names, plots.distribution_text),
        ),
        "DriftECDF: distribution of the feature that moved most",
        "`DriftECDF`. The share of pictures below each value of the feature that moved most, in "
        "its first week and in the last window; D is the largest distance of the two lines.",
    )


def _distance_line(watched: Watch) -> Trace:
    plot = plots.distributions(watched)
    low, high = (float(plot.curves[0].x[end]) for end in (0, -1))
    at = (plot.marks[0].number.value - low) / (high - low)
    values = plots.samples(watched)
    place = plot.marks[0].number.value
    ends = sorted(float((part <= place).mean()) for part in values)
    return Trace((at, at), (ends[0], ends[1]))


def _days(panel: Followed) -> Figure:
    names = ("city", "firmware-date", "window")
    series = tuple(
        TraceSeries(name.capitalize(), panel.trace(names, partial(_line, plots.over_days, place)))
        for place, name in enumerate(CITIES)
    )
    ticks = tuple((float(day), str(day)) for day in _DAYS_SHOWN)
    return Figure(
        Traces(
            series,
            Axis("day", REFERENCE_DAYS + 1.0, float(STREAM_DAYS), ticks=ticks),
            Axis("D", 0.0, 1.0, ticks=_PARTS),
            panel.text(("city", "firmware-date", "alpha", "correction", "window"), plots.days_text),
        ),
        "DriftOverDays: D by city",
        "`DriftOverDays`. D of the feature that moved most, for each city: a window at the end of "
        "each day against the first week.",
    )


def _power(panel: Followed) -> Figure:
    names = ("city", "alpha", "correction")
    labels = ("what moved most", *OTHERS)
    series = tuple(
        TraceSeries(label, panel.trace(names, partial(_line, plots.power_over_window, place)))
        for place, label in enumerate(labels)
    )
    ticks = tuple((float(count), f"{count:,}") for count in (10, 100, 1000))
    return Figure(
        Traces(
            series,
            Axis("pictures per test", WINDOWS[0], WINDOWS[-1], logarithmic=True, ticks=ticks),
            Axis("probability of noticing", 0.0, 1.0, ticks=_SHARES),
            panel.text(names, plots.power_text),
        ),
        "PowerOverWindow: probability of noticing the update",
        "`PowerOverWindow`. How surely one test notices the update, with 90 % bands, over its "
        "number of pictures.",
    )


def _fleet(panel: Followed) -> Figure:
    names = ("city", "window")

    def plot(watched: Watch) -> Plot:
        return plots.over_fleet(watched, panel.fleet_size)

    series = tuple(
        TraceSeries(label, panel.trace(names, partial(_line, plot, place)))
        for place, label in enumerate(("the update", "harmless weather"))
    )
    ticks = tuple((float(count), f"{count:,}") for count in FLEETS[::2])
    finding = panel.text(
        ("city", "window", "alpha"), lambda watched: plots.fleet_text(watched, panel.fleet_size)
    )
    return Figure(
        Traces(
            series,
            Axis("pictures a day", FLEETS[0], FLEETS[-1], logarithmic=True, ticks=ticks),
            Axis("-log10 p", 0.0, LEAST_P),
            finding,
        ),
        "FleetSize: how small p is, over pictures a day",
        "`FleetSize`. Of samples that are large enough any difference is significant: D stays as "
        "it is, p does not. Up to 300: below 1e-300 no p is told apart.",
    )
