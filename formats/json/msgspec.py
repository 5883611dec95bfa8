"""JSON by msgspec: a typed object a line, so that a wrong one is refused while it is parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from formats.errors import DecodeError
from formats.json import layout as objects
from formats.json import orjson

if TYPE_CHECKING:
    from formats.json.layout import JsonLayout
    from formats.payloads import Batch, Payload


class Codec(orjson.Codec):
    """A msgspec.Struct without garbage collection; lines are gathered as with orjson."""

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

    def parse(self, line: bytes, number: int) -> Any:
        """Return the parsed object of a line."""
        try:
            return self._decode(line)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise DecodeError(f"line {number + 1}: {error}") from error

    def value(self, sample: Any, name: str, number: int) -> Any:  # noqa: ARG002
        """Return what an object has under a key, which its type guarantees."""
        return getattr(sample, name)
