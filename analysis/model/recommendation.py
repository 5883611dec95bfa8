"""What to change: the bottleneck, how many workers are enough, upgrades by what they gain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import OutOfRangeError
from analysis.model.equation import PARTS, terms
from analysis.model.prediction import Prediction, drawn_means, predict
from analysis.model.stage_model import stacked
from analysis.statistics.number import Number, number_of_draws
from hardware_profiles.catalogue import catalogue
from hardware_profiles.demand import waited_s
from hardware_profiles.provenance import Kind
from hardware_profiles.service import service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analysis.model.calibration import Calibration
    from analysis.model.stage_model import Asked
    from bench.bundle import Setup

_MOST_WORKERS = 16
_KNEE = 0.95
_FASTER_CPU = 1.5
_BOUND = {
    "consumer": "receive-bound: the consumer takes batches over one after another",
    "workers": "worker-bound",
    "cores": "CPU-bound: the cores have no more time",
    "link": "storage-bound: the disk is always busy",
}
_LEAST_GAIN = 0.02


@dataclass(frozen=True)
class Upgrade:
    """A change, and by what share the rate is predicted to grow.

    setup is what `bench experiment --config -` runs to check it; None: not on this machine.
    """

    lever: str
    what: str
    gain: Number
    setup: Setup | None


@dataclass(frozen=True)
class Equilibrium:
    """The smallest number of workers that is enough; None: no number is, and why.

    demand and supply are in samples a second: what the accelerator could take, and what that many
    workers (or the best number) can give. Without an accelerator, enough is 95 % of the most.
    """

    workers: int | None
    why: str
    demand: float | None
    supply: float


@dataclass(frozen=True)
class Recommendation:
    """What is known of a configuration, and what would make it faster."""

    prediction: Prediction
    equilibrium: Equilibrium
    upgrades: tuple[Upgrade, ...]
    answer: str


def recommend(found: Calibration, setup: Setup) -> Recommendation:
    """Return what would make a configuration faster.

    Raises:
        OutOfRangeError: the configuration itself cannot be predicted.

    """
    here = predict(found, setup)
    upgrades = _upgrades(found, here.asked, here.kind)
    return Recommendation(here, equilibrium(found, here.asked), upgrades, _answer(here, upgrades))


def equilibrium(found: Calibration, asked: Asked) -> Equilibrium:
    """Return the smallest number of workers whose supply meets the demand."""
    # Without a worker nothing is made during a step, however quick it is.
    counts = range(1 if float(asked.load.step) > 0 else 0, _MOST_WORKERS + 1)
    setups = [asked.setup.model_copy(update={"workers": n, "remove": None}) for n in counts]
    load = stacked(found.machine.ask(s).load for s in setups)
    feed = stacked(found.machine.ask(s.model_copy(update={"remove": "step"})).load for s in setups)
    parameters = found.fit.parameters[:, None]
    supplied = asked.samples * 1e6 / terms(parameters, feed).period
    step = float(terms(parameters, load).step[0])
    demand = asked.samples * 1e6 / step if step > 0 else None
    enough = supplied >= (_KNEE * supplied.max() if demand is None else demand)
    if enough.any():
        first = int(np.argmax(enough))
        return Equilibrium(counts[first], "", demand, float(supplied[first]))
    best = int(np.argmax(supplied))
    part = PARTS[int(np.argmax(terms(parameters, feed).parts[:, best]))]
    return Equilibrium(None, _BOUND[part], demand, float(supplied[best]))


def _upgrades(found: Calibration, asked: Asked, kind: Kind) -> tuple[Upgrade, ...]:
    tried: list[tuple[str, str, Asked]] = []
    for lever, changes in LEVERS.items():
        for what, setup in changes(found, asked.setup):
            try:
                tried.append((lever, what, found.machine.ask(setup)))
            except OutOfRangeError:
                continue  # nothing was measured that would tell
    load = stacked([asked.load, *(one.load for _, _, one in tried)])
    everyone = [asked, *(one for _, _, one in tried)]
    samples = np.array([one.samples for one in everyone], np.float64)[:, None]
    rates = samples / drawn_means(found, load, found.reckoned(everyone))
    gains = rates[1:] / rates[0] - 1
    upgrades = [
        Upgrade(lever, what, number_of_draws(gain, "1", kind), one.setup)
        for (lever, what, one), gain in zip(tried, gains, strict=True)
    ]
    upgrades.append(_faster_cpu(found, asked))
    best: dict[tuple[str, str], Upgrade] = {}
    for upgrade in sorted(upgrades, key=lambda u: -u.gain.value):
        best.setdefault((upgrade.lever, upgrade.what), upgrade)
    return tuple(upgrade for upgrade in best.values() if upgrade.gain.value > _LEAST_GAIN)


def _faster_cpu(found: Calibration, asked: Asked) -> Upgrade:
    load = stacked([asked.load])
    before = drawn_means(found, load)[0]
    share = 1 / _FASTER_CPU
    after = drawn_means(found.slowed(share), load.scaled(np.array(share)))[0]
    what = f"cores {_FASTER_CPU:g} times as fast"
    return Upgrade("CPU", what, number_of_draws(before / after - 1, "1", Kind.EXTRAPOLATED), None)


def _formats(found: Calibration, setup: Setup) -> Iterator[tuple[str, Setup]]:
    mine = setup.codec.partition("/")[0]
    for codec in found.machine.demands.in_pipeline(setup.payload):
        name = codec.partition("/")[0]
        if name != mine:
            yield f"{mine} to {name}", setup.model_copy(update={"codec": codec})


def _layouts(found: Calibration, setup: Setup) -> Iterator[tuple[str, Setup]]:
    name, layout, _ = setup.codec.split("/")
    for codec in found.machine.demands.codecs:
        other = codec.split("/")
        if other[0] == name and other[1] != layout:
            yield f"{layout} to {other[1]}", setup.model_copy(update={"codec": codec})


def _decoders(found: Calibration, setup: Setup) -> Iterator[tuple[str, Setup]]:
    layout, _, decoder = setup.codec.rpartition("/")
    for codec in found.machine.demands.codecs:
        if codec != setup.codec and codec.rpartition("/")[0] == layout:
            other = codec.rpartition("/")[2]
            yield f"{decoder} to {other}", setup.model_copy(update={"codec": codec})


def _workers(found: Calibration, setup: Setup) -> Iterator[tuple[str, Setup]]:
    for workers in range(found.machine.cores + 3):
        if workers != setup.workers:
            what = f"{setup.workers} to {workers} workers"
            yield what, setup.model_copy(update={"workers": workers})


def _batches(_: Calibration, setup: Setup) -> Iterator[tuple[str, Setup]]:
    if waited_s(setup.accelerator) is not None:
        return  # a step that takes a given time, whatever the batch: a larger one would be free
    for factor in (0.25, 0.5, 2.0, 4.0):
        batch = max(1, round((setup.batch or 1) * factor))
        if batch != setup.batch:
            yield f"batches of {batch}", setup.model_copy(update={"batch": batch})


def _disks(_: Calibration, setup: Setup) -> Iterator[tuple[str, Setup]]:
    tiers = {profile.name for profile in catalogue().of("tiers")}
    if setup.storage not in tiers:
        return
    yield "this machine's disk, as cached", setup.model_copy(update={"storage": "disk"})
    for name in sorted(tiers - {setup.storage}):
        if service(name).rate > service(setup.storage).rate:
            yield f"{setup.storage} to {name}", setup.model_copy(update={"storage": name})


# What can be changed: a name and a line each.
LEVERS: dict[str, Callable[[Calibration, Setup], Iterator[tuple[str, Setup]]]] = {
    "format": _formats,
    "layout": _layouts,
    "decoder": _decoders,
    "workers": _workers,
    "batch": _batches,
    "disk": _disks,
}


def _answer(here: Prediction, upgrades: tuple[Upgrade, ...]) -> str:
    """Answer "another format, or a faster disk?" for this machine."""
    best = {lever: [u for u in upgrades if u.lever == lever] for lever in ("format", "disk")}
    gains = {lever: found[0].gain.value if found else 0.0 for lever, found in best.items()}
    mine = here.setup.codec.partition("/")[0]
    if not best["format"] and not best["disk"]:
        return f"Neither another format than {mine} nor a faster disk gains more than 2 %."
    first = max(gains, key=lambda lever: gains[lever])
    other = "disk" if first == "format" else "format"
    what = {"format": "another format", "disk": "a faster disk"}
    than = f"{gains[other]:.0%}" if gains[other] else "less than 2 %"
    return (
        f"{what[first].capitalize()}: {best[first][0].what} gains {gains[first]:.0%}, "
        f"{what[other]} {than}."
    )
