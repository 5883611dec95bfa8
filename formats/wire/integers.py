"""Decimal integers in text, parsed a chunk at a time.

Text of a fixed pattern, such as a CSV table or JSON objects of one shape, is a row of literals with
a number between any two. Every byte is then a digit, a minus sign or part of a literal, and all
numbers of a chunk can be read together: what the one or two digits that end at a byte are worth
follows from two neighbours, what up to four are from two of those, over whole arrays (Daniel
Lemire's "parse eight digits at once", with a chunk of text for a register). The values at the last
digit of each number are the numbers, or their last four digits; longer ones are put together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

CHUNK_BYTES = 1 << 18
"""Text is read in whole rows of at least so many bytes: intermediate arrays stay in cache."""

_PAD = 16
"""Zeros before and after the text, so that a shifted view needs no edge case."""

_ZERO, _MINUS = ord("0"), ord("-")

_LONGEST = 16
"""Digits of a number that are too many: 64 bits hold any with fewer."""

_TYPES: dict[str, type[np.generic]] = {
    "digit": np.uint8,
    "two": np.uint8,
    "four": np.uint16,
    "high": np.uint8,
    "high4": np.uint16,
    **dict.fromkeys(("is_digit", "run2", "run4", "run", "flag"), np.bool_),
}


class IrregularError(Exception):
    """The text does not follow the pattern; the message says why, as far as it is known."""


class Pattern:
    """Rows of text: a prefix, numbers with a literal between any two, a suffix.

    Keeps scratch memory, a small multiple of the longest chunk, and so serves one thread.
    """

    def __init__(self, prefix: bytes, between: list[bytes], suffix: bytes) -> None:
        self.numbers = len(between) + 1
        self._prefix, self._suffix = prefix, suffix
        # What follows each number of a row; the last is followed by the next row.
        follows = [*between, suffix + prefix]
        self._first = np.array([literal[0] for literal in follows], dtype=np.uint8)
        self._long = [
            (index, np.frombuffer(literal, dtype=np.uint8), np.arange(1, len(literal) + 1))
            for index, literal in enumerate(follows)
            if len(literal) > 1
        ]
        self._literal_bytes = sum(map(len, follows))
        self._memory: dict[str, NDArray[Any]] = {}

    def rows(self, data: bytes, start: int = 0) -> Iterator[NDArray[Any]]:
        """Yield the numbers of some rows at a time, shape (rows, numbers), in order.

        The suffix must end in the only line feed of a row.

        Raises:
            IrregularError: a chunk of rows is not as the pattern has it.

        """
        while start < len(data):
            stop = data.find(b"\n", min(start + CHUNK_BYTES, len(data)) - 1) + 1
            if not stop:
                raise IrregularError("the last line does not end in a line feed")
            yield self.parse(data, start, stop)
            start = stop

    def parse(self, data: bytes, start: int, stop: int) -> NDArray[Any]:
        """Return the numbers of whole rows of text, shape (rows, numbers), in the least dtype.

        Raises:
            IrregularError: the text is not as the pattern has it.

        """
        if not (data.startswith(self._prefix, start) and data.endswith(self._suffix, start, stop)):
            raise IrregularError("a row does not begin or end as the layout writes it")
        text = np.frombuffer(data, dtype=np.uint8, count=stop - start, offset=start)
        self._find_digits(text)
        ends = np.flatnonzero(self._ends())
        if not len(ends) or len(ends) % self.numbers:
            raise IrregularError("not a whole number of rows")
        signs = self._check(text, ends)
        values = self._magnitudes(ends)
        if signs:
            values = self._signed(text, ends, values, signs)
        return values.reshape(-1, self.numbers)

    def _view(self, name: str, shift: int = 0) -> NDArray[Any]:
        """View scratch memory so that byte i - shift of the text stands where byte i does."""
        return self._memory[name][_PAD - shift : _PAD - shift + self._size]

    def _find_digits(self, text: NDArray[np.uint8]) -> None:
        self._size = len(text)
        needed = self._size + 2 * _PAD
        if not self._memory or len(self._memory["digit"]) < needed:
            self._memory = {name: np.zeros(needed, dtype=kind) for name, kind in _TYPES.items()}
        # The scratch memory may stem from a longer chunk.
        self._memory["is_digit"][_PAD + self._size : needed] = False
        digit, is_digit = self._view("digit"), self._view("is_digit")
        np.subtract(text, _ZERO, out=digit)
        np.less(digit, 10, out=is_digit)
        np.multiply(digit, is_digit.view(np.uint8), out=digit)

    def _ends(self) -> NDArray[np.bool_]:
        """Mark the last digit of each number."""
        flag: NDArray[np.bool_] = self._view("flag")
        np.greater(self._view("is_digit"), self._view("is_digit", -1), out=flag)
        return flag

    def _check(self, text: NDArray[np.uint8], ends: NDArray[np.intp]) -> int:
        """Check that each number is followed by its literal.

        Returns how many bytes are neither digit nor literal: the number of minus signs.
        """
        grid = ends.reshape(-1, self.numbers)
        digits = int(np.count_nonzero(self._view("is_digit")))
        # The suffix is included, so that something follows the last number too.
        if not (text[1:].take(ends).reshape(grid.shape) == self._first).all():
            raise IrregularError("a value is not followed by what should follow it")
        for index, literal, offsets in self._long:
            rows = grid[:-1] if index == self.numbers - 1 else grid
            if not (text.take(rows[:, index, None] + offsets, mode="clip") == literal).all():
                raise IrregularError("a row is not written as the layout writes it")
        return self._size - digits - self._literal_bytes * len(grid)

    def _magnitudes(self, ends: NDArray[np.intp]) -> NDArray[Any]:
        """Return the numbers that end at some bytes, without their signs."""
        view = self._view
        is_digit, run2, run4, run = map(view, ("is_digit", "run2", "run4", "run"))
        two, four, high4 = map(view, ("two", "four", "high4"))
        np.multiply(view("digit", 1), np.uint8(10), out=two)
        np.add(two, view("digit"), out=two)
        np.multiply(two, is_digit.view(np.uint8), out=two)
        np.logical_and(is_digit, view("is_digit", 1), out=run2)
        self._refuse_leading_zeros()
        np.multiply(view("two", 2), run2.view(np.uint8), out=view("high"))
        np.multiply(view("high"), np.uint16(100), out=four, dtype=np.uint16)
        np.add(four, two, out=four)
        np.logical_and(run2, view("run2", 2), out=run4)
        values = four.take(ends)
        np.copyto(run, run4)
        # Four more digits at a time, as long as some number has them.
        for back in range(4, _LONGEST, 4):
            if not np.logical_and(run, view("is_digit", back), out=view("flag")).any():
                return values
            np.multiply(view("four", back), run, out=high4)
            kind = np.uint32 if back == 4 else np.int64
            values = values.astype(kind)
            values += np.multiply(high4.take(ends), kind(10**back), dtype=kind)
            np.logical_and(run, view("run4", back), out=run)
        if run.any():
            raise IrregularError(f"a number of {_LONGEST} digits or more")
        return values

    def _refuse_leading_zeros(self) -> None:
        """Refuse a zero that is a number's first digit and not its last."""
        flag = self._view("flag")
        np.equal(self._view("digit", 1), 0, out=flag)
        np.logical_and(flag, self._view("run2"), out=flag)
        if np.greater(flag, self._view("is_digit", 2), out=flag).any():
            raise IrregularError("a number begins with a zero that it does not need")

    def _signed(
        self, text: NDArray[np.uint8], ends: NDArray[np.intp], values: NDArray[Any], signs: int
    ) -> NDArray[Any]:
        """Negate the numbers that have a minus sign where they begin.

        If these are as many as there are bytes that nothing else accounts for, there is no other.
        """
        negative = np.empty(len(ends), dtype=np.int8)
        negative[0] = text[len(self._prefix)] == _MINUS
        # A number begins after the literal that follows the one before it.
        negative[1:] = text[2:].take(ends[:-1]) == _MINUS
        grid = ends.reshape(-1, self.numbers)
        for index, literal, _ in self._long:
            begins = grid[:, index] + 1 + len(literal)
            if index < self.numbers - 1:
                negative.reshape(grid.shape)[:, index + 1] = text.take(begins) == _MINUS
            else:
                negative[self.numbers :: self.numbers] = text.take(begins[:-1]) == _MINUS
        if np.count_nonzero(negative) != signs:
            raise IrregularError("something stands between two values")
        # In two's complement -x is (x ^ -1) + 1.
        kind = np.dtype(np.int64 if values.dtype.itemsize > 4 else np.int32)
        signed: NDArray[Any] = values.astype(kind)
        mask = np.negative(negative).astype(kind)
        signed ^= mask
        signed -= mask
        return signed
