"""What moving data comes to at all settings that a page offers: each way, worked out once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from analysis.acts.gravity.crossover import crossover_in_distance, crossover_in_size, over_scale
from analysis.acts.gravity.options import NAMES, RATHER, Option, beyond, task
from analysis.acts.gravity.routes import Wire
from analysis.acts.lever import MISSION
from analysis.acts.levers import LEVERS, TRACKS
from analysis.acts.outcome import state_of
from analysis.acts.prices import in_steps
from analysis.document.live import once
from hardware_profiles.numerals import percent
from hardware_profiles.provenance import weakest
from hardware_profiles.quantity import exact, stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from analysis.acts.gravity.options import Task
    from analysis.report.dashboard.controls import Offer
    from hardware_profiles.catalogue import Catalogue
    from hardware_profiles.quantity import Quantity

WIRE_KEYS = ("track", "size", "distance", "link", "tier")
"""The levers that decide what a wire comes to."""
BOX_KEYS = ("track", "size", "distance", "tier")
"""Those that decide what boxes come to."""


@dataclass(frozen=True)
class Move:
    """What one way comes to, as texts and as numbers to compare."""

    time: str
    cost: str
    energy: str
    carbon: str
    speed: str
    bound: str
    """What takes the most of its time, or slows it most."""
    kind: str
    """How time and cost are known, by the weaker of them."""
    time_s: float
    cost_usd: float
    chances: Mapping[str, float]
    """That it is in time, by deadline."""
    in_time: Mapping[str, str]
    """The same in words."""


class Moves:
    """All ways of moving the data, at any settings of a page's controls."""

    def __init__(self, catalogue: Catalogue, offer: Offer) -> None:
        """Begin without any; a way is worked out when it is asked for, once."""
        self._catalogue = catalogue
        self._offer = offer
        self._all = cache(self._every)
        self._crossed = cache(self._crossing)
        self._scale = cache(self._over_scale)
        self._ways = once(self._every_way, WIRE_KEYS)

    def task(self, at: Mapping[str, str]) -> Task:
        """Return what is to be moved at some settings."""
        return task(self._offer.scenario(at), self._catalogue)

    def way(self, method: str, at: Mapping[str, str]) -> Move | str:
        """Return what a way comes to, or why it does not get there."""
        link = at["link"] if method == "wire" else ""
        return self._all(method, at["track"], link, at["tier"])[at["size"], at["distance"]]

    def _every(
        self, method: str, track: str, link: str, tier: str
    ) -> dict[tuple[str, str], Move | str]:
        """Return a way at all sizes and distances at once."""
        settings = list(product(self._offer.settings("size"), self._offer.settings("distance")))
        given = {"track": track, "tier": tier} | ({"link": link} if link else {})
        sizes = stack([self.size(track, size) for size, _ in settings])
        distances = stack([self.distance(track, distance) for _, distance in settings])
        work = replace(self.task(given), size=sizes, distance=distances)
        if method != "wire":
            moves = self._moves(work, work.by_parcels(method, work.parcels(method)), track)
            return dict(zip(settings, moves, strict=True))
        line = work.line()
        refusals = [beyond(line, self.distance(track, distance)) for _, distance in settings]
        moves = self._moves(work, work.by_wire(line), track)
        reached = (refusal or move for refusal, move in zip(refusals, moves, strict=True))
        return dict(zip(settings, reached, strict=True))

    def _moves(self, work: Task, option: Option, track: str) -> Iterator[Move]:
        """Yield what a way comes to, in the order of what is moved."""
        count = len(work.size.draws)
        time, cost = option.time.to("day"), option.cost.to("USD")
        times, costs, energies, carbons, speeds = [
            self._texts(quantity, count)
            for quantity in (
                time, cost, option.energy, option.carbon, (work.size / option.time).to("MB/s"),
            )
        ]  # fmt: skip
        bounds = _bounds(option, work, count)
        seconds, dollars = option.time.to("s").value, np.broadcast_to(cost.value, count)
        chances, words = self._in_time(time, track)
        for place in range(count):
            yield Move(
                time=times[place],
                cost=costs[place],
                energy=energies[place],
                carbon=carbons[place],
                speed=speeds[place],
                bound=bounds[place],
                kind=str(weakest((option.time.kind, option.cost.kind))),
                time_s=float(seconds[place]),
                cost_usd=float(dollars[place]),
                chances={deadline: float(column[place]) for deadline, column in chances.items()},
                in_time={deadline: column[place] for deadline, column in words.items()},
            )

    @staticmethod
    def _texts(quantity: Quantity | None, count: int) -> tuple[str, ...]:
        if quantity is None:
            return ("not known",) * count
        texts = quantity.texts()
        return texts if len(texts) == count else texts * count

    def _in_time(
        self, time: Quantity, track: str
    ) -> tuple[dict[str, NDArray[np.float64]], dict[str, list[str]]]:
        """Return the probability of each deadline, and its words."""
        low, high = time.interval
        chances, words = {}, {}
        for setting in self._offer.settings("deadline"):
            deadline = self.deadline(track, setting).to("day")
            chance = time.chance_below(deadline)
            states = (state_of(*ends, deadline) for ends in zip(low, high, strict=True))
            chances[setting] = chance
            words[setting] = [
                f"{percent(float(p))}, {state}" for p, state in zip(chance, states, strict=True)
            ]
        return chances, words

    def deadline(self, track: str, setting: str) -> Quantity:
        """Return a deadline, as the mission of a track has it or as it is set."""
        return self._amount("deadline", track, setting)

    def size(self, track: str, setting: str) -> Quantity:
        """Return how much is moved."""
        return self._amount("size", track, setting)

    def distance(self, track: str, setting: str) -> Quantity:
        """Return how far it is moved."""
        return self._amount("distance", track, setting)

    def _amount(self, lever: str, track: str, setting: str) -> Quantity:
        if setting == MISSION:
            return self._catalogue[track][f"data.{lever}"]
        return LEVERS[lever].amount(setting)

    @cached_property
    def _egress(self) -> dict[str, Quantity]:
        return self._catalogue["aws_2024"].below("tariff.egress")

    def egress(self, at: Mapping[str, str]) -> Quantity:
        """Return what it costs to take the data out of the cloud."""
        return in_steps(self.size(at["track"], at["size"]), self._egress).to("USD")

    def egress_at_first_price(self, at: Mapping[str, str]) -> Quantity:
        """Return the same at the first step's price, as the lab's plan counts it."""
        steps = self._catalogue["aws_2024"].below("tariff.egress_flat")
        return in_steps(self.size(at["track"], at["size"]), steps).to("USD")

    def _every_way(self, at: Mapping[str, str]) -> list[tuple[str, Move]]:
        """Return the ways that get there, in order."""
        ways = ((name, self.way(name, at)) for name in NAMES)
        return [(name, way) for name, way in ways if isinstance(way, Move)]

    def late(self, at: Mapping[str, str]) -> list[str]:
        """Return the ways that get there, but rather late than in time."""
        return [name for name, way in self._ways(at) if way.chances[at["deadline"]] < RATHER]

    def best(self, at: Mapping[str, str], what: Callable[[Move], float]) -> tuple[str, Move] | None:
        """Return the way in time that has the least of something; None: none is in time."""
        in_time = [pair for pair in self._ways(at) if pair[1].chances[at["deadline"]] >= RATHER]
        return min(in_time, key=lambda pair: what(pair[1]), default=None)

    def crossing(self, method: str, what: str, at: Mapping[str, str]) -> str:
        """Return at which size, or how far away, boxes and the wire take equally long.

        Args:
            method: of shipping.
            what: size or distance.
            at: the settings.

        """
        fixed = "distance" if what == "size" else "size"
        setting, track = at[fixed], at["track"]
        # Tracks that use as many streams and boxes differ in their mission alone.
        alike = track if setting == MISSION else next(t for t in TRACKS if _like(t, track))
        return self._crossed(method, what, (alike, setting, at["link"], at["tier"]))

    def _crossing(self, method: str, what: str, settings: tuple[str, ...]) -> str:
        track, setting, link, tier = settings
        work = self.task({"track": track, "link": link, "tier": tier})
        line, parcels = work.line(), work.parcels(method)
        if what == "distance":
            return crossover_in_distance(line, method, parcels, self.size(track, setting)).texts[0]
        distance = self.distance(track, setting)
        if line.reach is not None and beyond(line, distance):
            return f"Over size: none, for the wire does not get there ({line.reach.text()})."
        return crossover_in_size(line, method, parcels, distance).texts[0]

    def over_scale(self, at: Mapping[str, str]) -> str:
        """Say which way is the fastest at each tier of scale, and whether distance matters."""
        track, line = at["track"], self.task(at).line()
        reached = beyond(line, self.distance(track, at["distance"])) is None
        alike = next(other for other in TRACKS if _like(other, track))
        return self._scale((alike, at["link"], at["tier"]), reached=reached)

    def _over_scale(self, settings: tuple[str, ...], *, reached: bool) -> str:
        work = self.task(dict(zip(("track", "link", "tier"), settings, strict=True)))
        options = {name: work.by_parcels(name, work.parcels(name)) for name in list(NAMES)[1:]}
        if reached:
            options = {"wire": work.by_wire(work.line()), **options}
        return over_scale(options, work.distance).finding

    def limit(self, at: Mapping[str, str]) -> str:
        """Say which part of the way over the wire is the slowest, and how many streams fill it."""
        work = self.task({key: at[key] for key in ("track", "distance", "link", "tier")})
        line = work.line()
        distance = self.distance(at["track"], at["distance"])
        if line.reach is not None and beyond(line, distance):
            return (
                f"{line.link.title} carries {line.reach.text()}, and it is {distance.text()}: over "
                "the link it does not get there at all."
            )
        lanes = {name: rate.to("MB/s") for name, rate in line.lanes(distance).items()}
        slowest = min(lanes, key=lambda name: float(lanes[name].value))
        text = f"Over the link the slowest part is {slowest}, {lanes[slowest].text()}"
        needed = line.streams_needed(distance)
        if needed is None:
            return f"{text}."
        have = work.scenario.amount("streams", exact(1))
        return f"{text}; streams that fill the line: {needed.text()}, in use: {have.text()}."


def _bounds(option: Option, work: Task, count: int) -> list[str]:
    """Return the lane that slows a wire most, or the part that takes most of the boxes' time."""
    if isinstance(option.route, Wire):
        parts = {name: -rate for name, rate in option.route.lanes(work.distance).items()}
        unit = "B/s"
    else:
        parts, unit = option.parts, "s"
    values = [np.broadcast_to(part.to(unit).value, count) for part in parts.values()]
    names = list(parts)
    return [names[index] for index in np.argmax(np.stack(values), axis=0)]


def _like(track: str, other: str) -> bool:
    """Tell whether two tracks use as many streams, and as many boxes at once."""
    return all(
        LEVERS[name].default_of(track) == LEVERS[name].default_of(other)
        for name in ("streams", "boxes")
    )
