"""CSV by the csv module, a row at a time: what a newcomer writes."""

import csv
import io

import numpy as np

from formats.batch import Batch
from formats.errors import DecodeError
from formats.layouts import csv_rows
from formats.payloads import Payload


class Codec:
    """csv.reader and csv.writer."""

    def __init__(self, payload: Payload) -> None:
        self._payload = payload
        self._header = csv_rows.header(payload)

    def encode(self, batch: Batch) -> bytes:
        """Write a row a sample."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self._header)
        writer.writerows(csv_rows.to_matrix(self._payload, batch).tolist())
        return text.getvalue().encode("ascii")

    def decode(self, data: bytes) -> Batch:
        """Read a row a sample."""
        reader = csv.reader(io.StringIO(data.decode("ascii"), newline=""))
        if next(reader, None) != self._header:
            raise DecodeError(f"csv/rows: line 1 is not the header of {self._payload.name}")
        rows = [[int(value) for value in row] for row in reader]
        table = np.array(rows, dtype=np.int64).reshape(len(rows), len(self._header))
        return csv_rows.from_matrix(self._payload, table)
