"""Parquet by Polars."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from formats import codec
from formats.batch import blank, put
from formats.errors import DecodeError
from formats.parquet import layout as parquet
from formats.parquet import pyarrow
from formats.parquet.guard import Guard
from formats.parquet.layout import Kind, ParquetLayout

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from formats.payloads import Batch, Field, Payload


_UNREAD = (
    *(pl.exceptions.PolarsError, pl.exceptions.PanicException),
    *(AttributeError, TypeError, ValueError, DecodeError),
)
"""What comes of columns that Polars reads as something else, or not at all."""


class Codec(codec.Codec[ParquetLayout]):
    """polars.read_parquet; Polars has no page checksums to write, and so this no encoder.

    What Polars makes no plain columns of (values that are missing, arrays) goes to pyarrow.
    """

    def __init__(self, payload: Payload, layout: ParquetLayout) -> None:
        super().__init__(payload, layout)
        self._careful = pyarrow.Codec(payload, layout)
        self._columns = parquet.all_columns(layout, payload)
        self._names = self._columns if layout.others else None
        self._guard = Guard(parquet.elements(layout, payload), self._names, self._columns)

    def encode(self, batch: Batch) -> bytes:
        """Refuse: what Polars writes is not this layout."""
        raise NotImplementedError

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read a DataFrame a batch and copy each column."""
        footer = self._guard.check(data)
        batch = blank(self.payload, footer.rows, len(data), out)
        return batch if self._read(data, batch) else self._careful.read(data, out)

    def _read(self, data: bytes, batch: Batch) -> bool:
        """Fill a batch from a file; return False if it does not make a DataFrame that holds one."""
        try:
            frame = pl.read_parquet(io.BytesIO(data), columns=self._columns, parallel="none")
            if frame.height != len(next(iter(batch.values()))):
                return False
            for field in self.payload.fields:
                kind = self.layout.kind_of(self.payload, field)
                columns = [
                    frame.get_column(n) for n in parquet.columns(self.layout, self.payload, field)
                ]
                if any(column.null_count() for column in columns):
                    return False
                fill(field, kind, columns, batch[field.name])
        except _UNREAD:
            return False
        return True


def fill(field: Field, kind: Kind, columns: list[pl.Series], target: NDArray[Any]) -> None:
    """Copy a field's columns into its array."""
    if kind is Kind.SPREAD:
        rows = target.reshape(len(target), field.width)
        for index, column in enumerate(columns):
            put(field, rows[:, index], column.to_numpy())
    elif kind is Kind.BINARY:
        for row, cell in enumerate(columns[0]):
            if len(cell) != field.sample_bytes:
                raise DecodeError(
                    f"row {row}: {field.name} has {len(cell)} bytes, expected {field.sample_bytes}"
                )
            put(field, target[row : row + 1], np.frombuffer(cell, dtype=field.dtype))
    else:
        lengths = columns[0].list.len().to_numpy()
        if (lengths != field.width).any():
            row = int(np.argmax(lengths != field.width))
            raise DecodeError(
                f"row {row}: {field.name} has {lengths[row]} values, expected {field.width}"
            )
        flat = columns[0].explode()
        if flat.null_count():
            raise DecodeError(f"{field.name}: some values are missing")
        put(field, target, flat.to_numpy())
