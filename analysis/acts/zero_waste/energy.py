"""Where the energy of a mission goes: keeping, selecting, moving, preparing and learning.

A share d of the data is removed as redundant, then a share f of what is left as the hardest
samples. Where that is done before anything is moved, only the rest travels. All electricity is of
one grid; what is used in the cloud is paid for with its overhead (PUE).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analysis.acts.feeding.setups import payload_of
from analysis.acts.levers import LEVERS
from analysis.acts.zero_waste.sites import Site, Sites, encoded_share
from hardware_profiles.quantity import exact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.acts.scenario import Scenario
    from analysis.model.machine import Machine
    from hardware_profiles.catalogue import Catalogue, Profile
    from hardware_profiles.quantity import Quantity

STAGES = {
    "keep": "keeping it until the deadline",
    "select": "selecting",
    "move": "moving",
    "decode": "decoding",
    "transform": "transforming",
    "compute": "learning",
}
"""What takes energy, in the order of the data."""
DATA = tuple(name for name in STAGES if name != "compute")
"""Those that are of data, not of learning."""
DEVICES_BUDGET = ("edge_guardian", "mobile_nomad", "tiny_pioneer")
"""Tracks whose budget of energy is that of the device at the data's origin."""


@dataclass(frozen=True)
class Selection:
    """Which shares of the data are removed; of one scenario, or arrays over many."""

    dedup: Quantity
    """As redundant."""
    filtered: Quantity
    """Of what is left after that, as the hardest."""

    @property
    def kept(self) -> Quantity:
        """The share that is learned from."""
        return (1 - self.dedup) * (1 - self.filtered)

    @property
    def decoded(self) -> Quantity:
        """The share that has to be decoded to select: all, or nothing where nothing is removed."""
        return exact(np.where(np.asarray(self.kept.value) < 1, 1.0, 0.0))

    @property
    def scored(self) -> Quantity:
        """The share that a model has to pass over: what is left of repeats, if any is filtered."""
        return (1 - self.dedup) * exact(np.where(np.asarray(self.filtered.value) > 0, 1.0, 0.0))


def selection(scenario: Scenario) -> Selection:
    """Return the selection of a scenario."""
    dedup, filtered = (LEVERS[name].amount(scenario[name]) for name in ("dedup", "filter"))
    return Selection(dedup.to("1"), filtered.to("1"))


@dataclass(frozen=True)
class Energies:
    """What each stage takes at each end."""

    local: dict[str, Quantity]
    """By stage, where the data lies; of moving, all that the way takes."""
    cloud: dict[str, Quantity]
    moved: Quantity
    """Bytes."""

    @property
    def by_stage(self) -> dict[str, Quantity]:
        """By stage, at both ends."""
        return {name: self.local[name] + self.cloud[name] for name in STAGES}

    @cached_property
    def total(self) -> Quantity:
        """All of it."""
        return _sum(self.by_stage[name] for name in STAGES)

    @cached_property
    def data(self) -> Quantity:
        """All but learning."""
        return _sum(self.by_stage[name] for name in DATA)

    @property
    def ratio(self) -> Quantity:
        """Energy of the data over that of learning."""
        return (self.data / self.by_stage["compute"]).to("1")

    @cached_property
    def at_origin(self) -> Quantity:
        """What is used where the data lies, sending included."""
        return _sum(self.local.values())

    def charged(self, track: str) -> Quantity:
        """Return what a mission's budget is of."""
        return self.at_origin if track in DEVICES_BUDGET else self.total


@dataclass(frozen=True)
class Mission:
    """A track's data, in a format, with what working on it takes."""

    machine: Machine
    track: str
    codec: str

    @property
    def catalogue(self) -> Catalogue:
        """All facts."""
        return self.machine.catalogue

    @property
    def profile(self) -> Profile:
        """Of the mission."""
        return self.catalogue[self.track]

    @property
    def items(self) -> Quantity:
        """Samples."""
        return self.profile["data.items"]

    @cached_property
    def sites(self) -> tuple[Site, Site, Quantity]:
        """Where samples are worked on, local and cloud, and what learning from one takes, once.

        Raises:
            OutOfRangeError: nothing of the format was measured on the machine.
            AnalysisError: the run cannot be calibrated.

        """
        places = Sites(self.machine, self.track, self.codec)
        return places.local(), places.cloud(), places.train()

    @cached_property
    def stored(self) -> Quantity:
        """All bytes, as the format stores them."""
        return self.profile["data.size"] * encoded_share(
            self.machine, payload_of(self.track), self.codec
        )

    @property
    def link(self) -> Profile:
        """Over which it is moved."""
        return self.catalogue[LEVERS["link"].default_of(self.track)]

    @property
    def overhead(self) -> Quantity:
        """Of a data centre."""
        return self.catalogue["grid"]["overhead.aws"]

    @property
    def passes(self) -> Quantity:
        """Over the data, in learning."""
        return self.catalogue["scaling"]["ratio.passes"]

    def carbon(self, energy: Quantity, region: str) -> Quantity:
        """Return what energy emits on a region's grid."""
        return energy * self.catalogue["grid"][f"grid.{region}"]

    def _keeping(self, stored: Quantity) -> Quantity:
        kind = "hdd" if LEVERS["tier"].default_of(self.track) == "hdd" else "ssd"
        return stored * self.catalogue["storage"][f"keep.{kind}"] * self.profile["data.deadline"]

    def energies(self, place: str, chosen: Selection) -> Energies:
        """Return what each stage takes.

        Args:
            place: local or cloud: where samples are selected.
            chosen: which shares are removed.

        """
        here, cloud, learning = self.sites
        size, items = self.profile["data.size"], self.items
        moved = self.stored * (chosen.kept if place == "local" else exact(1.0))
        site, paid = (here, exact(1.0)) if place == "local" else (cloud, self.overhead)
        selecting = (
            size * chosen.decoded * site.decode + items * chosen.scored * site.score
        ) * paid
        nothing = moved * exact(0.0, "J/B")
        learned = self.passes * chosen.kept * self.overhead
        local = dict.fromkeys(STAGES, nothing) | {
            # The flash of a device keeps it without power; a warehouse's disks turn.
            "keep": nothing if self.track in DEVICES_BUDGET else self._keeping(self.stored),
            "move": moved * self.link["wire.energy"],
        }
        remote = dict.fromkeys(STAGES, nothing) | {
            "keep": self._keeping(moved) * self.overhead,
            "decode": size * cloud.decode * learned,
            "transform": items * cloud.transform * learned,
            "compute": items * learning * learned,
        }
        (local if place == "local" else remote)["select"] = selecting
        return Energies(local, remote, moved)


def _sum(quantities: Iterable[Quantity]) -> Quantity:
    first, *others = quantities
    for other in others:
        first = first + other
    return first
