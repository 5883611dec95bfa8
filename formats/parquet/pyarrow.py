"""Parquet by pyarrow: Arrow's buffers copied once, page checksums verified, one thread."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from formats import codec
from formats.batch import blank, put
from formats.cells import as_bytes
from formats.errors import DecodeError
from formats.parquet import layout as parquet
from formats.parquet.guard import Guard
from formats.parquet.layout import Kind, ParquetLayout
from formats.parquet.pages import Pages

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from formats.parquet.pages import Footer
    from formats.payloads import Batch, Field, Payload

_DELTAS = {5: "DELTA_BINARY_PACKED", 6: "DELTA_LENGTH_BYTE_ARRAY", 7: "DELTA_BYTE_ARRAY"}
"""Encodings of differences by their numbers in the format."""


class Codec(codec.Codec[ParquetLayout]):
    """pyarrow.parquet.ParquetFile and write_table over Arrow arrays that share NumPy's memory.

    The careful path of the other decoders: reads columns in any order, of any type of whole
    numbers, lists or bytes, that may lack values and do not.

    A footer that was seen before is not parsed again, as with a file of many row groups that is
    opened once.
    """

    def __init__(self, payload: Payload, layout: ParquetLayout) -> None:
        super().__init__(payload, layout)
        self._schema = parquet.schema(layout, payload)
        self._columns = parquet.all_columns(layout, payload)
        self._names = self._columns if layout.others else None
        self._guard = Guard(parquet.elements(layout, payload), self._names, self._columns)
        self._known: Footer | None = None
        self._metadata: Any = None

    def encode(self, batch: Batch) -> bytes:
        """Wrap the arrays as Arrow columns and write them."""
        return parquet.write(self.layout, parquet.to_table(self.layout, self.payload, batch))

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read the file's columns and copy each into the batch."""
        footer = self._guard.check(data)
        batch = blank(self.payload, footer.rows, len(data), out)
        source = pq.ParquetFile(
            pa.BufferReader(data),
            metadata=self._metadata if footer is self._known else None,
            page_checksum_verification=True,
        )
        self._known, self._metadata = footer, source.metadata
        try:
            table = source.read(self._names, use_threads=False)
        except (OSError, pa.ArrowException) as error:
            reason = _encoding_reason(data, footer, error)
            if reason is None:
                raise
            raise DecodeError(reason) from error
        usual = table.schema.equals(self._schema)
        if table.num_rows != footer.rows:
            raise DecodeError(f"{table.num_rows} rows, the footer says {footer.rows}")
        for field in self.payload.fields:
            kind = self.layout.kind_of(self.payload, field)
            columns = [table.column(n) for n in parquet.columns(self.layout, self.payload, field)]
            if any(column.null_count for column in columns):
                raise DecodeError(f"{field.name}: some values are missing")
            if not usual:
                columns = [plain(field, kind, column) for column in columns]
                kind = Kind.BINARY if kind is Kind.FIXED else kind
            if kind is Kind.PICTURE:
                self._fill_pictures(field, columns[0], batch[field.name])
            else:
                fill(field, kind, columns, batch[field.name])
        return batch

    def _fill_pictures(
        self, field: Field, column: pa.ChunkedArray, target: NDArray[np.uint8]
    ) -> None:
        """Read each picture from Arrow's memory."""
        row = 0
        for chunk in column.chunks:
            edges, octets = _edges(chunk)
            for start, stop in pairwise(edges.tolist()):
                self.read_picture(field, octets[start:stop], target[row], row)
                row += 1


def _encoding_reason(data: bytes, footer: Footer, error: Exception) -> str | None:
    """Return which encodings pyarrow lacks, None if a file is refused for something else.

    By the pages themselves: pyarrow ends the process where it is asked for the encodings of a chunk
    that has statistics which its type cannot have.
    """
    pages = (page for chunk in footer.chunks for page in Pages().of(data, chunk))
    deltas = {_DELTAS[page.encoding] for page in pages if page.encoding in _DELTAS}
    if not deltas or "CRC" in str(error):
        return None
    return f"pyarrow does not read its {', '.join(sorted(deltas))} pages: {error}"


def plain(field: Field, kind: Kind, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of another type as one of those that `fill` takes, of the same values.

    Raises:
        DecodeError: its values are of another kind, or some are missing.

    """
    types = pa.types
    if types.is_null(column.type) and not len(column):
        return pa.chunked_array([], pa.int64())
    if kind is Kind.SPREAD:
        return _numbers(field, column)
    if kind in {Kind.LIST, Kind.FIXED_LIST}:
        if not (types.is_list(column.type) or types.is_large_list(column.type)) and (
            not types.is_fixed_size_list(column.type)
        ):
            raise DecodeError(f"{field.name}: {column.type} values, expected lists")
        if column.num_chunks:
            _numbers(field, pa.chunked_array([chunk.flatten() for chunk in column.chunks]))
        return column
    if types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kinds = (types.is_binary, types.is_large_binary, types.is_binary_view)
    if not types.is_fixed_size_binary(column.type) and not any(is_(column.type) for is_ in kinds):
        raise DecodeError(f"{field.name}: {column.type} values, expected bytes")
    return column.cast(pa.binary())


def _numbers(field: Field, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of whole numbers, none of which is missing."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not pa.types.is_integer(column.type):
        raise DecodeError(f"{field.name}: {column.type} values, expected whole numbers")
    if column.null_count:
        raise DecodeError(f"{field.name}: some values are missing")
    return column


def fill(field: Field, kind: Kind, columns: list[pa.ChunkedArray], target: NDArray[Any]) -> None:
    """Copy a field's columns, of any number of chunks, into its array."""
    rows = target.reshape(len(target), field.width)
    if kind is Kind.SPREAD:
        for index, column in enumerate(columns):
            put(field, rows[:, index], column.to_numpy())
        return
    first = 0
    for chunk in columns[0].chunks:
        some = target[first : first + len(chunk)]
        first += len(chunk)
        if kind in {Kind.LIST, Kind.FIXED_LIST}:
            _require(field, chunk.value_lengths(), field.width)
            put(field, some, chunk.flatten().to_numpy(), (first - len(chunk)) * field.width)
        else:
            octets = as_bytes(field, some)
            octets[:] = _cells(field, kind, chunk).reshape(octets.shape)


def _require(field: Field, lengths: pa.Array, width: int) -> None:
    """Check that all lists of a chunk have one length."""
    wrong = np.flatnonzero(lengths.to_numpy(zero_copy_only=False) != width)
    if len(wrong):
        raise DecodeError(
            f"row {wrong[0]}: {field.name} has {lengths[int(wrong[0])]} values, expected {width}"
        )


def _cells(field: Field, kind: Kind, chunk: pa.Array) -> NDArray[np.uint8]:
    """View the bytes of a chunk, flat, over Arrow's memory."""
    size = field.sample_bytes
    if kind is Kind.FIXED:
        data = chunk.buffers()[1]
        first = chunk.offset * size
    else:
        data = chunk.buffers()[2]
        edges, _ = _edges(chunk)
        _require(field, pa.array(np.diff(edges)), size)
        first = int(edges[0])
    if not len(chunk) or data is None:
        return np.empty(0, dtype=np.uint8)
    return np.frombuffer(data, np.uint8)[first : first + len(chunk) * size]


def _edges(chunk: pa.Array) -> tuple[NDArray[np.int32], memoryview]:
    """Return where each cell of a chunk of bytes begins, and the last ends; and the bytes."""
    _, offsets, data = chunk.buffers()
    edges = np.frombuffer(offsets, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
    return edges, memoryview(data or b"").cast("B")
