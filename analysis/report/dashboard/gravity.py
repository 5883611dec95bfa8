"""Act I on a page: what moving the data comes to, as its controls are set."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from analysis.acts.gravity.crossover import SIZES_GB, TIERS_OF_SCALE, distances
from analysis.acts.gravity.options import NAMES, beyond
from analysis.acts.gravity.routes import Wire
from analysis.acts.limits import PLAN
from analysis.acts.outcome import EGRESS, verdict
from analysis.document import (
    Card,
    Cell,
    Column,
    Figure,
    Finding,
    Findings,
    Row,
    Table,
)
from analysis.document.figures import Axis, Trace, Traces, TraceSeries
from analysis.document.live import following, live, once
from analysis.report.dashboard.controls import NOTHING, offer
from analysis.report.dashboard.moves import BOX_KEYS, WIRE_KEYS, Move, Moves
from analysis.report.outcome import TONES
from hardware_profiles.numerals import percent
from hardware_profiles.quantity import exact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from analysis.acts.limits import Limits
    from analysis.document import Block
    from analysis.document.live import Control, Live
    from analysis.report.dashboard.controls import Offer
    from hardware_profiles.catalogue import Catalogue
    from hardware_profiles.quantity import Quantity

BOXES = tuple(NAMES)[1:]
"""The ways of shipping."""
_PLACES = 11
"""Distances at which a figure's lines are worked out, even on a logarithmic axis."""
_NEAREST_KM, _FARTHEST_KM = 7e-6, 3e4
"""Ends of the figure's axis, a little beyond what is drawn."""
_DAYS = {
    "1 s": 1 / 86_400,
    "1 min": 1 / 1440,
    "1 h": 1 / 24,
    "1 day": 1.0,
    "1 month": 30.0,
    "1 year": 365.0,
    "10 years": 3650.0,
    "100 years": 36_500.0,
}


def _time_axis(shortest: str, longest: str) -> Axis:
    """Return an axis of times; what is shorter or longer lies at its ends."""
    low, high = _DAYS[shortest], _DAYS[longest]
    names = {low: f"≤ {shortest}", high: f"≥ {longest}"}
    ticks = ((days, names.get(days, name)) for name, days in _DAYS.items() if low <= days <= high)
    return Axis("time", low, high, logarithmic=True, ticks=tuple(ticks), unit="days")


_TIME_OVER_DISTANCE = _time_axis("1 h", "10 years")
_TIME_OVER_SCALE = _time_axis("1 s", "100 years")

_KM = Axis(
    "distance",
    _NEAREST_KM,
    _FARTHEST_KM,
    logarithmic=True,
    ticks=((1e-5, "1 cm"), (1e-3, "1 m"), (0.1, "100 m"), (10.0, "10 km"), (1e3, "1,000 km")),
    unit="km",
)


class GravityPanel:
    """What act I shows on a page."""

    def __init__(
        self, catalogue: Catalogue, offered: Offer | None = None, limits: Limits = PLAN
    ) -> None:
        """Begin with the controls; what they show is worked out when it is asked for."""
        offered = offered or offer("gravity", catalogue)
        self.controls = offered.controls
        self._moves = Moves(catalogue, offered)
        self._limits = limits
        self._fastest = self._live((*WIRE_KEYS, "deadline"), partial(self._best, "fastest"))

    def _over(self, *names: str) -> list[Control]:
        return [self.controls[name] for name in names]

    def _live(self, names: tuple[str, ...], function: Callable[[Mapping[str, str]], str]) -> Live:
        return live(self._over(*names), function)

    def badge(self) -> Card:
        """Return the badge of what leaving the cloud costs."""
        keys = ("track", "size")
        limit, title = self._limits.egress, self._limits.egress_title
        held = once(lambda at: verdict(EGRESS, self._moves.egress(at), limit, title), keys)
        return Card(
            title,
            self._live(keys, lambda at: str(held(at).state)),
            self._live(keys, lambda at: held(at).reason),
            self._live(keys, lambda at: TONES[held(at).state].value),
        )

    def cards(self) -> tuple[Card, ...]:
        """Return the cards of the ledger that this act fills."""

        def speed(at: Mapping[str, str]) -> str:
            way = self._moves.way(at["method"], at)
            return way if isinstance(way, str) else way.speed

        return (
            Card(
                "Ingestion Speed, moving it",
                self._live((*WIRE_KEYS, "method"), speed),
                "all of it over all of the time, by the method that is set",
            ),
            Card(
                "Egress Cost",
                self._live(("track", "size"), lambda at: self._moves.egress(at).text()),
                "to take it out of the cloud, whichever way it goes, by the price list of 2024",
            ),
        )

    def log(self) -> tuple[Finding, ...]:
        """Return the consequences, each with its source."""

        def egress(at: Mapping[str, str]) -> str:
            cost = self._moves.egress(at)
            if (cost - self._limits.egress_alert).value <= 0:
                return "No alert about egress."
            flat = self._moves.egress_at_first_price(at)
            return (
                f"Alert: egress of {self._moves.size(at['track'], at['size']).text()} is "
                f"{cost.text()} (at the first step's price, as the lab's plan counts it, "
                f"{flat.text()}). Move compute to the data? Source: the price list of AWS, 2024."
            )

        return (
            Finding(self._live(("track", "size"), egress)),
            Finding(self._live((*WIRE_KEYS, "deadline"), self._late)),
        )

    def _late(self, at: Mapping[str, str]) -> str:
        late = [NAMES[name] for name in self._moves.late(at)]
        if not late:
            return "No alert about the deadline."
        deadline = self._moves.deadline(at["track"], at["deadline"]).text()
        return f"Alert: rather late than within {deadline}: {', '.join(late)}."

    def result(self) -> str:
        """Say what the settings come to, in a sentence."""
        return self._fastest

    def blocks(self) -> tuple[Block, ...]:
        """Return what the act says as its controls are set."""
        return (self._table(), self._findings(), self._over_distance(), self._over_scale())

    def _table(self) -> Table:
        columns = ("time", "bound", "cost", "kind", "energy", "carbon")
        rows = []
        for name, words in NAMES.items():
            keys = WIRE_KEYS if name == "wire" else BOX_KEYS
            cells = (self._live(keys, partial(self._part, name, part)) for part in columns)
            in_time = self._live((*keys, "deadline"), partial(self._in_time, name))
            time, *others = map(Cell, cells)
            rows.append(Row((Cell(words), time, Cell(in_time), *others)))
        heads = (
            Column("way", left=True),
            *map(Column, ("time", "in time")),
            Column("slowest part", left=True),
            Column("cost"),
            Column("known as", left=True),
            *map(Column, ("energy", "carbon")),
        )
        notes = ("Known as: how time and cost are known, by the weaker of the two.",)
        return Table("Each way of moving it, with 90 % intervals", heads, tuple(rows), notes)

    def _part(self, method: str, part: str, at: Mapping[str, str]) -> str:
        way = self._moves.way(method, at)
        return NOTHING if isinstance(way, str) else str(getattr(way, part))

    def _in_time(self, method: str, at: Mapping[str, str]) -> str:
        way = self._moves.way(method, at)
        return "never: out of reach" if isinstance(way, str) else way.in_time[at["deadline"]]

    def _findings(self) -> Findings:
        moved = self._live(
            ("track", "size", "distance", "deadline"),
            lambda at: (
                f"To be moved: {self._moves.size(at['track'], at['size']).text()} over "
                f"{self._moves.distance(at['track'], at['distance']).text()} within "
                f"{self._moves.deadline(at['track'], at['deadline']).text()}."
            ),
        )
        every = (*WIRE_KEYS, "deadline")
        crossings = (
            self._live(
                ("track", "distance", "link", "tier"), partial(self._moves.crossing, name, "size")
            )
            for name in BOXES
        )
        lines = (
            moved,
            self._fastest,
            self._live(every, partial(self._best, "cheapest")),
            self._live(("track", "distance", "link", "tier"), self._moves.limit),
            *crossings,
        )
        return Findings(tuple(map(Finding, lines)))

    def _best(self, which: str, at: Mapping[str, str]) -> str:
        by_time = which == "fastest"
        best = self._moves.best(at, _time_s if by_time else _cost_usd)
        if best is None:
            return "No way is in time more often than not." if by_time else ""
        name, move = best
        shown = move.time if by_time else move.cost
        chance = percent(move.chances[at["deadline"]])
        return f"The {which} in time: {NAMES[name]}, {shown}, with a probability of {chance}."

    def _over_distance(self) -> Figure:
        # All of them over the distances that the link carries.
        series = self._series("size", self._trace_over_distance, for_all=("link",))
        deadline = following(self._over("track", "deadline"), self._deadline_line)
        here = following(self._over("track", "distance"), self._here)
        crossings = self._live(
            ("track", "size", "link", "tier"),
            lambda at: " ".join(self._moves.crossing(name, "distance", at) for name in BOXES),
        )
        references = (
            TraceSeries("deadline (level)", deadline, reference=True),
            TraceSeries("your distance (upright)", here, reference=True),
        )
        return Figure(
            Traces((*series, *references), _KM, _TIME_OVER_DISTANCE, crossings),
            "SneakernetCrossoverPlot: time over distance",
            "`SneakernetCrossoverPlot`. Time over distance, with 90 % bands. Where the wire's line "
            "comes to lie above another, shipping wins; a level line does not depend on distance.",
        )

    def _over_scale(self) -> Figure:
        series = self._series("distance", self._trace_over_scale)
        ticks = tuple(zip(map(float, SIZES_GB), TIERS_OF_SCALE, strict=True))
        fastest = self._live(("track", "distance", "link", "tier"), self._moves.over_scale)
        return Figure(
            Traces(
                series,
                Axis("size", 8.0, 1.25e7, logarithmic=True, ticks=ticks),
                _TIME_OVER_SCALE,
                fastest,
            ),
            "TransferTimeRadar: time at five tiers of scale",
            "`TransferTimeRadar`. Time at the five tiers of scale of the rule of five moves, over "
            "the distance that is set; the lowest line is the fastest at that scale.",
        )

    def _series(
        self,
        lever: str,
        trace: Callable[[str, Mapping[str, str]], Trace],
        for_all: tuple[str, ...] = (),
    ) -> tuple[TraceSeries, ...]:
        """Return a line for each way, which follows a lever and the tier, the wire the link, too.

        for_all: levers that the other ways follow as well.
        """
        series = []
        for name, words in NAMES.items():
            others = ("link",) if name == "wire" else for_all
            controls = self._over("track", lever, *others, "tier")
            series.append(TraceSeries(words, following(controls, partial(trace, name))))
        return tuple(series)

    def _trace_over_distance(self, name: str, at: Mapping[str, str]) -> Trace:
        work = self._moves.task(at)
        line = work.line()
        low, high = distances(line)
        places = exact(np.geomspace(low.to("km").value, high.to("km").value, _PLACES), "km")
        route = line if name == "wire" else work.parcels(name)
        # What does not depend on the distance has the places' shape, too.
        time = route.time(work.size, places) + places * exact(0, "s/km")
        return _trace(places.value, time)

    def _trace_over_scale(self, name: str, at: Mapping[str, str]) -> Trace:
        work = self._moves.task(at)
        route = work.line() if name == "wire" else work.parcels(name)
        if isinstance(route, Wire) and beyond(route, work.distance):
            return Trace((), ())
        return _trace(SIZES_GB, route.time(exact(SIZES_GB, "GB"), work.distance))

    def _deadline_line(self, at: Mapping[str, str]) -> Trace:
        days = float(self._moves.deadline(at["track"], at["deadline"]).to("day").value)
        return Trace((_KM.low, _KM.high), (days, days))

    def _here(self, at: Mapping[str, str]) -> Trace:
        km = float(self._moves.distance(at["track"], at["distance"]).to("km").value)
        return Trace((km, km), (_TIME_OVER_DISTANCE.low, _TIME_OVER_DISTANCE.high))


def _time_s(move: Move) -> float:
    return move.time_s


def _cost_usd(move: Move) -> float:
    return move.cost_usd


def _trace(places: Iterable[float], time: Quantity) -> Trace:
    days = time.to("day")
    ends = (tuple(map(float, end)) for end in (days.value, days.low, days.high))
    return Trace(tuple(map(float, places)), *ends)
