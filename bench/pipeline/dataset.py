"""The data set of torch's DataLoader: an item is a record, read, decoded and transformed.

One data set serves one configuration after another, so that workers need not start anew for each:
an index says which task it is of, and a task lies in a file that a worker opens when it first meets
one. So an index stays a plain number, as cheap to send as any.
"""

from __future__ import annotations

import pickle
import time
from dataclasses import dataclass
from multiprocessing import Value
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from bench.pipeline.dataset_files import Reader, Store
from bench.pipeline.link import Link
from bench.pipeline.transform import TRANSFORMS, Tensors
from bench.stages import Stage
from formats.registry import DECODERS
from formats.tensors import to_tensors

if TYPE_CHECKING:
    from pathlib import Path

    from hardware_profiles.service import Service

REST = -1
"""The index of an item that holds nothing and costs nothing."""

_RECORDS = 1 << 40
_CACHED = 8


class Stamps(NamedTuple):
    """What a worker spent on an item, in ns, and when it was done with it; late: see `Link`."""

    storage: int
    decode: int
    transform: int
    done: int
    late: int
    reads: int
    disk_bytes: int


_NOTHING = Stamps(0, 0, 0, 0, 0, 0, 0)


class Item(NamedTuple):
    """What the data set hands over, and of which task it is."""

    tensors: Tensors
    stamps: Stamps
    task: int


_RESTING = Item({}, _NOTHING, REST)


@dataclass(frozen=True)
class Task:
    """What workers do for a configuration.

    What is removed is done beforehand, once a process, and its result handed over each time; cached
    is how many records make a batch that is made beforehand, 0: none is.
    """

    store: Store
    payload: tuple[str, int]
    codec: str
    tier: Service | None = None
    remove: str | None = None
    cached: int = 0

    def save(self, folder: Path, number: int) -> None:
        """Lay it where workers find it by its number."""
        _place(folder, number).write_bytes(pickle.dumps(self))


def index(task: int, record: int) -> int:
    """Return the index of a record of a task."""
    return task * _RECORDS + record


class Records:
    """The data set; item i is a record of a task, round and round. turn: see `Link`."""

    def __init__(self, folder: Path, turn: Any) -> None:
        self._folder = folder
        self._turn = turn
        self._number = REST
        self._ready: Ready | _Cached | None = None

    def __getitem__(self, index: int) -> Item:
        if index == REST:
            return _RESTING
        number, record = divmod(index, _RECORDS)
        if number != self._number or self._ready is None:
            self.close()
            # Files and codecs are opened in the process that reads.
            task = pickle.loads(_place(self._folder, number).read_bytes())  # noqa: S301 - our own
            self._ready = _Cached(task) if task.cached else Ready(task, self._turn)
            self._number = number
        tensors, stamps = self._ready.item(record)
        return Item(tensors, stamps, number)

    def close(self) -> None:
        """Close what this process has opened: Windows deletes no open file."""
        if self._ready is not None:
            self._ready.close()
            self._ready = None


class Ready:
    """A process's reader, codec and transform."""

    def __init__(self, task: Task, turn: Any) -> None:
        from formats.payloads import payload as named

        found, tier = named(*task.payload), task.tier
        link = None
        if tier:
            own = turn if tier.shared else Value("q", 0)
            link = Link(own, tier)
        self._decode = DECODERS[task.codec].bind(found).decode
        self._transform = TRANSFORMS[found.name]
        self._remove = task.remove
        if task.remove in {Stage.STORAGE, Stage.DECODE}:
            plain = Reader(task.store, None)
            self._bytes = plain.read(0).data
            plain.close()
            self._tensors = dict(to_tensors(self._decode(self._bytes)))
        self._reader = Reader(task.store, link)

    def close(self) -> None:
        """Close the file."""
        self._reader.close()

    def item(self, record: int) -> tuple[Tensors, Stamps]:
        """Return a record's tensors with what they took."""
        start = time.perf_counter_ns()
        late, disk_bytes, reads = False, None, 0
        if self._remove == "storage":
            data = self._bytes
        else:
            data, late, disk_bytes = self._reader.read(record)
            reads = 1
        read = time.perf_counter_ns()
        if self._remove == "decode":
            tensors = self._tensors
        else:
            tensors = dict(to_tensors(self._decode(data)))
        decoded = time.perf_counter_ns()
        if self._remove != Stage.TRANSFORM:
            tensors = self._transform(tensors)
        done = time.perf_counter_ns()
        stages = (read - start, decoded - read, done - decoded)
        return tensors, Stamps(*stages, done, int(late), reads, disk_bytes or 0)


class _Cached:
    """Hands over batches that were made beforehand: what is left is the loader and the device."""

    def __init__(self, task: Task) -> None:
        ready = Ready(task, None)
        self._batches = [
            _cat([ready.item(batch * task.cached + i)[0] for i in range(task.cached)])
            for batch in range(_CACHED)
        ]
        ready.close()

    def close(self) -> None:
        """Close nothing: all is in memory."""

    def item(self, record: int) -> tuple[Tensors, Stamps]:
        """Return a batch, within a worker a copy: what was shared once would cross for nothing."""
        tensors = self._batches[record % _CACHED]
        if torch.utils.data.get_worker_info() is not None:
            tensors = {name: tensor.clone() for name, tensor in tensors.items()}
        return tensors, _NOTHING._replace(done=time.perf_counter_ns())


def _place(folder: Path, number: int) -> Path:
    return folder / f"{number}.task"


def _cat(samples: list[Tensors]) -> Tensors:
    if len(samples) == 1:
        return samples[0]
    return {name: torch.cat([tensors[name] for tensors in samples]) for name in samples[0]}


def as_it_is(item: Item) -> Item:
    """Collate nothing: an item is a batch already."""
    return item


def one_batch(items: list[Item]) -> Item:
    """Collate samples, each an item of one sample, to a batch: the naive way.

    What that takes counts as transforming.
    """
    if items[0].task == REST:
        return _RESTING
    start = time.perf_counter_ns()
    tensors = _cat([item.tensors for item in items])
    done = time.perf_counter_ns()
    storage, decode, transform, _, *counts = (
        sum(values) for values in zip(*(item.stamps for item in items), strict=True)
    )
    stamps = Stamps(storage, decode, transform + done - start, done, *counts)
    return Item(tensors, stamps, items[0].task)
