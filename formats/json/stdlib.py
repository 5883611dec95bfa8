"""JSON by the json module, an object at a time: the naive way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from formats import codec
from formats.batch import blank, put
from formats.errors import DecodeError
from formats.json import layout as objects
from formats.json.layout import JsonLayout

if TYPE_CHECKING:
    from formats.payloads import Batch


class Codec(codec.Codec[JsonLayout]):
    """json.loads and json.dumps."""

    def encode(self, batch: Batch) -> bytes:
        """Write an object a line."""
        lines = (
            json.dumps(sample, separators=(",", ":"))
            for sample in objects.to_objects(self.payload, batch)
        )
        return "".join(f"{line}\n" for line in lines).encode("ascii")

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read an object a line, make an array of each of its fields, stack them."""
        samples = []
        for number, line in enumerate(objects.lines_of(data), 1):
            try:
                sample = json.loads(line.decode())
            except (ValueError, RecursionError) as error:
                raise DecodeError(f"line {number}: {type(error).__name__}: {error}") from error
            values = {}
            for name in self.payload.field_names:
                try:
                    values[name] = sample[name]
                except (KeyError, TypeError) as error:
                    raise DecodeError(f"line {number}: {objects.lacks(sample, name)}") from error
            samples.append(
                [
                    objects.as_integers(
                        field, values[field.name] if field.shape else [values[field.name]], number
                    )
                    for field in self.payload.fields
                ]
            )
        batch = blank(self.payload, len(samples), len(data), out)
        for field, column in zip(self.payload.fields, zip(*samples, strict=True), strict=False):
            put(field, batch[field.name], np.stack(column))
        return batch
