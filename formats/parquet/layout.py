"""Parquet's layouts: format 2.6, no nulls, no statistics, a row group a batch.

Canonical: a column a value of a table, a column a field otherwise; a blob is a BYTE_ARRAY of its
little-endian bytes, any other tensor a LIST; PLAIN, uncompressed, page checksums.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from dataclasses import field as attribute
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

import numpy as np

from formats.cells import as_bytes
from formats.codec import Damage, Layout
from formats.payloads.sample import is_table
from formats.pictures.coding import is_picture
from formats.pictures.jpeg import JPEG as JPEG_PICTURES
from formats.pictures.png import PNG as PNG_PICTURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from formats.payloads import Batch, Field, Payload


class Kind(Enum):
    """How a field lies in columns."""

    SPREAD = auto()
    """A column a value."""
    BINARY = auto()
    """A BYTE_ARRAY a sample, its length before it."""
    FIXED = auto()
    """A FIXED_LEN_BYTE_ARRAY a sample."""
    LIST = auto()
    """A LIST a sample."""
    FIXED_LIST = auto()
    """A LIST a sample, which Arrow knows to be of one length."""
    PICTURE = auto()
    """A BYTE_ARRAY a sample, which holds a compressed picture."""


def _canonical_kind(payload: Payload, field: Field) -> Kind:
    if field.blob:
        return Kind.BINARY
    return Kind.SPREAD if is_table(payload) or not field.shape else Kind.LIST


def _has_numbers(payload: Payload) -> bool:
    return not any(field.blob for field in payload.fields)


@dataclass(frozen=True, kw_only=True)
class ColumnLayout(Layout):
    """A layout of columns, as Arrow has them in memory."""

    kind: Kind | None = None
    """How all fields are written; None: each in its canonical way."""
    others: int = 0
    """Columns that are not read, after each of the payload's."""

    def kind_of(self, payload: Payload, field: Field) -> Kind:
        """Return how a field lies in columns."""
        if self.kind is Kind.FIXED_LIST and not field.shape:
            return Kind.SPREAD
        return self.kind or _canonical_kind(payload, field)


@dataclass(frozen=True, kw_only=True)
class ParquetLayout(ColumnLayout):
    """A layout of Parquet."""

    format: str = "parquet"
    detects: Damage = Damage.CHECKSUM
    options: Mapping[str, Any] = attribute(default_factory=dict)
    """Those of `pyarrow.parquet.write_table` that differ from the canonical ones."""


COLUMNS = ParquetLayout(
    name="columns",
    summary="a column a value of a table, a column a field otherwise",
    canonical=True,
)
ROWS = ParquetLayout(
    name="rows",
    summary="a fixed-size row of bytes a field, no checksum",
    kind=Kind.FIXED,
    options={"write_page_checksum": False},
    detects=Damage.STRUCTURE,
)
LISTS = ParquetLayout(
    name="lists", summary="a column a field, fixed-size lists of numbers", kind=Kind.FIXED_LIST
)
WIDE = ParquetLayout(
    name="wide",
    summary="five times as many columns, of which the payload's are read",
    others=4,
    fits=is_table,
)
SNAPPY = ParquetLayout(
    name="snappy",
    summary="the canonical columns, compressed by Snappy",
    options={"compression": "snappy"},
)
ZSTD = ParquetLayout(
    name="zstd",
    summary="the canonical columns, compressed by Zstandard",
    options={"compression": "zstd"},
)
SPLIT = ParquetLayout(
    name="split",
    summary="numbers split by the place of their bytes, then Zstandard",
    options={"compression": "zstd", "use_byte_stream_split": True},
    fits=_has_numbers,
)
DICTIONARY = ParquetLayout(
    name="dictionary",
    summary="numbers as places in a dictionary of those there are",
    options={"use_dictionary": True},
    fits=_has_numbers,
)
PNG = ParquetLayout(
    name="png",
    summary="a PNG a picture, which loses no bit",
    kind=Kind.PICTURE,
    pictures=PNG_PICTURES,
    fits=is_picture,
)
JPEG = ParquetLayout(
    name="jpeg",
    summary="a JPEG of quality 90 a picture: lossy",
    kind=Kind.PICTURE,
    pictures=JPEG_PICTURES,
    fits=is_picture,
)

_OPTIONS: dict[str, Any] = {
    "version": "2.6",
    "compression": "none",
    "use_dictionary": False,
    "write_statistics": False,
    "write_page_checksum": True,
}


def columns(layout: ColumnLayout, payload: Payload, field: Field) -> list[str]:
    """Return the names of a field's columns."""
    if not field.shape or layout.kind_of(payload, field) is not Kind.SPREAD:
        return [field.name]
    return [f"{field.name}_{index}" for index in range(field.width)]


def all_columns(layout: ColumnLayout, payload: Payload) -> list[str]:
    """Return the names of the columns that hold the payload."""
    return [name for field in payload.fields for name in columns(layout, payload, field)]


def elements(layout: ColumnLayout, payload: Payload) -> int:
    """Return the number of elements of the schema: the root, columns, and two more for a list."""
    count = 1
    for field in payload.fields:
        lists = layout.kind_of(payload, field) in {Kind.LIST, Kind.FIXED_LIST}
        count += len(columns(layout, payload, field)) * ((3 if lists else 1) + layout.others)
    return count


def _type(layout: ColumnLayout, payload: Payload, field: Field) -> pa.DataType:
    import pyarrow as pa

    value = pa.from_numpy_dtype(field.dtype)
    element = pa.field("element", value, nullable=False)
    return {
        Kind.SPREAD: value,
        Kind.BINARY: pa.binary(),
        Kind.PICTURE: pa.binary(),
        Kind.FIXED: pa.binary(field.sample_bytes),
        Kind.LIST: pa.list_(element),
        Kind.FIXED_LIST: pa.list_(element, field.width),
    }[layout.kind_of(payload, field)]


def schema(layout: ColumnLayout, payload: Payload) -> pa.Schema:
    """Return the Arrow schema of the columns that hold the payload."""
    import pyarrow as pa

    return pa.schema(
        pa.field(name, _type(layout, payload, field), nullable=False)
        for field in payload.fields
        for name in columns(layout, payload, field)
    )


def to_table(layout: ColumnLayout, payload: Payload, batch: Batch) -> pa.Table:
    """Return a batch as an Arrow table, over the memory of arrays where a column is like one."""
    import pyarrow as pa

    arrays: list[pa.Array] = []
    for field in payload.fields:
        kind, rows = layout.kind_of(payload, field), batch[field.name].reshape(-1, field.width)
        type_ = _type(layout, payload, field)
        match kind:
            case Kind.SPREAD:
                arrays.extend(pa.array(column) for column in rows.T.copy())
            case Kind.PICTURE if layout.pictures:
                arrays.append(pa.array(layout.pictures.write(field, rows), pa.binary()))
            case Kind.FIXED:
                cells = pa.py_buffer(as_bytes(field, rows))
                arrays.append(pa.Array.from_buffers(type_, len(rows), [None, cells]))
            case Kind.BINARY:
                cells = pa.py_buffer(as_bytes(field, rows))
                offsets = _offsets(len(rows), field.sample_bytes).buffers()[1]
                arrays.append(pa.Array.from_buffers(type_, len(rows), [None, offsets, cells]))
            case Kind.LIST:
                offsets = _offsets(len(rows), field.width)
                flat = pa.array(np.ascontiguousarray(rows).ravel())
                arrays.append(pa.ListArray.from_arrays(offsets, flat, type=type_))
            case Kind.FIXED_LIST:
                flat = pa.array(np.ascontiguousarray(rows).ravel())
                arrays.append(pa.FixedSizeListArray.from_arrays(flat, type=type_))
    return pa.Table.from_arrays(arrays, schema=schema(layout, payload))


def _offsets(rows: int, width: int) -> pa.Array:
    import pyarrow as pa

    return pa.array(np.arange(rows + 1, dtype=np.int32) * np.int32(width))


def _with_others(layout: ParquetLayout, table: pa.Table) -> pa.Table:
    import pyarrow as pa

    arrays, fields = [], []
    rows = np.arange(table.num_rows, dtype=np.int32)
    for index, (name, column) in enumerate(zip(table.schema, table.columns, strict=True)):
        arrays.append(column)
        fields.append(name)
        for other in range(index * layout.others, (index + 1) * layout.others):
            arrays.append(pa.chunked_array([pa.array((rows * 4_827 + other) % 1_000_000)]))
            fields.append(pa.field(f"other_{other}", pa.int32(), nullable=False))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def write(layout: ParquetLayout, table: pa.Table) -> bytes:
    """Write a table as one file of the layout, all its rows in one row group."""
    import pyarrow.parquet as pq

    if layout.others:
        table = _with_others(layout, table)
    sink = io.BytesIO()
    options = _OPTIONS | dict(layout.options)
    pq.write_table(table, sink, row_group_size=max(1, table.num_rows), **options)
    return sink.getvalue()
