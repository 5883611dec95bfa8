"""JSON of one array a field by its bytes: all digits of a chunk at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from formats.batch import blank, put
from formats.errors import DecodeError
from formats.json import flat_orjson
from formats.json import layout as objects
from formats.wire.integers import CHUNK_BYTES, IrregularError, Pattern

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from formats.json.layout import JsonLayout
    from formats.payloads import Batch, Field, Payload


class Codec(flat_orjson.Codec):
    """`formats.wire.integers` to read; orjson to write, and to read what is written otherwise."""

    def __init__(self, payload: Payload, layout: JsonLayout) -> None:
        super().__init__(payload, layout)
        self._numbers = Pattern(b"", [], b",")

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read each array in chunks."""
        try:
            return self._read(data, out)
        except (IrregularError, DecodeError):
            return super().read(data, out)

    def _read(self, data: bytes, out: Batch | None) -> Batch:
        spans: dict[str, tuple[int, int]] = {}
        position = 0
        for index, name in enumerate(self.payload.field_names):
            opening = b'%s"%s":[' % (b"," if index else b"{", name.encode())
            if not data.startswith(opening, position):
                raise IrregularError("another key")
            start = position + len(opening)
            stop = data.find(b"]", start)
            if stop < 0:
                raise IrregularError("an array without an end")
            spans[name] = (start, stop)
            position = stop + 1
        if data[position:] != b"}":
            raise IrregularError("something after the last array")
        # Each number but the last is followed by a comma.
        counts = {n: data.count(b",", a, b) + 1 if b > a else 0 for n, (a, b) in spans.items()}
        batch = blank(self.payload, objects.samples_of(self.payload, counts), len(data), out)
        for field in self.payload.fields:
            self._fill(field, batch[field.name].reshape(-1), data, *spans[field.name])
        return batch

    def _fill(self, field: Field, target: NDArray[Any], data: bytes, start: int, stop: int) -> None:
        filled = 0
        while start < stop:
            comma = data.find(b",", start + CHUNK_BYTES, stop)
            if comma < 0:
                values = self._numbers.parse(data[start:stop] + b",", 0, stop - start + 1)
                start = stop
            else:
                values = self._numbers.parse(data, start, comma + 1)
                start = comma + 1
            put(field, target[filled : filled + len(values)], values, filled)
            filled += len(values)
