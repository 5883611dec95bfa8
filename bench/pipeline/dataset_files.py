"""A data set of encoded records in a storage backend, and its reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bench.pipeline.link import LinkReader
from formats.registry import DECODERS, bind, fast

if TYPE_CHECKING:
    from bench.pipeline.link import Link
    from bench.pipeline.storage import StorageBackend
    from formats.payloads import Payload

_MAX_BYTES = 64 << 20
_MAX_RECORDS = 8
"""A data set ends at whichever comes first."""
_MAX_SINGLE_SAMPLES = 64
"""Records of a data set whose record is a single sample."""


@dataclass(frozen=True)
class DatasetFiles:
    """Encoded records one after another in a storage backend; reading starts over at the end."""

    backend: StorageBackend
    """Where the records are stored."""
    offsets: tuple[int, ...]
    """Offset of each record, in bytes, and the end of the last one.

    A record is a batch, or a single sample where the data set hands over one at a time.
    """

    @property
    def records(self) -> int:
        """Return the number of records."""
        return len(self.offsets) - 1

    @property
    def encoded_bytes(self) -> int:
        """Return the bytes of all records."""
        return self.offsets[-1]

    def part(self, index: int) -> tuple[int, int]:
        """Return offset and length of a record, in bytes."""
        start, end = self.offsets[index % self.records : index % self.records + 2]
        return start, end - start


def write_dataset(
    backend: StorageBackend, payload: Payload, codec: str, samples: int, nonce: str
) -> DatasetFiles:
    """Write a data set of different records of so many samples, with the layout's fastest encoder.

    Raises:
        ConfigurationError: the backend cannot store it.
        PipelineError: the backend broke.

    """
    layout = DECODERS[codec].layout
    encode = bind(fast(layout, payload, "encode"), payload).encode
    records: list[bytes] = []
    offsets = [0]
    for number in range(_MAX_SINGLE_SAMPLES if samples == 1 else _MAX_RECORDS):
        records.append(encode(payload.generate(f"{nonce}/{number}", samples)))
        offsets.append(offsets[-1] + len(records[-1]))
        if offsets[-1] + len(records[-1]) > _MAX_BYTES:
            break
    backend.put(records)
    return DatasetFiles(backend, tuple(offsets))


class Read(NamedTuple):
    """A record that was read."""

    data: bytes
    """Its encoded bytes."""
    late: bool
    """Whether this machine was slower than the storage that is emulated."""
    disk_bytes: int | None
    """Bytes that the system counted as read from a disk meanwhile; None: not counted."""


class Reader:
    """Reads records in one process, through a link where a slower storage is emulated."""

    def __init__(self, dataset: DatasetFiles, link: Link | None) -> None:
        self._dataset = dataset
        self._link_reader = LinkReader(link) if link else None
        self._handle = dataset.backend.open()
        self._counts_disk_bytes = dataset.backend.name == "cold"

    def read(self, index: int) -> Read:
        """Return a record.

        Raises:
            PipelineError: it cannot be read.

        """
        requested_ns = self._link_reader.request() if self._link_reader else 0
        before = self._handle.disk_bytes() if self._counts_disk_bytes else None
        offset, length = self._dataset.part(index)
        data = self._handle.read(offset, length)
        late = self._link_reader.wait(length, requested_ns) if self._link_reader else False
        after = self._handle.disk_bytes() if self._counts_disk_bytes else None
        disk_bytes = None if before is None or after is None else after - before
        return Read(data, late, disk_bytes)

    def close(self) -> None:
        """Close the storage backend's handle."""
        self._handle.close()
