"""This project's own decoders as paths, where a table is one of whole numbers.

A table whose columns are whole numbers of at most 32 bits is a payload like any other, so that each
layout and its fastest decoder of our own hold it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.tables.columns import Arrays, Column, from_arrow
from bench.tables.paths import Dialect, Path
from formats.payloads import Field, Payload

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from formats.payloads.stream import Stream


def payload_of(columns: Sequence[Column]) -> Payload | None:
    """Return a table's columns as a payload; None where they are none."""
    for column in columns:
        dtype = np.dtype(column.dtype)
        whole = not column.octets and dtype.kind in "iu" and dtype.itemsize <= 4
        if not (whole and column.name.isidentifier() and column.name.isascii()):
            return None
    fields = tuple(
        Field(column.name, column.dtype, (column.width,) if column.width else ())
        for column in columns
    )

    def fill(_: Stream, samples: int) -> Arrays:
        return {field.name: np.zeros((samples, *field.shape), field.dtype) for field in fields}

    return Payload("table", 1, fields, fill)


class Registered(Path):
    """A decoder of the registry."""

    def __init__(self, codec: str, payload: Payload, columns: Sequence[Column]) -> None:
        super().__init__(columns, Dialect())
        from formats.registry import bind, decoder

        self.name = codec
        self._codec = bind(decoder(codec), payload)

    def encode(self, table: pa.Table) -> bytes:
        """Write a batch of all rows."""
        arrays = from_arrow(self.columns, table)
        return self._codec.encode(arrays)

    def decode(self, data: bytes) -> Arrays:
        """Read it back."""
        return self._codec.decode(data)


def registered(columns: Sequence[Column], dialect: Dialect) -> Iterator[Path]:
    """Yield this project's own decoder of each layout that holds a table."""
    from formats.registry import DECODERS, LAYOUTS

    payload = payload_of(columns)
    if payload is None or dialect != Dialect():
        return
    for codec, entry in DECODERS.items():
        if entry.name == "wire" and LAYOUTS[entry.layout].fits(payload):
            yield Registered(codec, payload, columns)


def all_paths(columns: Sequence[Column], dialect: Dialect) -> dict[str, Path]:
    """Return every path by its name."""
    from bench.tables import binary_paths as binary
    from bench.tables import paths as text

    kinds: tuple[type[Any], ...] = (
        text.CsvPyarrow, text.CsvPandas, text.CsvPolars, text.CsvStdlib,
        text.JsonOrjson, text.JsonPyarrow, text.JsonStdlib,
        binary.ParquetPyarrow, binary.ParquetSnappy, binary.ParquetZstd, binary.ParquetPandas,
        binary.ParquetPolars, binary.ArrowPyarrow, binary.ArrowZstd, binary.ArrowPolars,
        binary.ProtobufUpb, binary.TFRecordUpb, binary.TFRecordPackage,
    )  # fmt: skip
    listed = [kind(columns, dialect) for kind in kinds if kind.installed()]
    return {path.name: path for path in (*listed, *registered(columns, dialect))}
