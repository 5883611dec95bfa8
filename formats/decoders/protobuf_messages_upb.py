"""Protobuf by the official library, a message at a time: what a newcomer writes."""

import io

import numpy as np
from google.protobuf import proto

from formats.batch import Batch
from formats.layouts import protobuf_messages
from formats.payloads import Payload


class Codec:
    """google.protobuf.proto's length-prefixed messages (its C core is called upb)."""

    def __init__(self, payload: Payload) -> None:
        self._payload = payload
        self._message = protobuf_messages.message_class(payload)

    def encode(self, batch: Batch) -> bytes:
        """Fill and write a message a sample."""
        stream = io.BytesIO()
        for index in range(len(batch[self._payload.fields[0].name])):
            message = self._message()
            for field in self._payload.fields:
                value = batch[field.name][index]
                if field.blob:
                    setattr(message, field.name, value.tobytes())
                elif field.shape:
                    getattr(message, field.name).extend(value.ravel().tolist())
                else:
                    setattr(message, field.name, int(value))
            proto.serialize_length_prefixed(message, stream)
        return stream.getvalue()

    def decode(self, data: bytes) -> Batch:
        """Parse a message a sample, make an array of each of its fields, stack them."""
        stream = io.BytesIO(data)
        messages = []
        while (message := proto.parse_length_prefixed(self._message, stream)) is not None:
            messages.append(message)
        batch = {}
        for field in self._payload.fields:
            values = [getattr(message, field.name) for message in messages]
            if field.blob:
                rows = [np.frombuffer(value, dtype=field.dtype) for value in values]
            else:
                rows = [np.array(value, dtype=field.dtype) for value in values]
            stacked = np.stack(rows) if rows else np.empty(0, dtype=field.dtype)
            batch[field.name] = stacked.reshape(len(messages), *field.shape)
        return batch
