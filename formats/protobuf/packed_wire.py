"""Protobuf of one message a batch, by its wire format: each field is one run of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from formats import codec
from formats.batch import blank
from formats.cells import as_bytes
from formats.errors import DecodeError
from formats.protobuf import packed_upb
from formats.protobuf.layout import ProtobufLayout, tag
from formats.wire.varints import read_varint

if TYPE_CHECKING:
    from formats.payloads import Batch, Payload


class Codec(codec.Codec[ProtobufLayout]):
    """Slices located by their tags; bytes in any other form go to the official library."""

    def __init__(self, payload: Payload, layout: ProtobufLayout) -> None:
        super().__init__(payload, layout)
        self._tags = [tag(layout, payload, field) for field in payload.fields]
        self._careful = packed_upb.Codec(payload, layout)

    def encode(self, batch: Batch) -> bytes:
        """Write tag, length and bytes of each field, unless it is empty."""
        parts = []
        for field, number in zip(self.payload.fields, self._tags, strict=True):
            octets = as_bytes(field, batch[field.name])
            if octets.size:
                parts += [bytes([number]), _varint(octets.size), octets.tobytes()]
        return b"".join(parts)

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Find each field's bytes and copy them."""
        spans = self._spans(data)
        if not spans:
            return self._careful.read(data, out)
        first = self.payload.fields[0]
        samples = spans[0][1] // first.sample_bytes
        batch = blank(self.payload, samples, len(data), out)
        for field, (start, size) in zip(self.payload.fields, spans, strict=True):
            target = as_bytes(field, batch[field.name])
            if target.size != size:
                return self._careful.read(data, out)
            target[:] = np.frombuffer(data, np.uint8, size, start).reshape(target.shape)
        return batch

    def _spans(self, data: bytes) -> list[tuple[int, int]]:
        """Return where each field begins and how many bytes it has; none, if one is not there."""
        spans = []
        position = 0
        for number in self._tags:
            if position >= len(data) or data[position] != number:
                return []
            try:
                size, start = read_varint(data, position + 1)
            except DecodeError:
                return []
            position = start + size
            spans.append((start, size))
        return spans if position == len(data) else []


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
