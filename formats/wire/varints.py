"""Varints, all of a chunk of bytes at once.

A varint is the low seven bits of each of its bytes, the least significant first; the high bit says
that another byte follows. Over whole arrays: two bytes beside each other make a number of 14 bits,
two of those one of 28; the numbers at the first byte of each varint are the varints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from formats.errors import DecodeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST = 5
"""Bytes of the longest varint of a 32-bit number."""

LONGEST_WIDE = 10
"""Of a 64-bit one, as any negative number is that is not zigzag."""

_CHUNK_BYTES = 1 << 16
_PAD = 16


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    """Return an unsigned varint of up to 64 bits, and where it ends.

    Raises:
        DecodeError: it is cut off, or longer.

    """
    value = shift = 0
    while True:
        if shift > 63 or position >= len(data):
            raise DecodeError(f"byte {position}: a number is cut off or too long")
        octet = data[position]
        position += 1
        value |= (octet & 0x7F) << shift
        if octet < 0x80:
            return value, position
        shift += 7


def sizes_of(values: NDArray[np.uint32] | NDArray[np.uint64]) -> NDArray[np.intp]:
    """Return the number of bytes that each value takes as a varint."""
    sizes = np.ones(values.shape, dtype=np.intp)
    for bits in range(7, 8 * values.itemsize, 7):
        sizes += values >= values.dtype.type(1 << bits)
    return sizes


def write(values: NDArray[np.uint32] | NDArray[np.uint64], sizes: NDArray[np.intp]) -> bytes:
    """Write values, shape (n,), as varints of known sizes."""
    kind = values.dtype.type
    starts = np.cumsum(sizes) - sizes
    out = np.empty(int(sizes.sum()), dtype=np.uint8)
    for index in range(int(sizes.max(initial=0))):
        chosen = np.flatnonzero(sizes > index) if index else slice(None)
        more = np.where(sizes[chosen] > index + 1, kind(0x80), kind(0))
        out[starts[chosen] + index] = (values[chosen] >> kind(7 * index) & kind(0x7F)) | more
    return out.tobytes()


class Reader:
    """Reads varints; keeps scratch memory of a chunk, and so serves one thread.

    wide: they are numbers of 64 bits, negative ones in two's complement.
    """

    def __init__(self, *, wide: bool = False) -> None:
        self._wide = wide
        self._longest = LONGEST_WIDE if wide else LONGEST
        room = _CHUNK_BYTES + LONGEST_WIDE + 2 * _PAD
        types: dict[str, type[Any]] = {
            "octet": np.uint8,
            "septet": np.uint8,
            "two": np.uint16,
            "high": np.uint16,
            "four": np.uint32,
            **dict.fromkeys(("more", "run2", "begins"), np.bool_),
        }
        self._memory: dict[str, NDArray[Any]] = {
            name: np.zeros(room, dtype=kind) for name, kind in types.items()
        }

    def read(self, data: bytes) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Read bytes that are varints throughout.

        Returns values, shape (n,), uint32, or int64 if some of the wide ones need it; and where
        each begins, shape (n + 1,), the last being the end.

        Raises:
            DecodeError: the last one is cut off, or one does not fit 32 bits, or 64.

        """
        octets = np.frombuffer(data, dtype=np.uint8)
        count = int(np.count_nonzero(octets < 0x80))
        values: NDArray[Any] = np.empty(count, dtype=np.uint32)
        starts = np.empty(count + 1, dtype=np.int64)
        starts[count] = len(data)
        start = filled = 0
        while start < len(data):
            stop = self._cut(octets, start)
            some = self._chunk(octets[start:stop], starts[filled:], start)
            if some.dtype != values.dtype and values.dtype == np.uint32:
                values = values.astype(np.int64)
            values[filled : filled + len(some)] = some
            filled += len(some)
            start = stop
        return values, starts

    def _cut(self, octets: NDArray[np.uint8], start: int) -> int:
        """Return where a chunk ends: after the last byte of a varint."""
        stop = min(start + _CHUNK_BYTES, len(octets))
        for end in range(stop, max(start, stop - self._longest), -1):
            if octets[end - 1] < 0x80:
                return end
        bits = 64 if self._wide else 32
        raise DecodeError(f"byte {stop - 1}: a number is cut off, or longer than {bits} bits")

    def _chunk(
        self, octets: NDArray[np.uint8], starts: NDArray[np.int64], offset: int
    ) -> NDArray[Any]:
        size = len(octets)

        def view(name: str, shift: int = 0) -> NDArray[Any]:
            return self._memory[name][_PAD + shift : _PAD + shift + size]

        view("octet")[:] = octets
        self._memory["octet"][_PAD + size : 2 * _PAD + size] = 0
        # Byte i beside the one before it, and those after it.
        whole = slice(_PAD, 2 * _PAD + size)
        octet, septet, more = (self._memory[name] for name in ("octet", "septet", "more"))
        np.bitwise_and(octet[whole], 0x7F, out=septet[whole])
        np.greater(octet[whole], 0x7F, out=more[whole])
        np.logical_not(view("more", -1), out=view("begins"))
        places = np.flatnonzero(view("begins"))
        np.add(places, offset, out=starts[: len(places)])
        two, run2 = view("two"), view("run2")
        np.multiply(view("septet", 1), np.uint16(128), out=two, dtype=np.uint16)
        np.multiply(two, view("more"), out=two)
        np.add(two, view("septet"), out=two)
        np.logical_and(view("more"), view("more", 1), out=run2)
        if not run2.any():
            return two.take(places).astype(np.uint32)
        self._memory["two"][_PAD + size : 2 * _PAD + size] = 0
        self._memory["run2"][_PAD + size : 2 * _PAD + size] = False
        four = view("four")
        np.multiply(view("two", 2), run2, out=view("high"))
        np.multiply(view("high"), np.uint32(1 << 14), out=four, dtype=np.uint32)
        np.add(four, two, out=four)
        values = four.take(places)
        if np.logical_and(run2, view("run2", 2), out=view("begins")).any():
            if self._wide:
                return self._rest(places, values, view)
            self._fifth(places, values, view)
        return values

    @staticmethod
    def _fifth(places: NDArray[np.intp], values: NDArray[np.uint32], view: Any) -> None:
        long = np.flatnonzero(view("begins").take(places))
        high = view("octet", 4).take(places[long])
        if high.max(initial=0) > 0x0F:
            raise DecodeError("a number does not fit 32 bits")
        values[long] |= high.astype(np.uint32) << np.uint32(28)

    @staticmethod
    def _rest(places: NDArray[np.intp], values: NDArray[np.uint32], view: Any) -> NDArray[np.int64]:
        """Add what is beyond four bytes to numbers of 64 bits."""
        wide = values.astype(np.uint64)
        long = np.flatnonzero(view("begins").take(places))
        for index in range(4, LONGEST_WIDE):
            high = view("octet", index).take(places[long])
            if index == LONGEST_WIDE - 1 and high.max(initial=0) > 1:
                raise DecodeError("a number does not fit 64 bits")
            wide[long] |= (high & 0x7F).astype(np.uint64) << np.uint64(7 * index)
            long = long[high > 0x7F]
        return wide.view(np.int64)
