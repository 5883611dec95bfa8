"""Protobuf of bytes fields by its wire format: all messages have one length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from formats import codec
from formats.batch import blank
from formats.cells import as_bytes
from formats.errors import DecodeError
from formats.protobuf import upb_rows
from formats.protobuf.layout import ProtobufLayout, tag
from formats.wire import varints
from formats.wire.records import Records

if TYPE_CHECKING:
    from formats.payloads import Batch, Payload


class Codec(codec.Codec[ProtobufLayout]):
    """A matrix of bytes, a message a row: its length, then tag, length and bytes of each field.

    Messages of another form go to the official library.
    """

    def __init__(self, payload: Payload, layout: ProtobufLayout) -> None:
        super().__init__(payload, layout)
        heads = [
            _varints(tag(layout, payload, field), field.sample_bytes) for field in payload.fields
        ]
        self._careful = upb_rows.Codec(payload, layout)
        length = sum(map(len, heads)) + payload.sample_bytes
        heads[0] = _varints(length) + heads[0]
        self._records = Records([*heads, b""], [field.sample_bytes for field in payload.fields])

    def encode(self, batch: Batch) -> bytes:
        """Write the matrix."""
        cells = [as_bytes(field, batch[field.name]) for field in self.payload.fields]
        return self._records.build(cells).tobytes()

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Check lengths and tags, then copy each field's bytes."""
        try:
            records = self._records.view(data)
        except DecodeError:
            return self._careful.read(data, out)
        batch = blank(self.payload, len(records), len(data), out)
        for field, span in zip(self.payload.fields, self._records.slots, strict=True):
            as_bytes(field, batch[field.name])[:] = records[:, span]
        return batch


def _varints(*values: int) -> bytes:
    numbers = np.array(values, dtype=np.uint32)
    return varints.write(numbers, varints.sizes_of(numbers))
