"""What consumes the batches: nothing, or a device that is emulated by waiting a step's time."""

from __future__ import annotations

import time
from dataclasses import dataclass

from bench.pipeline.link import wait_until
from hardware_profiles.catalogue import catalogue

_TRAINS = 3
"""A training step is about three forward passes, where a profile does not say."""


@dataclass(frozen=True)
class Device:
    """A device of a profile: what it takes in samples a second, what a sample costs, its peak.

    All of `count` of them together; flop_per_sample and peak_flop_s are None where not known.
    """

    name: str
    count: int
    demand: float
    flop_per_sample: float | None
    peak_flop_s: float | None

    def step_s(self, samples: int) -> float:
        """Return how long a step over so many samples takes."""
        return samples / self.demand


def device(name: str, count: int, workload: str, items_a_sample: int) -> Device:
    """Return a device by the name of a workload's demand, such as h100.

    items_a_sample: what the workload counts in one of our samples: 1, or tokens of a sequence.
    """
    found = catalogue()[workload]
    demand = found[f"demand.{name}"]
    unit = "token" if "token" in str(demand.unit) else "sample"
    each = items_a_sample if unit == "token" else 1
    work = found.get("model.train") or found.get("model.forward")
    peaks = catalogue()[name].below("accelerator.peak") if name in catalogue() else {}
    peak = peaks.get("bf16") or peaks.get("fp16") or peaks.get("int8") or peaks.get("int16")
    return Device(
        name,
        count,
        demand.to(f"{unit}/s").value / each * count,
        work.to(f"FLOP/{unit}").value * each if work else None,
        peak.to("FLOP/s").value * count if peak else None,
    )


class Emulator:
    """Waits a step's time a batch, on deadlines that do not drift.

    A step begins when the last one ended, or when its batch came, whichever is later.
    """

    def __init__(self, step_s: float) -> None:
        self._step_ns = round(step_s * 1e9)
        self._end_ns = 0
        self._lag_ns = 0

    def step(self) -> int:
        """Wait one step; return how long it really took, in ns."""
        start_ns = time.perf_counter_ns()
        self._end_ns = start_ns - self._lag_ns + self._step_ns
        self._lag_ns = min(wait_until(self._end_ns), self._step_ns)
        return time.perf_counter_ns() - start_ns
