"""JSON by simdjson: arrays of numbers leave the parser as one buffer, not as Python objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import simdjson

from formats import codec
from formats.batch import blank, put
from formats.errors import DecodeError
from formats.json import layout as objects
from formats.json.layout import JsonLayout

if TYPE_CHECKING:
    from formats.payloads import Batch, Payload


def value_of(document: Any, name: str) -> Any:
    """Return what an object has under a key.

    Raises:
        DecodeError: it has no such key, or is no object.

    """
    try:
        return document[name]
    except (KeyError, TypeError) as error:
        if isinstance(document, simdjson.Object):
            raise DecodeError(f"no key {name!r}") from error
        raise DecodeError(objects.lacks(document.as_list(), name)) from error


def require_once(document: Any, payload: Payload) -> None:
    """Check that an object with other keys, too, has none of the payload's twice.

    Of such a key this library takes the first value, and all others take the last.

    Raises:
        DecodeError: it has one twice, or is no object.

    """
    if not isinstance(document, simdjson.Object):
        raise DecodeError(objects.lacks(document.as_list(), ""))
    keys = list(document.keys())
    for name in payload.field_names:
        if keys.count(name) > 1:
            raise DecodeError(f"the key {name!r} occurs {keys.count(name)} times")


class Codec(codec.Codec[JsonLayout]):
    """One pysimdjson parser, reused; each object is dropped before the next is parsed."""

    def __init__(self, payload: Payload, layout: JsonLayout) -> None:
        super().__init__(payload, layout)
        self._parser = simdjson.Parser()

    def encode(self, batch: Batch) -> bytes:
        """Refuse: simdjson only reads."""
        raise NotImplementedError

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Read an object a line, gather the buffers of each field, copy them in one piece."""
        try:
            return self._read(data, out)
        except Exception:
            # An error's traceback keeps objects, and a parser refuses to go on while any exist.
            self._parser = simdjson.Parser()
            raise

    def _read(self, data: bytes, out: Batch | None) -> Batch:
        lines = objects.lines_of(data)
        batch = blank(self.payload, len(lines), len(data), out)
        gathered: dict[str, list[Any]] = {name: [] for name in self.payload.field_names}
        for number, line in enumerate(lines):
            try:
                self._sample(line, gathered)
            except (ValueError, KeyError, TypeError, AttributeError, DecodeError) as error:
                raise DecodeError(f"line {number + 1}: {error}") from error
        for field in self.payload.fields:
            cells = gathered[field.name]
            values = (
                np.frombuffer(b"".join(cells), dtype=np.int64)
                if field.shape
                else objects.as_integers(field, cells)
            )
            put(field, batch[field.name], values)
        return batch

    def _sample(self, line: bytes, gathered: dict[str, list[Any]]) -> None:
        sample = self._parser.parse(line)
        if len(sample) != len(self.payload.fields):
            require_once(sample, self.payload)
        for field in self.payload.fields:
            cell = value_of(sample, field.name)
            if field.shape:
                cell = bytes(cell.as_buffer(of_type="i"))
                if len(cell) != 8 * field.width:
                    raise ValueError(
                        f"{field.name} has {len(cell) // 8} values, expected {field.width}"
                    )
            elif not isinstance(cell, int):
                raise TypeError(f"{field.name} is not a whole number")
            gathered[field.name].append(cell)
