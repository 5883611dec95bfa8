"""What to change: the bottleneck, how many workers are enough, upgrades by what they gain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pydantic import ValidationError

from analysis.errors import OutOfRangeError
from analysis.model.calibration import AS_MEASURED
from analysis.model.draws import mean_period_draws
from analysis.model.equation import NAMES, PARTS, Terms, terms
from analysis.model.memory import fits
from analysis.model.prediction import (
    REMOVAL_CORRELATION,
    Prediction,
    predict,
)
from analysis.model.stage_model import ResolvedConfiguration, ResolvedConfigurations
from analysis.statistics.number import Number, number_of_draws
from bench.bundle import Setup
from bench.bundle.setup import MOST_WORKERS
from formats.names import format_of
from hardware_profiles.demand import waited_s
from hardware_profiles.numerals import counted
from hardware_profiles.provenance import Kind
from hardware_profiles.service import service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analysis.model.calibration import Calibration
    from analysis.model.stage_model import StageModel

KNEE = 0.95
"""The knee: the fewest workers that come to this share of the highest rate."""
_FASTER_CPU = 1.5
"""Times as fast: what a new laptop is over one some years old."""
LEAST_GAIN = 0.02
"""An upgrade that gains less is not worth a line."""
_BOUND = {
    "consumer": "the consumer takes batches over one after another",
    "workers": "{most} are the most that an experiment starts, or that memory holds",
    "cores": "the CPU is full",
    "link": "the disk is always busy",
}
"""What bounds the rate, by the part of the machine that is the busiest."""


@dataclass(frozen=True)
class Upgrade:
    """A change of a configuration."""

    lever: str
    """What is changed: a key of `LEVERS`, workers or CPU."""
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
    best: int
    """The smallest number that comes to `KNEE` of the highest rate of any; `workers`, if any is."""
    why: str
    """Why no number is enough."""
    demand: float | None
    """Samples a second that the accelerator could take; None: there is none."""
    rate: float
    """Samples a second with the best number of workers."""


@dataclass(frozen=True)
class Recommendation:
    """What is known of a configuration, and what would make it faster."""

    prediction: Prediction
    equilibrium: Equilibrium
    best: tuple[Upgrade, ...]
    """Of each lever the upgrade that gains most; the largest gain first."""
    others: tuple[Upgrade, ...]
    """Further upgrades of the same levers, likewise."""

    @property
    def runnable(self) -> tuple[Upgrade, ...]:
        """What can be run here, in the order of its numbers, from 1."""
        return tuple(upgrade for upgrade in self.best + self.others if upgrade.setup)


def recommend(calibration: Calibration, setup: Setup) -> Recommendation:
    """Return what would make a configuration faster.

    Raises:
        OutOfRangeError: the configuration itself cannot be predicted.

    """
    prediction = predict(calibration, setup)
    level = equilibrium(calibration, prediction.resolved)
    best: dict[str, Upgrade] = {}
    upgrades = _upgrades(calibration, prediction, level)
    others = tuple(u for u in upgrades if best.setdefault(u.lever, u) is not u)
    return Recommendation(prediction, level, tuple(best.values()), others)


def equilibrium(calibration: Calibration, resolved: ResolvedConfiguration) -> Equilibrium:
    """Return the smallest number of workers with which a configuration is as fast as it can be.

    That is `KNEE` of what the accelerator can take, or, without one, of the highest rate. Tried are
    all numbers that an experiment starts and that the machine's memory holds.
    """
    setups = [resolved.setup.model_copy(update={"workers": n}) for n in range(MOST_WORKERS + 1)]
    tried = calibration.stage_model.resolve_many(setups).configurations
    held = ResolvedConfigurations(tuple(c for c in tried if fits(calibration, c)))
    result = terms(calibration.fit.parameters[:, None], held.load)
    rates = resolved.samples * 1e6 / result.period
    with_step = bool(resolved.load.step > 0)
    demand = resolved.samples * 1e6 / float(result.step[0]) if with_step else None
    highest = float(rates.max())
    fed = demand is None or highest >= KNEE * demand
    best = int(np.argmax(rates >= KNEE * (demand if demand is not None and fed else highest)))
    workers, rate = held.configurations[best].setup.workers, float(rates[best])
    if fed:
        return Equilibrium(workers, workers, "", demand, rate)
    with_workers = np.where(held.load.workers > 0, rates, 0.0)
    part = PARTS[_slowest(calibration, result, int(np.argmax(with_workers)))]
    why = _BOUND[part].format(most=counted(held.configurations[-1].setup.workers, "worker"))
    return Equilibrium(None, workers, why, demand, rate)


def _slowest(calibration: Calibration, result: Terms, at: int) -> int:
    """Return the part without which a configuration with workers would be the fastest.

    Parts that are about as slow delay each other, and the step is the consumer's, so that the
    largest is not always the one to blame.
    """
    parts = result.parts[:, at]
    without = np.tile(parts, (len(parts), 1))
    np.fill_diagonal(without, [result.step[at], 0.0, 0.0, 0.0])
    p = np.exp(calibration.fit.parameters[NAMES.index("p")])
    return int(np.argmin(np.sum((without / parts.max()) ** p, axis=1)))


def _upgrades(
    calibration: Calibration, prediction: Prediction, level: Equilibrium
) -> tuple[Upgrade, ...]:
    """Return all upgrades, the largest gain first; level: how many workers are enough."""
    resolved = prediction.resolved
    tried = list(_tried(calibration, resolved.setup, level))
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


def _tried(
    calibration: Calibration, setup: Setup, level: Equilibrium
) -> Iterator[tuple[str, str, ResolvedConfiguration]]:
    """Yield lever, change and configuration of all changes that can be predicted and run."""
    stage_model = calibration.stage_model
    changes = [
        (lever, change, changed)
        for lever, changes in LEVERS.items()
        for change, changed in changes(stage_model, setup)
    ]
    if level.best != setup.workers:
        change = f"{setup.workers} to {counted(level.best, 'worker')}"
        changes.append(("workers", change, setup.model_copy(update={"workers": level.best})))
    for lever, change, changed in changes:
        try:
            resolved = stage_model.resolve(changed)
            Setup.model_validate(resolved.setup.model_dump())
        except (OutOfRangeError, ValidationError):
            continue  # nothing was measured that would tell, or no experiment takes it
        if fits(calibration, resolved):
            yield lever, change, resolved


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


def _transforms(_: StageModel, setup: Setup) -> Iterator[tuple[str, Setup]]:
    ways = {"fused": "fused into one pass"}
    if setup.accelerator != "none":
        ways["device"] = "what makes samples larger on the device"
    for way, change in ways.items():
        if way != setup.transform:
            yield change, setup.model_copy(update={"transform": way})


def _epochs(_: StageModel, setup: Setup) -> Iterator[tuple[str, Setup]]:
    if setup.epoch and setup.workers and not setup.persistent:
        yield "workers outlive an epoch", setup.model_copy(update={"persistent": True})


def _shards(_: StageModel, setup: Setup) -> Iterator[tuple[str, Setup]]:
    if setup.shards > 1:
        yield f"{setup.shards} files to 1", setup.model_copy(update={"shards": 1})


LEVERS: dict[str, Callable[[StageModel, Setup], Iterator[tuple[str, Setup]]]] = {
    "format": _formats,
    "layout": _layouts,
    "decoder": _decoders,
    "batch": _batches,
    "disk": _disks,
    "transform": _transforms,
    "epochs": _epochs,
    "files": _shards,
}
"""What can be changed beside the workers: a name and a line each."""
