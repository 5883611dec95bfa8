"""JSON by orjson: NumPy rows written as they are, parsed lines dropped once they are copied."""

from typing import Any

import numpy as np
import orjson

from formats.batch import Batch
from formats.errors import DecodeError
from formats.layouts import json_lines
from formats.payloads import Payload

_WIDE = 256
"""Values from which a copy of its own for each sample is cheaper than one long list."""


class Codec:
    """orjson.loads and orjson.dumps."""

    def __init__(self, payload: Payload) -> None:
        self._payload = payload
        self._wide = all(field.width >= _WIDE for field in payload.fields)

    def encode(self, batch: Batch) -> bytes:
        """Write an object a line, straight from the rows of the arrays."""
        names = self._payload.field_names
        columns = [
            batch[field.name].reshape(-1, field.width)
            if field.shape
            else batch[field.name].tolist()
            for field in self._payload.fields
        ]
        option = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE
        return b"".join(
            orjson.dumps(dict(zip(names, values, strict=True)), option=option)
            for values in zip(*columns, strict=True)
        )

    def decode(self, data: bytes) -> Batch:
        """Read an object a line; only one parsed line is alive at a time."""
        lines = data.splitlines()
        return self._rows(lines) if self._wide else self._flat(lines)

    def _rows(self, lines: list[bytes]) -> Batch:
        fields = self._payload.fields
        batch = {f.name: np.empty((len(lines), f.width), dtype=f.dtype) for f in fields}
        for index, line in enumerate(lines):
            sample = orjson.loads(line)
            for field in fields:
                values = sample[field.name]
                if len(values) != field.width:
                    raise DecodeError(
                        f"json/lines: line {index + 1} has {len(values)} values in "
                        f"{field.name!r}, expected {field.width}"
                    )
                batch[field.name][index] = values
        return {f.name: batch[f.name].reshape(-1, *f.shape) for f in fields}

    def _flat(self, lines: list[bytes]) -> Batch:
        fields = self._payload.fields
        values: dict[str, list[Any]] = {field.name: [] for field in fields}
        grow = [
            (f.name, values[f.name].extend if f.shape else values[f.name].append) for f in fields
        ]
        for line in lines:
            sample = orjson.loads(line)
            for name, add in grow:
                add(sample[name])
        return json_lines.from_values(self._payload, values, len(lines))
