"""The ways of moving the data of a scenario, each with what it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from analysis.acts.gravity.routes import Parcels, Wire, parcel_cost, place, wire, wire_cost
from hardware_profiles.quantity import exact

if TYPE_CHECKING:
    from analysis.acts.gravity.routes import Place
    from analysis.acts.scenario import Scenario
    from hardware_profiles.catalogue import Catalogue
    from hardware_profiles.quantity import Quantity

RATHER = 0.5
"""From this probability on a way is rather in time than not."""
NAMES = {
    "wire": "the wire",
    "courier_drive": "a courier",
    "snowball_80": "Snowball (80 TB)",
    "snowball_210": "Snowball (210 TB)",
}
"""Of the methods, in words."""


@dataclass(frozen=True)
class Option:
    """A way of moving the data, with what it comes to."""

    method: str
    route: Wire | Parcels
    time: Quantity
    parts: dict[str, Quantity]
    costs: dict[str, Quantity]
    carbon: Quantity | None
    energy: Quantity | None
    """Electricity of the networks; of parcels, the diesel that is burned on the road."""
    chance: Any
    """That it meets the deadline: a float, or an array of the shape of what is moved."""

    @property
    def name(self) -> str:
        """Its name in words."""
        return NAMES[self.method]

    @property
    def cost(self) -> Quantity:
        """All that is paid."""
        first, *others = self.costs.values()
        for other in others:
            first = first + other
        return first


@dataclass(frozen=True)
class Task:
    """What is to be moved, how far, and by when."""

    scenario: Scenario
    catalogue: Catalogue
    size: Quantity
    distance: Quantity
    deadline: Quantity

    @cached_property
    def _source(self) -> Place:
        streams = self.scenario.amount("streams", exact(1))
        return place(self.catalogue[self.scenario["tier"]], streams)

    def options(self) -> tuple[dict[str, Option], str | None]:
        """Return each method that gets there, and why the wire does not, if so."""
        options = {name: self.option(name) for name in NAMES}
        wire_or_why = options["wire"]
        there = {name: option for name, option in options.items() if isinstance(option, Option)}
        return there, wire_or_why if isinstance(wire_or_why, str) else None

    def option(self, method: str) -> Option | str:
        """Return what a method comes to, or why it does not get there."""
        if method == "wire":
            line = self.line()
            return beyond(line, self.distance) or self.by_wire(line)
        return self.by_parcels(method, self.parcels(method))

    def line(self) -> Wire:
        """Return the wire of the scenario."""
        streams = self.scenario.amount("streams", exact(1))
        return wire(self.catalogue, self.scenario["link"], self._source, streams)

    def parcels(self, method: str) -> Parcels:
        """Return a way of shipping."""
        boxes = self.scenario.amount("boxes", exact(1))
        return Parcels(self.catalogue[method], self._source, boxes)

    def _tariff(self) -> dict[str, Quantity]:
        return self.catalogue["aws_2024"].below(f"tariff.{self.scenario['tariff']}")

    def by_wire(self, line: Wire) -> Option:
        """Return what the wire comes to, wherever it gets; sizes and distances may be arrays."""
        energy = carbon = None
        if "wire.energy" in line.link:
            energy = (self.size * line.link["wire.energy"]).to("kWh")
            carbon = (energy * self.catalogue["grid"]["grid.us"]).to("kgCO2e")
        time = line.time(self.size, self.distance)
        return Option(
            method="wire",
            route=line,
            time=time,
            parts=line.parts(self.size, self.distance),
            costs=wire_cost(line, self.size, self.distance, self._tariff()),
            carbon=carbon,
            energy=energy,
            chance=time.chance_below(self.deadline),
        )

    def by_parcels(self, name: str, parcels: Parcels) -> Option:
        """Return what a way of shipping comes to; sizes and distances may be arrays."""
        time = parcels.time(self.size, self.distance)
        leaves = self.scenario["tariff"].startswith("egress")
        grid = self.catalogue["grid"]
        freight = parcels.link["parcel.mass"] * parcels.count(self.size) * self.distance
        return Option(
            method=name,
            route=parcels,
            time=time,
            parts=parcels.parts(self.size, self.distance),
            costs=parcel_cost(parcels, self.size, self._tariff(), leaves=leaves),
            carbon=(freight * grid["freight.truck"]).to("kgCO2e"),
            energy=(freight * grid["haulage.truck"]).to("kWh"),
            chance=time.chance_below(self.deadline),
        )


def task(scenario: Scenario, catalogue: Catalogue) -> Task:
    """Return what a scenario is to move; what it leaves open is as the mission says."""
    mission = catalogue[scenario.track]
    size, distance, deadline = (
        scenario.amount(name, mission[f"data.{name}"]) for name in ("size", "distance", "deadline")
    )
    return Task(scenario, catalogue, size, distance, deadline)


def beyond(line: Wire, distance: Quantity) -> str | None:
    """Return why a line does not go so far, if it does not."""
    reach = line.reach
    if reach is None or (distance - reach).value <= 0:
        return None
    return (
        f"{line.link.title} carries {reach.text()}, and it is {distance.text()}: it does not get "
        "there at all"
    )
