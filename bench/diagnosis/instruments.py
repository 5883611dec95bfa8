"""What is timed where a DataLoader loads: in each worker, or in the consumer where it has none.

The user's data set, sampler and collate stay the objects that they are. Torch's fetcher, which
calls them, is given another collate and another view of the data set; what pickles a batch for the
consumer is timed, too. Each process appends rows to a file of its own.
"""

from __future__ import annotations

import contextlib
import os
import struct
import time
import traceback
from collections import deque
from dataclasses import dataclass
from functools import partial
from multiprocessing import queues
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from torch.utils.data import _DatasetKind

from bench.diagnosis.batches import copied, digest
from bench.system.lifetime import end_with_creator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ROW = struct.Struct("<10q")
_FLUSH_NS = 50_000_000
"""Rows reach the file so often: a worker may be ended at any time."""
_DIGESTS = 256
"""Samples of a process that are looked at for duplicates."""
UNSENT = "unsent.txt"
"""Why a worker could not send a batch."""


class Row(NamedTuple):
    """What a process spent on a batch; times in ns of the clock that all processes share."""

    batch: int
    """Its number in the epoch; -1: the consumer itself loads."""
    start: int
    """When its loading began."""
    fetch: int
    """Duration of reading its samples from the data set."""
    collate: int
    """Duration of the collate."""
    send: int
    """Duration of pickling it, which moves its tensors into shared memory."""
    done: int
    """When it was on its way."""
    cpu: int
    """CPU time of the process, all of its threads, while it fetched and collated."""
    delay: int
    """How long the process was ready to run then, but had no core; 0: not known."""
    slowest: int
    """Duration of its slowest sample; 0: samples are not fetched one by one."""
    message_bytes: int
    """Size of what goes through the pipe."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a process that loads is looked at."""

    folder: str
    """Where its rows go."""
    mode: str = ""
    """"": as it is; "nothing": collate gives nothing; "copies": copies of its first batch;
    "digests": digests of its samples are written, too."""
    threads: int | None = None
    """How many threads each library may use; None: as it is."""
    watched: bool = True
    """Whether it is timed."""


def begin_worker(look: Look, init: Callable[[int], None] | None, worker: int) -> None:
    """Prepare a worker; then do what the user's own `worker_init_fn` does."""
    end_with_creator()
    queues.Queue._on_queue_feeder_error = staticmethod(  # type: ignore[attr-defined]
        partial(_end, Path(look.folder))
    )
    if look.threads is not None:
        limit_threads(look.threads)
    if look.watched or look.mode:
        log = Log(Path(look.folder))
        _DatasetKind.create_fetcher = staticmethod(
            partial(_watched, _DatasetKind.create_fetcher, log, look.mode)
        )
        pickler = queues._ForkingPickler  # type: ignore[attr-defined]
        queues._ForkingPickler = _timed_pickler(pickler, log)  # type: ignore[attr-defined]
    if init is not None:
        init(worker)


@contextlib.contextmanager
def looked_at_here(look: Look) -> Iterator[None]:
    """Look at this process, where the consumer loads."""
    if not (look.watched or look.mode):
        yield
        return
    log, create = Log(Path(look.folder)), _DatasetKind.create_fetcher
    _DatasetKind.create_fetcher = staticmethod(
        partial(_watched, create, log, look.mode, alone=True)
    )
    try:
        yield
    finally:
        _DatasetKind.create_fetcher = staticmethod(create)
        log.close()


def limit_threads(count: int) -> None:
    """Let each library of this process use so many threads at the most."""
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(count)
    threadpool_limits(count)
    with contextlib.suppress(ImportError):
        import cv2

        cv2.setNumThreads(count)
    with contextlib.suppress(ImportError):
        import pyarrow as pa

        pa.set_cpu_count(count)


def rows(folder: Path) -> list[Row]:
    """Return the rows of all processes that have looked into a folder."""
    result = []
    for path in sorted(folder.glob("*.rows")):
        data = path.read_bytes()
        whole = len(data) - len(data) % _ROW.size
        result += [Row(*fields) for fields in _ROW.iter_unpack(data[:whole])]
    return result


def digests(folder: Path) -> list[list[str]]:
    """Return the digests of samples, a list by process."""
    return [path.read_text().split() for path in sorted(folder.glob("*.digests"))]


class CoreDelay:
    """How long this process was ready to run but had no core, as Linux counts it."""

    def __init__(self) -> None:
        self._counts = -1
        with contextlib.suppress(OSError):
            self._counts = os.open("/proc/self/schedstat", os.O_RDONLY)

    def ns(self) -> int:
        """Return it, since the process began; always 0 where the system does not tell."""
        return int(os.pread(self._counts, 64, 0).split()[1]) if self._counts >= 0 else 0

    def close(self) -> None:
        """Stop looking."""
        if self._counts >= 0:
            os.close(self._counts)
            self._counts = -1


class Log:
    """Rows of this process: one part when a batch was fetched, the rest once it is sent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = (folder / f"{os.getpid()}.rows").open("ab")
        self._fetched: deque[tuple[int, ...]] = deque()
        self._flushed = 0
        self.core = CoreDelay()
        # A process of multiprocessing ends without closing its files.
        Finalize(self, self._file.close, exitpriority=0)

    def fetched(self, *part: int) -> None:
        """Keep what a batch took until it is sent."""
        self._fetched.append(part)

    def sent(self, batch: int, send: int, done: int, size: int) -> None:
        """Write the row of the batch that was fetched first."""
        if not self._fetched:
            return
        start, fetch, collate, *spent = self._fetched.popleft()
        row = (batch, start, fetch, collate, send, done, *spent, size)
        self._file.write(_ROW.pack(*row))
        if done - self._flushed > _FLUSH_NS:
            self._file.flush()
            self._flushed = done

    def close(self) -> None:
        """Write what is left."""
        self._file.close()
        self.core.close()


class _Fetcher:
    """Torch's fetcher, timed."""

    def __init__(self, fetcher: Any, log: Log, mode: str, *, alone: bool) -> None:
        self._fetcher, self._log, self._mode, self._alone = fetcher, log, mode, alone
        self._collate = fetcher.collate_fn
        self._collate_ns = self._slowest = 0
        self._first: Any = None
        self._digests: list[str] = []
        fetcher.collate_fn = self._timed_collate
        if hasattr(fetcher, "dataset_iter"):
            fetcher.dataset_iter = self._timed_samples(fetcher.dataset_iter)
        elif hasattr(fetcher.dataset, "__getitems__"):
            fetcher.dataset = _WholeBatches(fetcher.dataset)
        else:
            fetcher.dataset = _Samples(fetcher.dataset, self)

    def fetch(self, indices: Any) -> Any:
        """Return a batch; what it raises is the user's."""
        self._collate_ns = self._slowest = 0
        delay = self._log.core.ns()
        cpu, start = time.process_time_ns(), time.perf_counter_ns()
        if self._mode == "copies" and self._first is not None:
            batch = copied(self._first)
        else:
            batch = self._fetcher.fetch(indices)
        end = time.perf_counter_ns()
        cpu = time.process_time_ns() - cpu
        delay = self._log.core.ns() - delay
        fetch = end - start - self._collate_ns
        self._log.fetched(start, fetch, self._collate_ns, cpu, delay, self._slowest)
        if self._alone:
            self._log.sent(-1, 0, end, 0)
        if self._mode == "copies" and self._first is None:
            self._first = batch
        return batch

    def _timed_collate(self, samples: Any) -> Any:
        if self._mode == "digests" and len(self._digests) < _DIGESTS:
            self._keep_digests(samples if self._fetcher.auto_collation else [samples])
        start = time.perf_counter_ns()
        batch = None if self._mode == "nothing" else self._collate(samples)
        self._collate_ns = time.perf_counter_ns() - start
        return batch

    def _keep_digests(self, samples: Any) -> None:
        self._digests += [digest(sample) for sample in samples]
        path = self._log.folder / f"{os.getpid()}.digests"
        path.write_text("\n".join(self._digests))

    def _timed_samples(self, samples: Iterator[Any]) -> Iterator[Any]:
        while True:
            start = time.perf_counter_ns()
            try:
                sample = next(samples)
            except StopIteration:
                return
            self.note(time.perf_counter_ns() - start)
            yield sample

    def note(self, duration_ns: int) -> None:
        """Take note of a sample."""
        self._slowest = max(self._slowest, duration_ns)


class _Samples:
    """A data set whose samples are timed one by one."""

    def __init__(self, dataset: Any, fetcher: _Fetcher) -> None:
        self._dataset, self._fetcher = dataset, fetcher

    def __getitem__(self, index: Any) -> Any:
        start = time.perf_counter_ns()
        sample = self._dataset[index]
        self._fetcher.note(time.perf_counter_ns() - start)
        return sample


class _WholeBatches:
    """A data set that fetches the samples of a batch together."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        self.__getitems__ = dataset.__getitems__

    def __getitem__(self, index: Any) -> Any:
        return self._dataset[index]


def _watched(create: Any, log: Log, mode: str, *settings: Any, alone: bool = False) -> _Fetcher:
    return _Fetcher(create(*settings), log, mode, alone=alone)


def _timed_pickler(pickler: Any, log: Log) -> Any:
    class Timed(pickler):  # type: ignore[misc]
        @classmethod
        def dumps(cls, message: Any, protocol: Any = None) -> Any:
            start = time.perf_counter_ns()
            data = pickler.dumps(message, protocol)
            done = time.perf_counter_ns()
            if isinstance(message, tuple) and isinstance(message[0], int):
                log.sent(message[0], done - start, done, len(data))
            return data

    return Timed


def _end(folder: Path, error: BaseException, _: object) -> NoReturn:
    """End this worker: what it loaded cannot be sent, and the consumer would wait for good."""
    text = "".join(traceback.format_exception_only(error))
    (folder / UNSENT).write_text(text, encoding="utf-8", errors="replace")
    os._exit(1)
