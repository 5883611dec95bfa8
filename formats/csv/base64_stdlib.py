"""CSV of base64 by the csv and base64 modules, a row at a time."""

from __future__ import annotations

import base64
import csv
import io
import sys
from typing import TYPE_CHECKING

from formats import codec
from formats.cells import from_cells, to_cells
from formats.csv import layout as table
from formats.csv.layout import CsvLayout
from formats.errors import DecodeError

if TYPE_CHECKING:
    from formats.payloads import Batch

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


class Codec(codec.Codec[CsvLayout]):
    """csv.reader, and base64.b64decode a cell; the careful path of the other decoder."""

    def encode(self, batch: Batch) -> bytes:
        """Write a row a sample."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.payload.field_names)
        for row in to_cells(self.payload, batch):
            writer.writerow([base64.b64encode(cell).decode("ascii") for cell in row])
        return text.getvalue().encode("ascii")

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read a row a sample."""
        reader = table.rows_of(table.text_of(data))
        names = list(self.payload.field_names)
        order = list(table.columns_of(self.payload, names, next(reader, [])).values())
        rows = []
        for number, row in enumerate(reader, 2):
            if len(row) != len(names):
                raise DecodeError(f"line {number}: {len(row)} columns, expected {len(names)}")
            try:
                rows.append([base64.b64decode(row[column], validate=True) for column in order])
            except ValueError as error:
                raise DecodeError(f"line {number}: {error}") from error
        return from_cells(self.payload, rows, len(data), out)
