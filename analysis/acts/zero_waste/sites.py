"""Where samples are worked on, and what a sample costs there: this machine, a device, a server.

Energy of the processor is the time that was measured here, scaled to the device, times what a core
of it takes. Where this machine has an energy meter, what it counted is used for this machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from analysis.acts.feeding.setups import payload_of
from analysis.devices.facts import run_fact
from analysis.devices.scaling import DeviceView, sample_bytes
from analysis.errors import OutOfRangeError
from analysis.model.demands import Shape
from bench.bundle import Setup
from hardware_profiles.demand import USUAL_WORKLOADS, own_size
from hardware_profiles.quantity import exact

if TYPE_CHECKING:
    from analysis.model.machine import Machine
    from hardware_profiles.catalogue import Catalogue, Profile
    from hardware_profiles.quantity import Quantity

THIS_MACHINE = "this machine"
CLOUD = "h100"
"""The device that learns, and that works on samples in the cloud."""
_WORKS_HERE = {"cloud_titan": THIS_MACHINE}
"""What works where the data lies; of other tracks, the mission's device."""
_METERED_SD = 0.15
"""Of the logarithm of what a core takes by a meter: between windows, and between loads."""
_BUSY_US = 100_000
"""Less of a core's time in a window says nothing of its energy."""


@dataclass(frozen=True)
class Site:
    """A place where samples are worked on, and what each costs in joules."""

    name: str
    decode: Quantity
    """J/B of decoded bytes."""
    transform: Quantity
    """J/sample, of what the network takes in."""
    score: Quantity
    """J/sample: one pass of the network forward."""
    metered: bool
    """Whether the energy of its cores was measured by a meter."""


@dataclass(frozen=True)
class Sites:
    """The places of a track's mission."""

    machine: Machine
    track: str
    codec: str
    """A format, or a codec in full."""

    @property
    def catalogue(self) -> Catalogue:
        """All facts."""
        return self.machine.catalogue

    @property
    def payload(self) -> str:
        """What a sample is."""
        return payload_of(self.track)

    @property
    def workload(self) -> Profile:
        """The network that learns from the samples."""
        return self.catalogue[USUAL_WORKLOADS[self.payload]]

    def local(self) -> Site:
        """Return the place where the data lies."""
        name = _WORKS_HERE.get(self.track, self.catalogue[self.track].texts["device"])
        return self._here() if name == THIS_MACHINE else self._device(name)

    def cloud(self) -> Site:
        """Return the place where it is learned."""
        return self._device(CLOUD)

    def train(self) -> Quantity:
        """Return what it takes to learn from a sample once, in J/sample, server included."""
        work = self.workload.get("model.train")
        if work is None:
            # Backward is twice forward, as with the networks whose training is known.
            work = self.workload["model.forward"] * 3
        return work * learning_energy(self.catalogue)

    def _device(self, name: str) -> Site:
        view = DeviceView.of(self.machine, name)
        size = own_size(self.workload)
        power = view.profile["power.core"]
        decode, _ = view.sample(self.payload, self.codec, "decode", size=size)
        transform, _ = view.sample(self.payload, self.codec, "transform", size=size)
        return Site(
            view.profile.title,
            decode * power / sample_bytes(self.payload, size),
            transform * power,
            forward_energy(self.catalogue, name, self.workload),
            metered=False,
        )

    def _here(self) -> Site:
        bundle, size = self.machine.bundle, own_size(self.workload)
        setup = self.machine.stage_model.completed(
            Setup(payload=self.payload, codec=self.codec, size=size)
        )
        batch = setup.batch or 1
        cost = self.machine.stage_model.demands.cost(
            Shape(self.payload, setup.size or 0, setup.codec), batch
        )
        metered = metered_core_power(self.machine)
        facts = self.catalogue["processors"]
        power = facts["workings.core_power"] if metered is None else metered

        def joules(stage: str) -> Quantity:
            us = float(getattr(cost, stage)) / batch
            name = f"{stage}.{self.payload}.{setup.codec}"
            return run_fact(bundle, name, us, cost.sd, "us/sample") * power

        return Site(
            THIS_MACHINE,
            joules("decode") / sample_bytes(self.payload, size),
            joules("transform"),
            self.workload["model.forward"] * facts["operation.core_fp32"],
            metered=metered is not None,
        )


def learning_energy(catalogue: Catalogue) -> Quantity:
    """Return what an operation of training takes on an H100, its share of the server included.

    From the rate at which it trains ResNet-50 when it never waits: the best that is published.
    """
    server, network = catalogue[CLOUD], catalogue["resnet50"]
    power = server["power.server"] / server["accelerator.count"]
    return power / (network["demand.tuned.h100"] * network["model.train"])


def forward_energy(catalogue: Catalogue, name: str, workload: Profile) -> Quantity:
    """Return what one pass forward takes on a device, in J/sample.

    By the device's own energy of an operation; else by its power over the rate at which it serves
    the workload; else, for the server, by its training.

    Raises:
        OutOfRangeError: neither is known.

    """
    device, forward = catalogue[name], workload["model.forward"]
    if "energy.int8" in device:
        return forward * device["energy.int8"]
    if f"serve.int8.{name}" in workload:
        return device["power.mode_maxn"] / workload[f"serve.int8.{name}"]
    if name == CLOUD:
        return forward * learning_energy(catalogue)
    raise OutOfRangeError(f"what a pass of {workload.title} takes on {device.title} is not known")


def metered_core_power(machine: Machine) -> Quantity | None:
    """Return what a core takes at work beyond idle, by this machine's meters; None: it has none.

    The median over windows of energy above idle over the processor's time, of all processes.
    """
    pipeline = machine.pipeline
    if not isinstance(pipeline.idle_uw, dict):
        return None
    watts = []
    for window in (w for c in pipeline.configurations for w in c.windows):
        names = [name for name in window.energy_uj if not name.endswith("/psys")]
        names = [name for name in names or window.energy_uj if name in pipeline.idle_uw]
        busy_us = window.consumer_cpu_us + sum(window.workers_cpu_us)
        if names and busy_us > _BUSY_US:
            idle_uj = sum(pipeline.idle_uw[name] for name in names) * window.us / 1e6
            watts.append((sum(window.energy_uj[name] for name in names) - idle_uj) / busy_us)
    above = median(watts) if watts else 0.0
    return run_fact(machine.bundle, "core_power", above, _METERED_SD, "W") if above > 0 else None


def encoded_share(machine: Machine, payload: str, codec: str) -> Quantity:
    """Return the bytes of a sample as a format stores it, over its bytes as values.

    Raises:
        OutOfRangeError: it was not measured.

    """
    setup = machine.stage_model.completed(Setup(payload=payload, codec=codec))
    shape = Shape(payload, setup.size or 0, setup.codec)
    encoded = machine.stage_model.demands.bytes(shape, 1).encoded
    return exact(encoded / float(sample_bytes(payload, setup.size).value))
