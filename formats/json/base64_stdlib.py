"""JSON of base64 by the json and base64 modules, an object at a time."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from formats import codec
from formats.cells import from_cells, to_cells
from formats.errors import DecodeError
from formats.json import layout as objects
from formats.json.layout import JsonLayout

if TYPE_CHECKING:
    from formats.payloads import Batch


class Codec(codec.Codec[JsonLayout]):
    """json.loads, and base64.b64decode a string; the careful path of the other decoder."""

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
        for number, line in enumerate(objects.lines_of(data), 1):
            try:
                sample = json.loads(line.decode())
                cells = [self._cell(sample, name) for name in self.payload.field_names]
            except (ValueError, TypeError, RecursionError) as error:
                raise DecodeError(f"line {number}: {type(error).__name__}: {error}") from error
            except DecodeError as error:
                raise DecodeError(f"line {number}: {error}") from error
            rows.append(cells)
        return from_cells(self.payload, rows, len(data), out)

    @staticmethod
    def _cell(sample: Any, name: str) -> bytes:
        try:
            return base64.b64decode(sample[name], validate=True)
        except (KeyError, TypeError) as error:
            if isinstance(sample, dict) and name in sample:
                raise DecodeError(f"{name}: not a string") from error
            raise DecodeError(objects.lacks(sample, name)) from error
