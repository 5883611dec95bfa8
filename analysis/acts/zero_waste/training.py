"""What this machine's training says of samples of a mission: accuracies, draw by draw."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from analysis.devices.facts import RunFact
from analysis.errors import AnalysisError
from analysis.model.learning.curve import LearningCurve, learning_curve
from analysis.model.learning.filters import LossFilter
from bench.bundle import Part, lacking
from hardware_profiles.provenance import Checked, Fact
from hardware_profiles.quantity import Quantity, exact

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from analysis.model.machine import Machine
    from analysis.statistics.number import Number
    from bench.bundle import Learning
    from hardware_profiles.catalogue import Catalogue

_DIGITS = 12
"""Of a bundle's digest, in the name of the fact."""
_NOISE_PLACES, _SIZE_PLACES = 3, 3
"""At which accuracies are worked out between the ends of a range; between them, draw by draw."""
_MOST_SAMPLES, _PLACES = 1e9, 31
"""Up to where samples are looked for that reach an accuracy, and at how many places."""


@dataclass(frozen=True, eq=False)
class Trained:
    """What a run trained, as an act asks it; what costs time is worked out once."""

    learning: Learning
    digest: str
    """Of the bundle."""
    catalogue: Catalogue

    @property
    def classes(self) -> int:
        """Of the task."""
        return self.learning.dataset.classes

    @cached_property
    def _curve(self) -> LearningCurve:
        return learning_curve(self.learning, self.digest)

    @cached_property
    def _filter(self) -> LossFilter:
        return LossFilter(self.learning, self._curve)

    def accuracy(self, samples: Quantity, wrong: Quantity, kept: float = 1.0) -> Quantity:
        """Return the share that networks classify rightly.

        Args:
            samples: before any are filtered.
            wrong: share of their labels that are wrong, of any other class.
            kept: the share that a filter keeps, those with the least loss.

        Raises:
            OutOfRangeError: nothing is known of so few samples, or of so many wrong labels.

        """

        def at(count: float, share: float) -> NDArray[np.float64]:
            if kept < 1:
                return self._filter.accuracy_draws(count, kept, share)
            return self._curve.accuracy_draws(count, share)

        sizes, shares = samples.to("1").draws, wrong.to("1").draws
        at(float(sizes.flat[0]), float(shares.flat[0]))
        # The value itself is within what is known; draws of it are taken as far as that goes.
        least, most = self._curve.least_samples / 4 / min(kept, 1.0), _MOST_SAMPLES
        draws = _interpolated(at, np.clip(sizes, least, most), shares)
        return self._quantity(draws, samples, wrong)

    def wrong_after(self, wrong: Quantity, kept: float) -> Quantity:
        """Return the share of wrong labels among samples that the filter keeps."""
        if kept >= 1:
            return wrong

        def at(_: float, share: float) -> NDArray[np.float64]:
            return self._filter.noise_after_draws(kept, share, "uniform")

        draws = _interpolated(at, np.ones(1), wrong.to("1").draws)
        return self._quantity(draws, wrong)

    def samples_for(self, accuracy: Quantity, wrong: Quantity) -> tuple[Quantity | None, float]:
        """Return how many noisy samples reach an accuracy, and the probability that any number do.

        None: not even a thousand million do, as far as can be told.
        """
        sizes = np.geomspace(self._curve.least_samples, _MOST_SAMPLES, _PLACES)
        rows = [
            np.broadcast_to(self.accuracy(exact(n), wrong).draws, accuracy.draws.shape)
            for n in sizes
        ]
        reached = np.asarray(np.stack(rows) >= accuracy.draws)
        ever = np.asarray(reached.any(axis=0))
        chance = float(ever[1:].mean())
        if not ever[0]:
            return None, chance
        first = np.where(ever, np.argmax(reached, axis=0), _PLACES - 1)
        return self._quantity(sizes[first], accuracy, wrong), chance

    def over_samples(
        self, share: float, most: float, count: int
    ) -> tuple[list[float], list[Number]]:
        """Return places from the fewest samples that were trained on, and the accuracy at each.

        Args:
            share: of labels that are wrong.
            most: samples where it ends.
            count: of places, even on a logarithmic axis.

        """
        places = np.geomspace(self._curve.least_samples, most, count).tolist()
        return places, [self._curve.accuracy(n, share) for n in places]

    @property
    def exponent(self) -> Number:
        """By which power of the samples the error falls, with right labels."""
        return self._curve.exponent()

    @property
    def most_samples(self) -> float:
        """The largest number that was trained on; beyond it the curve goes on."""
        return self._curve.most_samples

    def _quantity(self, draws: NDArray[np.float64], *rests_on: Quantity) -> Quantity:
        facts = frozenset[Fact]({self._fact}).union(*(quantity.facts for quantity in rests_on))
        return Quantity(draws, exact(1.0).dimension, facts)

    @cached_property
    def _fact(self) -> RunFact:
        """What a run's training is, where a number says what it rests on."""
        most = self._curve.most_samples
        accuracy = self._curve.accuracy(most)
        return RunFact(
            name=f"run-{self.digest[:_DIGITS]} learning",
            value=accuracy.value,
            low=accuracy.low,
            high=accuracy.high,
            unit="fraction",
            kind=self._curve.how_known(_MOST_SAMPLES),
            source=f"the run with the digest {self.digest[:_DIGITS]}",
            checked=Checked.SEEN,
            note=f"accuracy on {most:,.0f} samples with right labels, of the curve fitted to all",
        )


_KNOWN: WeakKeyDictionary[Machine, Trained] = WeakKeyDictionary()


def curve_of(machine: Machine) -> Trained:
    """Return what a run trained.

    Raises:
        AnalysisError: nothing, or too little for a curve; it says what trains.

    """
    if machine in _KNOWN:
        return _KNOWN[machine]
    missing = lacking(machine.bundle, [Part.LEARNING])
    learning = machine.bundle.learning
    if missing or learning is None:
        raise AnalysisError(missing[0])
    trained = Trained(learning, machine.bundle.digest, machine.catalogue)
    _ = trained.classes and trained._curve
    return _KNOWN.setdefault(machine, trained)


def _places(values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return from the least to the most of some values, the first of them among these."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        return values[:1]
    return np.unique([*np.linspace(low, high, count), float(values.flat[0])])


def _interpolated(
    at: Callable[[float, float], NDArray[np.float64]],
    sizes: NDArray[np.float64],
    shares: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return draws of a function at draws of its arguments: between places, in a line."""
    size_places = np.exp(_places(np.log(sizes), _SIZE_PLACES))
    share_places = _places(shares, _NOISE_PLACES)
    grid = np.stack([np.stack([at(n, share) for share in share_places]) for n in size_places])
    draws = grid.shape[-1]
    log_sizes, log_places = np.log(np.broadcast_to(sizes, draws)), np.log(size_places)
    rows = _line(log_places, log_sizes, grid.transpose(1, 0, 2))
    (result,) = _line(share_places, np.broadcast_to(shares, draws), rows[None])
    return np.asarray(result, np.float64)


def _line(
    places: NDArray[np.float64], wanted: NDArray[np.float64], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return values between places, draw by draw.

    Args:
        places: ascending, n.
        wanted: one a draw.
        values: any x n x draws.

    """
    if len(places) == 1:
        return np.asarray(values[:, 0], np.float64)
    cell = np.clip(np.searchsorted(places, wanted) - 1, 0, len(places) - 2)
    share = (wanted - places[cell]) / (places[cell + 1] - places[cell])
    draws = np.arange(values.shape[-1])
    low, high = values[:, cell, draws], values[:, cell + 1, draws]
    return np.asarray(low + share * (high - low), np.float64)
