"""Protobuf by its wire format, a batch in a few NumPy calls.

Messages of one payload have one shape, so a batch of them is a matrix. Where all fields are
numbers, every byte belongs to a varint (lengths and tags included), and the matrix is one of
varints; where the field is a blob, every message has the same length, and it is one of bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from formats.errors import DecodeError, FormatError
from formats.layouts.protobuf_messages import is_signed, tag

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from formats.batch import Batch
    from formats.payloads import Payload

_LONGEST = 5
"""Bytes of the longest varint of a 32-bit number."""


class Codec:
    """Vectorised varints, or strided bytes."""

    def __init__(self, payload: Payload) -> None:
        self._codec: _Numbers | _Blob
        if not any(field.blob for field in payload.fields):
            self._codec = _Numbers(payload)
        elif len(payload.fields) == 1:
            self._codec = _Blob(payload)
        else:
            raise FormatError(f"{payload.name}: a message of blobs and numbers has no fixed shape")

    def encode(self, batch: Batch) -> bytes:
        """Write the matrix."""
        return self._codec.encode(batch)

    def decode(self, data: bytes) -> Batch:
        """Read the matrix, and check everything in it that is not a value."""
        return self._codec.decode(data)


class _Numbers:
    """Messages of numbers: a row of varints each.

    A row is [length of the message], then for each field [tag] [length of its values, unless it
    is a scalar] [values].
    """

    def __init__(self, payload: Payload) -> None:
        self._payload = payload
        self._tags: dict[int, int] = {}
        self._spans: dict[str, slice] = {}
        self._lengths: dict[int, slice] = {}
        column = 1
        for field in payload.fields:
            self._tags[column] = tag(payload, field)
            column += 1
            if field.shape:
                self._lengths[column] = slice(column + 1, column + 1 + field.width)
                column += 1
            self._spans[field.name] = slice(column, column + field.width)
            column += field.width
        self._columns = column
        # A message's length counts all that follows it; last, since it counts the others too.
        self._lengths[0] = slice(1, column)

    def encode(self, batch: Batch) -> bytes:
        first = batch[self._payload.fields[0].name]
        matrix = np.empty((len(first), self._columns), dtype=np.uint32)
        for column, value in self._tags.items():
            matrix[:, column] = value
        for field in self._payload.fields:
            values = batch[field.name].reshape(-1, field.width)
            if is_signed(field):
                values = values.astype(np.int32)
                values = (values << 1) ^ (values >> 31)
            matrix[:, self._spans[field.name]] = values.astype(np.uint32)
        sizes = _varint_sizes(matrix)
        for column, span in self._lengths.items():
            matrix[:, column] = sizes[:, span].sum(axis=1)
            sizes[:, column] = _varint_sizes(matrix[:, column])
        return _write_varints(matrix.ravel(), sizes.ravel())

    def decode(self, data: bytes) -> Batch:
        values, sizes = _read_varints(data)
        if len(values) % self._columns:
            raise DecodeError(
                f"protobuf/messages: {len(values)} varints do not make whole messages of "
                f"{self._payload.name}, which has {self._columns}"
            )
        matrix = values.reshape(-1, self._columns)
        sizes = sizes.reshape(-1, self._columns)
        for column, value in self._tags.items():
            self._require(matrix[:, column] == value, f"the tag {value:#x}")
        for column, span in self._lengths.items():
            wanted = sizes[:, span].sum(axis=1)
            self._require(matrix[:, column] == wanted, f"the length at column {column}")
        batch = {}
        for field in self._payload.fields:
            numbers = matrix[:, self._spans[field.name]]
            if is_signed(field):
                numbers = (numbers >> np.uint32(1)) ^ -(numbers & np.uint32(1))
            batch[field.name] = numbers.astype(field.dtype).reshape(-1, *field.shape)
        return batch

    def _require(self, right: NDArray[np.bool_], what: str) -> None:
        if not right.all():
            message = int(np.argmin(right))
            raise DecodeError(f"protobuf/messages: message {message} lacks {what}")


class _Blob:
    """Messages of one blob: a fixed head, then the bytes."""

    def __init__(self, payload: Payload) -> None:
        (self._field,) = payload.fields
        inner = np.array([tag(payload, self._field), self._field.sample_bytes], dtype=np.uint32)
        length = int(_varint_sizes(inner).sum()) + self._field.sample_bytes
        head = np.concatenate([np.array([length], dtype=np.uint32), inner])
        self._head = np.frombuffer(_write_varints(head, _varint_sizes(head)), dtype=np.uint8)

    def encode(self, batch: Batch) -> bytes:
        blobs = batch[self._field.name]
        rows = np.ascontiguousarray(blobs).view(np.uint8).reshape(-1, self._field.sample_bytes)
        matrix = np.empty((len(rows), len(self._head) + self._field.sample_bytes), dtype=np.uint8)
        matrix[:, : len(self._head)] = self._head
        matrix[:, len(self._head) :] = rows
        return matrix.tobytes()

    def decode(self, data: bytes) -> Batch:
        size = len(self._head) + self._field.sample_bytes
        if len(data) % size:
            raise DecodeError(
                f"protobuf/messages: {len(data)} bytes do not make whole messages of {size} bytes"
            )
        matrix = np.frombuffer(data, dtype=np.uint8).reshape(-1, size)
        right = (matrix[:, : len(self._head)] == self._head).all(axis=1)
        if not right.all():
            raise DecodeError(
                f"protobuf/messages: message {int(np.argmin(right))} does not begin with its "
                f"length and the tag of {self._field.name!r}"
            )
        blobs = matrix[:, len(self._head) :].copy().view(self._field.dtype)
        return {self._field.name: blobs.reshape(-1, *self._field.shape)}


def _varint_sizes(values: NDArray[np.uint32]) -> NDArray[np.intp]:
    """Return the number of bytes that each value takes as a varint."""
    sizes = np.ones(values.shape, dtype=np.intp)
    for bits in range(7, 7 * _LONGEST, 7):
        sizes += values >= np.uint32(1 << bits)
    return sizes


def _write_varints(values: NDArray[np.uint32], sizes: NDArray[np.intp]) -> bytes:
    """Write values, shape (n,), as varints of known sizes."""
    starts = np.cumsum(sizes) - sizes
    out = np.empty(int(sizes.sum()), dtype=np.uint8)
    for index in range(int(sizes.max(initial=0))):
        chosen = np.flatnonzero(sizes > index) if index else slice(None)
        more = np.where(sizes[chosen] > index + 1, 0x80, 0)
        out[starts[chosen] + index] = (values[chosen] >> np.uint32(7 * index) & 0x7F) | more
    return out.tobytes()


def _read_varints(data: bytes) -> tuple[NDArray[np.uint32], NDArray[np.intp]]:
    """Read bytes that are varints throughout; return values and sizes, both shape (n,)."""
    octets = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(octets < 0x80)
    if len(octets) and (not len(ends) or ends[-1] != len(octets) - 1):
        raise DecodeError("protobuf/messages: the last number is cut off")
    sizes = np.diff(ends, prepend=-1)
    starts = ends - sizes + 1
    longest = int(sizes.max(initial=0))
    if longest > _LONGEST or (longest == _LONGEST and octets[ends[sizes == _LONGEST]].max() > 0x0F):
        raise DecodeError("protobuf/messages: a number does not fit 32 bits")
    values = (octets[starts] & 0x7F).astype(np.uint32)
    for index in range(1, longest):
        chosen = np.flatnonzero(sizes > index)
        septet = (octets[starts[chosen] + index] & 0x7F).astype(np.uint32)
        values[chosen] |= septet << np.uint32(7 * index)
    return values, sizes
