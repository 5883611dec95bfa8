"""CSV by pandas."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from formats import codec
from formats.csv import layout as table
from formats.csv import stdlib
from formats.csv.layout import CsvLayout

if TYPE_CHECKING:
    from formats.payloads import Batch, Payload


class Codec(codec.Codec[CsvLayout]):
    """read_csv and to_csv, the dtype given; what is not written so goes to the csv module."""

    def __init__(self, payload: Payload, layout: CsvLayout) -> None:
        super().__init__(payload, layout)
        self._careful = stdlib.Codec(payload, layout)

    def encode(self, batch: Batch) -> bytes:
        """Write a DataFrame of the table."""
        matrix = table.to_matrix(self.payload, self.layout, batch)
        frame = pd.DataFrame(matrix, columns=table.header(self.payload, self.layout))
        return frame.to_csv(index=False, lineterminator="\n").encode("ascii")

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read a DataFrame a batch, of the payload's columns alone."""
        table.refuse_cut(data)
        names = table.names(self.payload)
        start = table.after_header(self.payload, self.layout, data)
        # pandas would take the first columns for an index; quotes could hide that they exist.
        longer = data.count(b",", start, data.find(b"\n", start)) > data.count(b",", 0, start)
        if not start or longer or b'"' in data:
            return self._careful.read(data, out)
        try:
            frame = pd.read_csv(
                io.BytesIO(data),
                dtype=np.int64,
                usecols=names if self.layout.others else None,
                skip_blank_lines=False,
            )
        except (ValueError, OverflowError):
            return self._careful.read(data, out)
        return table.from_matrix(self.payload, frame.to_numpy(), len(data), out)
