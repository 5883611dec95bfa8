"""Parquet by pandas: the naive way."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from formats import codec
from formats.batch import blank, put
from formats.cells import as_bytes, from_png, to_png
from formats.errors import DecodeError
from formats.parquet import layout as parquet
from formats.parquet import pyarrow
from formats.parquet.guard import Guard
from formats.parquet.layout import Kind, ParquetLayout

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from formats.payloads import Batch, Field, Payload


class Codec(codec.Codec[ParquetLayout]):
    """pandas.read_parquet, and a table from a DataFrame.

    What pandas makes no plain columns of (an index, values that are missing) goes to pyarrow.
    """

    def __init__(self, payload: Payload, layout: ParquetLayout) -> None:
        super().__init__(payload, layout)
        self._schema = parquet.schema(layout, payload)
        self._careful = pyarrow.Codec(payload, layout)
        self._guard = Guard(layout, payload)
        self._names = parquet.all_columns(layout, payload)
        self._numbers = [
            name
            for field in payload.fields
            if layout.kind_of(payload, field) is Kind.SPREAD
            for name in parquet.columns(layout, payload, field)
        ]

    def encode(self, batch: Batch) -> bytes:
        """Make a DataFrame a batch and write it."""
        columns: dict[str, object] = {}
        for field in self.payload.fields:
            names = parquet.columns(self.layout, self.payload, field)
            rows = batch[field.name].reshape(-1, field.width)
            match self.layout.kind_of(self.payload, field):
                case Kind.SPREAD:
                    columns.update(zip(names, rows.T, strict=True))
                case Kind.PNG:
                    columns[field.name] = pd.Series(to_png(field, rows), dtype=object)
                case Kind.BINARY | Kind.FIXED:
                    cells = [row.tobytes() for row in as_bytes(field, rows)]
                    columns[field.name] = pd.Series(cells, dtype=object)
                case _:
                    columns[field.name] = pd.Series(list(rows), dtype=object)
        frame = pd.DataFrame(columns)
        table = pa.Table.from_pandas(frame, schema=self._schema, preserve_index=False)
        return parquet.write(self.layout, table.replace_schema_metadata())

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read a DataFrame a batch and stack its columns."""
        footer = self._guard.check(data)
        batch = blank(self.payload, footer.rows, len(data), out)
        frame = self._frame(data)
        if frame is None:
            return self._careful.read(data, out)
        if len(frame) != footer.rows:
            raise DecodeError(f"{len(frame)} rows, the footer says {footer.rows}")
        for field in self.payload.fields:
            kind = self.layout.kind_of(self.payload, field)
            columns = frame[parquet.columns(self.layout, self.payload, field)]
            _fill(field, kind, columns, batch[field.name])
        return batch

    def _frame(self, data: bytes) -> pd.DataFrame | None:
        """Return the file as a DataFrame; None, if it is not one of plain columns."""
        names = self._names if self.layout.others else None
        try:
            frame = pd.read_parquet(io.BytesIO(data), columns=names)
        except (ValueError, TypeError, NotImplementedError, pa.ArrowException):
            return None
        if list(frame.columns) != self._names:
            return None
        kinds = {frame.dtypes[name].kind for name in self._numbers}
        plain = len(kinds) == 1 and all(isinstance(dtype, np.dtype) for dtype in frame.dtypes)
        return frame if plain else None


def _fill(field: Field, kind: Kind, columns: pd.DataFrame, target: NDArray[Any]) -> None:
    if kind is Kind.SPREAD:
        put(field, target, columns.to_numpy())
        return
    for row, cell in enumerate(columns[field.name]):
        try:
            if kind is Kind.PNG:
                from_png(field, cell, target[row], row)
                continue
            values = np.frombuffer(cell, field.dtype) if kind in {Kind.BINARY, Kind.FIXED} else cell
            if len(values) != field.width:
                raise DecodeError(
                    f"row {row}: {field.name} has {len(values)} values, expected {field.width}"
                )
            put(field, target[row : row + 1], values, row * field.width)
        except (AttributeError, TypeError, ValueError) as error:
            raise DecodeError(f"row {row}: {field.name}: {error}") from error
