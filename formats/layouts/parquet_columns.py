"""Parquet, canonical: a column a value of a narrow record, a column a field otherwise.

Scalars and short vectors (up to 64 values) are spread over one column a value, as a table has
them; a blob is a BYTE_ARRAY of its little-endian bytes; any other field is a LIST. Format 2.6, no
nulls, PLAIN encoding, uncompressed, page checksums, a row group a batch.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from formats.layouts.model import Layout

if TYPE_CHECKING:
    import pyarrow as pa

    from formats.payloads import Field, Payload

LAYOUT = Layout("parquet", "columns", canonical=True)

WRITE_OPTIONS: dict[str, Any] = {
    "version": "2.6",
    "compression": "none",
    "use_dictionary": False,
    "write_statistics": False,
    "write_page_checksum": True,
}
"""Options of pyarrow.parquet.write_table; every encoder of this layout passes all of them."""

_SPREAD_UP_TO = 64


def is_spread(field: Field) -> bool:
    """Tell whether a field lies in one column a value."""
    return not field.blob and field.width <= _SPREAD_UP_TO


def columns(field: Field) -> list[str]:
    """Return the names of a field's columns."""
    if not field.shape or not is_spread(field):
        return [field.name]
    return [f"{field.name}_{index}" for index in range(field.width)]


def schema(payload: Payload) -> pa.Schema:
    """Return the Arrow schema of the file."""
    import pyarrow as pa

    def column_type(field: Field) -> pa.DataType:
        if field.blob:
            return pa.binary()
        value = pa.from_numpy_dtype(field.dtype)
        if is_spread(field):
            return value
        return pa.list_(pa.field("element", value, nullable=False))

    return pa.schema(
        pa.field(name, column_type(field), nullable=False)
        for field in payload.fields
        for name in columns(field)
    )


def write(table: pa.Table) -> bytes:
    """Write a table as one file of this layout, all its rows in one row group."""
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(table, sink, row_group_size=max(1, table.num_rows), **WRITE_OPTIONS)
    return sink.getvalue()
