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
from formats.parquet.guard import Guard
from formats.parquet.layout import Kind, ParquetLayout

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from formats.payloads import Batch, Field, Payload


class Codec(codec.Codec[ParquetLayout]):
    """polars.read_parquet; writes with pyarrow, since Polars has no page checksums to write."""

    def __init__(self, payload: Payload, layout: ParquetLayout) -> None:
        super().__init__(payload, layout)
        names = parquet.all_columns(layout, payload) if layout.others else None
        self._guard = Guard(parquet.elements(layout, payload), names)

    def encode(self, batch: Batch) -> bytes:
        """Refuse: what Polars writes is not this layout."""
        raise NotImplementedError

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read a DataFrame a batch and copy each column."""
        try:
            return self._read(data, out)
        except pl.exceptions.PanicException as error:  # not an Exception
            raise DecodeError(str(error)) from None

    def _read(self, data: bytes, out: Batch | None) -> Batch:
        footer = self._guard.check(data)
        batch = blank(self.payload, footer.rows, len(data), out)
        names = parquet.all_columns(self.layout, self.payload)
        frame = pl.read_parquet(io.BytesIO(data), columns=names, parallel="none")
        if frame.height != footer.rows:
            raise DecodeError(f"{frame.height} rows, the footer says {footer.rows}")
        for field in self.payload.fields:
            kind = self.layout.kind_of(self.payload, field)
            columns = [
                frame.get_column(n) for n in parquet.columns(self.layout, self.payload, field)
            ]
            if any(column.null_count() for column in columns):
                raise DecodeError(f"{field.name}: some values are missing")
            _fill(field, kind, columns, batch[field.name])
        return batch


def _fill(field: Field, kind: Kind, columns: list[pl.Series], target: NDArray[Any]) -> None:
    if kind is Kind.SPREAD:
        rows = target.reshape(len(target), field.width)
        for index, column in enumerate(columns):
            put(field, rows[:, index], column.to_numpy())
    elif kind is Kind.BINARY:
        for row, cell in enumerate(columns[0]):
            put(field, target[row : row + 1], np.frombuffer(cell, dtype=field.dtype))
    else:
        lengths = columns[0].list.len().to_numpy()
        if (lengths != field.width).any():
            row = int(np.argmax(lengths != field.width))
            raise DecodeError(
                f"row {row}: {field.name} has {lengths[row]} values, expected {field.width}"
            )
        put(field, target, columns[0].explode().to_numpy())
