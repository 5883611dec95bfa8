"""CSV by NumPy's text parser, a batch in one call.

A table of integers is one long list once its line ends are commas too, and np.fromstring reads
that faster than a CSV reader that pays for every column of a wide table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from formats import codec
from formats.csv import layout as table
from formats.csv.layout import CsvLayout
from formats.errors import DecodeError

if TYPE_CHECKING:
    from formats.payloads import Batch


class Codec(codec.Codec[CsvLayout]):
    """np.fromstring and np.savetxt."""

    def encode(self, batch: Batch) -> bytes:
        """Write the table with one format for all its values."""
        import io

        text = io.BytesIO()
        np.savetxt(
            text,
            table.to_matrix(self.payload, self.layout, batch),
            fmt="%d",
            delimiter=",",
            header=",".join(table.header(self.payload, self.layout)),
            comments="",
        )
        return text.getvalue()

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read all values with one call, and check each row's length."""
        body = data[table.require_header(self.payload, self.layout, data) :]
        commas = len(table.names(self.payload)) - 1
        lines = body.split(b"\n")
        if lines.pop():
            raise DecodeError("the last line does not end in a line feed")
        for number, line in enumerate(lines, 2):
            if line.count(b",") != commas:
                raise DecodeError(
                    f"line {number}: {line.count(b',') + 1} columns, expected {commas + 1}"
                )
        values = np.fromstring(b",".join(lines), dtype=np.int64, sep=",")
        if len(values) != len(lines) * (commas + 1):
            raise DecodeError(
                f"{len(lines)} rows of {commas + 1} columns hold {len(values)} numbers"
            )
        matrix = values.reshape(len(lines), commas + 1)
        return table.from_matrix(self.payload, matrix, len(data), out)
