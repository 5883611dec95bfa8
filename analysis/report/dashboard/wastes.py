"""What selections come to at all settings that a page offers: each number worked out once."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from analysis.acts.levers import LEVERS
from analysis.acts.outcome import State, state_between
from analysis.acts.zero_waste.architectures import as_it_is, state_of_left
from analysis.acts.zero_waste.energy import STAGES, Energies, Mission, Selection
from analysis.acts.zero_waste.results import BYTES, UNITS
from hardware_profiles.quantity import exact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analysis.model.machine import Machine
    from analysis.report.dashboard.controls import Offer
    from hardware_profiles.quantity import Quantity

SELECTED = ("dedup", "filter")
"""The levers that say what is removed; arrays are over their settings, row by row."""
ENERGY_KEYS = ("track", "wire-format", "place", *SELECTED)
"""The levers that decide the energy of a stage."""


class Wastes:
    """Energies of all settings of a page's controls."""

    def __init__(self, machine: Machine, offered: Offer) -> None:
        """Begin without any; a mission is worked out when it is asked for, once."""
        self.machine = machine
        self.mission = cache(self._mission)
        self.energies = cache(self._energies)
        self._texts = cache(self._every_text)
        self._states = cache(self._every_state)
        self._shares = cache(self._every_share)
        settings = product(*map(offered.settings, SELECTED))
        self.places = {chosen: place for place, chosen in enumerate(settings)}

    def all_selections(self) -> Selection:
        """Return all selections that a page offers, as arrays."""
        shares = [
            [float(LEVERS[name].amount(setting).to("1").value) for setting in column]
            for name, column in zip(SELECTED, zip(*self.places, strict=True), strict=True)
        ]
        return Selection(*(exact(np.array(column)) for column in shares))

    def place_of(self, at: Mapping[str, str]) -> int:
        """Return where a selection lies in arrays over all of them."""
        return self.places[tuple(at[name] for name in SELECTED)]

    def _mission(self, track: str, form: str) -> Mission:
        return Mission(self.machine, track, form)

    def _energies(self, track: str, form: str, place: str) -> Energies:
        return self.mission(track, form).energies(place, self.all_selections())

    def energies_at(self, at: Mapping[str, str]) -> Energies:
        """Return the energies of all selections at some settings."""
        return self.energies(at["track"], at["wire-format"], at["place"])

    def quantity(self, name: str, at: Mapping[str, str]) -> Quantity:
        """Return a number of all selections at some settings.

        Args:
            name: a stage, or energy, carbon, charged, emitted, ratio, moved or left.
            at: the settings; of carbon, with the region.

        """
        track, energies = at["track"], self.energies_at(at)
        energy, carbon = UNITS[track]
        mission = self.mission(track, at["wire-format"])
        charged = energies.charged(track)
        if name in STAGES:
            return energies.by_stage[name].to(energy)
        numbers = {
            "energy": lambda: energies.total.to(energy),
            "carbon": lambda: mission.carbon(energies.total, at["region"]).to(carbon),
            "charged": lambda: charged.to(energy),
            "emitted": lambda: mission.carbon(charged, at["region"]).to(carbon),
            "ratio": lambda: energies.ratio,
            "moved": lambda: energies.moved.to(BYTES[track]),
            "left": lambda: (
                energies.moved / as_it_is(self.machine, track).stored
            ).to("percent"),
        }  # fmt: skip
        return numbers[name]()

    def text(self, name: str, at: Mapping[str, str]) -> str:
        """Return a number as a text."""
        region = at.get("region", "") if name in {"carbon", "emitted"} else ""
        texts = self._texts(name, at["track"], at["wire-format"], at["place"], region)
        return texts[self.place_of(at)]

    def _every_text(
        self, name: str, track: str, form: str, place: str, region: str
    ) -> tuple[str, ...]:
        at = {"track": track, "wire-format": form, "place": place, "region": region}
        texts = self.quantity(name, at).texts()
        return texts if len(texts) > 1 else texts * len(self.places)

    def state(self, name: str, at: Mapping[str, str]) -> State:
        """Return how a number lies to its limit, charged, emitted or left."""
        region = at["region"] if name == "emitted" else ""
        states = self._states(name, at["track"], at["wire-format"], at["place"], region)
        return states[self.place_of(at)]

    def _every_state(
        self, name: str, track: str, form: str, place: str, region: str
    ) -> tuple[State, ...]:
        at = {"track": track, "wire-format": form, "place": place, "region": region}
        ends = [self._broadcast(end) for end in self.quantity(name, at).interval]
        if name == "left":
            return tuple(
                state_of_left(low / 100, high / 100) for low, high in zip(*ends, strict=True)
            )
        limit = self.budget(name, track)
        least, most = limit.interval
        return tuple(state_between(low, high, least, most) for low, high in zip(*ends, strict=True))

    def budget(self, name: str, track: str) -> Quantity:
        """Return the mission's budget of energy (`charged`) or carbon (`emitted`)."""
        what = "carbon" if name == "emitted" else "energy"
        return self.machine.catalogue[track][f"budget.{what}"].to(UNITS[track][what == "carbon"])

    def share(self, end: str, stage: str, at: Mapping[str, str]) -> float:
        """Return the share of a stage at an end (local or cloud) in all of the energy."""
        shares = self._shares(at["track"], at["wire-format"], at["place"])
        return float(shares[end, stage][self.place_of(at)])

    def _every_share(
        self, track: str, form: str, place: str
    ) -> dict[tuple[str, str], NDArray[np.float64]]:
        energies = self.energies(track, form, place)
        total = energies.total.to("J").value
        return {
            (end, name): self._broadcast(quantity.to("J").value) / total
            for end, stages in (("local", energies.local), ("cloud", energies.cloud))
            for name, quantity in stages.items()
        }

    def _broadcast(self, values: object) -> NDArray[np.float64]:
        """Return values of all selections; what is the same for all has one."""
        return np.broadcast_to(np.asarray(values, dtype=float), len(self.places))
