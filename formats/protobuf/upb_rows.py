"""Protobuf by the official library, one message reused, its arrays copied straight to their rows.

upb's repeated fields hand NumPy their memory in one piece: no Python object a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from google.protobuf.message import DecodeError as MessageError

from formats.batch import blank, put
from formats.errors import DecodeError
from formats.protobuf import upb
from formats.wire import varints

if TYPE_CHECKING:
    from collections.abc import Callable

    from formats.payloads import Batch, Field

_LONG = 256
"""Values from which a separate array for each message is cheaper than one long list."""


def _spans(data: bytes) -> list[tuple[int, int]]:
    """Return where each message begins, after its length, and where it ends."""
    spans = []
    position = 0
    while position < len(data):
        begins = position
        size, start = varints.read_varint(data, position)
        position = start + size
        spans.append((start, position))
    if position > len(data):
        raise DecodeError(
            f"message {len(spans) - 1}, byte {begins}: cut off; it has {size} bytes, "
            f"of which {len(data) - start} are there"
        )
    return spans


class Codec(upb.Codec):
    """ParseFromString into one message; writes as `upb` does."""

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Find the messages, then parse and copy one after the other."""
        spans = _spans(data)
        batch = blank(self.payload, len(spans), len(data), out)
        message = self._wide()
        gathered: dict[str, list[Any]] = {name: [] for name in self.payload.field_names}
        readers = [self._reader(field, gathered, batch) for field in self.payload.fields]
        row = 0
        try:
            for row, (start, stop) in enumerate(spans):
                message.ParseFromString(data[start:stop])
                for read in readers:
                    read(message, row)
        except (MessageError, DecodeError) as error:
            begins = spans[row - 1][1] if row else 0
            raise DecodeError(f"message {row}, byte {begins}: {error}") from error
        for field in self.payload.fields:
            cells = gathered[field.name]
            if cells and isinstance(cells[0], bytes):
                put(field, batch[field.name], np.frombuffer(b"".join(cells), dtype=field.dtype))
            elif cells:
                put(field, batch[field.name], np.array(cells, dtype=self._dtype(field)))
        return batch

    def _reader(
        self, field: Field, gathered: dict[str, list[Any]], batch: Batch
    ) -> Callable[[Any, int], None]:
        """Return what reads a field of a message: a long vector at once, others into one list."""
        name, values, target = field.name, gathered[field.name], batch[field.name]

        def cells(message: Any, _: int) -> None:
            cell = getattr(message, name)
            if len(cell) != field.sample_bytes:
                raise DecodeError(f"{name} has {len(cell)} bytes, expected {field.sample_bytes}")
            values.append(cell)

        def scalars(message: Any, _: int) -> None:
            if not message.HasField(name):
                raise DecodeError(f"it lacks {name}")
            values.append(getattr(message, name))

        def short(message: Any, _: int) -> None:
            cell = getattr(message, name)
            if len(cell) != field.width:
                raise DecodeError(f"{name} has {len(cell)} values, expected {field.width}")
            values.extend(cell)

        def long(message: Any, row: int) -> None:
            cell = getattr(message, name)
            if len(cell) != field.width:
                short(message, row)
            put(field, target[row : row + 1], np.array(cell), row * field.width)

        if self.layout.type_of(field) == "bytes":
            return cells
        if not field.shape:
            return scalars
        return short if field.width < _LONG else long
