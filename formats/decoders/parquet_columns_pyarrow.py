"""Parquet by pyarrow: Arrow's buffers copied once, page checksums verified, one thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from formats.errors import DecodeError
from formats.layouts import parquet_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from formats.batch import Batch
    from formats.payloads import Field, Payload


class Codec:
    """pyarrow.parquet.ParquetFile and write_table over Arrow arrays that share NumPy's memory."""

    def __init__(self, payload: Payload) -> None:
        self._payload = payload
        self._schema = parquet_columns.schema(payload)

    def encode(self, batch: Batch) -> bytes:
        """Wrap the arrays as Arrow columns and write them."""
        columns: list[pa.Array] = []
        for field in self._payload.fields:
            rows = batch[field.name].reshape(-1, field.width)
            if parquet_columns.is_spread(field):
                columns.extend(pa.array(column) for column in rows.T.copy())
                continue
            width = field.sample_bytes if field.blob else field.width
            offsets = pa.array(np.arange(len(rows) + 1, dtype=np.int32) * np.int32(width))
            if field.blob:
                buffers = [None, offsets.buffers()[1], pa.py_buffer(np.ascontiguousarray(rows))]
                columns.append(pa.Array.from_buffers(pa.binary(), len(rows), buffers))
            else:
                kind = self._schema.field(field.name).type
                columns.append(pa.ListArray.from_arrays(offsets, pa.array(rows.ravel()), type=kind))
        return parquet_columns.write(pa.Table.from_arrays(columns, schema=self._schema))

    def decode(self, data: bytes) -> Batch:
        """Read the file's columns and copy each into the batch."""
        source = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
        table = source.read(use_threads=False)
        if not table.schema.equals(self._schema):
            raise DecodeError(f"parquet/columns: the columns are not those of {self._payload.name}")
        return {field.name: _array(field, table) for field in self._payload.fields}


def _array(field: Field, table: pa.Table) -> NDArray[Any]:
    rows = table.num_rows
    if parquet_columns.is_spread(field):
        out = np.empty((rows, field.width), dtype=field.dtype)
        for index, name in enumerate(parquet_columns.columns(field)):
            out[:, index] = table.column(name).to_numpy()
        return out.reshape(rows, *field.shape)
    flat = np.empty(rows * field.width, dtype=field.dtype)
    start = 0
    for chunk in table.column(field.name).chunks:
        values = _values(field, chunk)
        flat[start : start + len(values)] = values
        start += len(values)
    if start != len(flat):
        raise DecodeError(
            f"parquet/columns: {rows} samples of {field.name!r} need {len(flat)} values, "
            f"found {start}"
        )
    return flat.reshape(rows, *field.shape)


def _values(field: Field, chunk: pa.Array) -> NDArray[Any]:
    """View the values of a chunk, flat, over Arrow's own memory."""
    if not field.blob:
        return np.asarray(chunk.flatten().to_numpy())
    _, offsets, data = chunk.buffers()
    edges = np.frombuffer(offsets, dtype=np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
    if not len(chunk) or data is None:
        return np.empty(0, dtype=field.dtype)
    return np.frombuffer(data, dtype=np.uint8)[edges[0] : edges[-1]].view(field.dtype)
