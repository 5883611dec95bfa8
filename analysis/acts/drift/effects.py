"""How large a drift is, whatever its p-value: and what a fleet makes of a change of no matter."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from analysis.acts.drift.stream import REFERENCE_DAYS, fleet
from analysis.statistics.drift import (
    ks_distances,
    ks_p,
    psi,
    standardized_shift,
    wilson,
)
from formats.payloads.doorbell import FEATURES, ONE, weather

if TYPE_CHECKING:
    from analysis.acts.drift.stream import Array, Fleet
    from analysis.statistics.drift import Estimate, Psi

WINDOWS = (10, 30, 100, 300, 1000)
"""Pictures of a test, over which power is shown."""
_TRIALS = 100
FLEETS = (100, 1_000, 10_000, 100_000, 1_000_000)
"""Pictures a day, over which p-values are shown."""
LEAST_P = 300.0
"""The largest -log10 of a p-value that is told apart: below it a double is 0."""
_WARMTH = FEATURES.index("blue/green")


@dataclass(frozen=True)
class Effect:
    """How far a city's last days lie from its first."""

    psi: Psi
    shift: Estimate
    """Of means, in standard deviations."""


@lru_cache(maxsize=256)
def _effect(nonce: str, pictures: int, city: int, since: int | None, feature: int) -> Effect:
    days = fleet(nonce, pictures).cities[city].features(since)[..., feature]
    reference, last = np.ravel(days[:REFERENCE_DAYS]), days[-1]
    return Effect(psi(reference, last), standardized_shift(reference, last))


def effect(stream: Fleet, city: int, since: int | None, feature: int) -> Effect:
    """Return how far a city's last day lies from its reference, in one feature.

    Args:
        stream: of all cities.
        city: which.
        since: the day of its update, from 0; None: it has none.
        feature: which.

    """
    return _effect(stream.nonce, stream.pictures, city, since, feature)


@lru_cache(maxsize=64)
def _p_of_windows(nonce: str, pictures: int, city: int, feature: int) -> tuple[Array, ...]:
    own = fleet(nonce, pictures).cities[city]
    reference = np.sort(np.ravel(own.before[:REFERENCE_DAYS, :, feature]))
    updated = np.ravel(own.after[REFERENCE_DAYS:, :, feature])
    rows = []
    for count in WINDOWS:
        rng = np.random.default_rng(count)
        chosen = np.stack([rng.permutation(updated)[:count] for _ in range(_TRIALS)])
        rows.append(ks_p(ks_distances(reference, chosen), len(reference), count))
    return tuple(rows)


def powers(stream: Fleet, city: int, feature: int, level: float) -> tuple[Estimate, ...]:
    """Return the probability that a test notices the update, for each of `WINDOWS`.

    Args:
        stream: of all cities.
        city: the one that is updated.
        feature: which is tested.
        level: at which a test rejects.

    """
    rows = _p_of_windows(stream.nonce, stream.pictures, city, feature)
    pool = stream.cities[city].after[REFERENCE_DAYS:].shape[0] * stream.pictures
    # Windows overlap: they tell as much as so many that do not (see `statistics.drift.power`).
    apart = [1 / (1 / _TRIALS + count / pool) for count in WINDOWS]
    return tuple(
        wilson(float(np.mean(p <= level)), trials) for p, trials in zip(rows, apart, strict=True)
    )


@lru_cache(maxsize=64)
def _most_changed(nonce: str, pictures: int, city: int) -> int:
    own = fleet(nonce, pictures).cities[city]
    before, after = (
        values.reshape(-1, values.shape[-1])
        for values in (own.before[:REFERENCE_DAYS], own.after[REFERENCE_DAYS:])
    )
    distances = [
        float(ks_distances(np.sort(before[:, place]), after[None, :, place])[0])
        for place in range(before.shape[-1])
    ]
    return int(np.argmax(distances))


def most_changed(stream: Fleet, city: int) -> int:
    """Return the feature that an update changes most, whichever window it is looked at through."""
    return _most_changed(stream.nonce, stream.pictures, city)


@lru_cache(maxsize=64)
def _weather_distance(nonce: str, pictures: int, city: int) -> tuple[float, int]:
    own = fleet(nonce, pictures).cities[city]
    pool = np.sort(np.ravel(own.before[..., _WARMTH]))
    warmth = np.array([weather(nonce, own.name, day)[1] for day in range(len(own.before))])
    moves = np.abs(warmth - warmth[:REFERENCE_DAYS].mean())
    day = REFERENCE_DAYS + int(np.argmax(moves[REFERENCE_DAYS:]))
    gain = 1 - (warmth[day] - warmth[:REFERENCE_DAYS].mean()) / ONE
    return float(ks_distances(pool, (pool * gain)[None])[0]), day


def weather_distance(stream: Fleet, city: int) -> tuple[float, int]:
    """Return D of the day whose light differs most from the reference's, without chance; the day.

    The same pictures in both lights: their weather is known, so that nothing else moves them.
    """
    return _weather_distance(stream.nonce, stream.pictures, city)


def minus_log10_p(distance: float, count: int) -> float:
    """Return how small the p-value of a distance is, of two samples of a size, up to `LEAST_P`."""
    p = float(ks_p(distance, count, count))
    return min(LEAST_P, -math.log10(p)) if p > 0 else LEAST_P
