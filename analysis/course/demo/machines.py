"""Made-up machines: a CPU of the published list, what stands around it, and how fast it is.

Speed is the published index of one core, drawn within its range, to the published exponent; what
that was seen to miss is drawn too, half of its variance for the machine and half for each thing
that is timed. Nothing measured here tells how machines differ.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from analysis.devices.cpus import CPUS
from hardware_profiles.catalogue import catalogue

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NORMAL_90 = 1.6449
"""Half the width of a 90 % interval of a normal distribution, in standard deviations."""
_TEMPLATE_INDEX = "unknown"
"""The template's CPU does not say its model."""
_COPY_SPREAD = 0.2
_DISK_SPREAD = 0.5
_COPY_FOLLOWS = 0.5
"""Standard deviations of logarithms, and how far copies follow the core. Assumed."""
_RELEASES = {
    "Linux": ("6.1", "6.8", "6.11", "6.14"),
    "Darwin": ("23.6", "24.5", "25.0"),
    "Windows": ("10", "11"),
}
_PYTHONS = ("3.11.9", "3.12.7", "3.12.10", "3.13.2")


class Model(NamedTuple):
    """A CPU, and what it comes in."""

    name: str
    """Its name in the published list."""
    cpu: str
    """As systems report it."""
    cores: tuple[int, int]
    """Physical and logical."""
    memory_gib: tuple[int, ...]
    systems: tuple[str, ...]
    weight: float = 1.0
    arm: bool = False
    virtual: bool = False


_PC = ("Windows", "Windows", "Linux")
MODELS = (
    Model("i5_8365u", "Intel(R) Core(TM) i5-8365U CPU @ 1.60GHz", (4, 8), (8, 16), _PC),
    Model("i7_8665u", "Intel(R) Core(TM) i7-8665U CPU @ 1.90GHz", (4, 8), (16,), _PC),
    Model("i5_1135g7", "11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz", (4, 8), (8, 16), _PC, 1.5),
    Model("i7_1185g7", "11th Gen Intel(R) Core(TM) i7-1185G7 @ 3.00GHz", (4, 8), (16, 32), _PC),
    Model("i5_1240p", "12th Gen Intel(R) Core(TM) i5-1240P", (12, 16), (8, 16), _PC, 1.5),
    Model("i7_1255u", "12th Gen Intel(R) Core(TM) i7-1255U", (10, 12), (16,), _PC),
    Model("i7_12700h", "12th Gen Intel(R) Core(TM) i7-12700H", (14, 20), (16, 32), _PC),
    Model("i5_1335u", "13th Gen Intel(R) Core(TM) i5-1335U", (10, 12), (8, 16), _PC, 1.5),
    Model("i7_1360p", "13th Gen Intel(R) Core(TM) i7-1360P", (12, 16), (16, 32), _PC),
    Model("i7_13700h", "13th Gen Intel(R) Core(TM) i7-13700H", (14, 20), (16, 32), _PC, 1.5),
    Model("ryzen_5_4600h", "AMD Ryzen 5 4600H with Radeon Graphics", (6, 12), (8, 16), _PC),
    Model("ryzen_7_4700u", "AMD Ryzen 7 4700U with Radeon Graphics", (8, 8), (16,), _PC),
    Model("ryzen_5_5600u", "AMD Ryzen 5 5600U with Radeon Graphics", (6, 12), (8, 16), _PC),
    Model("ryzen_7_5800u", "AMD Ryzen 7 5800U with Radeon Graphics", (8, 16), (16,), _PC),
    Model("ryzen_7_6800h", "AMD Ryzen 7 6800H with Radeon Graphics", (8, 16), (16, 32), _PC),
    Model("ryzen_7_7840u", "AMD Ryzen 7 7840U w/ Radeon 780M Graphics", (8, 16), (16, 32), _PC),
    Model("ryzen_7_8840u", "AMD Ryzen 7 8840U w/ Radeon 780M Graphics", (8, 16), (16, 32), _PC),
    Model("apple_m1", "Apple M1", (8, 8), (8, 16), ("Darwin",), 3.0, arm=True),
    Model("apple_m2", "Apple M2", (8, 8), (8, 16, 24), ("Darwin",), 3.0, arm=True),
    Model("apple_m3", "Apple M3", (8, 8), (8, 16, 24), ("Darwin",), 2.0, arm=True),
    Model("apple_m4", "Apple M4", (10, 10), (16, 24), ("Darwin",), 2.0, arm=True),
    Model("epyc_7763", "AMD EPYC 7763 64-Core Processor", (1, 2), (8,), ("Linux",), virtual=True),
)
"""What students have: laptops of several years, and a machine of a cloud. The mix is assumed."""
EXTREMES = {
    "very old": Model(
        "raspberry_pi_4", "Raspberry Pi 4 Model B Rev 1.4", (4, 4), (4, 8), ("Linux",), arm=True
    ),
    "very new": Model("epyc_9r45", "AMD EPYC 9R45", (4, 8), (32,), ("Linux",), virtual=True),
    "64 cores": Model("epyc_9b14", "AMD EPYC 9B14", (64, 64), (256,), ("Linux",), virtual=True),
}
"""Machines at the ends, by the name of their kind."""


@dataclass(frozen=True, slots=True)
class Between:
    """How machines differ, by published facts; natural logarithms."""

    exponent: float
    """How far time follows the index."""
    same: float
    """Standard deviation of what scaling misses between CPUs of one instruction set."""
    other: float
    """The same between x86-64 and Arm."""
    indices: dict[str, tuple[float, float, float]]
    """Value, low, high, in points."""


@cache
def between() -> Between:
    """Return how machines differ."""
    cpus = catalogue()[CPUS]
    known = cpus.below("index")
    points = {name: index.to("point") for name, index in known.items()}
    return Between(
        float(cpus["exponent.decode"].value),
        math.log(float(cpus["error.same_isa"].value)) / _NORMAL_90,
        math.log(float(cpus["error.other_isa"].value)) / _NORMAL_90,
        {name: (float(q.value), float(q.low), float(q.high)) for name, q in points.items()},
    )


@dataclass(frozen=True, slots=True)
class DrawnMachine:
    """A machine, and its true effects."""

    model: Model
    facts: dict[str, Any]
    """As a bundle has them, without the day."""
    index: float
    """Speed of its core, in points."""
    slower: float
    """How much longer work of the processor takes than on the template's machine."""
    cells: NDArray[np.float64]
    """The same for each cell of the template, with what this machine is better or worse at."""
    canary: float
    """The same for the canary."""
    copies: float
    """The same for copies of memory."""
    disk: float
    """The same for reads of the disk."""

    def truth(self) -> dict[str, Any]:
        """Return what the truth says of it."""
        return {
            "cpu": self.model.name,
            "index": round(self.index, 1),
            "slower": round(self.slower, 5),
            "canary": round(self.canary, 5),
            "copies": round(self.copies, 5),
            "disk": round(self.disk, 5),
        }


def draw(rng: np.random.Generator, cells: int, model: Model | None = None) -> DrawnMachine:
    """Draw a machine; model: of this one, in place of one of `MODELS` by their weights."""
    facts = between()
    pick = rng.random()
    chosen = model or _picked(pick)
    value, low, high = facts.indices[chosen.name]
    index = float(rng.triangular(min(low, value * 0.999), value, max(high, value * 1.001)))
    sd = (facts.other if chosen.arm else facts.same) / math.sqrt(2)
    own = float(rng.normal(0, sd))
    reference = facts.indices[_TEMPLATE_INDEX][0]
    log_slower = facts.exponent * math.log(reference / index) + own
    each = rng.normal(0, sd, cells + 1)
    scales = rng.normal(0, 1, 2)
    slower = math.exp(log_slower)
    factors = slower * np.exp(each)
    return DrawnMachine(
        model=chosen,
        facts=_facts(rng, chosen),
        index=index,
        slower=slower,
        cells=factors[:-1],
        canary=float(factors[-1]),
        copies=math.exp(_COPY_FOLLOWS * log_slower + _COPY_SPREAD * float(scales[0])),
        disk=math.exp(_DISK_SPREAD * float(scales[1])),
    )


@cache
def _bounds() -> tuple[float, ...]:
    total = sum(model.weight for model in MODELS)
    sums, so_far = [], 0.0
    for model in MODELS:
        so_far += model.weight / total
        sums.append(so_far)
    return tuple(sums)


def _picked(uniform: float) -> Model:
    return MODELS[min(bisect.bisect_right(_bounds(), uniform), len(MODELS) - 1)]


def _facts(rng: np.random.Generator, model: Model) -> dict[str, Any]:
    at = rng.random(4)

    def one_of(values: tuple[Any, ...], uniform: float) -> Any:
        return values[int(uniform * len(values))]

    system = one_of(model.systems, float(at[0]))
    windows = system == "Windows"
    names = {"Windows": "AMD64", "Darwin": "arm64", "Linux": "aarch64" if model.arm else "x86_64"}
    return {
        "system": system,
        "release": one_of(_RELEASES[system], float(at[1])),
        "architecture": names[system],
        "cpu": model.cpu,
        "cores_physical": model.cores[0],
        "cores_logical": model.cores[1],
        "cores_usable": model.cores[1],
        "memory_gib": one_of(model.memory_gib, float(at[2])),
        "virtual": "unavailable: no probe for this system" if windows else model.virtual,
        "python": f"CPython {one_of(_PYTHONS, float(at[3]))}",
    }
