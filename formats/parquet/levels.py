"""Parquet's repetition and definition levels, for lists that all have one length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from formats.errors import DecodeError
from formats.wire.varints import read_varint

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KEEP = 8


class Levels:
    """Checks that a page's levels say "lists of `width` numbers, none missing".

    They are the same in every page that begins at the same place of a list and holds as many
    values, so those checked before are only compared.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._right: dict[tuple[int, int], bytes] = {}

    def check(self, data: bytes, start: int, stop: int, first: int, count: int) -> int:
        """Return where the values begin in the body of a page, which holds `count` from `first` on.

        Raises:
            DecodeError: the levels are damaged, or say something else.

        """
        if count * 4 > stop - start:
            raise DecodeError(f"byte {start}: a page too short for its {count} numbers")
        middle = _after(data, start, stop)
        end = _after(data, middle, stop)
        levels = data[start:end]
        key = (first % self._width, count)
        if self._right.get(key) != levels:
            repeated = _unpack(data[start + 4 : middle], count)
            defined = _unpack(data[middle + 4 : end], count)
            begins = np.arange(first, first + count) % self._width == 0
            if not np.array_equal(repeated, ~begins) or not defined.all():
                raise DecodeError(f"byte {start}: lists that are not of {self._width} numbers")
            if len(self._right) >= _KEEP:
                self._right.clear()
            self._right[key] = levels
        return end


def _after(data: bytes, start: int, stop: int) -> int:
    """Return where the levels end that begin with their size in four bytes."""
    end = start + 4 + int.from_bytes(data[start : start + 4], "little")
    if end > stop:
        raise DecodeError(f"byte {start}: levels that end outside their page")
    return end


def _unpack(data: bytes, count: int) -> NDArray[np.bool_]:
    """Decode the RLE and bit-packing hybrid, for values of one bit."""
    levels = np.zeros(count, dtype=np.bool_)
    position = filled = 0
    while filled < count:
        header, position = read_varint(data, position)
        size = (header >> 1) * (8 if header & 1 else 1)
        width = header >> 1 if header & 1 else 1
        octets = np.frombuffer(data[position : position + width], dtype=np.uint8)
        if len(octets) != width or not size:
            raise DecodeError("levels that are cut off")
        run = np.unpackbits(octets, bitorder="little") if header & 1 else octets != 0
        room = levels[filled : filled + size]
        room[:] = run[: len(room)] if header & 1 else run
        filled += size
        position += width
    return levels
