"""TFRecord by its bytes, a batch in a few NumPy calls.

Examples of one payload have one shape. Where all fields are numbers, every byte of an Example
belongs to a varint, names included, since a letter is one of a byte: a batch is a matrix of
varints. Where all are blobs, every record has one length: a matrix of bytes. Checksums are
google-crc32c's, a record at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from formats import codec
from formats.batch import blank, put
from formats.cells import as_bytes
from formats.errors import DecodeError
from formats.protobuf import tfrecord, tfrecord_upb
from formats.protobuf.layout import ProtobufLayout
from formats.wire import varints
from formats.wire.crc32c import crc32c
from formats.wire.integers import IrregularError
from formats.wire.records import Records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from formats.payloads import Batch, Field, Payload

    Form = "_Numbers | _Blobs"

_FIRST, _VALUE, _INT64_LIST = 0x0A, 0x12, 0x1A
"""Tags: of a message's first field, of the value of a map's entry, of a Feature's numbers."""

_NESTED = bytes([_FIRST])


class Codec(codec.Codec[ProtobufLayout]):
    """Examples of the payload's fields, in the order that the first record of a batch has.

    Records of another form (other features, an order that changes, numbers that are not packed,
    blobs beside numbers) go to the official library.
    """

    def __init__(self, payload: Payload, layout: ProtobufLayout) -> None:
        super().__init__(payload, layout)
        self._careful = tfrecord_upb.Codec(payload, layout)
        self._reader = varints.Reader(wide=True)
        blobs = {field.blob for field in payload.fields}
        plain = all(field.name.isascii() and len(field.name) < 0x80 for field in payload.fields)
        self._form: type[_Numbers | _Blobs] | None = None
        if plain and len(blobs) == 1:
            self._form = _Blobs if blobs == {True} else _Numbers
        self._keys = {field: _key(field) for field in payload.fields}
        self._forms: dict[tuple[str, ...], _Numbers | _Blobs] = {}

    def encode(self, batch: Batch) -> bytes:
        """Write the matrix, and a checksum of each of its rows."""
        fields = sorted(self.payload.fields, key=lambda field: field.name)
        if self._form is None:
            return self._careful.encode(batch)
        return self._form_of(fields).encode(batch)

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read records of one form, or those of any other."""
        if self._form is None or not data:
            return self._careful.read(data, out)
        places = {field: data.find(key) for field, key in self._keys.items()}
        form = self._form_of(sorted(places, key=places.__getitem__))
        try:
            return form.read(self.payload, data, out)
        except IrregularError:
            return self._careful.read(data, out)

    def _form_of(self, fields: Sequence[Field]) -> _Numbers | _Blobs:
        """Return what reads and writes Examples whose features are in an order."""
        order = tuple(field.name for field in fields)
        if order not in self._forms:
            assert self._form is not None  # noqa: S101  only then is it called
            self._forms[order] = self._form(fields, self._reader)
        return self._forms[order]


def _key(field: Field) -> bytes:
    """Return the name of a feature as it stands in an Example."""
    return bytes([_FIRST, len(field.name)]) + field.name.encode()


class _Blobs:
    """Records of one length: a matrix of bytes."""

    def __init__(self, fields: Sequence[Field], _: varints.Reader) -> None:
        self._fields = fields
        heads = []
        for field in fields:
            head = b""
            # From within: the bytes, a list of them, a feature, its entry.
            for tag in (_NESTED, _NESTED, _key(field) + bytes([_VALUE]), _NESTED):
                head = tag + _varint(len(head) + field.sample_bytes) + head
            heads.append(head)
        self._size = sum(map(len, heads)) + sum(field.sample_bytes for field in fields)
        example = _NESTED + _varint(self._size)
        self._size += len(example)
        self._head = tfrecord.head(self._size)
        heads[0] = self._head + example + heads[0]
        slots = [field.sample_bytes for field in fields]
        self._records = Records([*heads, b"", b""], [*slots, tfrecord.TAIL.size])

    def encode(self, batch: Batch) -> bytes:
        """Write the matrix, then the checksum of each row."""
        cells = [as_bytes(field, batch[field.name]) for field in self._fields]
        rows = self._records.build([*cells, np.zeros((len(cells[0]), 4), np.uint8)])
        start = len(self._head)
        sums = [crc32c(row[start : start + self._size].tobytes()) for row in rows]
        rows[:, self._records.slots[-1]] = tfrecord.masked_rows(sums)
        return rows.tobytes()

    def read(self, payload: Payload, data: bytes, out: Batch | None) -> Batch:
        """Compare what is the same in each record, and the checksums; then copy the blobs."""
        try:
            records = self._records.view(data)
        except DecodeError as error:
            raise IrregularError from error
        batch = blank(payload, len(records), len(data), out)
        starts = range(len(self._head), len(data), self._records.size)
        octets: Any = np.frombuffer(data, np.uint8)  # slices of it are not copied
        sums = [crc32c(octets[start : start + self._size]) for start in starts]
        tfrecord.compare(data, sums, [start + self._size for start in starts])
        for field, span in zip(self._fields, self._records.slots, strict=False):
            as_bytes(field, batch[field.name])[:] = records[:, span]
        return batch


class _Numbers:
    """Examples of numbers: a matrix of varints."""

    def __init__(self, fields: Sequence[Field], reader: varints.Reader) -> None:
        self._fields = fields
        self._reader = reader
        self._spans: dict[str, slice] = {}
        self._lengths: list[tuple[int, int]] = []  # column, and that where it no longer counts
        literals: dict[int, int] = {0: _FIRST}
        column = 2
        for field in fields:
            key = _key(field)
            entry, feature = column + 1, column + len(key) + 3
            literals[column] = _FIRST
            literals |= dict(enumerate(key, column + 2))
            literals |= {feature - 1: _VALUE, feature + 1: _INT64_LIST, feature + 3: _FIRST}
            first = feature + 5
            column = first + field.width
            self._spans[field.name] = slice(first, column)
            self._lengths += [(at, column) for at in (first - 1, first - 3, feature, entry)]
        self._lengths.append((1, column))
        self._columns = column
        self._literal_columns = np.array(list(literals), np.intp)
        self._literals = np.array(list(literals.values()), np.int64)

    def encode(self, batch: Batch) -> bytes:
        """Write the matrix, lengths from within, and frame its rows."""
        samples = len(batch[self._fields[0].name])
        matrix = np.empty((samples, self._columns), np.int64)
        matrix[:, self._literal_columns] = self._literals
        for field in self._fields:
            matrix[:, self._spans[field.name]] = batch[field.name].reshape(-1, field.width)
        lengths = [column for column, _ in self._lengths]
        matrix[:, lengths] = 0
        numbers = matrix.view(np.uint64)
        sizes = varints.sizes_of(numbers)
        for column, stop in self._lengths:
            numbers[:, column] = sizes[:, column + 1 : stop].sum(axis=1)
            sizes[:, column] = varints.sizes_of(numbers[:, column])
        written = varints.write(numbers.ravel(), sizes.ravel())
        ends = np.cumsum(sizes.sum(axis=1)).tolist()
        starts = [0, *ends[:-1]]
        return tfrecord.frame(written[start:end] for start, end in zip(starts, ends, strict=False))

    def read(self, payload: Payload, data: bytes, out: Batch | None) -> Batch:
        """Read the matrix, and check everything in it that is not a value."""
        rows = tfrecord.records(data)
        try:
            values, starts = self._reader.read(b"".join(rows))
        except DecodeError as error:
            raise IrregularError from error
        samples, rest = divmod(len(values), self._columns)
        if rest or samples != len(rows):
            raise IrregularError
        batch = blank(payload, samples, len(data), out)
        matrix = values.reshape(samples, self._columns)
        begins = starts[:-1].reshape(matrix.shape)
        # What follows the last number of an Example is the next one.
        ends = starts[self._columns :: self._columns]
        sizes = np.fromiter(map(len, rows), np.int64, samples)
        _require(np.array_equal(np.cumsum(sizes), ends))
        _require((matrix.take(self._literal_columns, axis=1) == self._literals).all())
        for column, stop in self._lengths:
            end = ends if stop == self._columns else begins[:, stop]
            _require(np.array_equal(matrix[:, column], end - begins[:, column + 1]))
        for field in self._fields:
            put(field, batch[field.name], matrix[:, self._spans[field.name]])
        return batch


def _require(right: Any) -> None:
    if not right:
        raise IrregularError


def _varint(value: int) -> bytes:
    numbers: NDArray[np.uint32] = np.array([value], dtype=np.uint32)
    return varints.write(numbers, varints.sizes_of(numbers))
