"""Arrow IPC by pyarrow: buffers of the file itself, copied once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from formats import codec
from formats.arrow import guard
from formats.arrow.layout import ArrowLayout, write
from formats.batch import blank
from formats.errors import DecodeError
from formats.parquet import layout as columns
from formats.parquet.layout import Kind
from formats.parquet.pyarrow import fill, plain

if TYPE_CHECKING:
    from formats.payloads import Batch, Payload


class Codec(codec.Codec[ArrowLayout]):
    """pyarrow.ipc.open_file; the careful path of the other decoders.

    Reads columns in any order, of any type of whole numbers, lists or bytes, in any number of
    record batches, compressed or not.
    """

    def __init__(self, payload: Payload, layout: ArrowLayout) -> None:
        super().__init__(payload, layout)
        self._schema = columns.schema(layout, payload)
        self._columns = columns.all_columns(layout, payload)

    def encode(self, batch: Batch) -> bytes:
        """Wrap the arrays as Arrow columns and write them."""
        return write(columns.to_table(self.layout, self.payload, batch))

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Open the file and copy each of its columns into the batch."""
        rows = guard.check(data, len(self._columns))
        batch = blank(self.payload, rows, len(data), out)
        reader = pa.ipc.open_file(
            pa.BufferReader(data), options=pa.ipc.IpcReadOptions(use_threads=False)
        )
        _require_columns(reader.schema, self._columns)
        batches = [reader.get_batch(index) for index in range(reader.num_record_batches)]
        for some in batches:
            some.validate(full=True)
        table = pa.Table.from_batches(batches, reader.schema)
        if table.num_rows != rows:
            raise DecodeError(f"{table.num_rows} rows, its metadata say {rows}")
        usual = table.schema.equals(self._schema)
        for field in self.payload.fields:
            kind = self.layout.kind_of(self.payload, field)
            parts = [table.column(n) for n in columns.columns(self.layout, self.payload, field)]
            if any(part.null_count for part in parts):
                raise DecodeError(f"{field.name}: some values are missing")
            if not usual:
                parts = [plain(field, kind, part) for part in parts]
                kind = Kind.BINARY if kind is Kind.FIXED else kind
            fill(field, kind, parts, batch[field.name])
        return batch


def _require_columns(schema: pa.Schema, names: list[str]) -> None:
    """Check that a file has the columns of the layout, each once."""
    if sorted(schema.names) == sorted(names):
        return
    wrong = [f"lacks {name!r}" for name in names if name not in schema.names][:1]
    wrong += [f"has {name[:40]!r}" for name in schema.names if name not in names][:1]
    raise DecodeError(
        f"the columns are others: the file {' and '.join(wrong) or 'has one of them twice'}"
    )
