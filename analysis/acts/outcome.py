"""What an act comes to: numbers, verdicts on limits, and the data of its figures; nothing drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.acts.scenario import Scenario
    from hardware_profiles.quantity import Quantity


class State(StrEnum):
    """How a number lies to a limit."""

    MET = "met"
    MISSED = "missed"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True)
class Result:
    """A number of an act."""

    name: str
    """For programs, such as `wire.time`."""
    label: str
    quantity: Quantity
    text: str = ""
    """What it means, in a sentence."""


@dataclass(frozen=True)
class Verdict:
    """Whether a limit is kept, by the whole interval of the number; with what it rests on."""

    name: str
    state: State
    chance: float
    """That it is kept."""
    reason: str


def verdict(name: str, quantity: Quantity, limit: Quantity) -> Verdict:
    """Hold a number against a limit that it must stay below.

    Raises:
        UnitError: the limit counts something else.

    """
    low, high = quantity.interval
    unit = str(quantity.unit)
    most = limit.to(unit)
    chance = float(quantity.chance_below(limit))
    if high < most.low:
        state = State.MET
    elif low >= most.high:
        state = State.MISSED
    else:
        state = State.UNKNOWN
    words = {
        State.MET: f"{quantity.text()} is below",
        State.MISSED: f"{quantity.text()} is not below",
        State.UNKNOWN: f"{quantity.text()} is below with a probability of {percent(chance)}:",
    }
    return Verdict(name, state, chance, f"{words[state]} {limit.text()}")


@dataclass(frozen=True)
class Curve:
    """A line of a figure: y over x, with the interval of y."""

    label: str
    x: Quantity
    y: Quantity


@dataclass(frozen=True)
class Plot:
    """A figure's data, and what is to be seen in it."""

    name: str
    """That of the instrument in the lab's plan, such as `SneakernetCrossoverPlot`."""
    title: str
    x_axis: str
    y_axis: str
    curves: tuple[Curve, ...]
    finding: str
    marks: tuple[Result, ...] = ()
    """Single values on the x axis."""


@dataclass(frozen=True)
class Outcome:
    """All that an act says of a scenario."""

    scenario: Scenario
    results: tuple[Result, ...]
    verdicts: tuple[Verdict, ...]
    plots: tuple[Plot, ...] = ()
    log: tuple[str, ...] = ()
    """Consequences, each with its number and where that is from."""
    findings: tuple[str, ...] = ()
    """What the act is to be learned from, in sentences."""
    refusals: tuple[str, ...] = ()
    """What cannot be done at all, and the limit that it breaks."""
    remembered: tuple[str, ...] = ()
    """The results that a try is kept with."""
    chances: Mapping[str, float] = field(default_factory=dict)
    """That each way of doing it meets the deadline."""

    @property
    def telling(self) -> dict[str, float]:
        """What a try is remembered by: the numbers that have no parts, in their units."""
        return {r.name: r.quantity.value for r in self.results if r.name in self.remembered}

    def __getitem__(self, name: str) -> Quantity:
        """Return a number by its name."""
        return next(result.quantity for result in self.results if result.name == name)
