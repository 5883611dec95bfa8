"""What consumes batches: nothing, or an accelerator that is emulated by waiting its step time.

A device on which a step really runs is in `bench.pipeline.device`.
"""

from __future__ import annotations

import time
from typing import Any, Protocol

from bench.pipeline.link import wait_until


class Consumer(Protocol):
    """What consumes batches. A property that is unknown, or does not apply, is None."""

    @property
    def requested_step_s(self) -> float | None:
        """Return the step time to emulate, in s."""

    @property
    def flop_per_sample(self) -> float | None:
        """Return the floating-point operations of a step, by sample."""

    @property
    def peak_flop_s(self) -> float | None:
        """Return the peak rate of all accelerators together, in FLOP/s."""

    def consume(self, tensors: Any) -> tuple[int, int]:
        """Consume a batch; return the duration of its copy to the device and of its step, in ns."""


class NoAccelerator:
    """Consumes batches without doing anything."""

    requested_step_s: float | None = None
    flop_per_sample: float | None = None
    peak_flop_s: float | None = None

    def consume(self, tensors: Any) -> tuple[int, int]:
        """Discard a batch."""
        del tensors
        return 0, 0


class Emulator:
    """Waits a step time for each batch; a late wake-up shortens the next wait, so none adds up."""

    def __init__(
        self,
        step_s: float,
        flop_per_sample: float | None = None,
        peak_flop_s: float | None = None,
    ) -> None:
        self.requested_step_s: float | None = step_s
        self.flop_per_sample = flop_per_sample
        self.peak_flop_s = peak_flop_s
        self._step_ns = round(step_s * 1e9)
        self._lag_ns = 0

    def consume(self, tensors: Any) -> tuple[int, int]:
        """Wait for a step; nothing is copied, since there is no device to copy to."""
        del tensors
        return 0, self.step()

    def step(self) -> int:
        """Wait for a step; return how long the wait really was, in ns."""
        start_ns = time.perf_counter_ns()
        late_ns = wait_until(start_ns - self._lag_ns + self._step_ns)
        self._lag_ns = min(late_ns, self._step_ns)
        return time.perf_counter_ns() - start_ns
