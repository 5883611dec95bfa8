"""What to change: the bottleneck, how many workers are enough, upgrades by what they gain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import OutOfRangeError
from analysis.model.calibration import AS_MEASURED
from analysis.model.equation import PARTS, terms
from analysis.model.prediction import (
    REMOVAL_CORRELATION,
    Prediction,
    mean_period_draws,
    predict,
)
from analysis.model.stage_model import ResolvedConfiguration, ResolvedConfigurations
from analysis.statistics.number import Number, number_of_draws
from formats.names import format_of
from hardware_profiles.demand import waited_s
from hardware_profiles.provenance import Kind
from hardware_profiles.service import service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analysis.model.calibration import Calibration
    from analysis.model.stage_model import StageModel
    from bench.bundle import Setup

MOST_WORKERS = 16
"""More workers than these are not tried."""
KNEE = 0.95
"""The knee: the fewest workers that come to this share of the highest rate."""
_FASTER_CPU = 1.5
"""Times as fast: what a new laptop is over one some years old."""
LEAST_GAIN = 0.02
"""An upgrade that gains less is not worth a line."""
_BOUND = {
    "consumer": "receive-bound: the consumer takes batches over one after another",
    "workers": "worker-bound",
    "cores": "CPU-bound: the cores have no more time",
    "link": "storage-bound: the disk is always busy",
}


@dataclass(frozen=True)
class Upgrade:
    """A change of a configuration."""

    lever: str
    """What is changed, a key of `LEVERS`, or the CPU."""
    change: str
    gain: Number
    """By what share the rate is predicted to grow."""
    setup: Setup | None
    """What `bench experiment --config -` runs to check it; None: not on this machine."""


@dataclass(frozen=True)
class Equilibrium:
    """The smallest number of workers that is enough."""

    workers: int | None
    """None: no number is."""
    why: str
    """Why no number is enough."""
    demand: float | None
    """Samples a second that the accelerator could take; None: there is none."""
    supply: float
    """Samples a second that these workers, or the best number of them, can make."""


@dataclass(frozen=True)
class Recommendation:
    """What is known of a configuration, and what would make it faster."""

    prediction: Prediction
    equilibrium: Equilibrium
    upgrades: tuple[Upgrade, ...]
    """Those that gain most first."""


def recommend(calibration: Calibration, setup: Setup) -> Recommendation:
    """Return what would make a configuration faster.

    Raises:
        OutOfRangeError: the configuration itself cannot be predicted.

    """
    prediction = predict(calibration, setup)
    return Recommendation(
        prediction,
        equilibrium(calibration, prediction.resolved),
        _upgrades(calibration, prediction),
    )


def equilibrium(calibration: Calibration, resolved: ResolvedConfiguration) -> Equilibrium:
    """Return the smallest number of workers whose supply meets the demand."""
    # Without a worker nothing is made during a step, however quick it is.
    with_step = bool(resolved.load.step > 0)
    counts = range(int(with_step), MOST_WORKERS + 1)
    setups = [resolved.setup.model_copy(update={"workers": n, "remove": "step"}) for n in counts]
    load = calibration.stage_model.resolve_many(setups).load
    feed = terms(calibration.fit.parameters[:, None], load)
    supplied = resolved.samples * 1e6 / feed.period
    demand = resolved.samples * 1e6 / _step_us(calibration, resolved) if with_step else None
    enough = supplied >= (KNEE * supplied.max() if demand is None else demand)
    if enough.any():
        first = int(np.argmax(enough))
        return Equilibrium(counts[first], "", demand, float(supplied[first]))
    best = int(np.argmax(supplied))
    part = PARTS[int(np.argmax(feed.parts[:, best]))]
    return Equilibrium(None, _BOUND[part], demand, float(supplied[best]))


def _step_us(calibration: Calibration, resolved: ResolvedConfiguration) -> float:
    setup = resolved.setup.model_copy(update={"remove": None})
    load = calibration.stage_model.resolve(setup).load
    return float(terms(calibration.fit.parameters, load).step)


def _upgrades(calibration: Calibration, prediction: Prediction) -> tuple[Upgrade, ...]:
    stage_model, resolved = calibration.stage_model, prediction.resolved
    tried: list[tuple[str, str, ResolvedConfiguration]] = []
    for lever, changes in LEVERS.items():
        for change, setup in changes(stage_model, resolved.setup):
            try:
                tried.append((lever, change, stage_model.resolve(setup)))
            except OutOfRangeError:
                continue  # nothing was measured that would tell
    everyone = ResolvedConfigurations((resolved, *(other for _, _, other in tried)))
    beyond = calibration.extrapolation(everyone.configurations)
    alike = np.array([1.0, *(REMOVAL_CORRELATION * (lever == "disk") for lever, _, _ in tried)])
    means = mean_period_draws(calibration, everyone.load, beyond, alike)
    rates = everyone.samples[:, None] / means
    gains = rates[1:] / rates[0] - 1
    upgrades = [
        Upgrade(lever, change, number_of_draws(gain, "1", prediction.kind), other.setup)
        for (lever, change, other), gain in zip(tried, gains, strict=True)
    ]
    upgrades.append(_faster_cpu(calibration, resolved))
    best: dict[tuple[str, str], Upgrade] = {}
    for upgrade in sorted(upgrades, key=lambda u: -u.gain.value):
        best.setdefault((upgrade.lever, upgrade.change), upgrade)
    return tuple(upgrade for upgrade in best.values() if upgrade.gain.value > LEAST_GAIN)


def _faster_cpu(calibration: Calibration, resolved: ResolvedConfiguration) -> Upgrade:
    load = ResolvedConfigurations((resolved,)).load
    share = 1 / _FASTER_CPU
    before = mean_period_draws(calibration, load, AS_MEASURED)[0]
    faster = load.scaled(np.array(share))
    after = mean_period_draws(calibration.slowed(share), faster, AS_MEASURED)[0]
    gain = number_of_draws(before / after - 1, "1", Kind.EXTRAPOLATED)
    return Upgrade("CPU", f"cores {_FASTER_CPU:g} times as fast", gain, None)


def _formats(stage_model: StageModel, setup: Setup) -> Iterator[tuple[str, Setup]]:
    current = setup.format
    for codec in stage_model.demands.in_pipeline(setup.payload):
        name = format_of(codec)
        if name != current:
            yield f"{current} to {name}", setup.model_copy(update={"codec": codec})


def _layouts(stage_model: StageModel, setup: Setup) -> Iterator[tuple[str, Setup]]:
    name, layout, _ = setup.codec.split("/")
    for codec in stage_model.demands.codecs:
        other = codec.split("/")
        if other[0] == name and other[1] != layout:
            yield f"{layout} to {other[1]}", setup.model_copy(update={"codec": codec})


def _decoders(stage_model: StageModel, setup: Setup) -> Iterator[tuple[str, Setup]]:
    layout, _, decoder = setup.codec.rpartition("/")
    for codec in stage_model.demands.codecs:
        if codec != setup.codec and codec.rpartition("/")[0] == layout:
            other = codec.rpartition("/")[2]
            yield f"{decoder} to {other}", setup.model_copy(update={"codec": codec})


def _workers(stage_model: StageModel, setup: Setup) -> Iterator[tuple[str, Setup]]:
    for workers in range(stage_model.cores + 3):
        if workers != setup.workers:
            change = f"{setup.workers} to {workers} workers"
            yield change, setup.model_copy(update={"workers": workers})


def _batches(_: StageModel, setup: Setup) -> Iterator[tuple[str, Setup]]:
    if waited_s(setup.accelerator) is not None:
        return  # a step that takes a given time, whatever the batch: a larger one would be free
    for factor in (0.25, 0.5, 2.0, 4.0):
        batch = max(1, round((setup.batch or 1) * factor))
        if batch != setup.batch:
            yield f"batches of {batch}", setup.model_copy(update={"batch": batch})


def _disks(stage_model: StageModel, setup: Setup) -> Iterator[tuple[str, Setup]]:
    tiers = {profile.name for profile in stage_model.catalogue.of("tiers")}
    if setup.storage not in tiers:
        return
    yield "this machine's disk, as cached", setup.model_copy(update={"storage": "disk"})
    for name in sorted(tiers - {setup.storage}):
        if service(name).rate > service(setup.storage).rate:
            yield f"{setup.storage} to {name}", setup.model_copy(update={"storage": name})


LEVERS: dict[str, Callable[[StageModel, Setup], Iterator[tuple[str, Setup]]]] = {
    "format": _formats,
    "layout": _layouts,
    "decoder": _decoders,
    "workers": _workers,
    "batch": _batches,
    "disk": _disks,
}
"""What can be changed: a name and a line each."""
