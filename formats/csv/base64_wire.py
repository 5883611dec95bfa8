"""CSV of base64 by its bytes: all rows have one length, so the file is a matrix of characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from formats import codec
from formats.batch import blank
from formats.cells import as_bytes
from formats.csv import base64_stdlib
from formats.csv.layout import CsvLayout
from formats.errors import DecodeError
from formats.wire import base64
from formats.wire.records import Records

if TYPE_CHECKING:
    from formats.payloads import Batch, Payload


class Codec(codec.Codec[CsvLayout]):
    """One call of binascii a field; what is not written so goes to the csv module."""

    def __init__(self, payload: Payload, layout: CsvLayout) -> None:
        super().__init__(payload, layout)
        self._careful = base64_stdlib.Codec(payload, layout)
        self._header = ",".join(payload.field_names).encode() + b"\n"
        commas = [b","] * (len(payload.fields) - 1)
        self._records = Records(
            [b"", *commas, b"\n"], [base64.length(field.sample_bytes) for field in payload.fields]
        )

    def encode(self, batch: Batch) -> bytes:
        """Write each field's cells, then lay them beside each other."""
        cells = [base64.encode(as_bytes(field, batch[field.name])) for field in self.payload.fields]
        return self._header + self._records.build(cells).tobytes()

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Check commas and line feeds, then decode a field at a time."""
        if not data.startswith(self._header):
            return self._careful.read(data, out)
        try:
            records = self._records.view(data, len(self._header))
        except DecodeError:
            return self._careful.read(data, out)
        batch = blank(self.payload, len(records), len(data), out)
        for field, span in zip(self.payload.fields, self._records.slots, strict=True):
            target = as_bytes(field, batch[field.name])
            base64.decode(records[:, span], target, field.name)
        return batch
