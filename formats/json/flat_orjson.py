"""JSON of one array a field, by orjson."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from formats.json import flat_stdlib
from formats.json import layout as objects

if TYPE_CHECKING:
    from formats.payloads import Batch


class Codec(flat_stdlib.Codec):
    """orjson.loads and orjson.dumps."""

    def encode(self, batch: Batch) -> bytes:
        """Write one object, straight from the arrays."""
        flat = objects.flat_object(self.payload, batch)
        return orjson.dumps(flat, option=orjson.OPT_SERIALIZE_NUMPY)

    def parse(self, data: bytes) -> Any:
        """Return the parsed object."""
        return orjson.loads(objects.text_of(data))
