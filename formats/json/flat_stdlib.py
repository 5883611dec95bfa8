"""JSON of one array a field, by the json module."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

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
        """Write one object."""
        flat = objects.flat_object(self.payload, batch)
        text = json.dumps({k: v.tolist() for k, v in flat.items()}, separators=(",", ":"))
        return text.encode("ascii")

    def parse(self, data: bytes) -> Any:
        """Return the parsed object."""
        return json.loads(objects.text_of(data).decode())

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read the object and make an array of each list."""
        document = self.parse(data)
        lists = {}
        for name in self.payload.field_names:
            try:
                lists[name] = document[name]
            except (KeyError, TypeError) as error:
                raise DecodeError(objects.lacks(document, name)) from error
        arrays = {
            field.name: objects.as_integers(field, lists[field.name])
            for field in self.payload.fields
        }
        counts = {name: array.size for name, array in arrays.items()}
        batch = blank(self.payload, objects.samples_of(self.payload, counts), len(data), out)
        for field in self.payload.fields:
            put(field, batch[field.name], arrays[field.name])
        return batch
