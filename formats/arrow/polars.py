"""Arrow IPC by Polars."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from formats import codec
from formats.arrow import guard, pyarrow
from formats.arrow.layout import ArrowLayout
from formats.batch import blank
from formats.errors import DecodeError
from formats.parquet import layout as columns
from formats.parquet.polars import fill

if TYPE_CHECKING:
    from formats.payloads import Batch, Payload

_UNREAD = (
    *(pl.exceptions.PolarsError, pl.exceptions.PanicException),
    *(AttributeError, TypeError, ValueError, DecodeError),
)
"""What comes of columns that Polars reads as something else, or not at all."""


class Codec(codec.Codec[ArrowLayout]):
    """polars.read_ipc; what Polars writes has other types, and so this is no encoder.

    Files of another schema go to pyarrow.
    """

    def __init__(self, payload: Payload, layout: ArrowLayout) -> None:
        super().__init__(payload, layout)
        self._careful = pyarrow.Codec(payload, layout)
        self._schema = columns.schema(layout, payload)

    def encode(self, batch: Batch) -> bytes:
        """Refuse: what Polars writes is not this layout."""
        raise NotImplementedError

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read a DataFrame a batch and copy each column."""
        rows = guard.check(data, len(self._schema))
        batch = blank(self.payload, rows, len(data), out)
        with pa.ipc.open_file(pa.BufferReader(data)) as reader:
            if reader.schema != self._schema:
                return self._careful.read(data, out)
            for index in range(reader.num_record_batches):
                reader.get_batch(index).validate(full=True)
        try:
            frame = pl.read_ipc(io.BytesIO(data))
            if frame.height != rows:
                return self._careful.read(data, out)
            for field in self.payload.fields:
                names = columns.columns(self.layout, self.payload, field)
                kind = self.layout.kind_of(self.payload, field)
                fill(field, kind, [frame.get_column(name) for name in names], batch[field.name])
        except _UNREAD:
            return self._careful.read(data, out)
        return batch
