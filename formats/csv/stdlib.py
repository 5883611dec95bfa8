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
    """csv.reader and csv.writer; the careful path of the other decoders.

    Reads the columns in any order, quotes, spaces around values, and carriage returns.
    """

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
        text = table.text_of(data)
        reader = table.rows_of(text)
        header = table.header(self.payload, self.layout)
        own = table.own_columns(self.layout)
        first = next(reader, [])
        order: list[int] | None = None
        if first != header:
            places = table.columns_of(self.payload, header, first)
            order = [places[name] for name in header[own]]
        number_of = int if _plain(text) else _strict_int
        rows = []
        for number, row in enumerate(reader, 2):
            if len(row) != len(header):
                raise DecodeError(f"line {number}: {len(row)} columns, expected {len(header)}")
            try:
                cells = row[own] if order is None else [row[column] for column in order]
                rows.append([number_of(cell) for cell in cells])
            except ValueError as error:
                raise DecodeError(f"line {number}: {error}") from error
        try:
            matrix = np.array(rows, dtype=np.int64).reshape(len(rows), len(header[own]))
        except OverflowError as error:
            line = next(n for n, row in enumerate(rows, 2) if not _fit(row))
            raise DecodeError(f"line {line}: a number does not fit 64 bits") from error
        return table.from_matrix(self.payload, matrix, len(data), out)


def _plain(text: str) -> bool:
    """Tell that no value holds what Python alone takes for a part of a number."""
    return text.isascii() and text.find("_", text.find("\n")) < 0


def _strict_int(cell: str) -> int:
    """Return a number written in the digits 0 to 9 alone."""
    if not cell.isascii() or "_" in cell:
        raise ValueError(f"invalid literal for int() with base 10: {cell!r}")
    return int(cell)


def _fit(row: list[int]) -> bool:
    return all(-(1 << 63) <= value < 1 << 63 for value in row)
