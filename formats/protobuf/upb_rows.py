"""Protobuf by the official library, one message reused, its arrays copied straight to their rows.

upb's repeated fields hand NumPy their memory in one piece: no Python object a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from formats.batch import blank, put
from formats.errors import DecodeError
from formats.protobuf import upb
from formats.wire import varints

if TYPE_CHECKING:
    from formats.batch import Batch


class Codec(upb.Codec):
    """ParseFromString into one message; writes as `upb` does."""

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Find the messages, then parse and copy one after the other."""
        spans = []
        position = 0
        while position < len(data):
            size, start = varints.one(data, position)
            position = start + size
            spans.append((start, position))
        if position > len(data):
            raise DecodeError(f"message {len(spans) - 1} is cut off")
        batch = blank(self.payload, len(spans), len(data), out)
        fields = [
            (field, self.layout.type_of(field) == "bytes", batch[field.name])
            for field in self.payload.fields
        ]
        message = self._message()
        for row, (start, stop) in enumerate(spans):
            message.ParseFromString(data[start:stop])
            for field, is_bytes, target in fields:
                value = getattr(message, field.name)
                if is_bytes:
                    put(field, target[row : row + 1], np.frombuffer(value, dtype=field.dtype))
                else:
                    if not field.shape and not message.HasField(field.name):
                        raise DecodeError(f"message {row} lacks {field.name}")
                    put(field, target[row : row + 1], np.array(value), row * field.width)
        return batch
