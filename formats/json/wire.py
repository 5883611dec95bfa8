"""JSON Lines by their bytes: all digits of a chunk of lines at once, every byte accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import orjson

from formats import codec
from formats.batch import blank, put
from formats.json.layout import JsonLayout
from formats.json.orjson import Codec as Careful
from formats.wire.integers import IrregularError, Pattern

if TYPE_CHECKING:
    from formats.payloads import Batch, Payload

_MARK = 1 << 40
"""A number that no field can hold; stands for a key while orjson writes the table."""


class Codec(codec.Codec[JsonLayout]):
    """`formats.wire.integers` to read; one call of orjson a batch to write, or one a single array.

    JSON that is not written as the layout has it (spaces, other keys) goes to orjson, which reads
    it or says what is wrong with which line.
    """

    def __init__(self, payload: Payload, layout: JsonLayout) -> None:
        super().__init__(payload, layout)
        self._spans: list[slice] = []
        self._keys: list[bytes] = []
        between: list[bytes] = []
        text = b"{"
        for field in payload.fields:
            text += b'"%s":' % field.name.encode() + (b"[" if field.shape else b"")
            self._keys.append(text)
            between += [text, *[b","] * (field.width - 1)]
            self._spans.append(slice(len(between) - field.width, len(between)))
            text = b"]," if field.shape else b","
        self._prefix, self._suffix = between[0], text[:-1] + b"}\n"
        self._pattern = Pattern(self._prefix, between[1:], self._suffix)
        self._careful = Careful(payload, layout)

    def encode(self, batch: Batch) -> bytes:
        """Write one table of numbers, with marks for the keys, then replace the marks."""
        if len(self.payload.fields) == 1:
            return self._careful.encode(batch)
        columns = []
        for index, field in enumerate(self.payload.fields):
            values = batch[field.name].reshape(-1, field.width)
            if index:
                columns.append(np.full((len(values), 1), _MARK + index))
            columns.append(values)
        table = np.concatenate(columns, axis=1, dtype=np.int64)
        if not len(table):
            return b""
        text = orjson.dumps(table, option=orjson.OPT_SERIALIZE_NUMPY)[2:-2]
        for index, key in enumerate(self._keys[1:], 1):
            text = text.replace(b",%d," % (_MARK + index), key)
        rows = text.replace(b"],[", self._suffix + self._prefix)
        return b"".join((self._prefix, rows, self._suffix))

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read chunks of lines into the fields."""
        try:
            return self._read(data, out)
        except IrregularError:
            return self._careful.read(data, out)

    def _read(self, data: bytes, out: Batch | None) -> Batch:
        batch = blank(self.payload, data.count(b"\n"), len(data), out)
        first = 0
        for rows in self._pattern.rows(data):
            for field, span in zip(self.payload.fields, self._spans, strict=True):
                target = batch[field.name][first : first + len(rows)]
                put(field, target, rows[:, span], first * field.width)
            first += len(rows)
        return batch
