"""CPUs by name: their published index of single-core speed, and their instruction set."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analysis.errors import AnalysisError
from hardware_profiles.provenance import Fact
from hardware_profiles.quantity import sourced

if TYPE_CHECKING:
    from hardware_profiles.catalogue import Profile
    from hardware_profiles.quantity import Quantity

CPUS = "geekbench6"
"""The profile with indices of CPUs, and with how cost follows them."""
UNKNOWN = "unknown"
"""The index of a CPU whose name says too little."""
_MARGIN = 2.0
"""A score may be this factor below the least of the known CPUs, or above the most. Assumed: a new
generation of cores gains a tenth to a third."""
_INSTRUCTION_SETS = {"x86_64": "x86-64", "amd64": "x86-64", "arm64": "arm", "aarch64": "arm"}


def instruction_set(architecture: str) -> str | None:
    """Return the instruction set of a machine's architecture, or None."""
    return _INSTRUCTION_SETS.get(architecture.lower())


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
    return max(fitting, key=len, default=UNKNOWN)


def either_way(factor: Quantity) -> Quantity:
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
