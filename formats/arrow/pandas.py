"""Arrow IPC by pandas: the naive way."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from formats import codec
from formats.arrow import guard, pyarrow
from formats.arrow.layout import ArrowLayout, write
from formats.batch import blank
from formats.errors import DecodeError
from formats.parquet import layout as columns
from formats.parquet.pandas import fill, to_frame

if TYPE_CHECKING:
    from formats.payloads import Batch, Payload

_UNREAD = (OSError, ValueError, TypeError, NotImplementedError, pa.ArrowException, DecodeError)
"""What comes of columns that pandas reads as something else, or not at all."""


class Codec(codec.Codec[ArrowLayout]):
    """pandas.read_feather, and a table from a DataFrame.

    What pandas makes no plain columns of (other types, values that are missing) goes to pyarrow.
    """

    def __init__(self, payload: Payload, layout: ArrowLayout) -> None:
        super().__init__(payload, layout)
        self._careful = pyarrow.Codec(payload, layout)
        self._schema = columns.schema(layout, payload)
        self._columns = columns.all_columns(layout, payload)

    def encode(self, batch: Batch) -> bytes:
        """Make a DataFrame a batch and write it."""
        frame = to_frame(self.layout, self.payload, batch)
        return write(pa.Table.from_pandas(frame, schema=self._schema, preserve_index=False))

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read a DataFrame a batch and stack its columns."""
        rows = guard.check(data, len(self._columns))
        batch = blank(self.payload, rows, len(data), out)
        try:
            with pa.ipc.open_file(pa.BufferReader(data)) as reader:
                if reader.schema != self._schema:
                    return self._careful.read(data, out)
                for index in range(reader.num_record_batches):
                    reader.get_batch(index).validate(full=True)
            frame = pd.read_feather(io.BytesIO(data), use_threads=False)
            if list(frame.columns) == self._columns and len(frame) == rows:
                for field in self.payload.fields:
                    names = columns.columns(self.layout, self.payload, field)
                    kind = self.layout.kind_of(self.payload, field)
                    fill(field, kind, frame[names], batch[field.name])
                return batch
        except _UNREAD:
            pass
        return self._careful.read(data, out)
