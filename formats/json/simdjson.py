"""JSON by simdjson: arrays of numbers leave the parser as one buffer, not as Python objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import simdjson

from formats import model
from formats.batch import blank, put
from formats.errors import DecodeError
from formats.json.layout import JsonLayout

if TYPE_CHECKING:
    from formats.batch import Batch
    from formats.payloads import Payload


class Codec(model.Codec[JsonLayout]):
    """One pysimdjson parser, reused; each object is dropped before the next is parsed."""

    def __init__(self, payload: Payload, layout: JsonLayout) -> None:
        super().__init__(payload, layout)
        self._parser = simdjson.Parser()

    def encode(self, batch: Batch) -> bytes:
        """Refuse: simdjson only reads."""
        raise NotImplementedError

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read an object a line."""
        lines = data.splitlines()
        batch = blank(self.payload, len(lines), len(data), out)
        for number, line in enumerate(lines):
            try:
                self._sample(line, batch, number)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise DecodeError(f"line {number + 1}: {error}") from error
        return batch

    def _sample(self, line: bytes, batch: Batch, number: int) -> None:
        sample = self._parser.parse(line)
        try:
            for field in self.payload.fields:
                if field.shape:
                    buffer = sample[field.name].as_buffer(of_type="i")
                    values = np.frombuffer(buffer, dtype=np.int64)
                else:
                    values = np.array([sample[field.name]])
                put(field, batch[field.name][number : number + 1], values, number * field.width)
        finally:
            # An error's traceback would keep it, and the parser refuses to go on while it is there.
            del sample
