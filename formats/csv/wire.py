"""CSV by its bytes: all digits of a chunk of rows at once, and every byte accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from formats import codec
from formats.batch import blank
from formats.csv import layout as table
from formats.csv import stdlib
from formats.csv.layout import CsvLayout
from formats.wire.integers import IrregularError, Pattern

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from formats.payloads import Batch, Payload

_WIDE = 256
"""Columns from which a call a row is cheaper than a search for the ends of rows."""


def _dumps(array: NDArray[np.int64]) -> bytes:
    return orjson.dumps(array, option=orjson.OPT_SERIALIZE_NUMPY)


class Codec(codec.Codec[CsvLayout]):
    """`formats.wire.integers` to read; orjson, the fastest writer of integers, to write.

    Text that is CSV but not as the layout has it (quotes, spaces, another order) goes to the csv
    module, which reads it or says what is wrong with which line.
    """

    def __init__(self, payload: Payload, layout: CsvLayout) -> None:
        super().__init__(payload, layout)
        columns = table.header(payload, layout)
        self._header = ",".join(columns).encode() + b"\n"
        self._pattern = Pattern(b"", [b","] * (len(columns) - 1), b"\n")
        self._own = table.own_columns(layout)
        self._careful = stdlib.Codec(payload, layout)

    def encode(self, batch: Batch) -> bytes:
        """Write the table as a JSON array of arrays, whose rows are those of the CSV."""
        matrix = table.to_matrix(self.payload, self.layout, batch)
        if not len(matrix):
            return self._header
        if matrix.shape[1] < _WIDE:
            rows = _dumps(matrix)[2:-2].replace(b"],[", b"\n")
        else:
            rows = b"\n".join([_dumps(row)[1:-1] for row in matrix])
        return b"".join((self._header, rows, b"\n"))

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read chunks of rows into the fields."""
        try:
            return self._read(data, out)
        except IrregularError:
            return self._careful.read(data, out)

    def _read(self, data: bytes, out: Batch | None) -> Batch:
        if not data.startswith(self._header):
            raise IrregularError("another header")
        start = len(self._header)
        samples = data.count(b"\n", start)
        batch = blank(self.payload, samples, len(data), out)
        first = 0
        for rows in self._pattern.rows(data, start):
            table.fill_rows(self.payload, batch, first, rows[:, self._own])
            first += len(rows)
        return batch
