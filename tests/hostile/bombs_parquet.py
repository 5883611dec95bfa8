"""Parquet files made by hand to hurt."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from formats.parquet import layout as parquet
from formats.parquet.layout import Kind, ParquetLayout
from tests.hostile.parquet_bytes import signed, unsigned

if TYPE_CHECKING:
    from collections.abc import Callable

    from formats.codec import Layout
    from formats.payloads import Payload

    Bomb: TypeAlias = Callable[[Layout, Payload, int], bytes]

_GROUP_BYTES = 8_000_000
_BELIEVABLE = 7_000_000
_MANY = 20_000
_GROUPS = 12
_MB = 1_000_000


def _write(table: pa.Table, groups: int = 1, **options: Any) -> bytes:
    """Write a table as each of some row groups."""
    sink = io.BytesIO()
    canonical: dict[str, Any] = {
        "compression": "none", "use_dictionary": False, "write_page_checksum": True,
        "write_statistics": False,
    }  # fmt: skip
    with pq.ParquetWriter(sink, table.schema, **(canonical | options)) as writer:
        for _ in range(groups):
            writer.write_table(table, row_group_size=max(1, table.num_rows))
    return sink.getvalue()


def _constant(layout: Layout, payload: Payload, cell: bytes | None = None) -> pa.Table:
    """Return a table of a layout whose values are all alike, of some megabytes or one row."""
    assert isinstance(layout, ParquetLayout)
    rows = _GROUP_BYTES // payload.sample_bytes if cell is None else 1
    if layout.kind is Kind.PICTURE:
        column = pa.array([cell or b"\0" * payload.sample_bytes] * rows, pa.binary())
        return pa.table([column], schema=parquet.schema(layout, payload))
    zeros = {field.name: np.zeros((rows, *field.shape), field.dtype) for field in payload.fields}
    return parquet.to_table(layout, payload, zeros)


def of_cell(cell: Callable[[], bytes]) -> Bomb:
    """Return a file of one row, which is a picture."""
    return lambda layout, payload, scale: _write(_constant(layout, payload, cell()))


def _rows(**options: Any) -> Bomb:
    """Return a file of many rows that are all alike; of fewer, where they do not get small."""

    def build(layout: Layout, payload: Payload, scale: int) -> bytes:
        table = _constant(layout, payload)
        small = _MB // len(_write(table, **options))
        return _write(table, max(1, min(_GROUPS * scale, small)), **options)

    return build


def _believable(**options: Any) -> Bomb:
    """Return a file that a decoder must try to read: it unpacks to what is just allowed."""
    return lambda layout, payload, scale: _write(
        _constant(layout, payload).slice(0, _BELIEVABLE // payload.sample_bytes),
        2,
        compression="zstd",
        **options,
    )


def _typed(
    of: Callable[[int], pa.Array], groups: int = 1, *, nullable: bool = True, **options: Any
) -> Bomb:
    """Return a file with the right columns, each filled by a function of the scale."""

    def build(layout: Layout, payload: Payload, scale: int) -> bytes:
        assert isinstance(layout, ParquetLayout)
        names = parquet.all_columns(layout, payload)
        # Much in one column is enough.
        columns = [of(scale)] * (len(names) if groups == 1 else 1)
        fields = [
            pa.field(name, column.type, nullable=nullable)
            for name, column in zip(names, columns, strict=False)
        ]
        table = pa.table(columns, schema=pa.schema(fields))
        return _write(table, groups, store_schema=False, **options)

    return build


def _one_long_string(scale: int) -> pa.Array:
    long = pa.array([b"a" * _MB], pa.binary())
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(400 * scale, np.int32)), long)


def _struct(*fields: tuple[int, int, bytes]) -> bytes:
    """Return a Thrift struct of (field number, type, value)."""
    out, last = b"", 0
    for number, kind, value in fields:
        out += bytes([(number - last) << 4 | kind]) + value
        last = number
    return out + b"\0"


def _list(kind: int, items: list[bytes]) -> bytes:
    return bytes([0xF0 | kind]) + unsigned(len(items)) + b"".join(items)


def _text(text: bytes) -> bytes:
    return unsigned(len(text)) + text


_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12


def _element(name: bytes, children: int | None) -> bytes:
    """Return a required group, or a required number."""
    if children is None:
        return _struct((1, _I32, signed(1)), (3, _I32, signed(0)), (4, _BINARY, _text(name)))
    return _struct((3, _I32, signed(0)), (4, _BINARY, _text(name)), (5, _I32, signed(children)))


def _file(schema: list[bytes], rows: int = 0, groups: list[bytes] | None = None) -> bytes:
    footer = _struct(
        (1, _I32, signed(2)),
        (2, _LIST, _list(_STRUCT, schema)),
        (3, _I64, signed(rows)),
        (4, _LIST, _list(_STRUCT, groups or [])),
    )
    return b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def _schema(of: Callable[[int], list[bytes]]) -> Bomb:
    return lambda layout, payload, scale: _file(of(scale))


def _claimed_rows(rows: int) -> Bomb:
    """Return a file whose footer alone says how many rows it has."""

    def build(layout: Layout, payload: Payload, scale: int) -> bytes:
        assert isinstance(layout, ParquetLayout)
        names = parquet.all_columns(layout, payload)
        leaves = [_element(name.encode(), None) for name in names]
        return _file([_element(b"schema", len(leaves)), *leaves], rows)

    return build


def _column(values: int) -> bytes:
    """Return a column chunk of the least that it must say."""
    meta = _struct(
        (1, _I32, signed(1)),
        (2, _LIST, _list(_I32, [signed(0)])),
        (3, _LIST, _list(_BINARY, [b"\0"])),
        (4, _I32, signed(0)), (5, _I64, signed(values)), (6, _I64, signed(0)), (7, _I64, signed(0)),
        (9, _I64, signed(4)),
    )  # fmt: skip
    return _struct((2, _I64, signed(0)), (3, _STRUCT, meta))


def _group(columns: list[bytes]) -> bytes:
    return _struct((1, _LIST, _list(_STRUCT, columns)), (2, _I64, signed(0)), (3, _I64, signed(0)))


def _nested_lists(depth: int) -> pa.DataType:
    kind: pa.DataType = pa.int32()
    for _ in range(depth):
        kind = pa.list_(kind)
    return kind


_ROWS = 1_000_000
_FULL = 2_000_000

BOMBS: dict[str, Bomb] = {
    "constant rows, Zstandard": _rows(compression="zstd"),
    "constant rows, Snappy": _rows(compression="snappy"),
    "as many rows as are believable": _believable(),
    "as many rows as are believable, dictionary": _believable(use_dictionary=True),
    "constant rows, gzip": _rows(compression="gzip", compression_level=1),
    "constant rows, Brotli": _rows(compression="brotli"),
    "constant rows, dictionary": _rows(use_dictionary=True),
    "constant rows, dictionary, Zstandard": _rows(use_dictionary=True, compression="zstd"),
    "one long string, many rows": _typed(_one_long_string, use_dictionary=True),
    "one long string, as differences": _typed(
        lambda scale: pa.array([b"a" * _MB] * 40 * scale, pa.binary()),
        8,
        compression="zstd",
        column_encoding="DELTA_BYTE_ARRAY",
    ),
    "constant differences": _typed(
        lambda scale: pa.array(np.zeros(_FULL * scale, np.int32)),
        _GROUPS,
        column_encoding="DELTA_BINARY_PACKED",
    ),
    "nulls": _typed(lambda scale: pa.nulls(_FULL * scale, pa.int32()), _GROUPS),
    "nulls, binary": _typed(lambda scale: pa.nulls(_FULL * scale, pa.binary()), _GROUPS),
    "nulls of 16 bytes": _typed(lambda scale: pa.nulls(_FULL // 4 * scale, pa.binary(64)), _GROUPS),
    "null lists": _typed(lambda scale: pa.nulls(_ROWS * scale, pa.list_(pa.int32())), _GROUPS),
    "empty lists": _typed(
        lambda scale: pa.ListArray.from_arrays(
            pa.array(np.zeros(_ROWS * scale + 1, np.int32)), pa.array([], pa.int32())
        ),
        _GROUPS,
    ),
    "nested lists": _typed(lambda scale: pa.nulls(10, _nested_lists(60))),
    "booleans": _typed(lambda scale: pa.array(np.zeros(_FULL * scale, np.bool_)), _GROUPS),
    "a deep schema": _schema(
        lambda scale: [*[_element(b"", 1)] * _MANY * scale, _element(b"", None)]
    ),
    "a schema of 5,000 levels": _schema(
        lambda scale: [*[_element(b"a", 1)] * 5_000, _element(b"a", None)]
    ),
    "a wide schema": _schema(
        lambda scale: [
            _element(b"schema", _MANY * scale),
            *(_element(b"%x" % column, None) for column in range(_MANY * scale)),
        ]
    ),
    "a schema without names": _schema(
        lambda scale: [_element(b"", _MANY * scale), *[_element(b"", None)] * _MANY * scale]
    ),
    "a schema of fewer columns than said": _schema(lambda scale: [_element(b"", 2**31 - 1)]),
    "a schema of negative columns": _schema(lambda scale: [_element(b"", -1)]),
    "no schema": _schema(lambda scale: []),
    "10**9 rows of no pages": _claimed_rows(10**9),
    "100,000 rows of no pages": _claimed_rows(100_000),
    "-1 rows": _claimed_rows(-1),
    "2**63 - 1 rows": _claimed_rows(2**63 - 1),
    "many row groups": lambda layout, payload, scale: _file(
        [_element(b"schema", 0)], 0, [_group([])] * _MANY * scale
    ),
    "many columns": lambda layout, payload, scale: _file(
        [_element(b"schema", 0)], 0, [_group([_column(0)] * _MANY * scale)]
    ),
    "many columns of many values": lambda layout, payload, scale: _file(
        [_element(b"schema", 0)], 0, [_group([_column(2**40)] * _MANY * scale)]
    ),
    "wrong columns": lambda layout, payload, scale: _write(pa.table({"a": [1, 2]})),
    "no columns": lambda layout, payload, scale: _write(pa.table({})),
    "int64": _typed(lambda scale: pa.array([1, 2]), nullable=False),
    "large int64": _typed(lambda scale: pa.array([2**40, -(2**63)]), nullable=False),
    "uint64": _typed(lambda scale: pa.array([2**64 - 1, 0], pa.uint64()), nullable=False),
    "float64": _typed(lambda scale: pa.array([1.0, 2.0]), nullable=False),
    "float16": _typed(lambda scale: pa.array(np.ones(2, np.float16)), nullable=False),
    "nullable": _typed(lambda scale: pa.array([1, 2], pa.int32())),
    "nullable with nulls": _typed(lambda scale: pa.array([1, None], pa.int32())),
    "booleans, two": _typed(lambda scale: pa.array([True, False]), nullable=False),
    "text": _typed(lambda scale: pa.array(["1", "2"]), nullable=False),
    "no UTF-8": _typed(lambda scale: pa.array([b"\xff", b"2"]).cast(pa.string(), safe=False)),
    "timestamps": _typed(lambda scale: pa.array([1, 2], pa.timestamp("us")), nullable=False),
    "decimals": _typed(lambda scale: pa.array([1, 2], pa.decimal128(20, 2)), nullable=False),
    "structs": _typed(lambda scale: pa.array([{"a": 1}, {"a": 2}]), nullable=False),
    "maps": _typed(lambda scale: pa.array([[(1, 2)], []], pa.map_(pa.int32(), pa.int32()))),
    "short cells": _typed(lambda scale: pa.array([b"", b"a"]), nullable=False),
    "short lists": _typed(lambda scale: pa.array([[1], [2, 3]], pa.list_(pa.int32()))),
    "lists with nulls": _typed(lambda scale: pa.array([[1, None], None], pa.list_(pa.int32()))),
    "lists of lists": _typed(lambda scale: pa.array([[[1]], [[2]]])),
    "lists of text": _typed(lambda scale: pa.array([["a" * 300_000, *["b"] * 299]] * 2)),
    "lists of cells": _typed(lambda scale: pa.array([[b"a"], [b"b"]])),
    "page version 2": lambda layout, payload, scale: _write(
        _constant(layout, payload, b""), data_page_version="2.0", compression="zstd"
    ),
}
"""Each a function of layout, payload and scale."""
