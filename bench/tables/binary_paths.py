"""Paths of the binary formats: Parquet, Arrow, Protobuf and TFRecord."""

from __future__ import annotations

import io
import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.tables.columns import Arrays, Column, from_arrow, numbers, pack
from bench.tables.paths import Path
from formats.protobuf import tfrecord

if TYPE_CHECKING:
    import pyarrow as pa


class ParquetPyarrow(Path):
    """pyarrow.parquet, one thread."""

    name = "parquet/columns/pyarrow"
    compression = "none"

    def encode(self, table: pa.Table) -> bytes:
        """Write one row group."""
        import pyarrow.parquet as pq

        sink = io.BytesIO()
        pq.write_table(
            table, sink, compression=self.compression, row_group_size=max(1, table.num_rows)
        )
        return sink.getvalue()

    def decode(self, data: bytes) -> Arrays:
        """Read Arrow's columns, and copy each."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        names = [column.name for column in self.columns]
        table = pq.ParquetFile(pa.BufferReader(data)).read(names, use_threads=False)
        return from_arrow(self.columns, table)


class ParquetSnappy(ParquetPyarrow):
    """The same, compressed by Snappy."""

    name = "parquet/snappy/pyarrow"
    compression = "snappy"


class ParquetZstd(ParquetPyarrow):
    """The same, compressed by Zstandard."""

    name = "parquet/zstd/pyarrow"
    compression = "zstd"


class ParquetPandas(ParquetPyarrow):
    """pandas.read_parquet."""

    name = "parquet/columns/pandas"

    def decode(self, data: bytes) -> Arrays:
        """Read a DataFrame, and stack its columns."""
        import pandas as pd

        return _of_frame(self, pd.read_parquet(io.BytesIO(data)))


def _of_frame(path: Path, frame: Any) -> Arrays:
    """Return the tensors of a DataFrame."""
    arrays: Arrays = {}
    for column in path.columns:
        values = frame[column.name].to_numpy()
        if column.octets:
            arrays |= pack(column, map(_as_bytes, values))
        else:
            arrays[column.name] = numbers(column, np.stack(values) if column.width else values)
    return arrays


def _as_bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str) or value is None:
        return (value or "").encode()
    return json.dumps(value.tolist() if isinstance(value, np.ndarray) else value).encode()


class ParquetPolars(ParquetPyarrow):
    """polars.read_parquet, one thread."""

    name = "parquet/columns/polars"
    needs = "polars"

    def decode(self, data: bytes) -> Arrays:
        """Read a DataFrame, and copy its columns."""
        import polars as pl

        return from_arrow(
            self.columns, pl.read_parquet(io.BytesIO(data), parallel="none").to_arrow()
        )


class ArrowPyarrow(Path):
    """An Arrow IPC file by pyarrow."""

    name = "arrow/columns/pyarrow"
    compression: str | None = None

    def encode(self, table: pa.Table) -> bytes:
        """Write one record batch."""
        import pyarrow as pa

        sink = io.BytesIO()
        options = pa.ipc.IpcWriteOptions(compression=self.compression, use_threads=False)
        with pa.ipc.new_file(sink, table.schema, options=options) as writer:
            writer.write_table(table)
        return sink.getvalue()

    def decode(self, data: bytes) -> Arrays:
        """Open it, and copy its columns."""
        import pyarrow as pa

        options = pa.ipc.IpcReadOptions(use_threads=False)
        with pa.ipc.open_file(pa.BufferReader(data), options=options) as reader:
            return from_arrow(self.columns, reader.read_all())


class ArrowZstd(ArrowPyarrow):
    """The same, compressed by Zstandard."""

    name = "arrow/zstd/pyarrow"
    compression = "zstd"


class ArrowPolars(ArrowPyarrow):
    """polars.read_ipc."""

    name = "arrow/columns/polars"
    needs = "polars"

    def decode(self, data: bytes) -> Arrays:
        """Read a DataFrame, and copy its columns."""
        import polars as pl

        return from_arrow(self.columns, pl.read_ipc(io.BytesIO(data)).to_arrow())


def _cells(columns: Any, table: pa.Table) -> list[list[Any]]:
    """Return the values of each column, row by row; text as its bytes."""
    parts = []
    for column in columns:
        values = table.column(column.name).to_pylist()
        parts.append([value.encode() for value in values] if column.text else values)
    return parts


class ProtobufUpb(Path):
    """A message a row by Protobuf's own library; numbers as varints, or as they are."""

    name = "protobuf/messages/upb"

    @cached_property
    def _message(self) -> Any:
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

        kinds = descriptor_pb2.FieldDescriptorProto
        source = descriptor_pb2.FileDescriptorProto(name="table.proto", syntax="proto3")
        message = source.message_type.add(name="Row")
        for number, column in enumerate(self.columns, 1):
            message.field.add(
                name=f"c{number}",
                number=number,
                type=kinds.Type.Value(f"TYPE_{_kind(column).upper()}"),
                label=kinds.LABEL_REPEATED if column.width else kinds.LABEL_OPTIONAL,
            )
        pool = descriptor_pool.DescriptorPool()
        pool.Add(source)
        return message_factory.GetMessageClass(pool.FindMessageTypeByName("Row"))

    def encode(self, table: pa.Table) -> bytes:
        """Fill and write a message a row, each after its length."""
        from google.protobuf import proto

        stream = io.BytesIO()
        names = [f"c{number}" for number in range(1, len(self.columns) + 1)]
        for row in zip(*_cells(self.columns, table), strict=True):
            message = self._message(**dict(zip(names, row, strict=True)))
            proto.serialize_length_prefixed(message, stream)
        return stream.getvalue()

    def decode(self, data: bytes) -> Arrays:
        """Parse a message a row, and stack its fields."""
        from google.protobuf import proto

        stream = io.BytesIO(data)
        names = [f"c{number}" for number in range(1, len(self.columns) + 1)]
        parts: list[list[Any]] = [[] for _ in names]
        while (message := proto.parse_length_prefixed(self._message, stream)) is not None:
            for part, name in zip(parts, names, strict=True):
                part.append(getattr(message, name))
        return _stacked(self.columns, parts)


def _kind(column: Column) -> str:
    """Return the Protobuf type of a column."""
    if column.octets:
        return "bytes"
    dtype = np.dtype(column.dtype)
    if dtype.kind == "f":
        return "float" if dtype.itemsize == 4 else "double"
    return ("uint" if dtype.kind == "u" else "sint") + ("64" if dtype.itemsize == 8 else "32")


def _stacked(columns: Any, parts: list[list[Any]]) -> Arrays:
    arrays: Arrays = {}
    for column, values in zip(columns, parts, strict=True):
        if column.octets:
            arrays |= pack(column, values)
            continue
        dtype = np.float64 if column.dtype.startswith("float") else column.dtype
        stacked = np.stack([np.array(v) for v in values]) if column.width else np.array(values)
        arrays[column.name] = numbers(column, stacked.astype(dtype))
    return arrays


class TFRecordUpb(Path):
    """A tf.train.Example a row, checksums compared."""

    name = "protobuf/tfrecord/upb"

    def encode(self, table: pa.Table) -> bytes:
        """Fill and write an Example a row."""
        wide = [column.name for column in self.columns if column.dtype in {"float64", "uint64"}]
        if wide:
            raise ValueError(
                f"a TFRecord holds float32, int64 and bytes, not the {len(wide)} columns of "
                "float64 or uint64"
            )
        example = tfrecord.example_class()
        records = []
        for row in zip(*_cells(self.columns, table), strict=True):
            message = example()
            for column, value in zip(self.columns, row, strict=True):
                feature = message.features.feature[column.name]
                target = getattr(feature, _list(column))
                target.value.extend(value if column.width else [value])
            records.append(message.SerializeToString(deterministic=True))
        return tfrecord.frame(records)

    def decode(self, data: bytes) -> Arrays:
        """Parse an Example a row, and stack its features."""
        example = tfrecord.example_class()
        parts: list[list[Any]] = [[] for _ in self.columns]
        for record in tfrecord.records(data):
            features = example.FromString(record).features.feature
            for part, column in zip(parts, self.columns, strict=True):
                values = getattr(features[column.name], _list(column)).value
                part.append(values if column.width else values[0])
        return _stacked(self.columns, parts)


def _list(column: Column) -> str:
    if column.octets:
        return "bytes_list"
    return "float_list" if column.dtype.startswith("float") else "int64_list"


class TFRecordPackage(TFRecordUpb):
    """By the `tfrecord` package, which compares no checksums."""

    name = "protobuf/tfrecord/tfrecord"
    needs = "tfrecord"

    def decode(self, data: bytes) -> Arrays:
        """Take each Example's features as arrays, and stack them."""
        from tfrecord import example_pb2
        from tfrecord.reader import extract_feature_dict

        kinds = {"byte": "bytes_list", "float": "float_list", "int": "int64_list"}
        by_list = {value: name for name, value in kinds.items()}
        wanted = {column.name: by_list[_list(column)] for column in self.columns}
        parts: list[list[Any]] = [[] for _ in self.columns]
        position, view = 0, memoryview(data)
        while position < len(data):
            length, _ = tfrecord.HEAD.unpack_from(data, position)
            start = position + tfrecord.HEAD.size
            position = start + length + tfrecord.TAIL.size
            example = example_pb2.Example()
            example.ParseFromString(view[start : start + length])
            features = extract_feature_dict(example.features, wanted, kinds)
            for part, column in zip(parts, self.columns, strict=True):
                value = features[column.name]
                part.append(value if column.octets or column.width else value[0])
        return _stacked(self.columns, parts)
