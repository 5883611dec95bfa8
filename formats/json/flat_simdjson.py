"""JSON of one array a field, by simdjson: each array leaves the parser as one buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import simdjson

from formats import codec
from formats.batch import blank, put
from formats.json import layout as objects
from formats.json.layout import JsonLayout
from formats.json.simdjson import require_once, value_of

if TYPE_CHECKING:
    from formats.payloads import Batch, Payload


class Codec(codec.Codec[JsonLayout]):
    """One pysimdjson parser, reused."""

    def __init__(self, payload: Payload, layout: JsonLayout) -> None:
        super().__init__(payload, layout)
        self._parser = simdjson.Parser()

    def encode(self, batch: Batch) -> bytes:
        """Refuse: simdjson only reads."""
        raise NotImplementedError

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read the object and copy each buffer."""
        try:
            return self._read(data, out)
        except Exception:
            # An error's traceback keeps objects, and a parser refuses to go on while any exist.
            self._parser = simdjson.Parser()
            raise

    def _read(self, data: bytes, out: Batch | None) -> Batch:
        document = self._parser.parse(objects.text_of(data))
        if not isinstance(document, simdjson.Object) or len(document) != len(self.payload.fields):
            require_once(document, self.payload)
        arrays = {
            name: np.frombuffer(value_of(document, name).as_buffer(of_type="i"), dtype=np.int64)
            for name in self.payload.field_names
        }
        counts = {name: array.size for name, array in arrays.items()}
        batch = blank(self.payload, objects.samples_of(self.payload, counts), len(data), out)
        for field in self.payload.fields:
            put(field, batch[field.name], arrays[field.name])
        return batch
