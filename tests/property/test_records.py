"""Records of one length and base64 of many cells: built, read and refused as by plain loops."""

from __future__ import annotations

import base64 as reference
import binascii
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from formats.errors import DecodeError
from formats.wire import base64
from formats.wire.records import Records

if TYPE_CHECKING:
    from numpy.typing import NDArray

pytestmark = pytest.mark.hostile


@st.composite
def shapes(draw: st.DrawFn) -> tuple[list[bytes], list[int]]:
    """Draw literals, which may be empty, and the sizes of the slots between them."""
    slots = draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    literals = [draw(st.binary(max_size=4)) for _ in range(len(slots) + 1)]
    return literals, slots


def cells(size: int, rows: int) -> st.SearchStrategy[NDArray[np.uint8]]:
    return npst.arrays(np.uint8, (rows, size))


def join(literals: list[bytes], values: list[NDArray[np.uint8]], row: int) -> bytes:
    text = literals[0]
    for value, literal in zip(values, literals[1:], strict=True):
        text += value[row].tobytes() + literal
    return text


@given(shapes(), st.integers(0, 4), st.binary(max_size=5), st.data())
@settings(max_examples=200, deadline=None)
def test_records_are_literals_and_slots_in_turn(
    shape: tuple[list[bytes], list[int]], rows: int, around: bytes, data: st.DataObject
) -> None:
    literals, slots = shape
    records = Records(literals, slots)
    values = [data.draw(cells(size, rows)) for size in slots]
    text = b"".join(join(literals, values, row) for row in range(rows))
    assert records.build(values).tobytes() == text
    assert records.size == sum(slots) + sum(map(len, literals))
    seen = records.view(around + text + around, len(around), len(around) + len(text))
    assert seen.shape == (rows, records.size)
    for span, value in zip(records.slots, values, strict=True):
        assert np.array_equal(seen[:, span], value)
    assert np.array_equal(records.view(around + text, len(around)), seen)


@given(shapes(), st.integers(1, 4), st.data())
@settings(max_examples=200, deadline=None)
def test_a_changed_literal_is_seen_and_a_changed_value_is_not(
    shape: tuple[list[bytes], list[int]], rows: int, data: st.DataObject
) -> None:
    literals, slots = shape
    records = Records(literals, slots)
    values = [data.draw(cells(size, rows)) for size in slots]
    text = bytearray(records.build(values).tobytes())
    place = data.draw(st.integers(0, len(text) - 1))
    text[place] ^= data.draw(st.integers(1, 255))
    row, column = divmod(place, records.size)
    if any(span.start <= column < span.stop for span in records.slots):
        assert records.view(bytes(text))[row, column] == text[place]
    else:
        with pytest.raises(DecodeError, match=rf"^record {row}, byte \d+: .*, expected b"):
            records.view(bytes(text))


@given(shapes(), st.integers(0, 60))
@settings(max_examples=100, deadline=None)
def test_bytes_that_are_not_whole_records_are_refused(
    shape: tuple[list[bytes], list[int]], size: int
) -> None:
    records = Records(*shape)
    assume(size % records.size)
    with pytest.raises(DecodeError, match=f"{size} bytes do not make whole records"):
        records.view(bytes(size))


def test_the_place_of_a_wrong_literal_is_named() -> None:
    records = Records([b"", b",", b"\n"], [2, 1])
    with pytest.raises(DecodeError) as raised:
        records.view(b"head\n" + b"ab,c\nde;f\ngh,i\n", 5)
    assert str(raised.value) == "record 1, byte 12: b';', expected b','"


def decode(text: bytes, size: int) -> bytes:
    """Decode rows of base64 as a decoder does: from a part of each of a matrix's rows."""
    width = base64.length(size)
    grid = np.frombuffer(text, np.uint8).reshape(-1, width)
    wider = np.full((len(grid), width + 2), ord("*"), dtype=np.uint8)
    wider[:, 1:-1] = grid
    target = np.empty((len(grid), size), dtype=np.uint8)
    base64.decode(wider[:, 1:-1], target, "x")
    again = np.empty_like(target)
    base64.decode(grid, again, "x")
    assert np.array_equal(target, again)
    return target.tobytes()


@given(st.integers(1, 7), st.integers(0, 5), st.data())
@settings(max_examples=200, deadline=None)
def test_base64_is_that_of_python(size: int, rows: int, data: st.DataObject) -> None:
    values = data.draw(cells(size, rows))
    text = b"".join(reference.b64encode(row.tobytes()) for row in values)
    assert base64.length(size) * rows == len(text)
    assert base64.encode(values).tobytes() == text
    assert base64.encode(values).shape == (rows, base64.length(size))
    assert decode(text, size) == values.tobytes()


def by_python(text: bytes, size: int) -> bytes | None:
    """Return the bytes of rows of base64, or None where one is not what would be written."""
    width = base64.length(size)
    octets = b""
    for start in range(0, len(text), width):
        row = text[start : start + width]
        try:
            cell = reference.b64decode(row, validate=True)
        except binascii.Error:
            return None
        if len(cell) != size or reference.b64encode(cell) != row:
            return None
        octets += cell
    return octets


@given(st.integers(1, 7), st.integers(1, 4), st.data())
@settings(max_examples=600, deadline=None)
def test_base64_is_read_right_or_refused(size: int, rows: int, data: st.DataObject) -> None:
    text = bytearray(base64.encode(data.draw(cells(size, rows))).tobytes())
    for _ in range(data.draw(st.integers(1, 3))):
        octet = data.draw(st.sampled_from(b"AB/+=-_\n \x00\xffz9"))
        text[data.draw(st.integers(0, len(text) - 1))] = octet
    expected = by_python(bytes(text), size)
    if expected is None:
        with pytest.raises(DecodeError, match="base64"):
            decode(bytes(text), size)
    else:
        assert decode(bytes(text), size) == expected
