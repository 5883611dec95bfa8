"""Records of one length: literals with slots between them, seen as a matrix of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from formats.errors import DecodeError

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Records:
    """A record is literal, slot, literal, slot, ..., literal; literals may be empty."""

    def __init__(self, literals: list[bytes], slots: list[int]) -> None:
        self._literals: list[tuple[slice, NDArray[np.uint8]]] = []
        self.slots: list[slice] = []
        position = 0
        for literal, size in zip(literals, [*slots, 0], strict=True):
            after = position + len(literal)
            if literal:
                octets = np.frombuffer(literal, dtype=np.uint8)
                self._literals.append((slice(position, after), octets))
            if len(self.slots) < len(slots):
                self.slots.append(slice(after, after + size))
            position = after + size
        self.size = position

    def build(self, values: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """Return records, shape (n, size), of the bytes of each slot, shape (n, slot)."""
        records = np.empty((len(values[0]), self.size), dtype=np.uint8)
        for span, literal in self._literals:
            records[:, span] = literal
        for span, value in zip(self.slots, values, strict=True):
            records[:, span] = value
        return records

    def view(self, data: bytes, start: int = 0, stop: int | None = None) -> NDArray[np.uint8]:
        """View some of the bytes as records, shape (n, size), without copying.

        Raises:
            DecodeError: they are not whole records, or a literal is not where it should be.

        """
        size = (len(data) if stop is None else stop) - start
        count, rest = divmod(size, self.size)
        if rest:
            raise DecodeError(f"{size} bytes do not make whole records of {self.size} bytes")
        octets = np.frombuffer(data, np.uint8, size, start) if count else _NOTHING
        records = octets.reshape(count, self.size)
        for span, literal in self._literals:
            right = records[:, span] == literal
            if not right.all():
                record = int(np.argmin(right.all(axis=1)))
                raise DecodeError(
                    f"record {record}, byte {start + record * self.size + span.start}: "
                    f"{records[record, span].tobytes()!r}, expected {literal.tobytes()!r}"
                )
        return records


_NOTHING = np.empty(0, dtype=np.uint8)
