"""Parquet, Arrow IPC and TFRecord as they are in a file, and as rows."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any

from bench.errors import TableError
from bench.tables.columns import canonical
from bench.tables.paths import Dialect
from bench.tables.sources import BLOCKS, SAMPLE_BYTES, Source, Task, require, type_of
from hardware_profiles.numerals import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa


def _evenly(count: int, some: int) -> list[int]:
    """Return some of so many numbers, evenly spread.

    >>> _evenly(10, 3)
    [1, 5, 8]
    """
    return sorted({(2 * index + 1) * count // (2 * some) for index in range(min(count, some))})


def _chosen(sizes: list[int]) -> list[int]:
    """Return which parts of a file are measured, by their sizes."""
    if sum(sizes) <= SAMPLE_BYTES:
        return list(range(len(sizes)))
    some = max(1, SAMPLE_BYTES * len(sizes) // max(1, sum(sizes)))
    return _evenly(len(sizes), some)


def read_parquet(path: Path, size: int, _: Task) -> Source:
    """Read a Parquet file, or some of its row groups.

    Raises:
        ValueError: it cannot be read as rows; says where.

    """
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        metadata = file.metadata
        groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
        chosen = _chosen([group.total_byte_size for group in groups])
        if len(chosen) == len(groups) and size <= 2 * SAMPLE_BYTES:
            data, sampled = path.read_bytes(), None
            table = file.read(use_threads=False)
        else:
            table, sampled = _row_groups(file, chosen, path)
            compression = groups[0].column(0).compression if groups else "none"
            sink = io.BytesIO()
            known = {"UNCOMPRESSED": "none"}.get(compression, compression.lower())
            pq.write_table(table, sink, compression=known)
            data = sink.getvalue()
    return Source("parquet", data, canonical(table, narrow=False), Dialect(), sampled)


def _row_groups(file: Any, chosen: list[int], path: Path) -> tuple[pa.Table, str]:
    """Return some row groups, cut where even one is too large, and how they were chosen."""
    import pyarrow as pa

    parts = []
    for index in chosen:
        try:
            parts.append(file.read_row_group(index, use_threads=False))
        except (OSError, pa.ArrowException) as error:
            raise TableError(f"{path}: row group {index}: {error}; write it again") from error
    table = pa.concat_tables(parts)
    count = file.metadata.num_row_groups
    how = f"sampled: {counted(len(chosen), 'row group')} of {count:,}"
    if table.nbytes > 2 * SAMPLE_BYTES:
        rows = max(1, table.num_rows * SAMPLE_BYTES // table.nbytes)
        how += f", the first {rows:,} rows of these"
        table = table.slice(0, rows)
    return table, f"{how}, written again as they were compressed"


def read_arrow(path: Path, size: int, _: Task) -> Source:
    """Read an Arrow IPC file or stream, or blocks of its rows.

    Raises:
        ValueError: it cannot be read as rows; says where.

    """
    import pyarrow as pa

    with pa.memory_map(str(path)) as stream:
        try:
            reader = pa.ipc.open_file(stream)
        except pa.ArrowInvalid:
            stream.seek(0)
            reader = pa.ipc.open_stream(stream)
            table = reader.read_all()
        else:
            table = reader.read_all()
        table.validate(full=True)
        sampled = None
        if size <= 2 * SAMPLE_BYTES:
            data = path.read_bytes()
        else:
            rows = max(1, table.num_rows * SAMPLE_BYTES // max(1, table.nbytes))
            places = [start * table.num_rows // BLOCKS for start in range(BLOCKS)]
            table = pa.concat_tables(table.slice(at, max(1, rows // BLOCKS)) for at in places)
            sink = io.BytesIO()
            with pa.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table)
            data = sink.getvalue()
            sampled = f"sampled: {BLOCKS} blocks of rows, {table.num_rows:,} rows, written again"
        return Source("arrow", data, canonical(table, narrow=False), Dialect(), sampled)


def read_tfrecord(path: Path, size: int, task: Task) -> Source:
    """Read a TFRecord, or its first records.

    Raises:
        ValueError: it cannot be read as rows; says where.

    """
    import pyarrow as pa
    from google.protobuf.message import DecodeError as MessageError

    from formats.protobuf import tfrecord

    data, sampled = _records(path, size)
    example = tfrecord.example_class()
    parts: dict[str, list[Any]] = {}
    for row, record in enumerate(tfrecord.records(data)):
        try:
            features = example.FromString(record).features.feature
        except MessageError as error:
            raise ValueError(f"record {row} is no tf.train.Example: {error}") from error
        for name in features:
            values = parts.setdefault(name, [None] * row)
            kind = features[name].WhichOneof("kind")
            values.append(list(getattr(features[name], kind).value) if kind else [])
        for column in parts.values():
            column.extend([None] * (row + 1 - len(column)))
    require(task, list(parts))
    arrays = {name: _feature(name, values, task.types.get(name)) for name, values in parts.items()}
    rows = canonical(pa.table(arrays), narrow=False)
    return Source("tfrecord", data, rows, Dialect(), sampled)


def _feature(name: str, values: list[Any], kind: str | None) -> pa.Array:
    """Return a feature as a column: single values where every row has one."""
    import pyarrow as pa

    single = all(value is not None and len(value) == 1 for value in values)
    first = next((value[0] for value in values if value), None)
    own = {bytes: pa.binary(), float: pa.float32(), int: pa.int64()}.get(type(first), pa.binary())
    element = type_of(kind) if kind else own
    cells = [value[0] for value in values] if single else values
    try:
        return pa.array(cells, element if single else pa.list_(element))
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise ValueError(f"feature {name!r}: {error}") from error


def _records(path: Path, size: int) -> tuple[bytes, str | None]:
    """Return whole records of a file, all or the first of them."""
    if size <= SAMPLE_BYTES:
        return path.read_bytes(), None
    blocks: list[bytes] = []
    taken = 0
    with path.open("rb") as stream:
        for head in _heads(stream):
            (length,) = struct.unpack_from("<Q", head)
            if taken + length > SAMPLE_BYTES and taken:
                break
            blocks += [head, stream.read(min(length + 4, size))]
            taken += length
    return b"".join(blocks), f"sampled: the first {counted(len(blocks) // 2, 'record')}"


def _heads(stream: Any) -> Iterator[bytes]:
    while len(head := stream.read(12)) == 12:
        yield head
