"""JSON of base64 by its bytes: all lines have one length, so the file is a matrix of characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from formats import codec
from formats.batch import blank
from formats.cells import as_bytes
from formats.errors import DecodeError
from formats.json import base64_stdlib
from formats.json.layout import JsonLayout
from formats.wire import base64
from formats.wire.records import Records

if TYPE_CHECKING:
    from formats.payloads import Batch, Payload


class Codec(codec.Codec[JsonLayout]):
    """One call of binascii a field; what is not written so goes to the json module."""

    def __init__(self, payload: Payload, layout: JsonLayout) -> None:
        super().__init__(payload, layout)
        self._careful = base64_stdlib.Codec(payload, layout)
        keys = [b'"%s":"' % name.encode() for name in payload.field_names]
        literals = [b"{" + keys[0], *(b'",' + key for key in keys[1:]), b'"}\n']
        self._records = Records(
            literals, [base64.length(field.sample_bytes) for field in payload.fields]
        )

    def encode(self, batch: Batch) -> bytes:
        """Write each field's strings, then lay keys and strings beside each other."""
        cells = [base64.encode(as_bytes(field, batch[field.name])) for field in self.payload.fields]
        return self._records.build(cells).tobytes()

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Check keys and quotes, then decode a field at a time."""
        try:
            records = self._records.view(data)
        except DecodeError:
            return self._careful.read(data, out)
        batch = blank(self.payload, len(records), len(data), out)
        for field, span in zip(self.payload.fields, self._records.slots, strict=True):
            target = as_bytes(field, batch[field.name])
            base64.decode(records[:, span], target, field.name)
        return batch
