"""Protobuf of one message a batch, by the official library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from formats import codec
from formats.batch import blank, put
from formats.cells import as_bytes
from formats.errors import DecodeError
from formats.protobuf.layout import ProtobufLayout, message_class

if TYPE_CHECKING:
    from formats.payloads import Batch, Field, Payload


class Codec(codec.Codec[ProtobufLayout]):
    """One FromString a batch, an array a field of it."""

    def __init__(self, payload: Payload, layout: ProtobufLayout) -> None:
        super().__init__(payload, layout)
        self._message = message_class(layout, payload)

    def encode(self, batch: Batch) -> bytes:
        """Fill and write one message."""
        message = self._message()
        for field in self.payload.fields:
            if self.layout.type_of(field) == "bytes":
                setattr(message, field.name, as_bytes(field, batch[field.name]).tobytes())
            else:
                getattr(message, field.name).extend(batch[field.name].ravel())
        written: bytes = message.SerializeToString()
        return written

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Parse the message and copy its arrays."""
        message = self._message.FromString(data)
        arrays: dict[str, Any] = {}
        counts: dict[str, int] = {}
        for field in self.payload.fields:
            value = getattr(message, field.name)
            if self.layout.type_of(field) == "bytes":
                counts[field.name] = _samples(len(value), "bytes", field.sample_bytes, field)
                array = np.frombuffer(value, dtype=field.dtype)
            else:
                counts[field.name] = _samples(len(value), "values", field.width, field)
                array = np.array(value)
            # An empty repeated field is an array of floats.
            arrays[field.name] = array if array.size else np.empty(0, dtype=field.dtype)
        samples = counts[self.payload.fields[0].name]
        for name, count in counts.items():
            if count != samples:
                first = self.payload.fields[0].name
                raise DecodeError(f"{name} has {count} samples, {first} has {samples}")
        batch = blank(self.payload, samples, len(data), out)
        for field in self.payload.fields:
            put(field, batch[field.name], arrays[field.name])
        return batch


def _samples(count: int, what: str, each: int, field: Field) -> int:
    """Return how many samples the values or bytes of a field are."""
    samples, rest = divmod(count, each)
    if rest:
        raise DecodeError(f"{field.name}: {count} {what} do not make samples of {each}")
    return samples
