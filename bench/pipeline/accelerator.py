"""What consumes the batches: nothing, or a device that is emulated by waiting a step's time.

A real one is in `bench.pipeline.device`.
"""

from __future__ import annotations

import time
from typing import Any, Protocol

from bench.pipeline.link import wait_until


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
