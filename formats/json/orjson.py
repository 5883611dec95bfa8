"""JSON by orjson: NumPy rows written as they are, parsed lines dropped once they are copied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from formats import codec
from formats.batch import blank, put
from formats.errors import DecodeError
from formats.json import layout as objects
from formats.json.layout import JsonLayout

if TYPE_CHECKING:
    from formats.payloads import Batch, Payload

_WIDE = 256
"""Values from which a separate copy for each sample is cheaper than one long list."""


class Codec(codec.Codec[JsonLayout]):
    """orjson.loads and orjson.dumps."""

    def __init__(self, payload: Payload, layout: JsonLayout) -> None:
        super().__init__(payload, layout)
        self._wide = all(field.width >= _WIDE for field in payload.fields)

    def encode(self, batch: Batch) -> bytes:
        """Write an object a line, straight from the rows of the arrays."""
        names = self.payload.field_names
        columns = [
            batch[field.name].reshape(-1, field.width)
            if field.shape
            else batch[field.name].tolist()
            for field in self.payload.fields
        ]
        option = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE
        return b"".join(
            orjson.dumps(dict(zip(names, values, strict=True)), option=option)
            for values in zip(*columns, strict=True)
        )

    def parse(self, line: bytes, number: int) -> Any:
        """Return the parsed object of a line, of which one counts from 0."""
        try:
            return orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise DecodeError(f"line {number + 1}: {error}") from error

    def value(self, sample: Any, name: str, number: int) -> Any:
        """Return what an object has under a key."""
        try:
            return sample[name]
        except (KeyError, TypeError, IndexError) as error:
            raise DecodeError(f"line {number + 1}: {objects.lacks(sample, name)}") from error

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read an object a line; only one parsed line is alive at a time."""
        lines = objects.lines_of(data)
        return self._rows(lines, len(data), out) if self._wide else self._flat(lines, data, out)

    def _rows(self, lines: list[bytes], size: int, out: Batch | None) -> Batch:
        batch = blank(self.payload, len(lines), size, out)
        for number, line in enumerate(lines):
            sample = self.parse(line, number)
            for field in self.payload.fields:
                value = self.value(sample, field.name, number)
                values = objects.as_integers(field, value, number + 1)
                put(field, batch[field.name][number], values, number * field.width)
        return batch

    def _flat(self, lines: list[bytes], data: bytes, out: Batch | None) -> Batch:
        values: dict[str, list[Any]] = {name: [] for name in self.payload.field_names}
        for number, line in enumerate(lines):
            sample = self.parse(line, number)
            for field in self.payload.fields:
                value = self.value(sample, field.name, number)
                if not field.shape:
                    values[field.name].append(value)
                    continue
                if not isinstance(value, list) or len(value) != field.width:
                    raise DecodeError(
                        f"line {number + 1}: {field.name} is not a list of {field.width} values"
                    )
                values[field.name].extend(value)
        return objects.from_values(self.payload, values, len(lines), len(data), out)
