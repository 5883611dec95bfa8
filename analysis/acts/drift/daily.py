"""The daily tests of a stream: a window of each feature of each city, against its first week."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.acts.drift.stream import REFERENCE_DAYS, fleet
from analysis.statistics.change import detection_delay
from analysis.statistics.drift import ks_distances, ks_p, reject
from formats.payloads.doorbell import CITIES, FEATURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.acts.drift.stream import Array, Fleet
    from analysis.statistics.change import Delay

TESTS = len(CITIES) * len(FEATURES)
"""A day: a family."""
HORIZON = 5
"""Days within which an update is to be noticed."""


class Watched(NamedTuple):
    """A stream, the update in it, and how many pictures a test has."""

    stream: Fleet
    city: int
    """Which is updated."""
    since: int
    """The day of that, from 0."""
    window: int


@dataclass(frozen=True)
class DailyTests:
    """All tests of a stream."""

    distances: Array
    """D, shape (tested days, cities, features)."""
    p: Array
    """Likewise."""

    def rejected(self, alpha: float, correction: str) -> NDArray[np.bool_]:
        """Return which tests reject, with each day as a family; the shape of `p`."""
        family = self.p.reshape(len(self.p), -1)
        return reject(family, alpha, correction).reshape(self.p.shape)


def windows(days: Array, window: int, first: int = REFERENCE_DAYS) -> tuple[Array, ...]:
    """Return the newest pictures at the end of each day, each shape (up to window,).

    Args:
        days: one feature, shape (days, pictures a day), of which the first are the reference.
        window: pictures of a test; less where the stream is not that long yet.
        first: the first day that is asked for, from 0.

    """
    tested = np.ravel(days[REFERENCE_DAYS:])
    a_day = days.shape[1]
    ends = range((first - REFERENCE_DAYS + 1) * a_day, len(tested) + 1, a_day)
    return tuple(tested[max(0, end - window) : end] for end in ends)


def distances(
    days: Array, window: int, first: int = REFERENCE_DAYS
) -> tuple[Array, NDArray[np.int64]]:
    """Return D of each day from one on, and how many pictures its window has.

    Args:
        days: one feature, shape (days, pictures a day).
        window: pictures of a test.
        first: that day, from 0.

    """
    reference = np.sort(np.ravel(days[:REFERENCE_DAYS]))
    parts = windows(days, window, first)
    counts = np.array([len(part) for part in parts])
    result = np.empty(len(parts))
    for count in np.unique(counts):
        same = np.flatnonzero(counts == count)
        result[same] = ks_distances(reference, np.stack([parts[place] for place in same]))
    return result, counts


def _city_tests(days: Array, window: int) -> tuple[Array, Array]:
    """Return D and p of a city, shape (tested days, features); days: (days, pictures, features)."""
    reference = REFERENCE_DAYS * days.shape[1]
    columns = [distances(days[..., feature], window) for feature in range(days.shape[-1])]
    counts = columns[0][1]
    found = np.stack([column for column, _ in columns], axis=-1)
    p = np.stack([ks_p(row, reference, int(n)) for row, n in zip(found, counts, strict=True)])
    return found, p


@lru_cache(maxsize=256)
def _cached(nonce: str, pictures: int, city: int, since: int | None, window: int) -> DailyTests:
    days = fleet(nonce, pictures).cities[city].features(since)
    return DailyTests(*_city_tests(days, window))


def daily_tests(watched: Watched) -> DailyTests:
    """Return the tests of all cities, of which one is updated from a day on."""
    stream, city, since, window = watched
    parts = [
        _cached(stream.nonce, stream.pictures, place, since if place == city else None, window)
        for place in range(len(stream.cities))
    ]
    return DailyTests(
        np.stack([part.distances for part in parts], axis=1),
        np.stack([part.p for part in parts], axis=1),
    )


@lru_cache(maxsize=256)
def _rotated(stream: tuple[str, int], city: int, since: int, window: int, feature: int) -> Array:
    """Return p of one feature from an update on, shape (rotations, days): days in other orders.

    stream: its nonce, and its pictures a day.
    """
    own = fleet(*stream).cities[city]
    reference = own.before[:REFERENCE_DAYS, :, feature]
    rows = []
    for step in range(own.before.shape[0] - REFERENCE_DAYS):
        before, after = (
            np.concatenate([reference, np.roll(part[REFERENCE_DAYS:, :, feature], step, axis=0)])
            for part in (own.before, own.after)
        )
        days = np.concatenate([before[:since], after[since : since + HORIZON]])
        found, counts = distances(days, window, since)
        rows.append([float(ks_p(d, reference.size, n)) for d, n in zip(found, counts, strict=True)])
    return np.array(rows)


def delay(watched: Watched, feature: int, level: float) -> Delay:
    """Return after how many days a feature's test notices an update, over repeats of the stream.

    Each repeat has the tested days in another order, all with their own weather. What is not
    noticed within `HORIZON` days counts as never.

    Args:
        watched: the stream, and the update in it.
        feature: which.
        level: at which a single test rejects.

    """
    stream, city, since, window = watched
    p = _rotated((stream.nonce, stream.pictures), city, since, window, feature)
    return detection_delay(p <= level, 0)


def level_of(alpha: float, correction: str) -> float:
    """Return at which p a test rejects whatever the others of its day do.

    By Benjamini and Hochberg more may be rejected, where several tests reject together.
    """
    return alpha if correction == "none" else alpha / TESTS
