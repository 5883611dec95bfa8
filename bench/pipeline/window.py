"""Time a steady window of a configuration, batch by batch."""

from __future__ import annotations

import os
import time
from array import array
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import psutil

from bench.bundle.pipeline import Times
from bench.bundle.setup import TAIL_EVERY
from bench.canary import canary_us
from bench.stages import SUPPLY_STAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.bundle import Setup
    from bench.energy import Account
    from bench.pipeline.accelerator import Consumer
    from bench.pipeline.dataset import Item, ItemTiming
    from bench.pipeline.feed import Feed

_MIN_BATCHES = 8
_MIN_BATCHES_PER_WORKER = 4
"""Batches of several workers may come in bursts: a window has at least so many of each."""
_MIN_TAIL_GROUPS = 2
"""Each has a slow record, where some are slow."""
_PATIENCE, _MIN_PATIENCE_S = 20, 20.0
"""A slow configuration may take so many times the window, or so long, for these batches."""


def least_batches(setup: Setup) -> int:
    """Return the number of batches that a window of a configuration is to have at least."""
    groups = _MIN_TAIL_GROUPS * TAIL_EVERY if setup.tail != 1 else 0
    return max(_MIN_BATCHES, _MIN_BATCHES_PER_WORKER * setup.workers, groups)


def times(durations_ns: Sequence[int]) -> Times:
    """Return the sum and the quantiles of some durations, in us, as a bundle records them."""
    ordered = sorted(durations_ns)
    last = len(ordered) - 1
    quantiles = (ordered[round(share * last)] for share in (0.5, 0.95, 0.99, 1.0))
    return Times(round(sum(ordered) / 1e3), *(round(ns / 1e3) for ns in quantiles))


class WindowTimer:
    """Collects the times of a window's batches, in ns; its length is the number of batches."""

    def __init__(self) -> None:
        self._requested, self._done = array("q"), array("q")
        self._waits, self._copies, self._steps = array("q"), array("q"), array("q")
        self._periods = array("q")
        self._stages = {str(name): array("q") for name in SUPPLY_STAGES}
        self._late = self._reads = self._disk_bytes = 0

    def __len__(self) -> int:
        return len(self._periods)

    def add(
        self,
        timing: ItemTiming,
        requested: int,
        received: int,
        consumed: tuple[int, int],
        period: int,
    ) -> None:
        """Add a batch.

        Args:
            timing: what a worker spent on it.
            requested: when the consumer requested it, in ns.
            received: when the consumer had it, in ns.
            consumed: duration of its copy to the device, and of its step, in ns.
            period: duration since the end of the last batch's step, in ns.

        """
        self._requested.append(requested)
        self._done.append(timing.done)
        self._waits.append(received - requested)
        self._copies.append(consumed[0])
        self._steps.append(consumed[1])
        self._periods.append(period)
        ipc = received - max(requested, timing.done)
        durations = (timing.storage, timing.decode, timing.transform, ipc)
        for name, ns in zip(SUPPLY_STAGES, durations, strict=True):
            self._stages[name].append(ns)
        self._late += timing.late
        self._reads += timing.reads
        self._disk_bytes += timing.disk_bytes

    def count_later_than(self, deadline_ms: float) -> int:
        """Return the number of batches whose period was longer than a deadline."""
        return sum(period > deadline_ms * 1e6 for period in self._periods)

    def record(self, batches_ahead: int, kept: int) -> dict[str, Any]:
        """Return the fields of `bench.bundle.Window` that are timed batch by batch.

        Args:
            batches_ahead: how many batches the workers load ahead at most.
            kept: how many batches to record one by one at most.

        """
        queued = [
            sum(done <= requested for done in self._done[place : place + max(1, batches_ahead)])
            for place, requested in enumerate(self._requested)
        ]
        every = max(1, -(-len(self) // kept))
        rows = zip(self._waits, self._copies, self._steps, strict=True)
        return {
            "batches": len(self),
            "us": round(sum(self._periods) / 1e3),
            "reads": self._reads,
            "late_reads": self._late,
            "disk_bytes": self._disk_bytes,
            "ready": sum(count > 0 for count in queued),
            "queued": sum(queued),
            "stages": {name: times(durations) for name, durations in self._stages.items()},
            "wait": times(self._waits),
            "h2d": times(self._copies),
            "step": times(self._steps),
            "period": times(self._periods),
            "raw": [tuple(round(ns / 1e3) for ns in row) for row in list(rows)[::every]],
        }


class MeasuredWindow(NamedTuple):
    """A steady window, and what was measured around it."""

    timer: WindowTimer
    """Times of each batch."""
    around: dict[str, Any]
    """Fields of `bench.bundle.Window` that are measured before and after."""
    first: Item
    """The first batch of the task."""
    left_over: bool
    """Whether batches loaded ahead were not all consumed in time: no steady state."""


def measure(
    feed: Feed,
    task: int,
    consumer: Consumer,
    seconds: float,
    account: Account | None = None,
    *,
    canaries: int = 1,
    least: int = _MIN_BATCHES,
) -> MeasuredWindow:
    """Run a task until its steady window is full; the feed is paused afterwards.

    Args:
        feed: loads the batches.
        task: number of the task.
        consumer: consumes the batches.
        seconds: length of the steady window, at least.
        account: energy meters to read around the window; None: there are none.
        canaries: how many to time before the window, and after it.
        least: the number of batches of a window, at least.

    Raises:
        PipelineError: a worker broke.

    """
    before_us = [canary_us() for _ in range(canaries)]
    start = time.perf_counter()
    feed.begin(task)
    first = feed.next()
    first_batch_s = time.perf_counter() - start
    patience_s = max(_PATIENCE * seconds, _MIN_PATIENCE_S)
    left_over = not _settle(feed, consumer, start + patience_s)
    cpu_before = _cpu_us(feed.pids)
    if account:
        account.mark()
    timer = _time_window(feed, consumer, (seconds, patience_s), least)
    energy_uj = account.taken_uj() if account else {}
    consumer_us, workers_us = _cpu_since(cpu_before, feed.pids)
    feed.pause()
    around = {
        "first_batch_us": round(first_batch_s * 1e6),
        "consumer_cpu_us": consumer_us,
        "workers_cpu_us": workers_us,
        "canary_us": (*before_us, *(canary_us() for _ in range(canaries))),
        "energy_uj": energy_uj,
    }
    return MeasuredWindow(timer, around, first, left_over)


def _settle(feed: Feed, consumer: Consumer, end_s: float) -> bool:
    """Consume the batches that were loaded while nothing consumed; return whether in time."""
    for _ in range(1 + feed.batches_ahead):
        consumer.consume(feed.next().tensors)
        if time.perf_counter() > end_s:
            return False
    return True


def _time_window(
    feed: Feed, consumer: Consumer, limits_s: tuple[float, float], least: int
) -> WindowTimer:
    """Time batches for so many seconds, and until there are enough, but not beyond a limit."""
    timer, (seconds, patience_s) = WindowTimer(), limits_s
    start = last = time.perf_counter_ns()
    while True:
        requested = time.perf_counter_ns()
        item = feed.next()
        received = time.perf_counter_ns()
        consumed = consumer.consume(item.tensors)
        now = time.perf_counter_ns()
        # Not the item: to keep tensors would keep their memory.
        timer.add(item.timing, requested, received, consumed, now - last)
        last = now
        elapsed_s = (now - start) / 1e9
        if elapsed_s >= seconds and (len(timer) >= least or elapsed_s >= patience_s):
            return timer


def _cpu_us(pids: Sequence[int]) -> dict[int, int]:
    """Return the CPU time by process: this one, the workers, and under 0 all that have ended."""
    this_process = psutil.Process()
    spent = this_process.cpu_times()
    by_process = {0: round((spent.children_user + spent.children_system) * 1e6)}
    for pid in (this_process.pid, *pids):
        with suppress(psutil.Error):
            spent = psutil.Process(pid).cpu_times()
            by_process[pid] = round((spent.user + spent.system) * 1e6)
    return by_process


def _cpu_since(before: dict[int, int], pids: Sequence[int]) -> tuple[int, list[int]]:
    """Return the CPU time since then, in us: the consumer's, and each worker's.

    Workers that were replaced at the end of an epoch count together, last.
    """
    now = _cpu_us(pids)
    consumer = os.getpid()
    workers = [now[pid] - before.get(pid, 0) for pid in pids if pid in now]
    counted_before = sum(us for pid, us in before.items() if pid not in now)
    if (ended := now[0] - before[0]) > counted_before:
        workers.append(ended - counted_before)
    return now[consumer] - before[consumer], [max(0, us) for us in workers]
