"""From this machine to a device: how much longer the same work takes on it.

Work of the processor scales by an index of single-core speed, to a power; what only moves memory
scales by what one core copies. Both are facts with ranges, and what scaling was seen to miss is a
factor of its own, so that an answer is as wide as what is known. A class of machines may have
taught both (`analysis.devices.class_scaling`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from analysis.devices.cpus import CPUS, either_way, index_of, instruction_set, plausible
from analysis.devices.facts import copy_rate, encode_us, run_fact
from analysis.errors import AnalysisError
from analysis.model.demands import Shape
from bench.bundle import Setup
from formats.payloads import kind
from hardware_profiles.quantity import Quantity, exact, exp, log, minimum

if TYPE_CHECKING:
    from analysis.devices.class_scaling import ClassScaling
    from analysis.model.demands import BatchCost
    from analysis.model.machine import Machine
    from hardware_profiles.catalogue import Catalogue, Profile


@dataclass(frozen=True)
class DeviceView:
    """A device, as it is seen from a machine."""

    machine: Machine
    profile: Profile
    slower: Quantity
    """How much longer work of the processor takes on it."""
    copies: Quantity
    """How much longer moving memory takes on it."""

    @classmethod
    def of(
        cls,
        machine: Machine,
        name: str,
        points: float | None = None,
        scaling: ClassScaling | None = None,
    ) -> DeviceView:
        """Return a device as it is seen from a machine.

        Args:
            machine: what was measured.
            name: of the device's profile.
            points: the machine's single-core score in Geekbench 6; None: as its CPU's name says.
            scaling: what a class taught of how work follows the index; None: what is published.

        Raises:
            AnalysisError: there is no such device, or no CPU has such a score.

        """
        catalogue, bundle = machine.catalogue, machine.bundle
        if name not in catalogue or catalogue[name].category != "devices":
            known = ", ".join(profile.name for profile in catalogue.of("devices"))
            raise AnalysisError(f"device: there is none called {name!r}; choose from {known}")
        profile, cpus = catalogue[name], catalogue[CPUS]
        key = f"index.{index_of(bundle.machine.cpu, cpus)}"
        index = cpus[key] if points is None else exact(plausible(points, cpus), "point")
        if scaling is None:
            slower = _as_published(machine, profile, index)
        else:
            slower = scaling.slower(bundle, index, profile, cpus)
        copies = slower
        if "cpu.copy_rate" in profile:
            copies = copy_rate(bundle) / profile["cpu.copy_rate"]
        return cls(machine, profile, slower, copies)

    @property
    def catalogue(self) -> Catalogue:
        """All profiles."""
        return self.machine.catalogue

    @cached_property
    def runs_loader(self) -> bool:
        """Whether Python and torch with their workers would run on it at all."""
        return bool((self.profile["memory.capacity"] - self.least_memory).value >= 0)

    @property
    def least_memory(self) -> Quantity:
        """What Python and torch with their workers need."""
        return self.catalogue[CPUS]["workings.loader_memory"]

    def sample(
        self, payload: str, codec: str, *stages: str, size: int | None = None
    ) -> tuple[Quantity, BatchCost]:
        """Return how long stages of a sample take on a core of it, and the cost measured here.

        Args:
            payload: what a sample is.
            codec: a format, a layout or a decoder.
            stages: those that are meant, such as decode.
            size: of the sample, in the payload's unit; None: the payload's usual. Of a size that
                was not measured, stages take as much longer as the sample has more bytes.

        Raises:
            OutOfRangeError: nothing of it, or of a size near it, was measured here.

        """
        calibration = self.machine.calibration
        asked = Setup(payload=payload, codec=codec, size=size)
        setup = self.machine.stage_model.completed(asked)
        batch = setup.batch or 1
        shape = Shape(payload, setup.size or 0, setup.codec)
        cost = self.machine.stage_model.demands.cost(shape, batch)
        us = sum(getattr(cost, stage) for stage in stages) / batch
        name = f"{'_and_'.join(stages)}.{payload}.{setup.codec}"
        sd = max(cost.sd, calibration.noise.work / 2)
        measured = run_fact(self.machine.bundle, name, us, sd, "us/sample")
        # What only moves memory is at most what a copy of the decoded bytes takes.
        copied = 0.0 * measured
        if "decode" in stages:
            copied = minimum(measured, sample_bytes(payload, size) / self._copy_rate)
        return (measured - copied) * self.slower + copied * self.copies, cost

    @property
    def _copy_rate(self) -> Quantity:
        return copy_rate(self.machine.bundle)

    def encode(self, payload: str, codec: str) -> Quantity | None:
        """Return how long encoding takes on a core of it, by the byte that is encoded.

        None: it was not measured here.
        """
        setup = self.machine.stage_model.completed(Setup(payload=payload, codec=codec))
        us = encode_us(self.machine.bundle, payload, setup.codec)
        if us is None:
            return None
        sd = self.machine.calibration.noise.work / 2
        name = f"encode.{payload}.{setup.codec}"
        return run_fact(self.machine.bundle, name, us, sd, "us/B") * self.slower


def sample_bytes(payload: str, size: int | None = None) -> Quantity:
    """Return the bytes of a decoded sample of a size; None: of the payload's usual size."""
    return exact(kind(payload)(size).sample_bytes, "B/sample")


def _as_published(machine: Machine, profile: Profile, index: Quantity) -> Quantity:
    """Return how much longer work takes on a device, by published indices and their power.

    Args:
        machine: what was measured.
        profile: the device's.
        index: the machine's.

    """
    cpus, isa = machine.catalogue[CPUS], profile.texts["cpu.isa"]
    same = instruction_set(machine.bundle.machine.architecture) == isa
    error = either_way(cpus["error.same_isa" if same else "error.other_isa"])
    if isa == "microcontroller":
        error = error * either_way(cpus["error.microcontroller"])
    return exp(log(index / profile["cpu.index"]) * cpus["exponent.decode"]) * error
