"""Protobuf by its wire format, a batch in a few NumPy calls.

Messages of one payload have one shape, so a batch of them is a matrix. Where all fields are
numbers, every byte belongs to a varint (lengths and tags included), and the matrix is one of
varints; where the field is a blob, every message has the same length, and it is one of bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from formats import codec
from formats.batch import blank, put
from formats.errors import DecodeError, FormatError
from formats.protobuf import bytes_wire, upb_rows
from formats.protobuf.layout import ProtobufLayout, is_signed, tag
from formats.wire import varints
from formats.wire.integers import IrregularError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from formats.payloads import Batch, Payload


class Codec(codec.Codec[ProtobufLayout]):
    """Messages of numbers, a row of varints each, or of blobs.

    A row is [length of the message], then for each field [tag] [length of its values, unless it
    is a scalar] [values].

    Messages of another form (unknown fields, another order, numbers that are not packed) go to the
    official library, which reads them or says what is wrong with which.
    """

    def __init__(self, payload: Payload, layout: ProtobufLayout) -> None:
        super().__init__(payload, layout)
        blobs = [field.blob for field in payload.fields]
        if any(blobs) and not all(blobs):
            raise FormatError(f"{payload.name}: a message of blobs and numbers has no fixed shape")
        self._blobs = bytes_wire.Codec(payload, layout) if any(blobs) else None
        self._careful = upb_rows.Codec(payload, layout)
        self._reader = varints.Reader()
        self._tags: dict[int, int] = {}
        self._spans: dict[str, slice] = {}
        self._lengths: dict[int, slice] = {}
        column = 1
        for field in payload.fields:
            self._tags[column] = tag(layout, payload, field)
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
        """Write the matrix."""
        if self._blobs:
            return self._blobs.encode(batch)
        first = batch[self.payload.fields[0].name]
        matrix = np.empty((len(first), self._columns), dtype=np.uint32)
        for column, value in self._tags.items():
            matrix[:, column] = value
        for field in self.payload.fields:
            values = batch[field.name].reshape(-1, field.width)
            if is_signed(field):
                values = values.astype(np.int32)
                values = (values << 1) ^ (values >> 31)
            matrix[:, self._spans[field.name]] = values.astype(np.uint32)
        sizes = varints.sizes_of(matrix)
        for column, span in self._lengths.items():
            matrix[:, column] = sizes[:, span].sum(axis=1)
            sizes[:, column] = varints.sizes_of(matrix[:, column])
        return varints.write(matrix.ravel(), sizes.ravel())

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read messages of the one form, or those of any other."""
        if self._blobs:
            return self._blobs.read(data, out)
        try:
            return self._read(data, out)
        except (IrregularError, DecodeError):
            return self._careful.read(data, out)

    def _read(self, data: bytes, out: Batch | None) -> Batch:
        """Read the matrix, and check everything in it that is not a value."""
        values, starts = self._reader.read(data)
        samples, rest = divmod(len(values), self._columns)
        if rest:
            raise IrregularError(f"{len(values)} numbers in messages of {self._columns}")
        batch = blank(self.payload, samples, len(data), out)
        matrix = values.reshape(samples, self._columns)
        begins = starts[:-1].reshape(matrix.shape)
        # What follows the last number of a message is the next message.
        ends = starts[self._columns :: self._columns]
        for column, value in self._tags.items():
            _require(matrix[:, column] == value, f"not the tag {value:#x}")
        for column, span in self._lengths.items():
            stop = ends if span.stop == self._columns else begins[:, span.stop]
            length = stop - begins[:, span.start]
            _require(matrix[:, column] == length, "not the length of what follows")
        for field in self.payload.fields:
            numbers = matrix[:, self._spans[field.name]]
            if is_signed(field):
                signed = (numbers >> np.uint32(1)) ^ -(numbers & np.uint32(1))
                numbers = signed.view(np.int32)
            put(field, batch[field.name], numbers)
        return batch


def _require(right: NDArray[np.bool_], wrong: str) -> None:
    if not right.all():
        raise IrregularError(wrong)
