"""Parquet files taken apart just far enough to be damaged in one place and right in all others."""

from __future__ import annotations

import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from formats.errors import DecodeError
from formats.parquet.pages import Chunk, Footers, Page, Pages

if TYPE_CHECKING:
    from random import Random

_INTEGERS, _BINARY, _LISTS, _STRUCT = {4, 5, 6}, 8, {9, 10}, 12


def footer_start(data: bytes) -> int:
    """Return where the footer begins, or would by its length."""
    return max(0, len(data) - 8 - int.from_bytes(data[-8:-4], "little"))


def with_footer(data: bytes, footer: bytes) -> bytes:
    """Return a file with another footer."""
    return data[: footer_start(data)] + footer + len(footer).to_bytes(4, "little") + data[-4:]


def unsigned(value: int) -> bytes:
    """Return a varint."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def signed(value: int) -> bytes:
    """Return a zigzag varint of 64 bits."""
    return unsigned(((value << 1) ^ (value >> 63)) & (2**64 - 1))


@dataclass
class _Walk:
    """Where the numbers of a Thrift struct stand: (start, stop, whether it is zigzag)."""

    data: bytes
    places: list[tuple[int, int, bool]] = field(default_factory=list)

    def number(self, position: int, *, zigzag: bool) -> int:
        """Note a varint, and return where it ends."""
        stop = position
        while self.data[stop] > 0x7F:
            stop += 1
        self.places.append((position, stop + 1, zigzag))
        return stop + 1

    def _read(self, start: int, stop: int) -> int:
        octets = self.data[start:stop]
        return sum((octet & 0x7F) << 7 * place for place, octet in enumerate(octets))

    def struct(self, position: int) -> int:
        """Note what a struct holds, and return where it ends."""
        while head := self.data[position]:
            position += 1
            if not head >> 4:
                position = self.number(position, zigzag=True)
            if head & 0x0F not in {1, 2}:
                position = self.value(head & 0x0F, position)
        return position + 1

    def value(self, kind: int, position: int) -> int:
        """Note what a value holds, and return where it ends."""
        if position > len(self.data):
            raise IndexError(position)
        if kind in _INTEGERS:
            return self.number(position, zigzag=True)
        if kind == _STRUCT:
            return self.struct(position)
        if kind == _BINARY:
            stop = self.number(position, zigzag=False)
            return stop + self._read(position, stop)
        if kind in _LISTS:
            head = self.data[position]
            count, stop = head >> 4, position + 1
            if count == 15:
                stop = self.number(position + 1, zigzag=False)
                count = self._read(position + 1, stop)
            else:
                self.places.append((position, position + 1, False))
            for _ in range(count):
                stop = self.value(head & 0x0F, stop)
            return stop
        return position + (8 if kind == 7 else 1)


def renumbered(rng: Random, data: bytes, position: int, size: int) -> bytes:
    """Return bytes with another number somewhere in the Thrift struct that begins at a place."""
    walk = _Walk(data)
    with suppress(IndexError):  # it is damaged already; what was seen of it will do
        walk.struct(position)
    if not walk.places:
        return data
    start, stop, zigzag = rng.choice(walk.places)
    value = rng.choice(
        [0, 1, 2, 3, 15, 127, 10**6, 10**8, 2**31 - 1, 2**31, 2**40, 2**63 - 1, -1, -(2**31), size,
         size - 8, rng.randrange(64), rng.randrange(2**16)]
    )  # fmt: skip
    if rng.random() < 0.2:
        new = bytes([(data[start] + rng.choice([-2, -1, 1, 2, 16, 0xF0])) & 0xFF])
        return data[:start] + new + data[start + 1 :]
    new = signed(value) if zigzag else unsigned(abs(value))
    room = stop - start
    if len(new) < room:  # as many bytes as before, so that nothing moves
        new = bytes([*new[:-1], new[-1] | 0x80, *[0x80] * (room - len(new) - 1), 0])
    return data[:start] + new + data[stop:]


def _pages(data: bytes) -> list[tuple[Chunk, Page]]:
    try:
        footer = Footers().read(data)
        return [(chunk, page) for chunk in footer.chunks for page in Pages().of(data, chunk)]
    except DecodeError:
        return []


def pages(data: bytes) -> list[tuple[int, int, int]]:
    """Return where each page's header begins, and its body begins and ends; none if damaged."""
    rows: list[tuple[int, int, int]] = []
    before: Chunk | None = None
    for chunk, page in _pages(data):
        header = rows[-1][2] if chunk is before else chunk.start
        rows.append((header, page.start, page.stop))
        before = chunk
    return rows


def bodies(data: bytes) -> list[tuple[str, int, int]]:
    """Return the column of each page, and where its body begins and ends."""
    return [(chunk.path.split(b".")[0].decode(), p.start, p.stop) for chunk, p in _pages(data)]


def resealed(data: bytes) -> bytes:
    """Return a file whose page checksums are right, where each has its usual five bytes."""
    changed = bytearray(data)
    for _, page in _pages(data):
        crc = zlib.crc32(data[page.start : page.stop])
        new = signed(crc - 2**32 if crc > 2**31 - 1 else crc)
        if len(new) < 5:
            new = bytes([*new[:-1], new[-1] | 0x80, *[0x80] * (4 - len(new)), 0])
        if page.crc_stop - page.crc_start == 5:
            changed[page.crc_start : page.crc_stop] = new
    return bytes(changed)
