"""JSON by msgspec: a typed object a line, so that a wrong one is refused while it is parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from formats import model
from formats.batch import blank, put
from formats.errors import DecodeError
from formats.json import layout as objects
from formats.json.layout import JsonLayout

if TYPE_CHECKING:
    from formats.batch import Batch
    from formats.payloads import Payload


class Codec(model.Codec[JsonLayout]):
    """A msgspec.Struct without garbage collection, decoded and dropped a line at a time."""

    def __init__(self, payload: Payload, layout: JsonLayout) -> None:
        super().__init__(payload, layout)
        sample: Any = msgspec.defstruct(
            payload.name,
            [(field.name, list[int] if field.shape else int) for field in payload.fields],
            gc=False,
        )
        self._decode = msgspec.json.Decoder(sample).decode
        self._encode = msgspec.json.Encoder().encode_lines

    def encode(self, batch: Batch) -> bytes:
        """Write an object a line."""
        text: bytes = self._encode(list(objects.to_objects(self.payload, batch)))
        return text

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read an object a line."""
        lines = data.splitlines()
        batch = blank(self.payload, len(lines), len(data), out)
        for number, line in enumerate(lines):
            try:
                sample = self._decode(line)
            except (msgspec.MsgspecError, RecursionError) as error:
                raise DecodeError(f"line {number + 1}: {error}") from error
            for field in self.payload.fields:
                target = batch[field.name][number : number + 1]
                value = getattr(sample, field.name)
                listed = value if field.shape else [value]
                values = objects.as_integers(field, listed, number + 1)
                put(field, target, values, number * field.width)
        return batch
