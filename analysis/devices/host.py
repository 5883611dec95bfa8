"""A configuration on another device's host: what feeds its accelerator, and what holds it up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.devices.facts import run_fact
from analysis.errors import OutOfRangeError
from analysis.model.equation import IN_TIME, PARTS, Load, terms
from analysis.statistics.number import Number, number_of_draws
from hardware_profiles.demand import PHASES, USUAL_WORKLOADS, phases
from hardware_profiles.draws import DRAWS
from hardware_profiles.provenance import Fact, Kind
from hardware_profiles.quantity import Quantity, exact
from hardware_profiles.sensitivity import Dominant, dominant, inputs

if TYPE_CHECKING:
    from analysis.devices.scaling import DeviceView
    from analysis.model.fit import Array
    from analysis.model.stage_model import ResolvedConfiguration
    from bench.bundle import Setup

_ZERO = np.array(0.0)


@dataclass(frozen=True)
class HostPrediction:
    """What one accelerator of a device gets, with the cores and the disk that are its share."""

    device: str
    setup: Setup
    """The configuration, with all defaults filled in."""
    samples_per_s: Number
    demand: Number | None
    """Samples a second that it could take; None: it is not known to run the workload."""
    feeding_tax: Number | None
    busiest: str
    """The part of the host that works most of the time."""
    inputs: tuple[Fact, ...]
    dominant: Dominant | None
    """The input that the throughput's width comes from most."""


@dataclass(frozen=True)
class _Host:
    """What is known of a device's host for a configuration: quantities that are drawn together."""

    cores: int
    """Of one accelerator."""
    share: Quantity
    """Accelerators that share the host."""
    work: Quantity
    """What making a batch takes here."""
    demand: Quantity | None
    disk: Quantity | None
    """What the fastest of its own disks gives; None: it has none."""


def predict_host(device: DeviceView, setup: Setup) -> HostPrediction:
    """Return what a configuration gives one accelerator of a device.

    Its cores and its disk are one accelerator's share of the host's; workers are as many as these
    cores, less one for the consumer, where the configuration names none.

    Raises:
        OutOfRangeError: such a machine would not run this software, or nothing was measured here.

    """
    profile, calibration = device.profile, device.machine.calibration
    if not device.runs_loader:
        raise OutOfRangeError(
            f"{profile.name}: {profile['memory.capacity'].text()} of memory do not hold Python and "
            "torch with its workers; cycles and joules a sample are below"
        )
    share = profile["accelerator.count"] if "accelerator.count" in profile else exact(1)
    cores = max(1, int(profile["cpu.cores"].value / share.value))
    changes = {"storage": "disk", "accelerator": "none", "workers": setup.workers or cores - 1}
    resolved = device.machine.stage_model.resolve(setup.model_copy(update=changes))
    host = _host(device, resolved, cores, share)
    load = _load(device, resolved, host)
    slower = _draws(device.slower, "1")
    shift = np.where(IN_TIME[:, None], np.log(slower), 0.0)
    result = terms(calibration.parameter_draws + shift, load)
    rate = resolved.samples * 1e6 / result.period
    parts = (device.slower, device.copies, host.work, host.demand, host.disk)
    facts = [quantity.facts for quantity in parts if quantity is not None]
    throughput = Quantity(rate, exact(1).dimension, frozenset[Fact]().union(*facts))
    tax, demand = None, None
    if host.demand is not None:
        tax = _extrapolated(np.maximum(0.0, 1 - load.step / result.period), "1")
        demand = _extrapolated(resolved.samples * 1e6 / load.step, "samples/s")
    return HostPrediction(
        device=profile.name,
        setup=resolved.setup,
        samples_per_s=_extrapolated(rate, "samples/s"),
        demand=demand,
        feeding_tax=tax,
        busiest=PARTS[int(np.argmax(result.parts[:, 0]))],
        inputs=inputs(throughput),
        dominant=dominant(throughput),
    )


def _host(
    device: DeviceView, resolved: ResolvedConfiguration, cores: int, share: Quantity
) -> _Host:
    setup, bundle = resolved.setup, device.machine.bundle
    sd = float(np.hypot(resolved.cost.sd, device.machine.calibration.noise.work))
    name = f"make.{setup.payload}.{setup.codec}"
    work = run_fact(bundle, name, float(resolved.load.make), sd, "us")
    return _Host(cores, share, work, _demand(device, setup), _disk(device))


def _load(device: DeviceView, resolved: ResolvedConfiguration, host: _Host) -> Load:
    """Return what a batch asks of the host, drawn: arrays of shape (1 + DRAWS,) where uncertain."""
    measured = resolved.load
    slower, copies = _draws(device.slower, "1"), _draws(device.copies, "1")
    jitter = _draws(host.work, "us") / float(measured.make)
    encoded = exact(resolved.bytes.encoded, "B")
    reading = _draws(encoded * host.share / host.disk if host.disk is not None else None, "us")
    samples = exact(resolved.samples, "sample")
    step = _draws(samples / host.demand if host.demand is not None else None, "us")
    return Load(
        workers=measured.workers,
        prefetch=measured.prefetch,
        cores=np.array(float(host.cores)),
        make=measured.make * slower * jitter,
        held=reading,
        send=measured.send * copies * jitter,
        receive=measured.receive * slower * jitter,
        copy=_ZERO,
        step=step,
        waited=_ZERO,
        busy_cores=_ZERO,
        link=reading,
    )


def _draws(quantity: Quantity | None, unit: str) -> Array:
    """Return a quantity's draws in a unit, shape (1 + DRAWS,); zeros for None."""
    if quantity is None:
        return np.zeros(1 + DRAWS)
    draws = quantity.draws / quantity.to(unit).unit.factor
    return np.broadcast_to(draws, (1 + DRAWS,))


def _extrapolated(draws: Array, unit: str) -> Number:
    return number_of_draws(draws, unit, Kind.EXTRAPOLATED)


def _demand(device: DeviceView, setup: Setup) -> Quantity | None:
    """Return how many samples a second one accelerator of the device takes; None: not known."""
    workload = device.catalogue[setup.workload or USUAL_WORKLOADS[setup.payload_kind]]
    known = phases(device.profile.name, workload.name)
    if not known or workload.texts.get("payload") != setup.payload_kind:
        return None
    table, *_ = PHASES[setup.phase or known[0]]
    rate = workload[f"{table}.{device.profile.name}"]
    if "token" in str(rate.unit):
        return rate / exact(setup.size or 1, "token/sample")
    return rate


def _disk(device: DeviceView) -> Quantity | None:
    """Return what the fastest of the device's own disks gives; None: it has none."""
    reads = [q for path, q in device.profile.below("storage").items() if path.endswith(".read")]
    return max(reads, key=lambda read: float(read.draws[0]), default=None)
