"""From this machine to a device: how much longer the same work takes there.

Work of the processor scales by an index of single-core speed, to a power; what only moves memory
scales by what one core copies. Both are facts with ranges, and what scaling was seen to miss is a
factor of its own, so that an answer is as wide as what is known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from analysis.devices.answer import MEASURED_HERE
from analysis.errors import AnalysisError
from analysis.model.demands import Shape
from bench.bundle import Setup
from formats.payloads import kind
from hardware_profiles.catalogue import catalogue
from hardware_profiles.provenance import Checked, Fact, Kind
from hardware_profiles.quantity import Quantity, exact, exp, log, minimum, sourced

if TYPE_CHECKING:
    from analysis.model.calibration import Calibration
    from analysis.model.demands import Making
    from bench.bundle import Bundle
    from hardware_profiles.catalogue import Profile

DEVICES = ("h100", "orin", "rayban", "hearable")
"""Devices that questions are asked of, in the order of the lab's tracks."""
_CPUS = "geekbench6"
_INSTRUCTION_SETS = {"x86_64": "x86-64", "amd64": "x86-64", "arm64": "arm", "aarch64": "arm"}
_Z90 = 1.645
_COPY_SD = 0.1
_LEAST_MEMORY = 4.0
"""GB below which Python and torch with their workers do not run."""


@dataclass(frozen=True)
class Elsewhere:
    """A device, seen from this machine.

    slower: how much longer work of the processor takes there; copies: the same of moving memory.
    """

    bundle: Bundle
    found: Calibration
    profile: Profile
    slower: Quantity
    copies: Quantity

    @property
    def runs_this(self) -> bool:
        """Whether a machine of that class would run this software at all."""
        return bool(self.profile["memory.capacity"].to("GB").value >= _LEAST_MEMORY)

    def measured(self, what: str, value: float, sd: float, unit: str) -> Quantity:
        """Return a number that this run measured, as a fact; sd is of its logarithm."""
        return measured(self.bundle, what, value, sd, unit)

    def sample(self, payload: str, codec: str, *stages: str) -> tuple[Quantity, Making]:
        """Return how long stages of a sample take on a core there, and as measured here.

        Raises:
            OutOfRangeError: nothing of it was measured here.

        """
        usual = self.found.machine.completed(Setup(payload=payload, codec=codec))
        batch = usual.batch or 1
        shape = Shape(payload, usual.size or 0, usual.codec)
        making = self.found.machine.demands.making(shape, batch)
        us = sum(getattr(making, stage) for stage in stages) / batch
        name = f"{'_and_'.join(stages)}.{payload}.{usual.codec}"
        here = self.measured(name, us, max(making.sd, self.found.spread.work / 2), "us/sample")
        # What only moves memory is at most what a copy of the decoded bytes takes.
        copied = minimum(here, self.copy(payload)) if "decode" in stages else 0.0 * here
        return (here - copied) * self.slower + copied * self.copies, making

    def copy(self, payload: str) -> Quantity:
        """Return how long a copy of a decoded sample takes here."""
        size = kind(payload)(None).sample_bytes
        return exact(size, "B/sample") / copy_rate(self.bundle)

    def encode(self, payload: str, codec: str) -> Quantity | None:
        """Return how long encoding a sample takes on a core there; None: not measured here."""
        full = self.found.machine.completed(Setup(payload=payload, codec=codec)).codec
        cases = [
            case
            for case in self.bundle.cases
            if (case.kind, case.codec, case.payload) == ("encode", full, payload) and case.blocks
        ]
        if not cases:
            return None
        case = max(cases, key=lambda c: c.batch)
        us = [s / (case.loops or 1) / case.batch for b in case.blocks for s in b.samples_us]
        name = f"encode.{payload}.{full}"
        return (
            self.measured(name, median(us), self.found.spread.work / 2, "us/sample") * self.slower
        )


def elsewhere(
    bundle: Bundle, found: Calibration, device: str, points: float | None = None
) -> Elsewhere:
    """Return a device as it is seen from a machine.

    Args:
        bundle: a run of this machine.
        found: its calibration.
        device: a profile's name.
        points: this machine's own single-core score in Geekbench 6; None: as its CPU's name says.

    Raises:
        AnalysisError: there is no such device.

    """
    profiles = catalogue()
    if device not in profiles or profiles[device].category != "devices":
        known = ", ".join(p.name for p in profiles.of("devices"))
        raise AnalysisError(f"device: there is none called {device!r}; choose from {known}")
    profile, cpus = profiles[device], profiles[_CPUS]
    index = exact(points, "point") if points else cpus[f"index.{index_of(bundle.machine.cpu)}"]
    isa = profile.texts["cpu.isa"]
    same = _INSTRUCTION_SETS.get(bundle.machine.architecture.lower()) == isa
    error = _either_way(cpus["error.same_isa" if same else "error.other_isa"])
    if isa == "microcontroller":
        error = error * _either_way(cpus["error.microcontroller"])
    slower = exp(log(index / profile["cpu.index"]) * cpus["exponent.decode"]) * error
    copies = slower
    if "cpu.copy_rate" in profile:
        copies = copy_rate(bundle) / profile["cpu.copy_rate"]
    return Elsewhere(bundle, found, profile, slower, copies)


def index_of(cpu: str) -> str:
    """Return under which name a CPU's index stands, `unknown` where its name says too little."""
    words = re.sub(r"[^a-z0-9]+", "_", cpu.lower().replace("(r)", "").replace("(tm)", ""))
    names = [
        path.removeprefix("index.") for path in catalogue()[_CPUS] if path.startswith("index.")
    ]
    fitting = [name for name in names if f"_{name}_" in f"_{words}_"]
    return max(fitting, key=len, default="unknown")


def measured(bundle: Bundle, what: str, value: float, sd: float, unit: str) -> Quantity:
    """Return a number that a run measured, as a fact; sd is of its logarithm."""
    reach = float(np.exp(_Z90 * sd))
    fact = Fact(
        name=f"{MEASURED_HERE}:{what}",
        value=value,
        low=value / reach,
        high=value * reach,
        unit=unit,
        kind=Kind.MEASURED,
        source=f"the run with the digest {bundle.digest[:12]}",
        checked=Checked.SEEN,
    )
    return sourced(fact)


def copy_rate(bundle: Bundle) -> Quantity:
    """Return what one core copies here, taken from the largest batch.

    Raises:
        AnalysisError: it was not measured.

    """
    cases = [case for case in bundle.cases if case.kind == "memcpy" and case.blocks]
    if not cases:
        raise AnalysisError("copying memory was not measured in this run; take a whole preset")
    case = max(cases, key=lambda c: c.decoded_bytes)
    us = median([s / (case.loops or 1) for b in case.blocks for s in b.samples_us])
    return measured(bundle, "memcpy", case.decoded_bytes / us * 1e6, _COPY_SD, "B/s")


def _either_way(factor: Quantity) -> Quantity:
    """Return a factor of 1 that may be off by so much in either direction."""
    fact = factor.fact
    assert fact is not None  # noqa: S101 - profiles hold facts
    value = float(factor.value)
    off = Fact(
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
    return sourced(off)
