"""Ways for data to get from one place to another: a wire, or parcels; how long, and for how much.

Sources: bytes over bandwidth; a stream's window over the round trip (RFC 7323); prices, boxes and
transit as the profiles of links have them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.acts.levers import LEVERS
from analysis.acts.prices import in_steps
from hardware_profiles.quantity import ceil, exact, exp, log, maximum, minimum

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hardware_profiles.catalogue import Catalogue
    from hardware_profiles.profile import Profile
    from hardware_profiles.quantity import Quantity

_HANDSHAKE = 3
"""Round trips before the first byte: TCP takes one, TLS and the request two more."""
_PORTS = {"fibre_1g": "port_1g", "fibre_10g": "port_10g", "fibre_100g": "port_100g"}
"""The cloud's port for a line, by the price list."""


@dataclass(frozen=True)
class Place:
    """Where data lies: how fast it is read there, and what comes before."""

    read: Quantity
    """B/s, of all that is read at once."""
    wait: Quantity
    """Until the first byte."""
    fee: Quantity | None
    """USD/B of getting it out; None: there is none."""


def place(tier: Profile, streams: Quantity) -> Place:
    """Return how data leaves a tier.

    Args:
        tier: its profile.
        streams: how many connections or disks are read at once; a volume of a cloud is one.

    """
    count = exact(1) if tier.texts["kind"] == "volume" else streams
    ways = list(dict.fromkeys(path.partition(".")[0] for path in tier.below("retrieval")))
    way = "standard" if "standard" in ways else next(iter(ways), None)
    fee = tier[f"retrieval.{way}.price"] if way else None
    return Place(tier["read"] * count, tier["latency"], fee)


@dataclass(frozen=True)
class Wire:
    """A line or a radio, and what it is used with."""

    link: Profile
    rate: Quantity
    price: Quantity | None
    """USD/s of having it."""
    port: Quantity | None
    """USD/s of the cloud's end."""
    source: Place
    streams: Quantity

    @property
    def reach(self) -> Quantity | None:
        """How far it goes; None: as far as one likes."""
        return self.link.get("wire.reach")

    def round_trip(self, distance: Quantity) -> Quantity:
        """Return how long a question and its answer take on the way."""
        if "wire.propagation" not in self.link:
            return exact(0, "s")
        detour = self.link.get("wire.detour", exact(1))
        return distance * detour * self.link["wire.propagation"] * 2

    def lanes(self, distance: Quantity) -> dict[str, Quantity]:
        """Return the rates that the slowest of decides."""
        lanes = {
            "the line": self.rate * self.link["wire.efficiency"],
            "reading where it lies": self.source.read,
        }
        if "wire.window" in self.link:
            trip = maximum(self.round_trip(distance), exact(1, "us"))
            lanes["the streams' windows"] = self.streams * self.link["wire.window"] / trip
        return lanes

    def throughput(self, distance: Quantity) -> Quantity:
        """Return the rate that arrives."""
        first, *others = self.lanes(distance).values()
        for other in others:
            first = minimum(first, other)
        return first

    def parts(self, size: Quantity, distance: Quantity) -> dict[str, Quantity]:
        """Return where the time goes."""
        return {
            "waiting for the first byte": self.source.wait + self.round_trip(distance) * _HANDSHAKE,
            "transfer": size / self.throughput(distance),
        }

    def time(self, size: Quantity, distance: Quantity) -> Quantity:
        """Return how long it takes until all is there."""
        waiting, transfer = self.parts(size, distance).values()
        return waiting + transfer

    def streams_needed(self, distance: Quantity) -> Quantity | None:
        """Return how many streams fill the line, whatever is read; None: one does."""
        if "wire.window" not in self.link:
            return None
        line = self.rate * self.link["wire.efficiency"]
        return ceil((line * self.round_trip(distance) / self.link["wire.window"]).to("1"))


def wire(catalogue: Catalogue, setting: str, source: Place, streams: Quantity) -> Wire:
    """Return the line of a setting of the lever `link`: a profile, or a fibre of some rate."""
    if setting in LEVERS["link"].names:
        link = catalogue[setting]
        port = _PORTS.get(setting)
        return Wire(
            link,
            link["wire.rate"],
            link.get("wire.price"),
            catalogue["aws_2024"][f"time.{port}"] if port else None,
            source,
            streams,
        )
    rate = LEVERS["link"].amount(setting)
    slower, faster = catalogue["fibre_10g"], catalogue["fibre_100g"]
    if rate.to("Gb/s").value < slower["wire.rate"].value:
        slower, faster = catalogue["fibre_1g"], slower
    # Between two offers, a price goes with a power of the rate.
    share = log(rate / slower["wire.rate"]) / log(faster["wire.rate"] / slower["wire.rate"])
    price = exp(log(faster["wire.price"] / slower["wire.price"]) * share) * slower["wire.price"]
    return Wire(slower, rate, price, None, source, streams)


@dataclass(frozen=True)
class Parcels:
    """Boxes that are filled, travel, and are read out, so many at once."""

    link: Profile
    source: Place
    boxes: Quantity

    def count(self, size: Quantity) -> Quantity:
        """Return how many boxes it takes."""
        return ceil((size / self.link["parcel.capacity"]).to("1"))

    def parts(self, size: Quantity, distance: Quantity) -> dict[str, Quantity]:
        """Return where the time goes."""
        load = self.link["parcel.load"]
        parts = {
            "waiting for the first byte": self.source.wait,
            "loading": maximum(self._handled(size, load), size / self.source.read),
            "handling": self.link["parcel.turnaround"],
        }
        if "parcel.pace" in self.link:
            parts["transit"] = distance / self.link["parcel.pace"]
        if "parcel.unload" in self.link:
            parts["unloading"] = self._handled(size, self.link["parcel.unload"])
        return parts

    def _handled(self, size: Quantity, rate: Quantity) -> Quantity:
        """Return how long so many boxes at once take: one that is full, or all in turn."""
        one = minimum(size, self.link["parcel.capacity"]) / rate
        return maximum(one, size / (rate * self.boxes))

    def on_site(self, size: Quantity) -> Quantity:
        """Return how long a box is being filled, beside the others that are."""
        share = minimum(size, self.link["parcel.capacity"])
        beside = minimum(self.count(size), self.boxes)
        return maximum(share / self.link["parcel.load"], share * beside / self.source.read)

    def time(self, size: Quantity, distance: Quantity) -> Quantity:
        """Return how long it takes until all is there."""
        first, *others = self.parts(size, distance).values()
        for other in others:
            first = first + other
        return first


def wire_cost(
    route: Wire, size: Quantity, distance: Quantity, tariff: Mapping[str, Quantity]
) -> dict[str, Quantity]:
    """Return what a wire costs; a line is rented by the month, one at the least."""
    time = route.time(size, distance)
    costs = {"across the cloud's border": in_steps(size, tariff)}
    if route.price is not None:
        months = ceil(maximum((time / exact(1, "month")).to("1"), 1.0))
        costs["the line"] = months * exact(1, "month") * route.price
    if route.port is not None:
        costs["the cloud's port"] = time * route.port
    if route.source.fee is not None:
        costs["retrieval"] = size * route.source.fee
    return costs


def parcel_cost(
    route: Parcels, size: Quantity, tariff: Mapping[str, Quantity], *, leaves: bool
) -> dict[str, Quantity]:
    """Return what parcels cost; leaves: whether the data leaves a cloud."""
    link, count = route.link, route.count(size)
    costs = {"fees of the boxes": link["parcel.fee"] * count}
    if "parcel.box" in link:
        costs["the drives"] = link["parcel.box"] * count
    if leaves and "parcel.export" in link:
        costs["across the cloud's border"] = size * link["parcel.export"]
    elif "parcel.export" not in link:
        # A drive of one's own is filled over the cloud's border.
        costs["across the cloud's border"] = in_steps(size, tariff)
    if "parcel.extra_day" in link:
        on_site = maximum(route.on_site(size) - link["parcel.included"], exact(0, "s"))
        costs["days beyond the included ones"] = on_site * link["parcel.extra_day"] * count
    if route.source.fee is not None:
        costs["retrieval"] = size * route.source.fee
    return costs
