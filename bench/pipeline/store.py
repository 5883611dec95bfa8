"""A data set on disk, as encoded records, and the way to read them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.pipeline.link import Passage
from formats.registry import DECODERS, fast

if TYPE_CHECKING:
    from pathlib import Path

    from bench.pipeline.link import Link
    from formats.payloads import Payload

_MOST_BYTES = 64 << 20
_MOST_RECORDS = 8
_MOST_SMALL_RECORDS = 64


@dataclass(frozen=True)
class Store:
    """Encoded records one after another in a file; reading goes round and round.

    A record is a batch, or a sample for the naive way. encoded_bytes is of all records.
    """

    path: Path
    offsets: tuple[int, ...]

    @property
    def records(self) -> int:
        """Return how many records there are."""
        return len(self.offsets) - 1

    @property
    def encoded_bytes(self) -> int:
        """Return the bytes of all records."""
        return self.offsets[-1]

    def place(self, index: int) -> tuple[int, int]:
        """Return where a record is: offset and length."""
        start, end = self.offsets[index % self.records : index % self.records + 2]
        return start, end - start


def write_store(path: Path, payload: Payload, codec: str, samples: int, nonce: str) -> Store:
    """Write a data set of different records of so many samples, through the layout's writer."""
    layout = DECODERS[codec].layout
    encode = fast(layout, payload, "encode").bind(payload).encode
    most = _MOST_SMALL_RECORDS if samples == 1 else _MOST_RECORDS
    offsets = [0]
    with path.open("wb") as file:
        for number in range(most):
            data = encode(payload.generate(f"{nonce}/{number}", samples))
            file.write(data)
            offsets.append(offsets[-1] + len(data))
            if offsets[-1] + len(data) > _MOST_BYTES:
                break
        file.flush()
        os.fsync(file.fileno())
    return Store(path, tuple(offsets))


class Reader:
    """Reads records in one process, over a link where a slower disk is emulated."""

    def __init__(self, store: Store, link: Link | None) -> None:
        self._store = store
        self._passage = Passage(link) if link else None
        self._file = store.path.open("rb", buffering=0)

    def read(self, index: int) -> tuple[bytes, bool]:
        """Return a record, and whether this disk was slower than the one that is emulated."""
        asked_ns = self._passage.ask() if self._passage else 0
        offset, length = self._store.place(index)
        self._file.seek(offset)
        data = self._file.read(length)
        late = self._passage.wait(length, asked_ns) if self._passage else False
        return data, late

    def close(self) -> None:
        """Close the file."""
        self._file.close()
