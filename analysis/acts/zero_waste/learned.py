"""Many noisy samples or few curated ones: what this machine's own training says, and its price.

The curve is of the network and the data that `bench learning` trained; how far it holds for a
mission's own task is not known. A mission's network, bytes and link set the price of a sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from analysis.acts.outcome import ACCURACY, Result, State, Verdict
from analysis.acts.zero_waste.labels import wrong_labels
from analysis.errors import OutOfRangeError
from hardware_profiles.numerals import percent
from hardware_profiles.quantity import exact, minimum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.acts.zero_waste.energy import Mission, Selection
    from analysis.acts.zero_waste.training import Trained
    from hardware_profiles.quantity import Quantity

MANY, FEW = 1_000_000, 10_000
"""Samples of the plan's question: noisy ones, and curated ones."""
NOISY, CURATED = "low", "expert"
"""Their labels."""
AS_THEY_ARE = "crowd"
"""The labels of the data as they are, with which a mission's target is reached."""
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Choice:
    """Samples to learn from, and what they come to."""

    name: str
    """noisy, or curated."""
    samples: int
    accuracy: Quantity
    energy: Quantity
    """J: sending them, preparing them and learning from them."""
    size: Quantity
    """Bytes that are moved."""

    @property
    def per_energy(self) -> Quantity:
        """Accuracy for the energy."""
        return (self.accuracy / self.energy).to("1/J")

    @property
    def per_byte(self) -> Quantity:
        """Accuracy for what is moved."""
        return (self.accuracy / self.size).to("1/B")


@dataclass(frozen=True)
class ManyOrFew:
    """Both choices of the plan's question."""

    noisy: Choice
    curated: Choice
    scoring: Quantity
    """J: choosing the few out of the many, by a pass of the network over each."""
    alike: Quantity | None
    """How many noisy samples are as good as the few curated; None: no number is."""
    chance: float
    """That any number is."""

    @property
    def times(self) -> Quantity:
        """How many times as much energy noisy samples take for the accuracy of the curated.

        Raises:
            OutOfRangeError: no number of noisy samples reaches it, by the curve.

        """
        if self.alike is None:
            raise OutOfRangeError(
                f"no number of noisy samples is as good as {FEW:,} curated ones by this run's curve"
            )
        return (self.alike / FEW).to("1")

    @property
    def better(self) -> str:
        """Which takes less energy for the accuracy of the curated."""
        if self.alike is None or float(self.alike.value) >= FEW:
            return "curated"
        return "noisy"

    @property
    def chosen(self) -> Choice:
        """The curated, paid for with choosing them out of the many."""
        curated = self.curated
        return Choice(
            curated.name, FEW, curated.accuracy, curated.energy + self.scoring, curated.size
        )


@dataclass(frozen=True)
class Accuracies:
    """What a run's training says of the plan's question, whatever the mission."""

    noisy: Quantity
    curated: Quantity
    alike: Quantity | None
    """How many noisy samples are as good as the few curated; None: no number is."""
    chance: float
    """That any number is."""


@lru_cache(maxsize=4)
def accuracies(trained: Trained) -> Accuracies:
    """Return how accurate a million noisy samples make, and ten thousand curated ones."""
    noisy, curated = (wrong_labels(trained.catalogue, quality) for quality in (NOISY, CURATED))
    few = trained.accuracy(exact(FEW), curated)
    alike, chance = trained.samples_for(few, noisy)
    return Accuracies(trained.accuracy(exact(MANY), noisy), few, alike, chance)


def many_or_few(mission: Mission, accuracy: Accuracies) -> ManyOrFew:
    """Return what a million noisy samples and ten thousand curated ones come to in a mission."""
    here, cloud, learning = mission.sites
    size = mission.stored / mission.items
    values = mission.profile["data.size"] / mission.items
    sending = size * mission.link["wire.energy"]
    preparing = values * cloud.decode + cloud.transform + learning
    each = sending + preparing * mission.passes * mission.overhead
    scoring = (values * here.decode + here.score) * exact(MANY, "sample")
    first, second = (
        Choice(
            name,
            count,
            reached,
            (each * exact(count, "sample")).to("kJ"),
            (size * exact(count, "sample")).to("GB"),
        )
        for name, count, reached in (
            ("noisy", MANY, accuracy.noisy),
            ("curated", FEW, accuracy.curated),
        )
    )
    return ManyOrFew(first, second, scoring.to("kJ"), accuracy.alike, accuracy.chance)


def choice_results(both: ManyOrFew) -> Iterator[Result]:
    """Yield the numbers of the plan's question."""
    for choice in (both.noisy, both.curated):
        name = f"{choice.samples:,} {choice.name} samples"
        accuracy = choice.accuracy.to("percent")
        yield Result(f"{choice.name}.accuracy", f"{name}: accuracy on digits", accuracy)
        yield Result(f"{choice.name}.energy", f"{name}: energy", choice.energy)
        yield Result(f"{choice.name}.size", f"{name}: moved", choice.size)
        per = (choice.accuracy.to("percent") / choice.energy).to("percent/kJ")
        yield Result(f"{choice.name}.per_energy", f"{name}: accuracy a kilojoule", per)
        per = (choice.accuracy.to("percent") / choice.size).to("percent/GB")
        yield Result(f"{choice.name}.per_byte", f"{name}: accuracy a gigabyte", per)
    if both.alike is not None:
        text = "A sample costs the same, so that it is the ratio of their numbers."
        yield Result("choice.alike", "Noisy samples that are as good as the curated", both.alike)
        yield Result("choice.times", "Energy for that accuracy, over the curated", both.times, text)


def choice_text(both: ManyOrFew, most: float) -> str:
    """Answer the plan's question in sentences; most: samples that were trained on."""
    noisy, curated = both.noisy, both.curated
    if both.alike is None:
        text = (
            f"By this curve no number of noisy samples is as good as {FEW:,} curated ones: that "
            f"any is has a probability of {percent(both.chance)}. "
        )
    else:
        text = (
            f"As good as {FEW:,} curated samples are {both.alike.text()} noisy ones, if any number "
            f"is (a probability of {percent(both.chance)}): the same accuracy for "
            f"{both.times.text()} times the energy. "
        )
    chosen = (both.chosen.per_energy / noisy.per_energy).to("1")
    return (
        f"{text}The curated reach {curated.accuracy.to('percent').text()} of handwritten digits, "
        f"{MANY:,} noisy ones {noisy.accuracy.to('percent').text()}, at {MANY // FEW} times the "
        "energy: more accuracy, and less of it a joule, as of any larger set. If the curated are "
        "first chosen out of the million, by a pass of the network over each, they give "
        f"{chosen.text()} times as much accuracy a joule as the million. Noisy are labels as the "
        "web gives them, wrong in 20 to 38 %; what experts take for theirs is in neither. All of "
        f"it lies beyond the {most:,.0f} samples that this machine trained on."
    )


@dataclass(frozen=True)
class Reached:
    """The accuracy of a mission's own task after learning from a selection."""

    times: Quantity
    """The error, over that of learning from all data with the labels of crowd workers."""
    accuracy: Quantity
    target: Quantity

    @property
    def state(self) -> State:
        """Whether the target is reached: the error has not grown."""
        low, high = self.times.interval
        if high <= 1 + _ROUNDING:
            return State.MET
        return State.MISSED if low > 1 + _ROUNDING else State.UNKNOWN

    @property
    def verdict(self) -> Verdict:
        """The same with its reason."""
        chance = float(self.times.chance_below(1 + _ROUNDING))
        reason = (
            f"{self.accuracy.to('percent').text()} of {self.target.to('percent').text()}: the "
            f"error is {self.times.text()} times that of all data with labels of crowd workers, "
            f"which are taken to reach the target; {self._kept(chance)}"
        )
        return Verdict(ACCURACY, self.state, chance, reason)

    def _kept(self, chance: float) -> str:
        low, high = self.times.interval
        if low == high == 1:
            return "so it is by assumption"
        return f"kept with a probability of {percent(chance)}"

    @property
    def results(self) -> tuple[Result, ...]:
        """As an act returns them."""
        text = (
            "If all data with labels of crowd workers reach the mission's target, and its error "
            "follows the curve of what this machine trained."
        )
        return (
            Result("accuracy", "Accuracy", self.accuracy.to("percent"), text),
            Result("accuracy.error", "Error, over that of all data as they are", self.times),
        )


def reached(mission: Mission, trained: Trained, chosen: Selection, wrong: Quantity) -> Reached:
    """Return the accuracy after learning from a selection of a mission's data.

    A mission's task is not that of digits. What carries over is by how much its error grows: the
    curve's error on what is selected, over its error on all data with labels of crowd workers. What
    is removed as redundant teaches nothing, and counts in neither.

    Args:
        mission: whose data it is.
        trained: what this machine trained.
        chosen: which shares are removed.
        wrong: share of labels that are wrong.

    Raises:
        OutOfRangeError: nothing is known of so few samples, or of so many wrong labels.

    """
    distinct = (mission.items / exact(1, "sample") * (1 - chosen.dedup)).to("1")
    usual = wrong_labels(mission.catalogue, AS_THEY_ARE)
    before = 1 - trained.accuracy(distinct, usual)
    after = 1 - trained.accuracy(distinct, wrong, 1 - float(chosen.filtered.value))
    times = (after / before).to("1")
    target = mission.profile["target.accuracy"]
    return Reached(times, 1 - minimum((1 - target.to("1")) * times, 1.0), target)
