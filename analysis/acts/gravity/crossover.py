"""At which size, and how far away, wire and parcels take equally long; and the figures of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.acts.gravity.crossing import Crossing, crossings
from analysis.acts.gravity.routes import Wire
from analysis.acts.outcome import Plot, Result, curve
from hardware_profiles.numerals import percent
from hardware_profiles.quantity import exact

if TYPE_CHECKING:
    from analysis.acts.gravity.options import Option
    from hardware_profiles.quantity import Quantity

TIERS_OF_SCALE = ("10 GB", "300 GB", "10 TB", "300 TB", "10 PB")
"""The five that the lab's rule of five moves is about, even on a logarithmic axis."""
_SMALLEST, _LARGEST = exact(10, "GB"), exact(10, "PB")
_NEAREST, _FARTHEST = exact(1, "km"), exact(20_000, "km")
_SHORTEST = 1e-3
"""Of a radio's reach: where its distances begin."""
_NOTHING = exact(0, "s/m")
_POINTS = 41
_SURE = 0.995
"""A probability that is not worth a word."""


def _distances(options: dict[str, Option]) -> tuple[Quantity, Quantity]:
    """Return from where to where distances are compared: as far as the wire goes."""
    line = options.get("wire")
    reach = line.route.reach if line and isinstance(line.route, Wire) else None
    if reach is None:
        return _NEAREST, _FARTHEST
    most = exact(reach.to("m").value, "m")
    return most * _SHORTEST, most


def _over(options: dict[str, Option]) -> Quantity:
    low, high = _distances(options)
    return exact(np.geomspace(low.to("km").value, high.to("km").value, _POINTS), "km")


@dataclass(frozen=True)
class Crossover:
    """Where they are, and what that means."""

    results: tuple[Result, ...]
    texts: tuple[str, ...]


def crossover(options: dict[str, Option], size: Quantity, distance: Quantity) -> Crossover:
    """Return at which size, and at which distance, wire and parcels take equally long."""
    line = options.get("wire")
    results, texts = [], []
    for name, parcels in options.items() if line else ():
        if name == "wire":
            continue
        assert line  # noqa: S101  the loop is empty without

        def by_size(at: Quantity, line: Option = line, other: Option = parcels) -> Quantity:
            return line.route.time(at, distance) - other.route.time(at, distance)

        def by_distance(at: Quantity, line: Option = line, other: Option = parcels) -> Quantity:
            return line.route.time(size, at) - other.route.time(size, at)

        for what, gap, low, high, unit in (
            ("size", by_size, _SMALLEST, _LARGEST, ""),
            ("distance", by_distance, *_distances(options), "km"),
        ):
            crossed = crossings(gap, low, high, unit)
            text = _crossing_text(what, crossed, (line, parcels), low, high)
            texts.append(text)
            for crossing in crossed:
                way = "above" if crossing.rises else "below"
                label = f"{parcels.name}: faster than the wire {way} this {what}"
                results.append(Result(f"{name}.crossover.{what}.{way}", label, crossing.at, text))
    return Crossover(tuple(results), tuple(texts))


def _crossing_text(
    what: str,
    crossed: tuple[Crossing, ...],
    options: tuple[Option, Option],
    low: Quantity,
    high: Quantity,
) -> str:
    line, parcels = options
    if not crossed:
        wins = line.time.value < parcels.time.to(str(line.time.unit)).value
        first, second = (line, parcels) if wins else (parcels, line)
        return (
            f"Over {what}: none in range: {first.name} is faster than {second.name} from "
            f"{low.text()} to {high.text()}."
        )
    parts = []
    for crossing in crossed:
        way = "above" if crossing.rises else "below"
        sure = crossing.chance
        doubt = "" if sure > _SURE else f" (within the range with a probability of {percent(sure)})"
        parts.append(f"{way} {crossing.at.text()}{doubt}")
    return f"Over {what}: {parcels.name} is faster than the wire {' and '.join(parts)}."


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
    sizes = [exact(size, "GB") for size in np.geomspace(10, 1e7, len(TIERS_OF_SCALE))]
    low, high = _distances(options)
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
