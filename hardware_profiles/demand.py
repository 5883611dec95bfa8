"""How fast an accelerator takes samples: a device of a profile, or only a time to wait."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hardware_profiles.catalogue import catalogue

WAIT = re.compile(r"(\d{1,4}(?:\.\d{1,3})?)(us|ms|s)")
"""An accelerator that is only a time to wait, such as 10ms."""

_UNITS_S = {"us": 1e-6, "ms": 1e-3, "s": 1.0}

# The tables of a workload that say how fast it is consumed, the work of a sample in each, and the
# data types whose peak counts in it, the first that a device has.
PHASES = {
    "train": ("demand", "model.train", ("bf16", "fp16", "fp32")),
    "serve": ("serve", "model.forward", ("fp8", "int8", "int16", "bf16", "fp16")),
}

USUAL_WORKLOADS = {
    "image": "resnet50",
    "tokens": "llama3_70b",
    "tabular": "dlrm",
    "audio": "keyword_spotter",
}
"""The workload that consumes a kind of payload where none is named."""


@dataclass(frozen=True)
class Device:
    """Some devices of a profile, taken together."""

    name: str
    count: int
    """How many they are."""
    demand: float
    """Samples a second that they take."""
    flop_per_sample: float | None
    """None: not known."""
    peak_flop_s: float | None
    """FLOP/s at the most; None: not known."""

    def step_s(self, samples: int) -> float:
        """Return how long a step over so many samples takes."""
        return samples / self.demand


def phases(name: str, workload: str) -> tuple[str, ...]:
    """Return in which phases a device is known to run a workload, training first."""
    profile = catalogue()[workload]
    return tuple(phase for phase, (table, *_) in PHASES.items() if f"{table}.{name}" in profile)


def device(name: str, count: int, workload: str, phase: str, items_a_sample: int) -> Device:
    """Return a device as a workload knows it, such as h100, in a phase it is known in.

    items_a_sample: what the workload counts in one of our samples: 1, or tokens of a sequence.
    """
    profile = catalogue()[workload]
    table, path, types = PHASES[phase]
    demand, work = profile[f"{table}.{name}"], profile.get(path)
    unit = "token" if "token" in str(demand.unit) else "sample"
    each = items_a_sample if unit == "token" else 1
    peaks = catalogue()[name].below("accelerator.peak") if name in catalogue() else {}
    peak = next((peaks[kind] for kind in types if kind in peaks), None)
    return Device(
        name,
        count,
        demand.to(f"{unit}/s").value / each * count,
        work.to(f"FLOP/{unit}").value * each if work else None,
        peak.to("FLOP/s").value * count if peak else None,
    )


def waited_s(name: str) -> float | None:
    """Return the step time of an accelerator that is only a time to wait, None for others."""
    match = WAIT.fullmatch(name)
    return float(match[1]) * _UNITS_S[match[2]] if match else None
