"""At which size, and how far away, wire and parcels take equally long; and the figures of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.acts.gravity.crossing import Crossing, crossings
from analysis.acts.gravity.options import NAMES
from analysis.acts.gravity.routes import Parcels, Wire
from analysis.acts.outcome import Plot, Result, curve
from hardware_profiles.numerals import percent
from hardware_profiles.quantity import exact

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.acts.gravity.options import Option
    from hardware_profiles.quantity import Quantity

TIERS_OF_SCALE = ("10 GB", "300 GB", "10 TB", "300 TB", "10 PB")
"""The five that the lab's rule of five moves is about, even on a logarithmic axis."""
SIZES_GB = np.geomspace(10, 1e7, len(TIERS_OF_SCALE))
"""Of the tiers."""
_SMALLEST, _LARGEST = exact(10, "GB"), exact(10, "PB")
_NEAREST, _FARTHEST = exact(1, "km"), exact(20_000, "km")
_SHORTEST = 1e-3
"""Of a radio's reach: where its distances begin."""
_NOTHING = exact(0, "s/m")
_POINTS = 41
_SURE = 0.995
"""A probability that is not worth a word."""


def distances(line: Wire | None) -> tuple[Quantity, Quantity]:
    """Return from where to where distances are compared: as far as the wire goes."""
    reach = line.reach if line else None
    if reach is None:
        return _NEAREST, _FARTHEST
    most = exact(reach.to("m").value, "m")
    return most * _SHORTEST, most


def _over(options: dict[str, Option]) -> Quantity:
    low, high = distances(_line(options))
    return exact(np.geomspace(low.to("km").value, high.to("km").value, _POINTS), "km")


def _line(options: dict[str, Option]) -> Wire | None:
    line = options.get("wire")
    return line.route if line and isinstance(line.route, Wire) else None


@dataclass(frozen=True)
class Crossover:
    """Where they are, and what that means."""

    results: tuple[Result, ...]
    texts: tuple[str, ...]


def crossover(options: dict[str, Option], size: Quantity, distance: Quantity) -> Crossover:
    """Return at which size, and at which distance, wire and parcels take equally long."""
    line = _line(options)
    results: list[Result] = []
    texts: list[str] = []
    for name, option in options.items():
        if line is None or not isinstance(option.route, Parcels):
            continue
        for crossed in (
            crossover_in_size(line, name, option.route, distance),
            crossover_in_distance(line, name, option.route, size),
        ):
            results += crossed.results
            texts += crossed.texts
    return Crossover(tuple(results), tuple(texts))


def crossover_in_size(line: Wire, name: str, parcels: Parcels, distance: Quantity) -> Crossover:
    """Return at which size a wire and a way of shipping take equally long; name: of the latter."""

    def gap(size: Quantity) -> Quantity:
        return line.time(size, distance) - parcels.time(size, distance)

    return _crossover("size", name, gap, (_SMALLEST, _LARGEST), "")


def crossover_in_distance(line: Wire, name: str, parcels: Parcels, size: Quantity) -> Crossover:
    """Return how far away a wire and a way of shipping take equally long; name: of the latter."""

    def gap(distance: Quantity) -> Quantity:
        return line.time(size, distance) - parcels.time(size, distance)

    return _crossover("distance", name, gap, distances(line), "km")


def _crossover(
    what: str,
    name: str,
    gap: Callable[[Quantity], Quantity],
    ends: tuple[Quantity, Quantity],
    unit: str,
) -> Crossover:
    crossed = crossings(gap, *ends, unit)
    text = _crossing_text(what, NAMES[name], crossed, gap, ends)
    results = []
    for crossing in crossed:
        way = "above" if crossing.rises else "below"
        label = f"{NAMES[name]}: faster than the wire {way} this {what}"
        results.append(Result(f"{name}.crossover.{what}.{way}", label, crossing.at, text))
    return Crossover(tuple(results), (text,))


def _crossing_text(
    what: str,
    parcels: str,
    crossed: tuple[Crossing, ...],
    gap: Callable[[Quantity], Quantity],
    ends: tuple[Quantity, Quantity],
) -> str:
    low, high = ends
    if not crossed:
        pair = (NAMES["wire"], parcels)
        first, second = pair if gap(low).value < 0 else pair[::-1]
        return (
            f"Over {what}: none in range: {first} is faster than {second} from "
            f"{low.text()} to {high.text()}."
        )
    parts = []
    for crossing in crossed:
        way = "above" if crossing.rises else "below"
        sure = crossing.chance
        doubt = "" if sure > _SURE else f" (within the range with a probability of {percent(sure)})"
        parts.append(f"{way} {crossing.at.text()}{doubt}")
    return f"Over {what}: {parcels} is faster than the wire {' and '.join(parts)}."


def over_distance(options: dict[str, Option], size: Quantity, crossed: Crossover) -> Plot:
    """Return time over distance."""
    over = _over(options)
    curves = tuple(
        # What does not depend on the distance has the curve's shape, too.
        curve(option.name, over, (option.route.time(size, over) + over * _NOTHING).to("day"))
        for option in options.values()
    )
    marks = tuple(r for r in crossed.results if ".crossover.distance." in r.name)
    finding = " ".join(t for t in crossed.texts if t.startswith("Over distance"))
    return Plot(
        "SneakernetCrossoverPlot",
        "Time over distance",
        "distance, km",
        "days",
        curves,
        finding or "There is no wire that gets there.",
        marks,
    )


def over_scale(options: dict[str, Option], distance: Quantity) -> Plot:
    """Return time by each method at five tiers of scale, and which is the fastest, how far."""
    sizes = [exact(size, "GB") for size in SIZES_GB]
    low, high = distances(_line(options))
    all_sizes = exact([size.value for size in sizes], "GB")
    curves = tuple(
        curve(option.name, all_sizes, option.route.time(all_sizes, distance).to("day"))
        for option in options.values()
    )
    wins = [
        f"{tier}: {' or '.join(_winners(options, size))}"
        for tier, size in zip(TIERS_OF_SCALE, sizes, strict=True)
    ]
    return Plot(
        "TransferTimeRadar",
        "Time at five tiers of scale",
        "size",
        "days",
        curves,
        f"The fastest, from {low.text()} to {high.text()}, by size: {'; '.join(wins)}. Where one "
        "stands alone, the distance does not matter.",
    )


def _winners(options: dict[str, Option], size: Quantity) -> list[str]:
    """Return the methods that are the fastest at some distance, in the order of distance."""
    over = _over(options)
    times = [
        np.broadcast_to(option.route.time(size, over).to("s").value, _POINTS)
        for option in options.values()
    ]
    names = [option.name for option in options.values()]
    return list(dict.fromkeys(names[index] for index in np.argmin(times, axis=0)))
