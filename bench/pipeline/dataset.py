"""The data set of torch's DataLoader: an item is a record, read, decoded and transformed.

One data set serves one configuration after another, so that workers need not be restarted for each:
an index encodes a task and a record, and a worker reads a task from its file when it first meets
it. So an index stays a plain number, as cheap to send as any.
"""

from __future__ import annotations

import pickle
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from bench.bundle.setup import TAIL_EVERY
from bench.pipeline.dataset_files import DatasetFiles, Reader
from bench.pipeline.link import Link, LocalValue
from bench.pipeline.transform import TRANSFORMS, Tensors
from bench.stages import Stage
from formats.payloads import payload
from formats.registry import DECODERS, bind
from formats.tensors import to_tensors

if TYPE_CHECKING:
    from pathlib import Path

    from hardware_profiles.service import Service

IDLE = -1
"""The index of an empty item, and the number of no task: between tasks workers load nothing."""

_RECORDS = 1 << 40
"""An index is task * _RECORDS + record."""
_ENTRY_DIGITS = 79
_ENTRIES_A_MIB = (1 << 20) // 136
"""A string of so many digits takes 128 bytes, and 8 in the list."""
_STRIDE = 7_919
"""A prime: samples that follow each other look up objects in different pages."""
_CACHED_BATCHES = 8
"""Batches that the control `cached` keeps in memory, and serves in turn."""


class ItemTiming(NamedTuple):
    """What a worker spent on an item."""

    storage: int
    """Time to read it, in ns."""
    decode: int
    """Time to decode it, in ns."""
    transform: int
    """Time to transform it, and to collate samples, in ns."""
    done: int
    """When it was complete, by `time.perf_counter_ns`."""
    late: int
    """Reads that this machine did slower than the storage that is emulated."""
    reads: int
    """Reads."""
    disk_bytes: int
    """Bytes that the system counted as read from a disk."""


_NO_TIME = ItemTiming(0, 0, 0, 0, 0, 0, 0)


class Item(NamedTuple):
    """What the data set hands to the DataLoader."""

    tensors: Tensors
    """The transformed tensors of a batch, or of a single sample."""
    timing: ItemTiming
    """What a worker spent on it."""
    task: int
    """The number of the task that it belongs to."""


_EMPTY = Item({}, _NO_TIME, IDLE)


@dataclass(frozen=True)
class Tail:
    """Records of unequal cost: of each `TAIL_EVERY` that follow each other, one is slow."""

    times: int = 1
    """What a slow record costs, over what others do; 1: none is slow."""
    nonce: str = ""
    """What the places of slow records are drawn from."""

    def repeats(self, record: int) -> int:
        """Return how often a record is decoded and transformed."""
        if self.times == 1:
            return 1
        group, place = divmod(record, TAIL_EVERY)
        # Seeded by text, the generator is the same on all systems.
        rng = random.Random(f"{self.nonce}/tail/{group}")  # noqa: S311 - a place, not a secret
        return self.times if rng.randrange(TAIL_EVERY) == place else 1


class Heap:
    """Python objects that a data set holds, such as the paths of its samples.

    To look one up counts a reference to it, in its memory: a forked worker copies the page that it
    shared with its parent until then, and a spawned one was sent all of them.
    """

    def __init__(self, mib: int) -> None:
        """Make objects of so many MiB together."""
        self._entries = [f"{number:0>{_ENTRY_DIGITS}}" for number in range(mib * _ENTRIES_A_MIB)]

    def look_up(self, item: int, samples: int) -> None:
        """Look up an object for each sample of an item, all over the heap."""
        entries = self._entries
        if entries:
            for number in range(item * samples, (item + 1) * samples):
                _ = entries[number * _STRIDE % len(entries)]


@dataclass(frozen=True)
class Task:
    """What workers do for a configuration."""

    dataset: DatasetFiles
    """The records to read."""
    payload: tuple[str, int]
    """Name and size of the payload."""
    codec: str
    """Full name of the codec."""
    transform: str = "steps"
    """Way of transforming."""
    tier: Service | None = None
    """Storage tier to emulate; None: none."""
    remove: str | None = None
    """Stage to leave out: it is done once a process, and its result is used for each item."""
    cached: int = 0
    """Records in a batch, where batches are prepared in advance; 0: they are not."""
    tail: Tail = Tail()
    """Which records are slow, and how much."""
    threads: int = 1
    """Threads of a worker; each decodes a record, which is a part of a batch."""
    samples: int = 1
    """Samples of an item; each looks up an object, where the data set holds any."""

    def save(self, folder: Path, number: int) -> None:
        """Write the task to the file where workers look for its number."""
        _path(folder, number).write_bytes(pickle.dumps(self))


def index(task: int, record: int) -> int:
    """Return the index of a record of a task."""
    return task * _RECORDS + record


class TaskDataset:
    """The data set that the DataLoader indexes by task and record; records start over at the end.

    link_free_at: the `multiprocessing.Value` of `Link`, which all workers share.
    """

    def __init__(self, folder: Path, link_free_at: Any, heap_mib: int = 0) -> None:
        self._folder = folder
        self._heap = Heap(heap_mib)
        self._link_free_at = link_free_at
        self._number = IDLE
        self._source: RecordSource | _CachedSource | _ThreadedSource | None = None
        self._samples = 0

    def __getitem__(self, index: int) -> Item:
        if index == IDLE:
            return _EMPTY
        number, record = divmod(index, _RECORDS)
        if number != self._number or self._source is None:
            self.close()
            # Files and codecs are opened in the process that reads.
            task = pickle.loads(_path(self._folder, number).read_bytes())  # noqa: S301 - our own
            self._source = _source(task, self._link_free_at)
            self._samples = task.samples
            self._number = number
        self._heap.look_up(record, self._samples)
        tensors, timing = self._source.load(record)
        return Item(tensors, timing, number)

    def close(self) -> None:
        """Close the files of this process: Windows deletes no open file."""
        if self._source is not None:
            self._source.close()
            self._source = None


def _source(task: Task, link_free_at: Any) -> RecordSource | _CachedSource | _ThreadedSource:
    if task.cached:
        return _CachedSource(task)
    if task.threads > 1:
        return _ThreadedSource(task, link_free_at)
    return RecordSource(task, link_free_at)


class RecordSource:
    """Reads, decodes and transforms the records of a task, in one process.

    link_free_at: the `multiprocessing.Value` of `Link`, where all readers share the tier's rate.
    """

    def __init__(self, task: Task, link_free_at: Any) -> None:
        data, tier = payload(*task.payload), task.tier
        link = None
        if tier:
            link = Link(link_free_at if tier.shared else LocalValue(), tier)
        self._decode = bind(DECODERS[task.codec], data).decode
        self._transform = TRANSFORMS[data.name][task.transform].worker
        self._remove = task.remove
        self._tensors: Tensors = {}
        self._tail = task.tail
        if task.remove in {Stage.STORAGE, Stage.DECODE}:
            reader = Reader(task.dataset, None)
            self._bytes = reader.read(0).data
            reader.close()
            self._tensors = dict(to_tensors(self._decode(self._bytes)))
        self._reader = Reader(task.dataset, link)

    def close(self) -> None:
        """Close the data set's files."""
        self._reader.close()

    def load(self, record: int) -> tuple[Tensors, ItemTiming]:
        """Return a record's tensors, and the time that each stage took.

        Raises:
            PipelineError: the record cannot be read.

        """
        start = time.perf_counter_ns()
        late, disk_bytes, reads = False, None, 0
        if self._remove == Stage.STORAGE:
            data = self._bytes
        else:
            data, late, disk_bytes = self._reader.read(record)
            reads = 1
        read = time.perf_counter_ns()
        repeats = range(self._tail.repeats(record))
        tensors = self._tensors
        if self._remove != Stage.DECODE:
            for _ in repeats:
                tensors = dict(to_tensors(self._decode(data)))
        decoded = time.perf_counter_ns()
        if self._remove != Stage.TRANSFORM:
            source = tensors
            for _ in repeats:
                tensors = self._transform(source)
        done = time.perf_counter_ns()
        stages = (read - start, decoded - read, done - decoded)
        return tensors, ItemTiming(*stages, done, int(late), reads, disk_bytes or 0)


class _ThreadedSource:
    """Reads, decodes and transforms the parts of a batch in as many threads of this process."""

    def __init__(self, task: Task, link_free_at: Any) -> None:
        # A reader and a decoder belong to one thread.
        self._sources = [RecordSource(task, link_free_at) for _ in range(task.threads)]
        self._pool = ThreadPoolExecutor(task.threads)

    def close(self) -> None:
        """End the threads, and close the data set's files."""
        self._pool.shutdown()
        for source in self._sources:
            source.close()

    def load(self, record: int) -> tuple[Tensors, ItemTiming]:
        """Return a batch, and the time that it took, shared as the threads spent theirs."""
        start, count = time.perf_counter_ns(), len(self._sources)
        numbers = range(record * count, (record + 1) * count)
        parts = list(self._pool.map(RecordSource.load, self._sources, numbers))
        loaded = time.perf_counter_ns()
        tensors = _concatenate([tensors for tensors, _ in parts])
        done = time.perf_counter_ns()
        *stages, _, late, reads, disk_bytes = (
            sum(values) for values in zip(*(timing for _, timing in parts), strict=True)
        )
        share = (loaded - start) / max(1, sum(stages))
        storage, decode, transform = (round(ns * share) for ns in stages)
        transform += done - loaded
        return tensors, ItemTiming(storage, decode, transform, done, late, reads, disk_bytes)


class _CachedSource:
    """Hands over batches that were prepared in advance: only loader and accelerator take time."""

    def __init__(self, task: Task) -> None:
        source = RecordSource(task, None)
        self._batches = [
            _concatenate(
                [source.load(batch * task.cached + sample)[0] for sample in range(task.cached)]
            )
            for batch in range(_CACHED_BATCHES)
        ]
        source.close()

    def close(self) -> None:
        """Do nothing: no file is open."""

    def load(self, record: int) -> tuple[Tensors, ItemTiming]:
        """Return a batch; in a worker a copy, since memory once shared is sent again for free."""
        tensors = self._batches[record % _CACHED_BATCHES]
        if torch.utils.data.get_worker_info() is not None:
            tensors = {name: tensor.clone() for name, tensor in tensors.items()}
        return tensors, _NO_TIME._replace(done=time.perf_counter_ns())


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number}.task"


def _concatenate(samples: list[Tensors]) -> Tensors:
    if len(samples) == 1:
        return samples[0]
    return {name: torch.cat([tensors[name] for tensors in samples]) for name in samples[0]}


def collate_nothing(item: Item) -> Item:
    """Return the item: it is a batch already."""
    return item


def collate_samples(items: list[Item]) -> Item:
    """Collate items of one sample each to a batch. The time counts as part of the transform."""
    if items[0].task == IDLE:
        return _EMPTY
    start = time.perf_counter_ns()
    tensors = _concatenate([item.tensors for item in items])
    done = time.perf_counter_ns()
    storage, decode, transform, _, *counts = (
        sum(values) for values in zip(*(item.timing for item in items), strict=True)
    )
    timing = ItemTiming(storage, decode, transform + done - start, done, *counts)
    return Item(tensors, timing, items[0].task)
