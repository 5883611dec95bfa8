"""What an act comes to: numbers, verdicts on limits, and the data of its figures; nothing drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from analysis.statistics.number import Number, number_of
from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.acts.scenario import Scenario
    from bench.bundle import Setup
    from hardware_profiles.quantity import Quantity


EGRESS, HUNGER, DRIFT = "Egress < $100k", "GPU Hunger < 10%", "Drift Detected"
"""The badges of the lab's plan, whatever a course's limits are."""
DEADLINE, ENERGY, CARBON = "Deadline", "Energy budget", "Carbon budget"
DEMAND, ACCURACY = "50 % less transmission energy", "Accuracy target"
KEYS = {
    EGRESS: "egress",
    HUNGER: "hunger",
    DRIFT: "drift",
    DEADLINE: "deadline",
    ENERGY: "energy",
    CARBON: "carbon",
    DEMAND: "half-saved",
    ACCURACY: "accuracy",
}
"""By a verdict's name: how a ledger names it."""


class State(StrEnum):
    """How a number lies to a limit."""

    MET = "met"
    MISSED = "missed"
    UNKNOWN = "cannot tell"


_OF_AN_ALERT = {State.MET: "yes", State.MISSED: "no", State.UNKNOWN: "cannot tell"}


@dataclass(frozen=True)
class Result:
    """A number of an act."""

    name: str
    """For programs, such as `wire.time`."""
    label: str
    quantity: Quantity | Number
    """Of facts, or of a model of a run."""
    text: str = ""
    """What it means, in a sentence."""

    @property
    def number(self) -> Number:
        """The number with its interval, however it came about."""
        q = self.quantity
        return q if isinstance(q, Number) else number_of(q)


@dataclass(frozen=True)
class Verdict:
    """Whether a limit is kept, by the whole interval of the number; with what it rests on."""

    name: str
    state: State
    chance: float | None
    """That it is kept; None: not worked out."""
    reason: str
    title: str = ""
    """How it reads where the limit is a course's; "": as its name."""

    @property
    def label(self) -> str:
        """What it is called where it is shown."""
        return self.title or self.name

    @property
    def key(self) -> str:
        """How a ledger names it."""
        return KEYS[self.name]

    @property
    def word(self) -> str:
        """Its state as it reads: an alert is there or not, a limit is met or missed."""
        return _OF_AN_ALERT[self.state] if self.name == DRIFT else str(self.state)


def verdict(name: str, quantity: Quantity, limit: Quantity, title: str = "") -> Verdict:
    """Hold a number against a limit that it must stay below; title: how it reads.

    Raises:
        UnitError: the limit counts something else.

    """
    low, high = quantity.interval
    unit = str(quantity.unit)
    most = limit.to(unit)
    chance = float(quantity.chance_below(limit))
    state = state_of(low, high, most)
    words = {State.MET: "is below", State.MISSED: "is not below", State.UNKNOWN: "may be below"}
    reason = f"{quantity.text()} {words[state]} {limit.text()}"
    if state is State.UNKNOWN:
        reason += f", with a probability of {percent(chance)}"
    return Verdict(name, state, chance, reason, title)


def state_of(low: float, high: float, most: Quantity) -> State:
    """Return how an interval lies to what it must stay below, in the same unit."""
    return state_between(low, high, most.low, most.high)


def state_between(low: float, high: float, least: float, most: float) -> State:
    """Return how an interval lies to a limit that it must stay below, itself an interval."""
    if high < least:
        return State.MET
    return State.MISSED if low >= most else State.UNKNOWN


def verdict_of_share(name: str, share: Number, most: float, title: str = "") -> Verdict:
    """Hold a share of a model's against one that it must stay below; no draws of it are kept."""
    texts = [f"{100 * value:.3g} %" for value in (share.value, share.low, share.high, most)]
    number = f"{texts[0]} [{texts[1]}, {texts[2]}]"
    reasons = {
        State.MET: f"{number} is below {texts[3]}",
        State.MISSED: f"{number} is not below {texts[3]}",
        State.UNKNOWN: f"the limit of {texts[3]} lies within {number}",
    }
    state = state_between(share.low, share.high, most, most)
    return Verdict(name, state, None, reasons[state], title)


@dataclass(frozen=True)
class Curve:
    """A line, or the bars, of a figure: y over x, with the interval of y."""

    label: str
    x: tuple[float, ...] | tuple[str, ...]
    y: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def curve(label: str, x: Quantity, y: Quantity) -> Curve:
    """Return the line of two quantities of the same shape."""
    ends = (tuple(map(float, end)) for end in (y.value, y.low, y.high))
    return Curve(label, tuple(map(float, x.value)), *ends)


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
    bottleneck: str = ""
    """The stage that bounds it; "": none stands out, or none was looked for."""
    setup: Setup | None = None
    """What `bench experiment --config -` runs, to check it; None: nothing."""
    remembered: tuple[str, ...] = ()
    """The results that a try is kept with."""
    chances: Mapping[str, float] = field(default_factory=dict)
    """That each way of doing it meets the deadline."""

    @property
    def telling(self) -> dict[str, float]:
        """What a try is remembered by: the numbers that have no parts, in their units."""
        return {r.name: r.number.value for r in self.results if r.name in self.remembered}

    def number(self, name: str) -> Number:
        """Return a number by its name."""
        return next(result.number for result in self.results if result.name == name)

    def quantity(self, name: str) -> Quantity:
        """Return a quantity of facts by its name.

        Raises:
            TypeError: the number is one of a model.

        """
        quantity = next(result.quantity for result in self.results if result.name == name)
        if isinstance(quantity, Number):
            raise TypeError(f"{name} rests on a run")
        return quantity
