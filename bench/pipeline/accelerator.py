"""What consumes the batches: nothing, or a device that is emulated by waiting a step's time.

A real one is in `bench.pipeline.device`.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any, Protocol

from bench.pipeline.link import wait_until
from hardware_profiles.catalogue import catalogue

WAIT = re.compile(r"(\d{1,4}(?:\.\d{1,3})?)(us|ms|s)")
"""An accelerator that is only a time to wait, such as 10ms."""

_UNITS_S = {"us": 1e-6, "ms": 1e-3, "s": 1.0}

# The tables of a workload that say how fast it is consumed, the work of a sample in each, and the
# data types whose peak counts there, the first that a device has.
PHASES = {
    "train": ("demand", "model.train", ("bf16", "fp16", "fp32")),
    "serve": ("serve", "model.forward", ("fp8", "int8", "int16", "bf16", "fp16")),
}


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


def phases(name: str, workload: str) -> tuple[str, ...]:
    """Return in which phases a device is known to run a workload, training first."""
    found = catalogue()[workload]
    return tuple(phase for phase, (table, *_) in PHASES.items() if f"{table}.{name}" in found)


def device(name: str, count: int, workload: str, phase: str, items_a_sample: int) -> Device:
    """Return a device as a workload knows it, such as h100, in a phase it is known in.

    items_a_sample: what the workload counts in one of our samples: 1, or tokens of a sequence.
    """
    found = catalogue()[workload]
    table, path, types = PHASES[phase]
    demand, work = found[f"{table}.{name}"], found.get(path)
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
    found = WAIT.fullmatch(name)
    return float(found[1]) * _UNITS_S[found[2]] if found else None


class Consumer(Protocol):
    """What batches are for. What is not known of it is None."""

    @property
    def asked_s(self) -> float | None:
        """Return the step time that was asked for."""

    @property
    def flop_per_sample(self) -> float | None:
        """Return the work of a sample."""

    @property
    def peak_flop_s(self) -> float | None:
        """Return what the device could do."""

    def consume(self, tensors: Any) -> tuple[int, int]:
        """Take a batch; return what copying it over and the step took, in ns."""


class Nothing:
    """Takes batches and does nothing with them."""

    asked_s: float | None = None
    flop_per_sample: float | None = None
    peak_flop_s: float | None = None

    def consume(self, tensors: Any) -> tuple[int, int]:
        """Take a batch."""
        del tensors
        return 0, 0


class Emulator:
    """Waits a step's time a batch, without a drift: a late wake shortens the next step."""

    def __init__(
        self,
        step_s: float,
        flop_per_sample: float | None = None,
        peak_flop_s: float | None = None,
    ) -> None:
        self.asked_s: float | None = step_s
        self.flop_per_sample = flop_per_sample
        self.peak_flop_s = peak_flop_s
        self._step_ns = round(step_s * 1e9)
        self._lag_ns = 0

    def consume(self, tensors: Any) -> tuple[int, int]:
        """Take a batch; nothing is copied, since there is nowhere to copy it to."""
        del tensors
        return 0, self.step()

    def step(self) -> int:
        """Wait one step; return how long it really took, in ns."""
        start_ns = time.perf_counter_ns()
        late_ns = wait_until(start_ns - self._lag_ns + self._step_ns)
        self._lag_ns = min(late_ns, self._step_ns)
        return time.perf_counter_ns() - start_ns
