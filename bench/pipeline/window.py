"""Time a steady window of a configuration, batch by batch."""

from __future__ import annotations

import os
import time
from array import array
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import psutil

from bench.bundle.pipeline import Times
from bench.canary import canary_us
from bench.stages import SUPPLY_STAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.energy import Account
    from bench.pipeline.accelerator import Consumer
    from bench.pipeline.dataset import Item, Stamps
    from bench.pipeline.feed import Feed

LEAST_BATCHES = 8
_LEAST_ROUNDS = 4
"""Batches of several workers may come in bursts: so many of each are in the window at least."""
_PATIENCE, _LEAST_PATIENCE_S = 20, 20.0
"""So many times the window, or so long, are waited for the least number of batches."""


def least_batches(workers: int) -> int:
    """Return how many batches a window is to have."""
    return max(LEAST_BATCHES, _LEAST_ROUNDS * workers)


def times(taken_ns: Sequence[int]) -> Times:
    """Return the sum and the quantiles of some times in ns, as a bundle has them."""
    ordered = sorted(taken_ns)
    last = len(ordered) - 1
    shares = (ordered[round(share * last)] for share in (0.5, 0.95, 0.99, 1.0))
    return Times(round(sum(ordered) / 1e3), *(round(ns / 1e3) for ns in shares))


class Watch:
    """What is timed over a window, in ns."""

    def __init__(self) -> None:
        self._asked, self._done = array("q"), array("q")
        self._waits, self._transfers, self._steps = array("q"), array("q"), array("q")
        self._periods = array("q")
        self._stages = {str(name): array("q") for name in SUPPLY_STAGES}
        self._late = self._reads = self._disk_bytes = 0

    def __len__(self) -> int:
        return len(self._periods)

    def note(
        self, stamps: Stamps, asked: int, got: int, taken: tuple[int, int], period: int
    ) -> None:
        """Add a batch: when it was asked for and came, its transfer and step, its period."""
        self._asked.append(asked)
        self._done.append(stamps.done)
        self._waits.append(got - asked)
        self._transfers.append(taken[0])
        self._steps.append(taken[1])
        self._periods.append(period)
        spent = (stamps.storage, stamps.decode, stamps.transform, got - max(asked, stamps.done))
        for name, ns in zip(SUPPLY_STAGES, spent, strict=True):
            self._stages[name].append(ns)
        self._late += stamps.late
        self._reads += stamps.reads
        self._disk_bytes += stamps.disk_bytes

    def later_than(self, deadline_ms: float) -> int:
        """Return how many batches came later after the last one than so."""
        return sum(period > deadline_ms * 1e6 for period in self._periods)

    def record(self, ahead: int, kept: int) -> dict[str, Any]:
        """Return it as `bench.bundle.Window` has it; ahead batches can be made at most."""
        queued = [
            sum(done <= asked for done in self._done[place : place + max(1, ahead)])
            for place, asked in enumerate(self._asked)
        ]
        every = max(1, -(-len(self) // kept))
        rows = zip(self._waits, self._transfers, self._steps, strict=True)
        return {
            "batches": len(self),
            "us": round(sum(self._periods) / 1e3),
            "reads": self._reads,
            "late_reads": self._late,
            "disk_bytes": self._disk_bytes,
            "ready": sum(q > 0 for q in queued),
            "queued": sum(queued),
            "stages": {name: times(taken) for name, taken in self._stages.items()},
            "wait": times(self._waits),
            "h2d": times(self._transfers),
            "step": times(self._steps),
            "period": times(self._periods),
            "raw": [tuple(round(ns / 1e3) for ns in row) for row in list(rows)[::every]],
        }


class Measured(NamedTuple):
    """What was timed batch by batch, what goes with it, and a batch.

    left_over: batches made ahead were not all consumed, so that it was no steady state.
    """

    watch: Watch
    around: dict[str, Any]
    first: Item
    left_over: bool


def measure(
    feed: Feed,
    task: int,
    consumer: Consumer,
    seconds: float,
    account: Account | None = None,
) -> Measured:
    """Run a task until its steady window is full; have the feed rest again."""
    before_us = canary_us()
    start = time.perf_counter()
    feed.begin(task)
    first = feed.next()
    first_batch_s = time.perf_counter() - start
    patience_s = max(_PATIENCE * seconds, _LEAST_PATIENCE_S)
    left_over = not _settle(feed, consumer, start + patience_s)
    cpu_before = _cpu_us(feed.pids)
    if account:
        account.mark()
    watch = _watch(feed, consumer, seconds, patience_s)
    energy_uj = account.taken_uj() if account else {}
    consumer_us, workers_us = _cpu_since(cpu_before, feed.pids)
    feed.rest()
    around = {
        "first_batch_us": round(first_batch_s * 1e6),
        "consumer_cpu_us": consumer_us,
        "workers_cpu_us": workers_us,
        "canary_us": (before_us, canary_us()),
        "energy_uj": energy_uj,
    }
    return Measured(watch, around, first, left_over)


def _settle(feed: Feed, consumer: Consumer, end_s: float) -> bool:
    """Consume what was made ahead while nothing consumed it, and a first step; tell if in time."""
    for _ in range(1 + feed.ahead):
        consumer.consume(feed.next().tensors)
        if time.perf_counter() > end_s:
            return False
    return True


def _watch(feed: Feed, consumer: Consumer, seconds: float, patience_s: float) -> Watch:
    watch, least = Watch(), least_batches(feed.shape.workers)
    start = last = time.perf_counter_ns()
    while True:
        asked = time.perf_counter_ns()
        item = feed.next()
        got = time.perf_counter_ns()
        taken = consumer.consume(item.tensors)
        now = time.perf_counter_ns()
        # Not the item: to keep tensors would keep their memory.
        watch.note(item.stamps, asked, got, taken, now - last)
        last = now
        spent_s = (now - start) / 1e9
        if spent_s >= seconds and (len(watch) >= least or spent_s >= patience_s):
            return watch


def _cpu_us(pids: Sequence[int]) -> dict[int, int]:
    """Return the CPU time by process: this one, workers, and under 0 all that have ended."""
    mine = psutil.Process()
    spent = mine.cpu_times()
    taken = {0: round((spent.children_user + spent.children_system) * 1e6)}
    for pid in (mine.pid, *pids):
        with suppress(psutil.Error):
            found = psutil.Process(pid).cpu_times()
            taken[pid] = round((found.user + found.system) * 1e6)
    return taken


def _cpu_since(before: dict[int, int], pids: Sequence[int]) -> tuple[int, list[int]]:
    """Return the CPU time since then: the consumer's, and each worker's.

    Workers that an epoch's end has replaced count together, last.
    """
    now = _cpu_us(pids)
    mine = os.getpid()
    workers = [now[pid] - before.get(pid, 0) for pid in pids if pid in now]
    gone = sum(us for pid, us in before.items() if pid not in now)
    if (ended := now[0] - before[0]) > gone:
        workers.append(ended - gone)
    return now[mine] - before[mine], [max(0, us) for us in workers]
