"""CSV by the csv module, a row at a time: the naive way."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np

from formats import codec
from formats.csv import layout as table
from formats.csv.layout import CsvLayout
from formats.errors import DecodeError

if TYPE_CHECKING:
    from formats.payloads import Batch


class Codec(codec.Codec[CsvLayout]):
    """csv.reader and csv.writer."""

    def encode(self, batch: Batch) -> bytes:
        """Write a row a sample."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(table.header(self.payload, self.layout))
        writer.writerows(table.to_matrix(self.payload, self.layout, batch).tolist())
        return text.getvalue().encode("ascii")

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read a row a sample."""
        table.refuse_cut(data)
        reader = csv.reader(io.StringIO(data.decode("ascii"), newline=""), strict=True)
        header = table.header(self.payload, self.layout)
        if next(reader, None) != header:
            raise DecodeError(f"line 1 is not the header of {self.payload.name}")
        payload_columns = table.own_columns(self.layout)
        rows = []
        for number, row in enumerate(reader, 2):
            if len(row) != len(header):
                raise DecodeError(f"line {number}: {len(row)} columns, expected {len(header)}")
            try:
                rows.append([int(value) for value in row[payload_columns]])
            except ValueError as error:
                raise DecodeError(f"line {number}: {error}") from error
        columns = len(header[payload_columns])
        try:
            matrix = np.array(rows, dtype=np.int64).reshape(len(rows), columns)
        except OverflowError as error:
            line = next(n for n, row in enumerate(rows, 2) if not _fit(row))
            raise DecodeError(f"line {line}: a number does not fit 64 bits") from error
        return table.from_matrix(self.payload, matrix, len(data), out)


def _fit(row: list[int]) -> bool:
    return all(-(1 << 63) <= value < 1 << 63 for value in row)
