"""JSON of base64 by the json and base64 modules, an object at a time."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from formats import codec
from formats.cells import from_cells, to_cells
from formats.errors import DecodeError
from formats.json.layout import JsonLayout

if TYPE_CHECKING:
    from formats.payloads import Batch


class Codec(codec.Codec[JsonLayout]):
    """json.loads, and base64.b64decode a string."""

    def encode(self, batch: Batch) -> bytes:
        """Write an object a line."""
        lines = []
        for row in to_cells(self.payload, batch):
            strings = (base64.b64encode(cell).decode("ascii") for cell in row)
            sample = dict(zip(self.payload.field_names, strings, strict=True))
            lines.append(json.dumps(sample, separators=(",", ":")) + "\n")
        return "".join(lines).encode("ascii")

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read an object a line."""
        rows = []
        for number, line in enumerate(data.decode("ascii").splitlines(), 1):
            try:
                sample = json.loads(line)
                cells = [sample[name] for name in self.payload.field_names]
                rows.append([base64.b64decode(cell, validate=True) for cell in cells])
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise DecodeError(f"line {number}: {type(error).__name__}: {error}") from error
        return from_cells(self.payload, rows, len(data), out)
