"""The Sustainability Lead's demand: half of the energy of transmission, by another architecture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.acts.levers import LEVERS
from analysis.acts.outcome import DEMAND, State, Verdict
from analysis.acts.zero_waste.energy import Mission, Selection, selection
from analysis.errors import OutOfRangeError
from hardware_profiles.quantity import exact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.acts.scenario import Scenario
    from analysis.model.machine import Machine
    from hardware_profiles.quantity import Quantity

_MOST = 0.5
"""Of the energy of moving everything as it is."""
_ROUNDING = 1e-9
_NOTHING = "0 percent"
_HALF = "50 percent"


@dataclass(frozen=True)
class Architecture:
    """A way of arranging the work, and what it makes of transmission."""

    name: str
    transmission: Quantity
    """J."""
    left: Quantity
    """Of the transmission energy of moving everything as it is, as a share."""
    selecting: Quantity
    """J that selection takes."""
    total: Quantity
    """J, of all stages."""

    @property
    def state(self) -> State:
        """Whether at least half of the transmission energy is saved."""
        return state_of_left(*self.left.interval)


def state_of_left(low: float, high: float) -> State:
    """Return whether at most half of the transmission energy is left, by an interval of that."""
    if high <= _MOST + _ROUNDING:
        return State.MET
    return State.MISSED if low > _MOST + _ROUNDING else State.UNKNOWN


def as_it_is(machine: Machine, track: str) -> Mission:
    """Return the mission as it begins: everything is sent, in the lever's own format."""
    return Mission(machine, track, LEVERS["wire-format"].default_of(track))


def architecture(name: str, mission: Mission, place: str, chosen: Selection) -> Architecture:
    """Return what an architecture comes to."""
    before = as_it_is(mission.machine, mission.track)
    energies = mission.energies(place, chosen)
    stages = energies.by_stage
    # The same way, joule for byte: its energy cancels, and the bytes are left.
    left = (energies.moved / before.stored).to("1")
    return Architecture(name, stages["move"], left, stages["select"], energies.total)


def architectures(machine: Machine, scenario: Scenario) -> Iterator[Architecture]:
    """Yield the mission as it is, as it is set, and what could be proposed in its place."""
    track, form = scenario.track, scenario["wire-format"]
    nothing = Selection(exact(0.0), exact(0.0))
    before = as_it_is(machine, track)
    yield architecture(f"as it is: all of it, as {before.codec}", before, "cloud", nothing)
    set_now = Mission(machine, track, form)
    yield architecture("as it is set", set_now, scenario["place"], selection(scenario))
    chosen = selection(scenario)
    if scenario["filter"] == _NOTHING and scenario["dedup"] == _NOTHING:
        chosen = selection(scenario.changed(filter=_HALF))
        name = f"local pre-processing: half is left out before it is sent, as {form}"
    else:
        name = f"local pre-processing: what is set is left out before it is sent, as {form}"
    yield architecture(name, set_now, "local", chosen)
    repeats = selection(scenario.changed(dedup=_HALF, filter=_NOTHING))
    yield architecture(
        f"on-device selection: repeats alone, half of it, as {form}", set_now, "local", repeats
    )
    least = smallest(machine, track)
    yield architecture(f"another format: all of it, as {least.codec}", least, "cloud", nothing)


def smallest(machine: Machine, track: str) -> Mission:
    """Return the mission in the format with the fewest bytes, of those that were measured.

    Raises:
        OutOfRangeError: none was.

    """
    known = []
    for name in LEVERS["wire-format"].names:
        mission = Mission(machine, track, name)
        try:
            known.append((float(mission.stored.to("B").value), mission))
        except OutOfRangeError:
            continue
    if not known:
        raise OutOfRangeError(f"no format of the samples of {track} was measured in this run")
    return min(known, key=lambda pair: pair[0])[1]


def demand(proposed: Architecture, unit: str) -> Verdict:
    """Return whether a scenario meets the Sustainability Lead's demand, and at which price."""
    cut = (1 - proposed.left) * 100
    value, low, high = (f"{float(part):.3g}" for part in (cut.value, *cut.interval))
    number = f"{value} %" if low == high else f"{value} % [{low}, {high}]"
    reason = (
        f"{number} less than moving everything as it is; selecting takes "
        f"{proposed.selecting.to(unit).text()} for it, and transmission "
        f"{proposed.transmission.to(unit).text()}"
    )
    return Verdict(DEMAND, proposed.state, None, reason)
