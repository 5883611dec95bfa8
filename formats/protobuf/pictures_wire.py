"""Protobuf of compressed pictures by its wire format: each read from where its bytes lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from formats import codec
from formats.batch import blank
from formats.errors import DecodeError
from formats.protobuf import upb
from formats.protobuf.layout import ProtobufLayout, tag
from formats.wire.varints import read_varint

if TYPE_CHECKING:
    from formats.payloads import Batch, Payload


class Codec(codec.Codec[ProtobufLayout]):
    """A message a picture: its length, then tag, length and bytes of its one field.

    Messages of another form go to the official library.
    """

    def __init__(self, payload: Payload, layout: ProtobufLayout) -> None:
        super().__init__(payload, layout)
        (self._field,) = payload.fields
        self._tag = tag(layout, payload, self._field)
        self._careful = upb.Codec(payload, layout)

    def encode(self, batch: Batch) -> bytes:
        """Write with the official library."""
        return self._careful.encode(batch)

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Find the pictures, then read each into its place."""
        spans = self._spans(data)
        if spans is None:
            return self._careful.read(data, out)
        batch = blank(self.payload, len(spans), len(data), out)
        view, pictures = memoryview(data), batch[self._field.name]
        for row, (start, stop) in enumerate(spans):
            self.read_picture(self._field, view[start:stop], pictures[row], row)
        return batch

    def _spans(self, data: bytes) -> list[tuple[int, int]] | None:
        """Return where each picture begins and ends; None if a message has another form."""
        spans = []
        position = 0
        try:
            while position < len(data):
                size, start = read_varint(data, position)
                length, first = read_varint(data, start + 1)
                position = first + length
                if data[start] != self._tag or position != start + size:
                    return None
                spans.append((first, position))
        except (DecodeError, IndexError):
            return None
        return spans if position == len(data) else None
