"""The figures of the act on drift: distributions, days, windows, fleets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.acts.drift.daily import windows
from analysis.acts.drift.effects import (
    FLEETS,
    LEAST_P,
    WINDOWS,
    minus_log10_p,
    most_changed,
    powers,
    weather_distance,
)
from analysis.acts.drift.stream import REFERENCE_DAYS
from analysis.acts.drift.watch import p_text
from analysis.acts.outcome import Curve, Plot, Result
from analysis.statistics.number import Number
from formats.payloads.doorbell import CITIES, FEATURES, ONE, SCALE
from hardware_profiles.numerals import percent
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from analysis.acts.drift.stream import Array
    from analysis.acts.drift.watch import Watch

PLACES = 10
"""Of a distribution's line."""
_MIDDLE = (0.002, 0.998)
"""Quantiles between which it is drawn."""
OTHERS = ("brightness", "contrast")
"""Features that an update of colours moves little: how well they notice it."""


def unit_of(feature: int) -> float:
    """Return what a feature's fixed point counts as 1: a grey level, or a ratio of 1."""
    return float(ONE if "/" in FEATURES[feature] else SCALE)


def axis_of(feature: int) -> str:
    """Return what a feature is called on an axis."""
    name = FEATURES[feature]
    return name if "/" in name else f"{name}, grey levels"


def samples(watched: Watch) -> tuple[Array, Array]:
    """Return the most moved feature of its city: of the reference, and of the last window."""
    place, feature = watched.most_moved
    since = watched.since if place == watched.city else None
    days = watched.stream.cities[place].features(since)[..., feature] / unit_of(feature)
    return np.sort(np.ravel(days[:REFERENCE_DAYS])), np.sort(windows(days, watched.window)[-1])


def shares_below(values: Array, places: Array) -> tuple[float, ...]:
    """Return the share of values, in ascending order, up to each place."""
    return tuple(map(float, np.searchsorted(values, places, side="right") / len(values)))


def distribution_places(reference: Array, window: Array) -> Array:
    """Return the places at which two distributions are drawn, evenly."""
    both = np.concatenate([reference, window])
    low, high = map(float, np.quantile(both, _MIDDLE))
    return np.linspace(low, high, PLACES)


def place_of_distance(reference: Array, window: Array) -> float:
    """Return where two distributions are farthest from each other."""
    both = np.concatenate([reference, window])
    gaps = np.array(shares_below(reference, both)) - np.array(shares_below(window, both))
    return float(both[np.argmax(np.abs(gaps))])


def distribution_text(watched: Watch) -> str:
    """Say how far both distributions lie from each other, and where."""
    place, feature = watched.most_moved
    at = place_of_distance(*samples(watched))
    return (
        f"{CITIES[place].capitalize()}: D = {watched.distance:.3g} at {axis_of(feature)} {at:.3g}, "
        f"p {p_text(watched.p)}."
    )


def distributions(watched: Watch) -> Plot:
    """Return the distribution of the most moved feature, of the first week and of the window."""
    reference, window = samples(watched)
    _, feature = watched.most_moved
    places = distribution_places(reference, window)
    at = place_of_distance(reference, window)
    curves = tuple(
        _line(label, places, shares_below(values, places))
        for label, values in (("first week", reference), ("last window", window))
    )
    mark = Result("ecdf.place", "where D lies", Number(at, at, at, kind=Kind.ASSUMED))
    return Plot(
        "DriftECDF",
        "Distribution of the feature that moved most",
        axis_of(feature),
        "share",
        curves,
        distribution_text(watched),
        (mark,),
    )


def _line(label: str, x: Array, y: tuple[float, ...]) -> Curve:
    return Curve(label, tuple(map(float, x)), y, y, y)


def days_text(watched: Watch) -> str:
    """Say on which days there are alarms of the feature that moved most."""
    place, feature = watched.most_moved
    city = CITIES[place].capitalize()
    days = np.flatnonzero(watched.rejected[:, place, feature]) + REFERENCE_DAYS + 1
    if not len(days):
        return f"{FEATURES[feature]}: no day of {city} has an alarm."
    return (
        f"{FEATURES[feature]}: the first alarm of {city} is on day {days[0]}, and "
        f"{len(days)} of {len(watched.rejected)} tested days have one."
    )


def over_days(watched: Watch) -> Plot:
    """Return D of the most moved feature over days, by city."""
    _, feature = watched.most_moved
    found = watched.tests.distances[..., feature]
    days = np.arange(len(found), dtype=float) + REFERENCE_DAYS + 1
    curves = tuple(
        _line(name.capitalize(), days, tuple(map(float, found[:, place])))
        for place, name in enumerate(CITIES)
    )
    return Plot(
        "DriftOverDays",
        f"D of {FEATURES[feature]}, by city",
        "day",
        "D",
        curves,
        days_text(watched),
    )


def tested_features(watched: Watch) -> tuple[int, ...]:
    """Return the features whose power is shown: what changes most, and what changes little."""
    feature = most_changed(watched.stream, watched.city)
    return tuple(dict.fromkeys((feature, *map(FEATURES.index, OTHERS))))


def power_text(watched: Watch) -> str:
    """Say how many pictures notice the update nine times in ten, by feature."""
    parts = []
    for feature in tested_features(watched):
        shares = powers(watched.stream, watched.city, feature, watched.level)
        enough = [n for n, share in zip(WINDOWS, shares, strict=True) if share.value >= 0.9]
        words = f"{enough[0]:,} pictures" if enough else f"more than {WINDOWS[-1]:,}"
        parts.append(f"{FEATURES[feature]} {words}")
    return f"To notice it nine times in ten: {'; '.join(parts)}."


def power_over_window(watched: Watch) -> Plot:
    """Return the probability of noticing the update over the window, by feature."""
    curves = []
    for feature in tested_features(watched):
        shares = powers(watched.stream, watched.city, feature, watched.level)
        ends = (tuple(getattr(s, end) for s in shares) for end in ("value", "low", "high"))
        curves.append(Curve(FEATURES[feature], tuple(map(float, WINDOWS)), *ends))
    return Plot(
        "PowerOverWindow",
        "Probability of noticing the update",
        "pictures per test",
        "share",
        tuple(curves),
        power_text(watched),
    )


def fleet_text(watched: Watch, fleet_size: float) -> str:
    """Say what a fleet's p-value makes of weather."""
    other = quiet_city(watched)
    distance, day = weather_distance(watched.stream, other)
    small, large = (minus_log10_p(distance, n) for n in (watched.window, round(fleet_size)))
    return (
        f"The light of {CITIES[other].capitalize()} on day {day + 1} differs by D = "
        f"{distance:.2g}, and does no harm: with {watched.window:,} pictures p is "
        f"{10**-small:.2g}, with {fleet_size:,.0f} it is {_power_of_ten(large)}. From "
        f"{significant_from(distance, watched.alpha):,} on it is significant at "
        f"{percent(watched.alpha, 1)}: p says that there is a difference, D how large it is."
    )


def _power_of_ten(exponent: float) -> str:
    if exponent >= LEAST_P:
        return "less than 1e-300"
    return f"1e-{exponent:.0f}" if exponent >= 3 else f"{10**-exponent:.2g}"


def significant_from(distance: float, alpha: float) -> int:
    """Return from how many pictures on a distance is significant, of two samples of that size."""
    low, high = 1, 10**9
    while low < high:
        middle = (low + high) // 2
        if minus_log10_p(distance, middle) >= -np.log10(alpha):
            high = middle
        else:
            low = middle + 1
    return low


def quiet_city(watched: Watch) -> int:
    """Return the city without the update whose light changes most."""
    others = [place for place in range(len(CITIES)) if place != watched.city]
    return max(others, key=lambda place: weather_distance(watched.stream, place)[0])


def over_fleet(watched: Watch, fleet_size: float) -> Plot:
    """Return how small p is over the pictures of a fleet: of the update, and of weather."""
    x = np.array(FLEETS, float)
    lines = {
        "the update": watched.distance,
        "harmless weather": weather_distance(watched.stream, quiet_city(watched))[0],
    }
    curves = tuple(
        _line(label, x, tuple(minus_log10_p(distance, n) for n in FLEETS))
        for label, distance in lines.items()
    )
    return Plot(
        "FleetSize",
        "How small p is, over pictures a day",
        "pictures a day",
        "-log10 p",
        curves,
        fleet_text(watched, fleet_size),
    )
