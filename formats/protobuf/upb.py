"""Protobuf by the official library, a message at a time: the naive way."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from google.protobuf import proto

from formats import codec
from formats.batch import blank, put
from formats.cells import as_bytes
from formats.errors import DecodeError
from formats.protobuf.layout import ProtobufLayout, message_class

if TYPE_CHECKING:
    from formats.payloads import Batch, Field, Payload


class Codec(codec.Codec[ProtobufLayout]):
    """google.protobuf.proto's length-prefixed messages (its C core is called upb)."""

    def __init__(self, payload: Payload, layout: ProtobufLayout) -> None:
        super().__init__(payload, layout)
        self._message = message_class(layout, payload)
        self._wide = message_class(layout, payload, wide=True)

    def encode(self, batch: Batch) -> bytes:
        """Fill and write a message a sample."""
        stream = io.BytesIO()
        columns: dict[str, list[Any]] = {}
        for field in self.payload.fields:
            values = batch[field.name]
            if self.layout.pictures:
                columns[field.name] = self.layout.pictures.write(field, values)
            elif self.layout.type_of(field) == "bytes":
                columns[field.name] = [cell.tobytes() for cell in as_bytes(field, values)]
            else:
                columns[field.name] = values.reshape(len(values), field.width).tolist()
        for sample in zip(*columns.values(), strict=True):
            message = self._message()
            for field, value in zip(self.payload.fields, sample, strict=True):
                if isinstance(value, bytes):
                    setattr(message, field.name, value)
                elif field.shape:
                    getattr(message, field.name).extend(value)
                else:
                    setattr(message, field.name, value[0])
            proto.serialize_length_prefixed(message, stream)
        return stream.getvalue()

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Parse a message a sample, make an array of each of its fields, stack them."""
        stream = io.BytesIO(data)
        messages: list[Any] = []
        while (message := proto.parse_length_prefixed(self._wide, stream)) is not None:
            self._require(message, len(messages))
            messages.append(message)
        batch = blank(self.payload, len(messages), len(data), out)
        for field in self.payload.fields:
            values = [getattr(message, field.name) for message in messages]
            target = batch[field.name]
            if self.layout.pictures:
                for row, value in enumerate(values):
                    self.read_picture(field, value, target[row], row)
                continue
            if self.layout.type_of(field) == "bytes":
                rows = [np.frombuffer(value, dtype=field.dtype) for value in values]
            else:
                dtype = self._dtype(field)
                rows = [np.array(value, dtype=dtype) for value in values]
            if rows:
                put(field, target, np.stack(rows))
        return batch

    def _dtype(self, field: Field) -> type[np.int64 | np.uint64]:
        """Return what holds any number that a field of varints may have."""
        return np.int64 if self.layout.type_of(field) == "sint32" else np.uint64

    def _require(self, message: Any, row: int) -> None:
        """Check that a message holds a sample: an empty one takes a byte, but much memory."""
        for field in self.payload.fields:
            if self.layout.type_of(field) == "bytes":
                count = len(getattr(message, field.name))
                expected = count if self.layout.pictures and count else field.sample_bytes
            elif field.shape:
                count, expected = len(getattr(message, field.name)), field.width
            else:
                count, expected = int(message.HasField(field.name)), 1
            if count != expected:
                raise DecodeError(
                    f"message {row}: {field.name} has {count} values, expected {expected}"
                )
