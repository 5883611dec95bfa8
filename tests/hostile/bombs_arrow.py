"""Arrow IPC files made by hand to hurt."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from formats.parquet import layout as columns
from tests.hostile import corpus

if TYPE_CHECKING:
    from collections.abc import Callable

    from formats.codec import Layout
    from formats.payloads import Payload

    Bomb: TypeAlias = Callable[[Layout, Payload, int], bytes]

_MB = 1_000_000


def _write(table: pa.Table, batches: int = 1, **options: Any) -> bytes:
    sink = io.BytesIO()
    settings = pa.ipc.IpcWriteOptions(**options)
    with pa.ipc.new_file(sink, table.schema, options=settings) as writer:
        for _ in range(batches):
            writer.write_table(table)
    return sink.getvalue()


def _table(layout: Layout, payload: Payload, samples: int) -> pa.Table:
    assert isinstance(layout, columns.ColumnLayout)
    batch = {
        name: array if not samples else array.repeat(samples, axis=0)
        for name, array in payload.generate("bomb", 1).items()
    }
    return columns.to_table(layout, payload, {name: array * 0 for name, array in batch.items()})


def _packed(layout: Layout, payload: Payload, scale: int) -> bytes:
    """Zeros: they take a thousandth of what they unpack to."""
    samples = 300 * _MB * scale // payload.sample_bytes
    return _write(_table(layout, payload, samples), compression="zstd")


def _claims(value: int) -> Bomb:
    """Return a bomb whose first packed buffer claims to be of a size."""

    def build(layout: Layout, payload: Payload, scale: int) -> bytes:
        table = _table(layout, payload, 50)
        data = _write(table, compression="lz4")
        (size,) = struct.unpack_from("<i", data, len(data) - 10)
        start = data.index(b"\x04\x22\x4d\x18") - 8  # LZ4's own frame, after the size
        assert size > 0
        return data[:start] + struct.pack("<q", value) + data[start + 8 :]

    return build


def _blocks(layout: Layout, payload: Payload, scale: int) -> bytes:
    """A footer that names the same record batch many times."""
    data = _write(_table(layout, payload, 1), 2)
    (size,) = struct.unpack_from("<i", data, len(data) - 10)
    footer = data[len(data) - 10 - size : -10]
    first = struct.unpack_from("<q", footer, footer.index(struct.pack("<I", 2)) + 4)
    assert first
    block = footer[-48:-24]
    many = 100_000 * scale
    place = len(footer) - 52
    grown = footer[:place] + struct.pack("<I", many) + block * many
    return data[: len(data) - 10 - size] + grown + struct.pack("<i", len(grown)) + b"ARROW1"


def _nested(layout: Layout, payload: Payload, scale: int) -> bytes:
    kind: pa.DataType = pa.int32()
    for _ in range(60):
        kind = pa.list_(kind)
    return _write(pa.table({payload.field_names[0]: pa.array([], kind)}))


def _as(kind: pa.DataType, value: Any) -> Bomb:
    """Return a bomb of columns of another type."""

    def build(layout: Layout, payload: Payload, scale: int) -> bytes:
        names = _table(layout, payload, 1).column_names
        return _write(pa.table({name: pa.array([value] * 3, kind) for name in names}))

    return build


def _rows(layout: Layout, payload: Payload, scale: int) -> bytes:
    """A column of nulls takes no bytes, however long it is."""
    return _write(pa.table({payload.field_names[0]: pa.nulls(100 * _MB * scale)}))


def _dictionary(layout: Layout, payload: Payload, scale: int) -> bytes:
    cell = pa.array([b"\0" * 50_000]).dictionary_encode()
    many = pa.DictionaryArray.from_arrays(pa.array([0] * 30_000 * scale), cell.dictionary)
    return _write(pa.table({payload.field_names[0]: many}))


BOMBS: dict[str, Bomb] = {
    "packed zeros": _packed,
    "a buffer that claims 2**62 bytes": _claims(1 << 62),
    "a buffer that claims 2 GB": _claims(2_000_000_000),
    "a buffer that claims less than nothing": _claims(-9),
    "one record batch many times": _blocks,
    "deep lists": _nested,
    "nulls": _as(pa.null(), None),
    "fractions": _as(pa.float64(), 1.5),
    "text": _as(pa.string(), "1"),
    "views": _as(pa.binary_view(), b"1"),
    "structs": _as(pa.struct({"a": pa.int8()}), {"a": 1}),
    "rows of nothing": _rows,
    "a dictionary": _dictionary,
    "many columns": lambda layout, payload, scale: _write(
        pa.table({f"c{n}": pa.array([], pa.int8()) for n in range(20_000 * scale)})
    ),
    "many small batches": lambda layout, payload, scale: _write(
        _table(layout, payload, 1), 2_000 * scale
    ),
    "a stream": lambda layout, payload, scale: corpus.valid(layout.id, payload.name, 2)[8:],
    "a long footer": lambda layout, payload, scale: (
        b"ARROW1\0\0" + b"\0" * 40 + b"\xff\xff\xff\x7f" + b"ARROW1"
    ),
}
