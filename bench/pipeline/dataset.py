"""Data sets for torch's DataLoader: a batch an item, a sample an item, or cached batches."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch

from bench.pipeline.link import Link
from bench.pipeline.store import Reader
from bench.pipeline.transform import TRANSFORMS
from formats.registry import DECODERS
from formats.tensors import to_tensors

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

    from bench.pipeline.store import Store
    from bench.pipeline.transform import Tensors
    from formats.payloads import Payload


class Stamps(NamedTuple):
    """What a worker spent on an item, in ns, and when it was done with it; late: see `Link`."""

    storage: int
    decode: int
    transform: int
    done: int
    late: bool


class Item(NamedTuple):
    """What a data set hands over."""

    tensors: Tensors
    stamps: Stamps


@dataclass(frozen=True)
class Emulated:
    """A storage tier that is waited for: rate in B/s, latency of a request in s, requests a second.

    shared: all readers share the rate; else each has a connection of its own.
    """

    rate: float
    latency_s: float
    requests_per_s: float | None
    shared: bool

    def link(self, context: BaseContext) -> Link:
        """Return a link of that rate."""
        return Link(context, self.rate, self.latency_s, self.requests_per_s)


class Batches:
    """Reads, decodes and transforms; item i is record i, round and round.

    What is removed is done beforehand, once a process, and its result handed over each time.
    """

    def __init__(
        self,
        store: Store,
        payload: str,
        size: int,
        codec: str,
        *,
        tier: Emulated | None,
        context: BaseContext,
        remove: str | None,
    ) -> None:
        self._store = store
        self._payload = (payload, size)
        self._codec = codec
        self._tier = tier
        self._context = context
        self._link = tier.link(context) if tier and tier.shared else None
        self._remove = remove
        self._ready: _Ready | None = None

    def __len__(self) -> int:
        return 1 << 40  # round and round, until nobody asks

    def __getitem__(self, index: int) -> Item:
        # Files and codecs are opened in the process that reads.
        if self._ready is None:
            own = self._tier.link(self._context) if self._tier and not self._link else None
            self._ready = _Ready(
                self._store, self._payload, self._codec, self._link or own, self._remove
            )
        return self._ready.item(index)

    def close(self) -> None:
        """Close what this process has opened: Windows deletes no open file."""
        if self._ready is not None:
            self._ready.close()
            self._ready = None


class _Ready:
    """A process's reader, codec and transform."""

    def __init__(
        self,
        store: Store,
        payload: tuple[str, int],
        codec: str,
        link: Link | None,
        remove: str | None,
    ) -> None:
        from formats.payloads import payload as named

        found: Payload = named(*payload)
        self._reader = Reader(store, link)
        self._decode = DECODERS[codec].bind(found).decode
        self._transform = TRANSFORMS[found.name]
        self._remove = remove
        plain = Reader(store, None)
        self._bytes, _ = plain.read(0)
        plain.close()
        self._tensors = dict(to_tensors(self._decode(self._bytes)))

    def close(self) -> None:
        """Close the file."""
        self._reader.close()

    def item(self, index: int) -> Item:
        """Return an item with what it took."""
        start = time.perf_counter_ns()
        data, late = (self._bytes, False)
        if self._remove != "storage":
            data, late = self._reader.read(index)
        read = time.perf_counter_ns()
        tensors = self._tensors
        if self._remove != "decode":
            tensors = dict(to_tensors(self._decode(data)))
        decoded = time.perf_counter_ns()
        if self._remove != "transform":
            tensors = self._transform(tensors)
        done = time.perf_counter_ns()
        return Item(tensors, Stamps(read - start, decoded - read, done - decoded, done, late))


class Cached:
    """Hands over batches that were made beforehand: what is left is the loader and the device."""

    def __init__(self, items: list[Item]) -> None:
        self._items = items

    def __len__(self) -> int:
        return 1 << 40

    def close(self) -> None:
        """Close nothing: all is in memory."""

    def __getitem__(self, index: int) -> Item:
        cached = self._items[index % len(self._items)].tensors
        tensors = cached
        if torch.utils.data.get_worker_info() is not None:
            # A copy, as a batch that is made is new: what was shared once would cross for nothing.
            tensors = {name: tensor.clone() for name, tensor in cached.items()}
        return Item(tensors, Stamps(0, 0, 0, time.perf_counter_ns(), late=False))


def as_it_is(item: Item) -> Item:
    """Collate nothing: an item is a batch already."""
    return item


def one_batch(items: list[Item]) -> Item:
    """Collate samples, each an item of one sample, to a batch: the naive way."""
    tensors = {name: torch.cat([item.tensors[name] for item in items]) for name in items[0].tensors}
    stamps = [item.stamps for item in items]
    return Item(
        tensors,
        Stamps(
            sum(s.storage for s in stamps),
            sum(s.decode for s in stamps),
            sum(s.transform for s in stamps),
            time.perf_counter_ns(),
            any(s.late for s in stamps),
        ),
    )
