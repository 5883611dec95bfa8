"""A stream as it is watched: with which alpha, correction and window; what that comes to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from analysis.acts.drift.cause import cause
from analysis.acts.drift.daily import TESTS, Watched, daily_tests, delay, level_of
from analysis.acts.drift.stream import day_of, fleet
from analysis.acts.outcome import DRIFT, State, Verdict
from analysis.statistics.drift import wilson
from formats.payloads.doorbell import CITIES, FEATURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.acts.drift.cause import Cause
    from analysis.acts.drift.daily import DailyTests
    from analysis.acts.drift.stream import Fleet
    from analysis.acts.scenario import Scenario
    from analysis.statistics.change import Delay
    from analysis.statistics.drift import Estimate
    from hardware_profiles.catalogue import Catalogue

_SMALLEST_P = 1e-300


@dataclass(frozen=True)
class FalseAlarms:
    """Tests that reject of cities that nothing happened to."""

    tests: int
    rejected: int
    expected: float
    """Of them, by the level and the correction."""
    share: Estimate


@dataclass(frozen=True)
class Watch:
    """A stream, and how it is watched."""

    stream: Fleet
    city: int
    """Which has the update."""
    since: int
    """The day of the update, from 0."""
    window: int
    alpha: float
    correction: str

    @property
    def _watched(self) -> Watched:
        return Watched(self.stream, self.city, self.since, self.window)

    @cached_property
    def tests(self) -> DailyTests:
        """Of all days, cities and features."""
        return daily_tests(self._watched)

    @cached_property
    def rejected(self) -> NDArray[np.bool_]:
        """Which of them reject, shape (tested days, cities, features)."""
        return self.tests.rejected(self.alpha, self.correction)

    @property
    def level(self) -> float:
        """At which p a test rejects, whatever the others do."""
        return level_of(self.alpha, self.correction)

    @cached_property
    def most_moved(self) -> tuple[int, int]:
        """City and feature of the largest D on the last day."""
        last = self.tests.distances[-1]
        city, feature = np.unravel_index(int(np.argmax(last)), last.shape)
        return int(city), int(feature)

    @property
    def alarmed(self) -> tuple[int, ...]:
        """The cities of which a test rejects on the last day."""
        return tuple(map(int, np.flatnonzero(self.rejected[-1].any(axis=1))))

    @property
    def distance(self) -> float:
        """The largest D on the last day."""
        return float(self.tests.distances[-1].max())

    @property
    def p(self) -> float:
        """Of the largest D on the last day."""
        return float(self.tests.p[-1][self.most_moved])

    @property
    def cause(self) -> Cause:
        """What the change comes from, by the reports of the city that moved most."""
        place, _ = self.most_moved
        return _cause(self.stream, place, self.since if place == self.city else None)

    @property
    def delay(self) -> Delay:
        """After how many days the update is noticed, over repeats, by what moved most."""
        _, feature = self.most_moved
        return delay(self._watched, feature, self.level)

    @property
    def false_alarms(self) -> FalseAlarms:
        """On the cities without the update, all tested days and features."""
        others = np.delete(self.rejected, self.city, axis=1)
        share = others.size / self.rejected.size
        expected = (
            self.alpha * float(self.rejected.sum()) * share
            if self.correction == "bh"
            else self.level * others.size
        )
        rejected = int(others.sum())
        return FalseAlarms(
            others.size, rejected, expected, wilson(rejected / others.size, others.size)
        )

    def verdict(self) -> Verdict:
        """Return the badge: whether tests say that a city drifted, and whether they agree which."""
        place, feature = self.most_moved
        words = f"{FEATURES[feature]} of {CITIES[place].capitalize()}, D = {self.distance:.3g}"
        noticed = 1 - self.delay.never
        if not self.alarmed:
            return Verdict(DRIFT, State.MISSED, noticed, f"no test rejects; the largest is {words}")
        if self.alarmed == (place,):
            return Verdict(DRIFT, State.MET, noticed, f"in one city alone: {words}")
        names = ", ".join(CITIES[city].capitalize() for city in self.alarmed)
        reason = f"tests reject in {names}; the largest is {words}"
        return Verdict(DRIFT, State.UNKNOWN, noticed, reason)


@lru_cache(maxsize=64)
def _cause_of(nonce: str, pictures: int, city: int, since: int | None) -> Cause:
    return cause(fleet(nonce, pictures).cities[city], since)


def _cause(stream: Fleet, city: int, since: int | None) -> Cause:
    return _cause_of(stream.nonce, stream.pictures, city, since)


def p_text(p: float) -> str:
    """Write a p-value with its sign."""
    if p < _SMALLEST_P:
        return "< 1e-300"
    return f"= {p:.2g}"


def rule(alpha: float, correction: str) -> str:
    """Say when a test rejects."""
    words = {
        "none": f"against alpha = {alpha:g} each",
        "bonferroni": f"against {alpha:g} over {TESTS} tests a day (Bonferroni)",
        "bh": f"against {alpha:g} by Benjamini and Hochberg over {TESTS} tests a day",
    }
    return words[correction]


def watch(scenario: Scenario, catalogue: Catalogue, nonce: str) -> Watch:
    """Return how a scenario watches the stream of a nonce.

    Raises:
        AnalysisError: the date is not one of the stream's.

    """
    pictures = int(catalogue["drift"]["items.tested"].value)
    stream = fleet(nonce, pictures)
    return Watch(
        stream,
        stream.place(scenario["city"]),
        day_of(scenario["firmware-date"]),
        int(scenario["window"]),
        float(scenario["alpha"]),
        scenario["correction"],
    )
