"""Parquet by pyarrow: Arrow's buffers copied once, page checksums verified, one thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from formats import codec
from formats.batch import blank, put
from formats.cells import as_bytes, from_png
from formats.errors import DecodeError
from formats.parquet import layout as parquet
from formats.parquet.guard import Guard
from formats.parquet.layout import Kind, ParquetLayout

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from formats.parquet.pages import Footer
    from formats.payloads import Batch, Field, Payload


class Codec(codec.Codec[ParquetLayout]):
    """pyarrow.parquet.ParquetFile and write_table over Arrow arrays that share NumPy's memory.

    A footer that was seen before is not parsed again, as with a file of many row groups that is
    opened once.
    """

    def __init__(self, payload: Payload, layout: ParquetLayout) -> None:
        super().__init__(payload, layout)
        self._schema = parquet.schema(layout, payload)
        self._names = parquet.all_columns(layout, payload) if layout.others else None
        self._guard = Guard(parquet.elements(layout, payload), self._names)
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
        table = source.read(self._names, use_threads=False)
        if not table.schema.equals(self._schema):
            raise DecodeError(f"the columns are not those of {self.payload.name}")
        if table.num_rows != footer.rows:
            raise DecodeError(f"{table.num_rows} rows, the footer says {footer.rows}")
        for field in self.payload.fields:
            kind = self.layout.kind_of(self.payload, field)
            columns = [table.column(n) for n in parquet.columns(self.layout, self.payload, field)]
            if any(column.null_count for column in columns):
                raise DecodeError(f"{field.name}: some values are missing")
            _fill(field, kind, columns, batch[field.name])
        return batch


def _fill(field: Field, kind: Kind, columns: list[pa.ChunkedArray], target: NDArray[Any]) -> None:
    rows = target.reshape(len(target), field.width)
    if kind is Kind.SPREAD:
        for index, column in enumerate(columns):
            put(field, rows[:, index], column.to_numpy())
        return
    first = 0
    for chunk in columns[0].chunks:
        some = target[first : first + len(chunk)]
        first += len(chunk)
        if kind is Kind.PNG:
            for row, cell in enumerate(chunk):
                from_png(field, cell.as_py(), some[row], row)
        elif kind in {Kind.LIST, Kind.FIXED_LIST}:
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
        _, offsets, data = chunk.buffers()
        edges = np.frombuffer(offsets, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
        _require(field, pa.array(np.diff(edges)), size)
        first = int(edges[0])
    if not len(chunk) or data is None:
        return np.empty(0, dtype=np.uint8)
    return np.frombuffer(data, np.uint8)[first : first + len(chunk) * size]
