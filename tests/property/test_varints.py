"""Varints: all of a chunk at once as the official library and a plain loop read them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from formats.errors import DecodeError
from formats.payloads import payload
from formats.protobuf.layout import MESSAGES, message_class
from formats.wire import varints

pytestmark = pytest.mark.hostile

EDGES = [0, 1, 127, 128, (1 << 14) - 1, 1 << 14, (1 << 21) - 1, 1 << 21, (1 << 28) - 1, 1 << 28]
numbers = st.sampled_from([*EDGES, (1 << 32) - 1]) | st.integers(0, 32).flatmap(
    lambda bits: st.integers(0, (1 << bits) - 1)
)
CHUNKS = st.sampled_from([5, 6, 7, 64, 1 << 16])


def by_the_official_library(values: list[int]) -> bytes:
    """Return values as varints: what a packed field holds after its tag and length."""
    message = message_class(MESSAGES, payload("tokens", 1))
    written: bytes = message(ids=values).SerializeToString()
    return written[varints.read_varint(written, 1)[1] :] if values else b""


def one_by_one(data: bytes) -> tuple[list[int], list[int]] | None:
    """Return values and where each begins; None where the bytes are not varints of 32 bits."""
    values, starts = [], []
    position = 0
    while position < len(data):
        value = size = 0
        starts.append(position)
        while True:
            if position >= len(data) or size == 5:
                return None
            value |= (data[position] & 0x7F) << 7 * size
            position, size = position + 1, size + 1
            if data[position - 1] < 0x80:
                break
        if value >= 1 << 32:
            return None
        values.append(value)
    return values, [*starts, len(data)]


def read(data: bytes, chunk: int) -> tuple[list[int], list[int]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(varints, "_CHUNK_BYTES", chunk)
        values, starts = varints.Reader().read(data)
    return values.tolist(), starts.tolist()


def written(values: list[int]) -> bytes:
    array = np.array(values, dtype=np.uint32)
    return varints.write(array, varints.sizes_of(array))


@given(st.lists(numbers, max_size=40), CHUNKS)
@example([], 5)
@example([1 << 28] * 9, 6)
@settings(max_examples=300, deadline=None)
def test_values_are_those_of_the_official_library(values: list[int], chunk: int) -> None:
    data = by_the_official_library(values)
    assert written(values) == data
    assert one_by_one(data) == read(data, chunk)
    assert read(data, chunk)[0] == values


octets = st.sampled_from([0x00, 0x01, 0x0F, 0x10, 0x7F, 0x80, 0x81, 0xFF]) | st.integers(0, 255)


@given(st.lists(octets, max_size=40).map(bytes), CHUNKS)
@example(b"\x80\x80\x80\x80\x80\x00", 64)
@example(b"\x80\x80\x80\x80\x0f", 5)
@example(b"\xff\xff\xff\xff\x10", 64)
@settings(max_examples=800, deadline=None)
def test_any_bytes_are_read_right_or_refused(data: bytes, chunk: int) -> None:
    expected = one_by_one(data)
    if expected is None:
        with pytest.raises(DecodeError):
            read(data, chunk)
    else:
        assert read(data, chunk) == expected


@pytest.mark.parametrize("size", range(1, 6))
def test_every_length_across_every_border(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    value = (1 << min(7 * size, 32)) - 1
    monkeypatch.setattr(varints, "_CHUNK_BYTES", 16)
    reader = varints.Reader()
    for before in range(20):
        values, starts = reader.read(b"\x05" * before + written([value]) * 9)
        assert values.tolist() == [5] * before + [value] * 9
        assert np.diff(starts).tolist() == [1] * before + [size] * 9


@pytest.mark.parametrize("value", [1 << 32, 1 << 35, (1 << 64) - 1, 1 << 63])
def test_numbers_of_more_than_32_bits_are_refused(value: int) -> None:
    data = b""
    while value:
        data += bytes([value & 0x7F | (0x80 if value > 0x7F else 0)])
        value >>= 7
    for around in (b"", b"\x01\x02\x03"):
        with pytest.raises(DecodeError, match="32 bits"):
            varints.Reader().read(around + data + around)


@pytest.mark.parametrize("data", [b"\x80", b"\x01\xff", b"\x05" * 70 + b"\x80\x80\x80"])
def test_a_number_that_is_cut_off_is_refused(data: bytes) -> None:
    with pytest.raises(DecodeError, match=rf"byte {len(data) - 1}: a number is cut off"):
        varints.Reader().read(data)


@given(st.lists(st.lists(octets, max_size=30).map(bytes), min_size=2, max_size=6))
@settings(max_examples=100, deadline=None)
def test_scratch_memory_leaks_into_no_later_bytes(several: list[bytes]) -> None:
    """One reader reads bytes of any length, refused ones among them, in any order."""
    reader: Any = varints.Reader()
    for data in several:
        expected = one_by_one(data)
        if expected is None:
            with pytest.raises(DecodeError):
                reader.read(data)
        else:
            values, starts = reader.read(data)
            assert (values.tolist(), starts.tolist()) == expected


@given(st.integers(0, (1 << 64) - 1), st.binary(max_size=3), st.binary(max_size=3))
def test_one_number_of_up_to_64_bits(value: int, before: bytes, after: bytes) -> None:
    data, rest = b"", value
    while rest > 0x7F:
        data, rest = data + bytes([rest & 0x7F | 0x80]), rest >> 7
    data += bytes([rest])
    end = len(before) + len(data)
    assert varints.read_varint(before + data + after, len(before)) == (value, end)
    with pytest.raises(DecodeError, match="cut off or too long"):
        varints.read_varint(before + data[:-1], len(before))


def test_a_number_of_more_than_ten_bytes_is_refused() -> None:
    with pytest.raises(DecodeError, match="byte 10: a number is cut off or too long"):
        varints.read_varint(b"\x80" * 10 + b"\x01", 0)


def test_no_values_are_no_bytes() -> None:
    assert written([]) == b""


wide_numbers = st.sampled_from(
    [*EDGES, 1 << 35, 1 << 42, 1 << 49, 1 << 56, (1 << 63) - 1, -1, -(1 << 63), -(1 << 31)]
) | st.integers(-(1 << 63), (1 << 63) - 1)


@given(st.lists(wide_numbers | numbers, max_size=40), st.sampled_from([10, 11, 64, 1 << 16]))
@settings(max_examples=300, deadline=None)
def test_numbers_of_64_bits_are_read_and_written(values: list[int], chunk: int) -> None:
    unsigned = np.array(values, np.int64).view(np.uint64)
    sizes = varints.sizes_of(unsigned)
    data = varints.write(unsigned, sizes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(varints, "_CHUNK_BYTES", chunk)
        read_values, starts = varints.Reader(wide=True).read(data)
    assert read_values.tolist() == values
    assert np.diff(starts).tolist() == sizes.tolist()
    position = 0
    for value in values:
        one, position = varints.read_varint(data, position)
        assert one == value & (1 << 64) - 1


@pytest.mark.parametrize("data", [b"\xff" * 9 + b"\x02", b"\xff" * 10 + b"\x00", b"\x80" * 11])
def test_numbers_of_more_than_64_bits_are_refused(data: bytes) -> None:
    with pytest.raises(DecodeError, match="64 bits"):
        varints.Reader(wide=True).read(data)
