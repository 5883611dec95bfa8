"""What an Arrow IPC file claims, read from its metadata before a library allocates for it.

Source: arrow.apache.org/docs/format/Columnar.html, "IPC File Format"; format/{File,Message}.fbs.
Metadata are FlatBuffers: tables whose fields are found through a table of offsets.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from formats.batch import memory_limit
from formats.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC = b"ARROW1"
_RECORD_BATCH = 3
"""Of the kinds of messages."""
_CONTINUED = 0xFFFFFFFF
_BLOCK_BYTES, _NODE_BYTES, _BUFFER_BYTES = 24, 16, 16
_BATCH_BYTES = 1 << 15
"""What a library takes for a record batch of few columns, however small. Assumed."""


class _Table:
    """A table of a FlatBuffer; each number is checked to lie within the bytes."""

    def __init__(self, data: bytes, position: int, stop: int) -> None:
        self._data, self._stop, self._position = data, stop, position
        self._offsets = position - self._at("<i", position)
        self._size = self._at("<H", self._offsets)

    def _at(self, kind: str, position: int) -> int:
        if not 0 <= position <= self._stop - struct.calcsize(kind):
            raise DecodeError(f"byte {position}: metadata point outside of themselves")
        value: int = struct.unpack_from(kind, self._data, position)[0]
        return value

    def _place(self, field: int) -> int | None:
        if 6 + 2 * field > self._size:
            return None
        offset = self._at("<H", self._offsets + 4 + 2 * field)
        return self._position + offset if offset else None

    def number(self, field: int, kind: str, default: int = 0) -> int:
        """Return a number of a field, the default where it is not written."""
        place = self._place(field)
        return default if place is None else self._at(kind, place)

    def table(self, field: int) -> _Table | None:
        """Return the table of a field; None where there is none."""
        place = self._place(field)
        if place is None:
            return None
        return _Table(self._data, place + self._at("<I", place), self._stop)

    def structs(self, field: int, kind: str, size: int) -> list[tuple[int, ...]]:
        """Return the structs of a vector, each as its numbers."""
        place = self._place(field)
        if place is None:
            return []
        start = place + self._at("<I", place)
        count = self._at("<I", start)
        if start + 4 + count * size > self._stop:
            raise DecodeError(f"byte {start}: a list of {count} that is not there")
        return list(struct.iter_unpack(kind, self._data[start + 4 : start + 4 + count * size]))


def root(data: bytes, start: int, stop: int) -> _Table:
    """Return the root table of the FlatBuffer in some of the bytes."""
    if not 0 <= start <= stop - 4 <= len(data) - 4:
        raise DecodeError(f"byte {start}: metadata of {stop - start} bytes")
    return _Table(data, start + int.from_bytes(data[start : start + 4], "little"), stop)


def check(data: bytes, columns: int) -> int:
    """Return the number of rows of a file that may be read.

    columns: buffers that each of its record batches has at the most.

    Raises:
        DecodeError: it is damaged, has dictionaries, or would take more memory than is believable.

    """
    if not (data.startswith(MAGIC) and data.endswith(MAGIC)) or len(data) < 24:
        raise DecodeError("not an Arrow IPC file: it does not begin and end with ARROW1")
    size = int.from_bytes(data[-10:-6], "little")
    footer = root(data, len(data) - 10 - size, len(data) - 10)
    if footer.structs(2, "<qi4xq", _BLOCK_BYTES):
        raise DecodeError("columns of dictionaries, which are not read")
    rows = claimed = 0
    blocks = footer.structs(3, "<qi4xq", _BLOCK_BYTES)
    for offset, metadata, body in blocks:
        length, unpacked = _batch(data, offset, metadata, body, columns)
        rows += length
        claimed += unpacked
    if claimed + len(blocks) * _BATCH_BYTES > memory_limit(len(data)) // 4:
        raise DecodeError(
            f"{len(data)} bytes claim to hold {len(blocks)} record batches of {claimed} bytes"
        )
    return rows


def _batch(data: bytes, offset: int, metadata: int, body: int, columns: int) -> tuple[int, int]:
    """Return rows of a record batch, and how many bytes its buffers take in memory."""
    start, end = offset + metadata, offset + metadata + body
    if min(offset, metadata, body) < 0 or end > len(data):
        raise DecodeError(f"byte {offset}: a record batch that ends outside of the file")
    continued = int.from_bytes(data[offset : offset + 4], "little") == _CONTINUED
    message = root(data, offset + (8 if continued else 4), start)
    batch = message.table(2)
    if message.number(1, "<B") != _RECORD_BATCH or batch is None:
        raise DecodeError(f"byte {offset}: not a record batch")
    if message.structs(4, "<i", 4):
        raise DecodeError(f"byte {offset}: a record batch packed as Arrow 0.17 did")
    if message.number(3, "<q") != body:
        raise DecodeError(f"byte {offset}: a body of {message.number(3, '<q')} bytes and of {body}")
    rows = batch.number(0, "<q")
    nodes = batch.structs(1, "<qq", _NODE_BYTES)
    buffers = batch.structs(2, "<qq", _BUFFER_BYTES)
    if rows < 0 or len(buffers) > 4 * columns + 16:
        raise DecodeError(f"byte {offset}: {rows} rows in {len(buffers)} buffers")
    if any(length < 0 or nulls for length, nulls in nodes):
        raise DecodeError(f"byte {offset}: some values are missing")
    packed = batch.table(3) is not None
    return rows, sum(_sizes(data, start, body, buffers, packed=packed))


def _sizes(
    data: bytes, start: int, body: int, buffers: list[tuple[int, ...]], *, packed: bool
) -> Iterator[int]:
    """Yield how many bytes each buffer has in memory; a packed one begins with that."""
    for offset, length in buffers:
        if min(offset, length) < 0 or offset + length > body:
            raise DecodeError(f"byte {start}: a buffer that ends outside of its record batch")
        if not packed or not length:
            yield 0  # it is not copied
            continue
        place = start + offset
        unpacked = int.from_bytes(data[place : place + 8], "little", signed=True)
        if length < 8 or unpacked < -1:
            raise DecodeError(f"byte {place}: a packed buffer of {unpacked} bytes")
        yield max(unpacked, 0)
