"""Time one block: calibrated loops, canaries beside every sample, all through pytest-benchmark."""

from __future__ import annotations

import gc
import time
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import repeat
from math import ceil, inf
from typing import TYPE_CHECKING, Any, Protocol

from bench.canary import canary_us
from bench.presets import SAMPLE_S

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLE_NS = round(SAMPLE_S * 1e9)

SLOW_NS = 100_000_000
"""A call this long is a sample of its own, one a block."""

_LEAST_SAMPLES = 2
"""Samples after which a block that meets a slow spell is ended."""

COARSE_CLOCK_NS = 1_000_000


class Benchmark(Protocol):
    """The part of pytest-benchmark's fixture that is used here."""

    stats: Any

    def pedantic(
        self,
        target: Callable[..., object],
        *,
        args: tuple[object, ...],
        setup: Callable[[], None],
        rounds: int,
    ) -> object:
        """Time `rounds` rounds of target, with setup before each, outside the timing."""


class SlowSpellError(Exception):
    """The core has run below its full speed for two samples in a row; the rest can wait."""


@dataclass(slots=True)
class Meter:
    """Reads canary and CPU clock between rounds.

    A block that meets a slow spell is ended by a SlowSpellError: it is measured again anyway, and
    the time is better spent so.
    """

    limit_us: float = inf
    """Two canaries in a row that take longer are a slow spell."""
    patience: int = 0
    """The round from which on a block is ended."""
    canary_us: list[int] = field(default_factory=list)
    """Before the first round, and after each."""
    cpu_ns: int = 0
    """CPU time of all rounds."""
    _cpu_start_ns: int | None = None

    def between(self) -> None:
        """Run between two rounds: CPU time of the last up to here, then the canary."""
        self.stop()
        self.canary_us.append(canary_us())
        if len(self.canary_us) > self.patience and min(self.canary_us[-2:]) > self.limit_us:
            raise SlowSpellError
        self._cpu_start_ns = time.process_time_ns()

    def stop(self) -> None:
        """Close the CPU account of the last sample."""
        if self._cpu_start_ns is not None:
            self.cpu_ns += time.process_time_ns() - self._cpu_start_ns
        self._cpu_start_ns = None


def sample(call: Callable[[], object], loops: int) -> None:
    """Call `loops` times, dropping each result before the next."""
    for _ in repeat(None, loops):
        call()


@dataclass(frozen=True, slots=True)
class Pace:
    """How a case is sampled: calls in a sample, and whether one call is slow."""

    loops: int
    slow: bool


def calibrate(call: Callable[[], object], slowness: float = 1.0) -> Pace:
    """Return the pace at which a sample lasts SAMPLE_NS at the core's full speed.

    The faster of two tries counts. slowness is how many times slower the core is just now than at
    full speed, by the canary, so that a slow spell does not make samples too short later.
    """
    loops = 1
    while True:
        fastest = min(_try(call, loops), _try(call, loops)) / slowness
        if fastest >= SAMPLE_NS:
            return Pace(loops, slow=loops == 1 and fastest > SLOW_NS)
        loops = max(loops + 1, min(10 * loops, ceil(loops * 1.1 * SAMPLE_NS / fastest)))


def _try(call: Callable[[], object], loops: int) -> int:
    start = time.perf_counter_ns()
    sample(call, loops)
    return max(1, time.perf_counter_ns() - start)


def cpu_clock_is_fine() -> bool:
    """Tell whether the CPU clock resolves a block.

    Looked at, not asked: Windows claims 100 ns and ticks every 15.6 ms.
    """
    start = time.process_time_ns()
    while (now := time.process_time_ns()) == start:
        pass
    tick = now
    while (now := time.process_time_ns()) == tick:
        pass
    return now - tick <= COARSE_CLOCK_NS


def block(
    benchmark: Benchmark,
    call: Callable[[], object],
    pace: Pace,
    *,
    warmup: int,
    samples: int,
    limit_us: float = inf,
) -> tuple[list[int], list[int], Meter]:
    """Time one block; return its warm-up rounds and samples in us, and what the meter read.

    A slow call is timed once, without a warm-up: it is long enough to be its own. A block that
    meets a slow spell, by canaries over limit_us, ends after two samples.
    """
    # Whatever is alive by now is the harness's: keep the collector from walking it while timing.
    gc.collect()
    gc.freeze()
    if pace.slow:
        warmup, samples = 0, 1
    meter = Meter(limit_us, patience=warmup + _LEAST_SAMPLES)
    with suppress(SlowSpellError):
        benchmark.pedantic(
            sample, args=(call, pace.loops), setup=meter.between, rounds=warmup + samples
        )
        meter.between()
    times = [max(1, round(ns / 1000)) for ns in benchmark.stats.stats.data]
    return times[:warmup], times[warmup:], meter
