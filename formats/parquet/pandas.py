"""Parquet by pandas: the naive way."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from formats import codec
from formats.batch import blank, put
from formats.cells import as_bytes
from formats.errors import DecodeError
from formats.parquet import layout as parquet
from formats.parquet import pyarrow
from formats.parquet.guard import Guard
from formats.parquet.layout import ColumnLayout, Kind, ParquetLayout

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from formats.payloads import Batch, Field, Payload


_UNREAD = (OSError, ValueError, TypeError, NotImplementedError, pa.ArrowException, DecodeError)
"""What comes of columns that pandas reads as something else, or not at all."""


class Codec(codec.Codec[ParquetLayout]):
    """pandas.read_parquet, and a table from a DataFrame.

    What pandas makes no plain columns of (an index, values that are missing) goes to pyarrow.
    """

    def __init__(self, payload: Payload, layout: ParquetLayout) -> None:
        super().__init__(payload, layout)
        self._schema = parquet.schema(layout, payload)
        self._careful = pyarrow.Codec(payload, layout)
        self._columns = parquet.all_columns(layout, payload)
        self._names = self._columns if layout.others else None
        self._guard = Guard(parquet.elements(layout, payload), self._names, self._columns)

    def encode(self, batch: Batch) -> bytes:
        """Make a DataFrame a batch and write it."""
        frame = to_frame(self.layout, self.payload, batch)
        table = pa.Table.from_pandas(frame, schema=self._schema, preserve_index=False)
        return parquet.write(self.layout, table.replace_schema_metadata())

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read a DataFrame a batch and stack its columns."""
        footer = self._guard.check(data)
        batch = blank(self.payload, footer.rows, len(data), out)
        return batch if self._read(data, batch) else self._careful.read(data, out)

    def _read(self, data: bytes, batch: Batch) -> bool:
        """Fill a batch from a file; return False if it does not make a DataFrame that holds one."""
        try:
            frame = pd.read_parquet(io.BytesIO(data), columns=self._names)
            rows = len(next(iter(batch.values())))
            if list(frame.columns) != self._columns or len(frame) != rows:
                return False
            for field in self.payload.fields:
                kind = self.layout.kind_of(self.payload, field)
                columns = frame[parquet.columns(self.layout, self.payload, field)]
                self._fill(field, kind, columns, batch[field.name])
        except _UNREAD:
            return False
        return True

    def _fill(self, field: Field, kind: Kind, columns: pd.DataFrame, target: NDArray[Any]) -> None:
        if kind is not Kind.PICTURE:
            fill(field, kind, columns, target)
            return
        for row, cell in enumerate(columns[field.name]):
            try:
                self.read_picture(field, cell, target[row], row)
            except (AttributeError, TypeError, ValueError) as error:
                raise DecodeError(f"row {row}: {field.name}: {error}") from error


def to_frame(layout: ColumnLayout, payload: Payload, batch: Batch) -> pd.DataFrame:
    """Return a batch as a DataFrame, its arrays row by row."""
    columns: dict[str, object] = {}
    for field in payload.fields:
        rows = batch[field.name].reshape(-1, field.width)
        match layout.kind_of(payload, field):
            case Kind.SPREAD:
                names = parquet.columns(layout, payload, field)
                columns.update(zip(names, rows.T, strict=True))
            case Kind.PICTURE if layout.pictures:
                cells = layout.pictures.write(field, rows)
                columns[field.name] = pd.Series(cells, dtype=object)
            case Kind.BINARY | Kind.FIXED:
                cells = [row.tobytes() for row in as_bytes(field, rows)]
                columns[field.name] = pd.Series(cells, dtype=object)
            case _:
                columns[field.name] = pd.Series(list(rows), dtype=object)
    return pd.DataFrame(columns)


def fill(field: Field, kind: Kind, columns: pd.DataFrame, target: NDArray[Any]) -> None:
    """Copy a field's columns into its array."""
    if kind is Kind.SPREAD:
        put(field, target, columns.to_numpy())
        return
    for row, cell in enumerate(columns[field.name]):
        try:
            values = np.frombuffer(cell, field.dtype) if kind in {Kind.BINARY, Kind.FIXED} else cell
            if len(values) != field.width:
                raise DecodeError(
                    f"row {row}: {field.name} has {len(values)} values, expected {field.width}"
                )
            put(field, target[row : row + 1], values, row * field.width)
        except (AttributeError, TypeError, ValueError) as error:
            raise DecodeError(f"row {row}: {field.name}: {error}") from error
