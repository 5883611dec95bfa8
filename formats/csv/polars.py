"""CSV by Polars, the types given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from formats import codec
from formats.csv import layout as table
from formats.csv import stdlib
from formats.csv.layout import CsvLayout

if TYPE_CHECKING:
    from formats.payloads import Batch, Payload


class Codec(codec.Codec[CsvLayout]):
    """polars.read_csv and DataFrame.write_csv; what is not written so goes to the csv module."""

    def __init__(self, payload: Payload, layout: CsvLayout) -> None:
        super().__init__(payload, layout)
        self._careful = stdlib.Codec(payload, layout)
        self._names = table.names(payload)
        self._types = dict.fromkeys(table.header(payload, layout), pl.Int64)

    def encode(self, batch: Batch) -> bytes:
        """Write a DataFrame of the table."""
        matrix = table.to_matrix(self.payload, self.layout, batch)
        names = table.header(self.payload, self.layout)
        text: str = pl.DataFrame(matrix, schema=names, orient="row").write_csv()
        return text.encode("ascii")

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read a DataFrame a batch, of the payload's columns alone."""
        table.refuse_cut(data)
        start = table.after_header(self.payload, self.layout, data)
        if not start:
            return self._careful.read(data, out)
        table.refuse_rows(self.payload, self.layout, data, start)
        try:
            frame = pl.read_csv(data, columns=self._names, schema=self._types)
            lacking = frame.select(pl.any_horizontal(pl.all().is_null()).arg_true()).to_series()
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
            return self._careful.read(data, out)
        if len(lacking):
            return self._careful.read(data, out)
        return table.from_matrix(self.payload, frame.to_numpy(), len(data), out)
