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


class Codec(codec.Codec[ParquetLayout]):
    """polars.read_parquet, which writes no page checksums and so has no encoder here.

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
        frame = self._frame(data)
        if frame is None:
            return self._careful.read(data, out)
        if frame.height != footer.rows:
            raise DecodeError(f"{frame.height} rows, the footer says {footer.rows}")
        for field in self.payload.fields:
            kind = self.layout.kind_of(self.payload, field)
            columns = [
                frame.get_column(n) for n in parquet.columns(self.layout, self.payload, field)
            ]
            _fill(field, kind, columns, batch[field.name])
        return batch

    def _frame(self, data: bytes) -> pl.DataFrame | None:
        """Return the file as a DataFrame; None, if it is not one of plain columns."""
        try:
            frame = pl.read_parquet(io.BytesIO(data), columns=self._columns, parallel="none")
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
            return None  # a panic is not an Exception
        plain = all(
            _is_plain(self.layout.kind_of(self.payload, field), frame.get_column(name))
            for field in self.payload.fields
            for name in parquet.columns(self.layout, self.payload, field)
        )
        return frame if plain else None


def _is_plain(kind: Kind, column: pl.Series) -> bool:
    """Tell whether a column is one that `_fill` takes, and lacks no value."""
    dtype = column.dtype
    if column.null_count():
        return False
    if kind is Kind.SPREAD:
        return bool(dtype.is_integer())
    if kind is Kind.BINARY:
        return bool(dtype == pl.Binary)
    return isinstance(dtype, pl.List) and bool(dtype.inner.is_integer())


def _fill(field: Field, kind: Kind, columns: list[pl.Series], target: NDArray[Any]) -> None:
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
