"""From this machine to a device: how much longer the same work takes on it.

Work of the processor scales by an index of single-core speed, to a power; what only moves memory
scales by what one core copies. Both are facts with ranges, and what scaling was seen to miss is a
factor of its own, so that an answer is as wide as what is known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from analysis.devices.facts import copy_rate, encode_us, run_fact
from analysis.errors import AnalysisError
from analysis.model.demands import Shape
from bench.bundle import Setup
from formats.payloads import kind
from hardware_profiles.provenance import Fact
from hardware_profiles.quantity import Quantity, exact, exp, log, minimum, sourced

if TYPE_CHECKING:
    from analysis.model.demands import BatchCost
    from analysis.model.machine import Machine
    from hardware_profiles.catalogue import Catalogue, Profile

CPUS = "geekbench6"
"""The profile with indices of CPUs, and with how cost follows them."""
_MARGIN = 2.0
"""A score may be this factor below the least of the known CPUs, or above the most. Assumed: a new
generation of cores gains a tenth to a third."""
_INSTRUCTION_SETS = {"x86_64": "x86-64", "amd64": "x86-64", "arm64": "arm", "aarch64": "arm"}


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
    def of(cls, machine: Machine, name: str, points: float | None = None) -> DeviceView:
        """Return a device as it is seen from a machine.

        Args:
            machine: what was measured.
            name: of the device's profile.
            points: the machine's single-core score in Geekbench 6; None: as its CPU's name says.

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
        isa = profile.texts["cpu.isa"]
        same = _INSTRUCTION_SETS.get(bundle.machine.architecture.lower()) == isa
        error = _either_way(cpus["error.same_isa" if same else "error.other_isa"])
        if isa == "microcontroller":
            error = error * _either_way(cpus["error.microcontroller"])
        slower = exp(log(index / profile["cpu.index"]) * cpus["exponent.decode"]) * error
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


def plausible(points: float, cpus: Profile) -> float:
    """Return a single-core score in Geekbench 6, where a CPU may have it.

    Raises:
        AnalysisError: it is far from all that are known; it says which are plausible.

    """
    known = cpus.below("index").values()
    least = min(index.to("point").low for index in known) / _MARGIN
    most = max(index.to("point").high for index in known) * _MARGIN
    if not least <= points <= most:
        raise AnalysisError(
            f"index: {points:g} is no single-core score in Geekbench 6; give one from "
            f"{least:.1f}, of a small microcontroller, to {most:,.0f}, of a CPU to come"
        )
    return points


def index_of(cpu: str, cpus: Profile) -> str:
    """Return under which name a CPU's index stands, `unknown` where its name says too little."""
    words = re.sub(r"[^a-z0-9]+", "_", cpu.lower().replace("(r)", "").replace("(tm)", ""))
    names = [path.removeprefix("index.") for path in cpus if path.startswith("index.")]
    fitting = [name for name in names if f"_{name}_" in f"_{words}_"]
    return max(fitting, key=len, default="unknown")


def _either_way(factor: Quantity) -> Quantity:
    """Return a factor of 1 that may be off by so much in either direction."""
    fact = factor.fact
    assert fact is not None  # noqa: S101 - profiles hold facts
    value = float(factor.value)
    return sourced(
        Fact(
            name=f"{fact.name}.either_way",
            value=1.0,
            low=1 / value,
            high=value,
            unit="1",
            kind=fact.kind,
            source=fact.source,
            checked=fact.checked,
            note=fact.note,
        )
    )
