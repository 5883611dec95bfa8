"""A configuration on another device's host: what feeds its accelerator, and what holds it up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.devices.facts import run_fact
from analysis.errors import OutOfRangeError
from analysis.model.alternatives import other_methods
from analysis.model.equation import IN_TIME, PARTS, Load, terms
from analysis.model.reading import online_tier
from analysis.statistics.number import Number, number_of_draws
from hardware_profiles.demand import methods, rate, usual_method, usual_workload, waited_s
from hardware_profiles.draws import DRAWS
from hardware_profiles.errors import ProfileError
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
    """What accelerators of a device get, with the cores and the disk that are their share."""

    device: str
    setup: Setup
    """The configuration, with all defaults filled in."""
    host_accelerators: int
    """Accelerators that share the host, those of the configuration among them."""
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
    """Those that make batches for these accelerators."""
    work: Quantity
    """What making a batch takes here."""
    demand: Quantity | None
    """Samples a second that these accelerators take; None: nothing consumes them."""
    held: Quantity | None
    """How long a worker waits for a batch's bytes; None: nothing is read, or from memory."""
    link: Quantity | None
    """How long a disk that is shared is busy with them."""


def predict_hosts(device: DeviceView, setup: Setup) -> tuple[HostPrediction, ...]:
    """Return what a configuration gives by the usual method, and by each other that is known.

    Where the configuration names a method, only by that.

    Raises:
        OutOfRangeError: see `predict_host`.

    """
    usual = predict_host(device, setup)
    others = other_methods(device.profile.name, usual.setup) if setup.method is None else ()
    return usual, *(
        predict_host(device, setup.model_copy(update={"method": method})) for method in others
    )


def predict_host(device: DeviceView, setup: Setup) -> HostPrediction:
    """Return what a configuration gives the accelerators of a device.

    Fields that the configuration sets hold on the device, too; the others follow from it: its own
    accelerator and the fastest of its own disks, and as many workers as the accelerators' share of
    the host has cores, less one for the consumer. Cores and own disks are shared by all of its
    accelerators; a tier that the configuration names is read by these alone.

    Raises:
        OutOfRangeError: such a machine would not run this software, the device cannot be set up
            so, or nothing was measured here that tells.

    """
    profile, calibration = device.profile, device.machine.calibration
    known = _is_known(device, setup)
    if not device.runs_loader:
        raise OutOfRangeError(
            f"{profile.name}: {profile['memory.capacity'].text()} of memory do not hold Python and "
            "torch with its workers; cycles and joules a sample are below"
        )
    cores = _cores(device, setup)
    resolved = _resolved(device, setup, cores, known=known)
    host = _Host(
        cores,
        _work(device, resolved),
        _demand(device, resolved.setup),
        *_reading(device, resolved),
    )
    load = _load(device, resolved, host)
    slower = _draws(device.slower, "1")
    shift = np.where(IN_TIME[:, None], np.log(slower), 0.0)
    result = terms(calibration.parameter_draws + shift, load)
    throughput_draws = resolved.samples * 1e6 / result.period
    parts = (device.slower, device.copies, host.work, host.demand, host.held)
    facts = [quantity.facts for quantity in parts if quantity is not None]
    throughput = Quantity(throughput_draws, exact(1).dimension, frozenset[Fact]().union(*facts))
    tax, demand = None, None
    if host.demand is not None:
        tax = _extrapolated(np.maximum(0.0, 1 - load.step / result.period), "1")
        demand = _extrapolated(resolved.samples * 1e6 / load.step, "samples/s")
    return HostPrediction(
        device=profile.name,
        setup=resolved.setup,
        host_accelerators=_accelerators(device),
        samples_per_s=_extrapolated(throughput_draws, "samples/s"),
        demand=demand,
        feeding_tax=tax,
        busiest=PARTS[int(np.argmax(result.parts[:, 0]))],
        inputs=inputs(throughput),
        dominant=dominant(throughput),
    )


def _accelerators(device: DeviceView) -> int:
    """Return how many accelerators share the device's host."""
    profile = device.profile
    return round(profile["accelerator.count"].value) if "accelerator.count" in profile else 1


def _cores(device: DeviceView, setup: Setup) -> int:
    """Return how many cores make batches for the accelerators that are asked for."""
    count = _accelerators(device)
    if setup.accelerators > count:
        raise OutOfRangeError(
            f"accelerators: {device.profile.name} has {count} in one host; ask for {count} or fewer"
        )
    cores = device.profile["cpu.cores"].value
    return max(1, int(cores / count * setup.accelerators))


def _resolved(
    device: DeviceView, setup: Setup, cores: int, *, known: bool
) -> ResolvedConfiguration:
    """Return the configuration as it is on the device, with what its batches ask for here."""
    name, stage_model = device.profile.name, device.machine.stage_model
    chosen = setup.model_fields_set
    accelerator = setup.accelerator if "accelerator" in chosen else name
    if accelerator not in {"none", name} and waited_s(accelerator) is None:
        raise OutOfRangeError(
            f"accelerator: {name} has its own; leave it out, or give none or a time such as 10ms"
        )
    if setup.storage == "s3":
        raise OutOfRangeError("storage: s3 was measured from here; name a tier, or leave it out")
    changes: dict[str, object] = {"accelerator": accelerator}
    if "workers" not in chosen:
        changes["workers"] = cores - 1
    on_device = setup.model_copy(update=changes)
    if accelerator == name and not known:
        # Nobody consumes the samples there, as far as is known; the feed itself can be told.
        on_device = on_device.model_copy(update={"accelerator": "none"})
    completed = stage_model.completed(on_device)
    # What reading takes here does not matter there; steps are added with their ranges below.
    here = {"storage": "disk", "accelerator": "none", "phase": None, "method": None}
    resolved = stage_model.resolve(completed.model_copy(update=here))
    return replace(resolved, setup=completed)


def _is_known(device: DeviceView, setup: Setup) -> bool:
    """Whether the device is known to run the workload.

    Raises:
        OutOfRangeError: the workload does not consume the payload, or a phase or method was asked
            for that is not known of the device.

    """
    try:
        workload = usual_workload(setup.payload_kind, setup.workload)
        known = methods(device.profile.name, workload)
        if known or setup.phase or setup.method:
            usual_method(device.profile.name, workload, setup.phase, setup.method)
    except ProfileError as error:
        raise OutOfRangeError(str(error)) from None
    return bool(known)


def _work(device: DeviceView, resolved: ResolvedConfiguration) -> Quantity:
    """Return what making a batch takes here."""
    setup, calibration = resolved.setup, device.machine.calibration
    sd = float(np.hypot(resolved.cost.sd, calibration.noise.work))
    name = f"make.{setup.payload}.{setup.codec}"
    return run_fact(device.machine.bundle, name, float(resolved.load.make), sd, "us")


def _demand(device: DeviceView, setup: Setup) -> Quantity | None:
    """Return how many samples a second the accelerators take; None: nothing consumes them."""
    if setup.accelerator == "none" or setup.remove == "step":
        return None
    waited = waited_s(setup.accelerator)
    if waited is not None:
        return exact((setup.batch or 1) / waited * setup.accelerators, "sample/s")
    workload = usual_workload(setup.payload_kind, setup.workload)
    known = rate(device.profile.name, workload, setup.method or "", setup.size or 1)
    if "token" in str(known.unit):
        known = known * exact(1, "sample/token")
    return known * float(setup.accelerators)


def _reading(
    device: DeviceView, resolved: ResolvedConfiguration
) -> tuple[Quantity | None, Quantity | None]:
    """Return how long reading a batch holds up a worker, and a disk that all share."""
    setup = resolved.setup
    if setup.shards != 1:
        raise OutOfRangeError("shards: what opening files takes is known of this machine only")
    if setup.remove == "storage" or setup.storage == "tmpfs":
        return None, None
    encoded = exact(resolved.bytes.encoded, "B")
    if setup.storage in {"disk", "cold"}:
        disk = _disk(device)
        others = _accelerators(device) / setup.accelerators
        reading = encoded * others / disk if disk is not None else None
        return reading, reading
    tier, read = online_tier(setup.storage), device.catalogue[setup.storage]["read"]
    size = round(resolved.bytes.encoded)
    beside_s = size / tier.rate
    held = encoded / read + exact(tier.takes_s(size) - beside_s, "s")
    link = encoded / read + exact(tier.busy_s(size) - beside_s, "s") if tier.shared else None
    return held, link


def _load(device: DeviceView, resolved: ResolvedConfiguration, host: _Host) -> Load:
    """Return what a batch asks of the host, drawn: arrays of shape (1 + DRAWS,) where uncertain."""
    measured = resolved.load
    slower, copies = _draws(device.slower, "1"), _draws(device.copies, "1")
    jitter = _draws(host.work, "us") / float(measured.make)
    samples = exact(resolved.samples, "sample")
    step = _draws(samples / host.demand if host.demand is not None else None, "us")
    return Load(
        workers=measured.workers,
        prefetch=measured.prefetch,
        cores=np.array(float(host.cores)),
        make=measured.make * slower * jitter,
        held=_draws(host.held, "us"),
        send=measured.send * copies * jitter,
        receive=measured.receive * slower * jitter,
        copy=_ZERO,
        step=step,
        waited=_ZERO,
        busy_cores=_ZERO,
        link=_draws(host.link, "us"),
        blocking=measured.blocking,
        between=measured.between * slower,
    )


def _draws(quantity: Quantity | None, unit: str) -> Array:
    """Return a quantity's draws in a unit, shape (1 + DRAWS,); zeros for None."""
    if quantity is None:
        return np.zeros(1 + DRAWS)
    draws = quantity.draws / quantity.to(unit).unit.factor
    return np.broadcast_to(draws, (1 + DRAWS,))


def _extrapolated(draws: Array, unit: str) -> Number:
    return number_of_draws(draws, unit, Kind.EXTRAPOLATED)


def _disk(device: DeviceView) -> Quantity | None:
    """Return what the fastest of the device's own disks gives; None: it has none."""
    reads = [q for path, q in device.profile.below("storage").items() if path.endswith(".read")]
    return max(reads, key=lambda read: float(read.draws[0]), default=None)
