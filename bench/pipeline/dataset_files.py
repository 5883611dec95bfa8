"""A data set of encoded records in a place, and the way to read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bench.pipeline.link import Passage
from formats.registry import DECODERS, fast

if TYPE_CHECKING:
    from bench.pipeline.link import Link
    from bench.pipeline.storage import Place
    from formats.payloads import Payload

_MOST_BYTES = 64 << 20
_MOST_RECORDS = 8
_MOST_SMALL_RECORDS = 64


@dataclass(frozen=True)
class Store:
    """Encoded records one after another in a place; reading goes round and round.

    A record is a batch, or a sample for the naive way. encoded_bytes is of all records.
    """

    place: Place
    offsets: tuple[int, ...]

    @property
    def records(self) -> int:
        """Return how many records there are."""
        return len(self.offsets) - 1

    @property
    def encoded_bytes(self) -> int:
        """Return the bytes of all records."""
        return self.offsets[-1]

    def part(self, index: int) -> tuple[int, int]:
        """Return where a record is: offset and length."""
        start, end = self.offsets[index % self.records : index % self.records + 2]
        return start, end - start


def write_store(place: Place, payload: Payload, codec: str, samples: int, nonce: str) -> Store:
    """Write a data set of different records of so many samples, through the layout's writer.

    Raises:
        ConfigurationError: it cannot lie there.
        PipelineError: the place broke.

    """
    layout = DECODERS[codec].layout
    encode = fast(layout, payload, "encode").bind(payload).encode
    records: list[bytes] = []
    offsets = [0]
    for number in range(_MOST_SMALL_RECORDS if samples == 1 else _MOST_RECORDS):
        records.append(encode(payload.generate(f"{nonce}/{number}", samples)))
        offsets.append(offsets[-1] + len(records[-1]))
        if offsets[-1] + len(records[-1]) > _MOST_BYTES:
            break
    place.put(records)
    return Store(place, tuple(offsets))


class Read(NamedTuple):
    """A record as it was read.

    late: this machine was slower than the storage that is emulated. disk_bytes: what the system
    counted meanwhile, None where it was not asked.
    """

    data: bytes
    late: bool
    disk_bytes: int | None


class Reader:
    """Reads records in one process, over a link where a slower disk is emulated."""

    def __init__(self, store: Store, link: Link | None) -> None:
        self._store = store
        self._passage = Passage(link) if link else None
        self._handle = store.place.open()
        self._counts = store.place.name == "cold"

    def read(self, index: int) -> Read:
        """Return a record.

        Raises:
            PipelineError: it cannot be read.

        """
        asked_ns = self._passage.ask() if self._passage else 0
        before = self._handle.disk_bytes() if self._counts else None
        offset, length = self._store.part(index)
        data = self._handle.read(offset, length)
        late = self._passage.wait(length, asked_ns) if self._passage else False
        after = self._handle.disk_bytes() if self._counts else None
        counted = None if before is None or after is None else after - before
        return Read(data, late, counted)

    def close(self) -> None:
        """Close it."""
        self._handle.close()
