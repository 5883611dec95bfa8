"""CSV by Arrow's reader, one thread, the types given."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from formats import codec
from formats.csv import layout as table
from formats.csv import stdlib
from formats.csv.layout import CsvLayout

if TYPE_CHECKING:
    from formats.payloads import Batch, Payload


class Codec(codec.Codec[CsvLayout]):
    """pyarrow.csv.read_csv and write_csv; what is not written so goes to the csv module."""

    def __init__(self, payload: Payload, layout: CsvLayout) -> None:
        super().__init__(payload, layout)
        self._careful = stdlib.Codec(payload, layout)
        self._names = table.names(payload)
        self._read = pc.ReadOptions(use_threads=False, block_size=1 << 22)
        self._convert = pc.ConvertOptions(
            column_types=dict.fromkeys(self._names, pa.int64()),
            include_columns=self._names,
            null_values=[],
        )
        self._write = pc.WriteOptions(quoting_style="none", quoting_header="none")

    def encode(self, batch: Batch) -> bytes:
        """Write a column a value."""
        matrix = np.ascontiguousarray(table.to_matrix(self.payload, self.layout, batch).T)
        names = table.header(self.payload, self.layout)
        sink = io.BytesIO()
        pc.write_csv(pa.table(list(matrix), names=names), sink, self._write)
        return sink.getvalue()

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read the payload's columns and copy each into the rows."""
        table.refuse_cut(data)
        if not table.after_header(self.payload, self.layout, data):
            return self._careful.read(data, out)
        try:
            arrow_table = pc.read_csv(
                pa.BufferReader(data), read_options=self._read, convert_options=self._convert
            )
        except pa.ArrowInvalid:
            return self._careful.read(data, out)
        matrix = np.empty((arrow_table.num_rows, len(self._names)), dtype=np.int64)
        for index, column in enumerate(arrow_table.columns):
            matrix[:, index] = column.to_numpy()
        return table.from_matrix(self.payload, matrix, len(data), out)
