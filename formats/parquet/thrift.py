"""Thrift's compact protocol, as far as Parquet's footers and page headers need it.

Source: the protocol's specification, apache/thrift doc/specs/thrift-compact-protocol.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from formats.errors import DecodeError
from formats.wire.varints import read_varint

if TYPE_CHECKING:
    from collections.abc import Iterator

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_DEEPEST = 16


def zigzag(data: bytes, position: int) -> tuple[int, int]:
    """Return a signed varint, and where it ends."""
    value, position = read_varint(data, position)
    return (value >> 1) ^ -(value & 1), position


class Struct:
    """A struct that begins at a byte: its fields, one at a time."""

    def __init__(self, data: bytes, position: int, depth: int = 0) -> None:
        if depth > _DEEPEST:
            raise DecodeError(f"byte {position}: nested too deep")
        self._data = data
        self._depth = depth
        self.position = position

    def __iter__(self) -> Iterator[tuple[int, int, Any]]:
        """Yield each field's number, where its value begins, and its value.

        A number is an int, text is bytes, a list is a list, a struct is a dict by field number.
        `position` is where the value ends, and at last where the struct does.
        """
        number = 0
        data = self._data
        while True:
            if self.position >= len(data):
                raise DecodeError(f"byte {self.position}: a struct is cut off")
            head = data[self.position]
            self.position += 1
            if not head:
                return
            before = number
            if head >> 4:
                number += head >> 4
            else:
                number, self.position = zigzag(data, self.position)
            if number <= before:  # readers differ on a field that occurs twice
                raise DecodeError(f"byte {self.position}: fields that are not in order")
            start = self.position
            kind = head & 0x0F
            value = kind == _TRUE if kind in {_TRUE, _FALSE} else self._value(kind)
            yield number, start, value

    def _value(self, kind: int) -> Any:
        data, position = self._data, self.position
        if kind in {_I16, _I32, _I64}:
            value, self.position = zigzag(data, position)
            return value
        if kind == _BINARY:
            size, start = read_varint(data, position)
            self.position = start + size
            if self.position > len(data):
                raise DecodeError(f"byte {position}: text is cut off")
            return data[start : self.position]
        if kind == _STRUCT:
            inner = Struct(data, position, self._depth + 1)
            fields = {number: value for number, _, value in inner}
            self.position = inner.position
            return fields
        if kind in {_LIST, _SET}:
            return self._list()
        if kind in {_TRUE, _FALSE, _BYTE}:
            self.position += 1
            return data[position] if position < len(data) else 0
        if kind == _DOUBLE:
            self.position += 8
            return None
        raise DecodeError(f"byte {position}: a value of the unknown type {kind}")

    def _list(self) -> list[Any]:
        head = self._data[self.position] if self.position < len(self._data) else 0
        self.position += 1
        count = head >> 4
        if count == 15:
            count, self.position = read_varint(self._data, self.position)
        if count > len(self._data) - self.position:
            raise DecodeError(f"byte {self.position}: a list of {count} is cut off")
        inner = Struct(self._data, self.position, self._depth + 1)
        values = [inner._value(head & 0x0F) for _ in range(count)]
        self.position = inner.position
        return values
