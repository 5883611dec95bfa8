"""A data set of encoded records in a storage backend, and its reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bench.pipeline.link import LinkReader
from formats.registry import DECODERS, bind, fast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.pipeline.link import Link
    from bench.pipeline.storage import StorageBackend
    from formats.payloads import Payload

_MAX_BYTES = 64 << 20
"""A data set ends at that, or at its number of records, whichever comes first."""


@dataclass(frozen=True)
class DatasetFiles:
    """Encoded records one after another in storage backends; reading starts over at the end."""

    backends: tuple[StorageBackend, ...]
    """Where the records are stored: as many in each, but in the last one."""
    offsets: tuple[int, ...]
    """Offset of each record, in bytes, and the end of the last one, as if all lay in one file.

    A record is a batch, a part of one, or a single sample where the data set hands over one at a
    time.
    """

    @property
    def records(self) -> int:
        """Return the number of records."""
        return len(self.offsets) - 1

    @property
    def encoded_bytes(self) -> int:
        """Return the bytes of all records."""
        return self.offsets[-1]

    def shard(self, index: int) -> int:
        """Return in which of the backends a record lies."""
        return index % self.records // self._records_a_shard

    def part(self, index: int) -> tuple[int, int]:
        """Return offset and length of a record in its backend, in bytes."""
        start, end = self.offsets[index % self.records : index % self.records + 2]
        first = self.shard(index) * self._records_a_shard
        return start - self.offsets[first], end - start

    @property
    def _records_a_shard(self) -> int:
        return -(-self.records // len(self.backends))


def write_dataset(
    backends: Sequence[StorageBackend],
    payload: Payload,
    codec: str,
    shape: tuple[int, int],
    nonce: str,
) -> DatasetFiles:
    """Write a data set of different records, with the layout's fastest encoder.

    Args:
        backends: where to; some are left over where there are fewer records than were asked for.
        payload: what the samples are.
        codec: full name of the codec.
        shape: number of records at most, and of samples in each.
        nonce: what they are generated from.

    Raises:
        ConfigurationError: the backend cannot store it.
        PipelineError: the backend broke.

    """
    layout = DECODERS[codec].layout
    encode = bind(fast(layout, payload, "encode"), payload).encode
    records: list[bytes] = []
    offsets = [0]
    most, samples = shape
    for number in range(most):
        records.append(encode(payload.generate(f"{nonce}/{number}", samples)))
        offsets.append(offsets[-1] + len(records[-1]))
        if offsets[-1] + len(records[-1]) > _MAX_BYTES:
            break
    each = -(-len(records) // len(backends))
    shards = [records[at : at + each] for at in range(0, len(records), each)]
    for backend, shard in zip(backends, shards, strict=False):
        backend.put(shard)
    return DatasetFiles(tuple(backends[: len(shards)]), tuple(offsets))


class Read(NamedTuple):
    """A record that was read."""

    data: bytes
    """Its encoded bytes."""
    late: bool
    """Whether this machine was slower than the storage that is emulated."""
    disk_bytes: int | None
    """Bytes that the system counted as read from a disk meanwhile; None: not counted."""


class Reader:
    """Reads records in one process, through a link where a slower storage is emulated.

    Of several files one is open at a time. To open another, an emulated storage takes a request.
    """

    def __init__(self, dataset: DatasetFiles, link: Link | None) -> None:
        self._dataset = dataset
        self._link_reader = LinkReader(link) if link else None
        self._shard = 0
        self._handle = dataset.backends[0].open()
        self._counts_disk_bytes = dataset.backends[0].name == "cold"

    def read(self, index: int) -> Read:
        """Return a record.

        Raises:
            PipelineError: it cannot be read.

        """
        if (shard := self._dataset.shard(index)) != self._shard:
            self._open(shard)
        requested_ns = self._link_reader.request() if self._link_reader else 0
        before = self._handle.disk_bytes() if self._counts_disk_bytes else None
        offset, length = self._dataset.part(index)
        data = self._handle.read(offset, length)
        late = self._link_reader.wait(length, requested_ns) if self._link_reader else False
        after = self._handle.disk_bytes() if self._counts_disk_bytes else None
        disk_bytes = None if before is None or after is None else after - before
        return Read(data, late, disk_bytes)

    def _open(self, shard: int) -> None:
        requested_ns = self._link_reader.request() if self._link_reader else 0
        opened = self._dataset.backends[shard].open()
        self._handle.close()
        self._handle, self._shard = opened, shard
        if self._link_reader:
            self._link_reader.wait(0, requested_ns)

    def close(self) -> None:
        """Close the storage backend's handle."""
        self._handle.close()
