"""Run a loader for a while, batch by batch."""

from __future__ import annotations

import time
from array import array
from bisect import bisect_right
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from torch.utils.data import IterableDataset

from bench.diagnosis.batches import samples_in, tensor_bytes
from bench.diagnosis.instruments import CoreDelay, rows
from bench.diagnosis.usage import Usage, resident_bytes
from bench.pipeline.loader_workers import EndedWorkers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import TypeAlias

    from bench.diagnosis.instruments import Row

    Delivery: TypeAlias = Callable[[list[Row]], dict[int, Row]]


_KEPT = 5000
"""Batches whose times are kept one by one."""
_MEMORY_NS, _MEMORY_SHARE = 250_000_000, 0.005
"""How often resident memory is looked at, at the most; and what share of the time that may take."""
_MIN_BATCHES = 4
_PATIENCE_S = 5.0


class LoaderWindow:
    """Consumes the batches of a loader until its time is up."""

    def __init__(self, loader: Any, consume: Callable[[Any], object], folder: Path) -> None:
        """Take a loader that is looked at.

        Args:
            loader: a DataLoader.
            consume: takes a batch, as a training step does.
            folder: where the processes that load write their rows.

        """
        self._loader, self._consume, self._folder = loader, consume, folder
        self._epochs: list[tuple[int, int, bool]] = []
        self._begins: list[int] = []
        self._columns = {name: array("q") for name in _COLUMNS}
        self._memory: list[tuple[int, int]] = []
        self._next_look = 0
        self._iterator: Any = None
        self._samples = self._bytes = self._tensors = 0
        self._usage: Usage | None = None
        self._index_ns = 0
        self._core = CoreDelay()

    def run(self, seconds: float, starts: int) -> dict[str, Any]:
        """Run epochs until the time is up; return the fields of `LoaderRun`.

        Args:
            seconds: how long, at least, if data lasts.
            starts: how many beginnings of an epoch to time at least.

        """
        begin = time.perf_counter_ns()
        self._duration_ns, self._end = round(seconds * 1e9), begin
        try:
            self._epoch()
            while time.perf_counter_ns() < self._end:
                before = len(self._columns["done"])
                self._epoch()
                if len(self._columns["done"]) == before:
                    break
            usage = self._usage.spent(self._workers()) if self._usage else {}
            while 0 < len(self._epochs) < starts:
                self._epoch(only_first=True)
        finally:
            self._core.close()
            self._shut()
        return self._summary(begin, usage)

    def _epoch(self, *, only_first: bool = False) -> None:
        """Run an epoch to its end, or until the time is up; or only to its first batch."""
        start = requested = time.perf_counter_ns()
        first = len(self._columns["done"])
        ended = False
        self._iterator = iter(self._loader)
        EndedWorkers.take_over()
        self._time_sampler()
        while True:
            self._index_ns = 0
            delay = self._core.ns()
            try:
                with EndedWorkers.raised():
                    batch = next(self._iterator)
            except StopIteration:
                ended = True
                break
            received = time.perf_counter_ns()
            if only_first:
                self._note_first(start, received)
                return
            if not self._columns["done"]:
                # Workers that are spawned take seconds, which are not of the window.
                self._end = received + self._duration_ns
            if len(self._columns["done"]) == first:
                self._note_first(start, received)
            self._look_at_first(batch)
            self._consume(batch)
            done = time.perf_counter_ns()
            delay = self._core.ns() - delay
            row = (len(self._epochs) - 1, requested, received, done, self._index_ns, delay)
            for name, value in zip(_COLUMNS, row, strict=True):
                self._columns[name].append(value)
            del batch
            self._look_at_memory(done)
            requested = time.perf_counter_ns()
            if done > self._end and len(self._columns["done"]) - first >= _MIN_BATCHES:
                break
        if ended and self._epochs and len(self._columns["done"]) > first:
            self._epochs[-1] = (*self._epochs[-1][:2], True)

    def _note_first(self, start: int, received: int) -> None:
        self._begins.append(start)
        self._epochs.append((received - start, len(self._columns["done"]), False))

    def _time_sampler(self) -> None:
        """Time what draws the indices, which the consumer does."""
        if hasattr(self._iterator, "_sampler_iter"):
            self._iterator._sampler_iter = self._timed(self._iterator._sampler_iter)

    def _timed(self, indices: Iterator[Any]) -> Iterator[Any]:
        while True:
            start = time.perf_counter_ns()
            try:
                index = next(indices)
            except StopIteration:
                return
            self._index_ns += time.perf_counter_ns() - start
            yield index

    def _workers(self) -> list[int]:
        return [worker.pid for worker in getattr(self._iterator, "_workers", [])]

    def _look_at_first(self, batch: Any) -> None:
        if not self._tensors:
            self._bytes, self._tensors = tensor_bytes(batch)
            self._usage = Usage(self._workers())
        self._samples += samples_in(batch, self._loader.batch_size)

    def _look_at_memory(self, now: int) -> None:
        if now < self._next_look:
            return
        self._memory.append((now, resident_bytes(self._workers())))
        later = time.perf_counter_ns()
        self._next_look = later + max(_MEMORY_NS, round((later - now) / _MEMORY_SHARE))

    def _shut(self) -> None:
        """End the workers, as dropping the iterator would; a traceback may hold on to it."""
        iterators = {id(i): i for i in (self._iterator, self._loader._iterator) if i is not None}
        for iterator in iterators.values():
            if hasattr(iterator, "_shutdown_workers"):
                workers = list(iterator._workers)
                with suppress(RuntimeError):
                    iterator._shutdown_workers()
                for worker in workers:
                    worker.join(_PATIENCE_S)
                    if worker.is_alive():
                        worker.kill()
                        worker.join()
        self._iterator = self._loader._iterator = None

    def _summary(self, begin: int, usage: dict[str, Any]) -> dict[str, Any]:
        columns = self._columns
        count = len(columns["done"])
        if not count:
            return {"batches": 0}
        steady = _Steady(columns, self._epochs, self._ahead())
        joined = _joined(rows(self._folder), columns, self._begins, _delivery(self._loader))
        times = _times(columns, joined, self._ahead())
        last = columns["done"][-1]
        busy = sum(row.fetch + row.collate + row.send for row in joined if row)
        workers = max(1, self._loader.num_workers)
        seconds = (last - begin) / 1e9
        ends = [place for place, (_, _, ended) in enumerate(self._epochs) if ended]
        starts = [first for _, first, _ in self._epochs] + [count]
        messages = [row.message_bytes for row in joined if row]
        every = max(1, -(-len(times) // _KEPT))
        return {
            "seconds": seconds,
            "batches": count,
            "samples": self._samples,
            "period_s": steady.period_s,
            "p99_s": steady.p99_s,
            "first_batch_s": [first / 1e9 for first, _, _ in self._epochs],
            "epoch_batches": starts[ends[0] + 1] - starts[ends[0]] if ends else None,
            "epochs": len(ends),
            "times": times[::every],
            "busy": busy / 1e9 / seconds / workers,
            "tensor_bytes": self._bytes,
            "tensors": self._tensors,
            "message_bytes": sorted(messages)[len(messages) // 2] if messages else 0,
            "memory_points": [((now - begin) / 1e9, size) for now, size in self._memory],
            **usage,
        }

    def _ahead(self) -> int:
        return int(self._loader.num_workers * (self._loader.prefetch_factor or 0))


_COLUMNS = ("epoch", "requested", "received", "done", "index", "delay")


class _Steady:
    """The time from batch to batch, without the beginnings of epochs."""

    def __init__(self, columns: dict[str, array[int]], epochs: Any, ahead: int) -> None:
        done = columns["done"]
        ends = [first for _, first, _ in epochs[1:] if first] + [len(done)]
        spans = []
        self._periods: list[int] = []
        for (_, first, ended), end in zip(epochs, ends, strict=False):
            # A whole epoch also has the batches that were loaded while nobody consumed.
            skip = 0 if ended else min(ahead, max(0, (end - first) // 2))
            if end - first - skip > 1:
                spans.append((done[end - 1] - done[first + skip], end - first - skip - 1))
                self._periods += [
                    done[place] - done[place - 1] for place in range(first + skip + 1, end)
                ]
        if not spans:
            spans = [(done[-1] - columns["requested"][0], len(done))]
            self._periods = [spans[0][0] // len(done)]
        self.period_s = sum(span for span, _ in spans) / sum(n for _, n in spans) / 1e9

    @property
    def p99_s(self) -> float:
        ordered = sorted(self._periods)
        return ordered[round(0.99 * (len(ordered) - 1))] / 1e9


def _delivery(loader: Any) -> Delivery:
    """Return how the rows of an epoch are put in the order in which batches are delivered."""
    if not loader.num_workers:
        return _in_turn
    if not loader.in_order:
        return _as_made
    # Numbers of batches are left out where a worker of an iterable has ended before another.
    return _by_rank if isinstance(loader.dataset, IterableDataset) else _by_number


def _in_turn(epoch: list[Row]) -> dict[int, Row]:
    return dict(enumerate(sorted(epoch, key=lambda row: row.start)))


def _as_made(epoch: list[Row]) -> dict[int, Row]:
    return dict(enumerate(sorted(epoch, key=lambda row: row.done)))


def _by_rank(epoch: list[Row]) -> dict[int, Row]:
    return dict(enumerate(sorted(epoch, key=lambda row: row.batch)))


def _by_number(epoch: list[Row]) -> dict[int, Row]:
    return {row.batch: row for row in epoch}


def _joined(
    logged: list[Row], columns: dict[str, array[int]], begins: list[int], delivery: Delivery
) -> list[Row | None]:
    """Return for each batch of the consumer the row of who loaded it; None: it is not known.

    Args:
        logged: rows of all processes.
        columns: what the consumer timed.
        begins: when each epoch began.
        delivery: gives the rows of an epoch their places in it.

    """
    by_epoch: list[list[Row]] = [[] for _ in begins]
    for row in logged:
        if place := bisect_right(begins, row.start):
            by_epoch[place - 1].append(row)
    placed = [delivery(epoch) for epoch in by_epoch]
    seen = [0] * len(begins)
    joined = []
    for epoch in columns["epoch"]:
        joined.append(placed[epoch].get(seen[epoch]))
        seen[epoch] += 1
    return joined


def _times(
    columns: dict[str, array[int]], joined: Sequence[Row | None], ahead: int
) -> list[dict[str, float]]:
    """Return what batches took: the fields of `BatchTimes`."""
    times = []
    for place, row in enumerate(joined):
        if row is None:
            continue
        requested, received = columns["requested"][place], columns["received"][place]
        index = columns["index"][place]
        alone = row.batch < 0
        # A core that others had in the meantime is not what receiving takes.
        receive = received - max(requested, row.done) - index - columns["delay"][place]
        receive = 0 if alone else receive
        later = [] if alone else joined[place + 1 : place + 1 + ahead]
        ready = [other.done for other in later if other and other.done < row.done]
        held = row.done - max(requested, min(ready)) if ready else 0
        times.append(
            {
                "fetch": row.fetch / 1e9,
                "collate": row.collate / 1e9,
                "send": row.send / 1e9,
                "receive": max(0, receive) / 1e9,
                "index": index / 1e9,
                "step": (columns["done"][place] - received) / 1e9,
                "wait": (received - requested) / 1e9,
                "cpu": row.cpu / 1e9,
                "delay": row.delay / 1e9,
                "slowest": row.slowest / 1e9,
                "blocked": max(0, held) / 1e9,
            }
        )
    return times
