"""Parquet's footer and page headers: where in a file the values lie, and how.

Source: the format's specification, apache/parquet-format README.md and parquet.thrift.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from formats.batch import memory_limit
from formats.errors import DecodeError
from formats.parquet.thrift import Struct, zigzag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MAGIC = b"PAR1"
UNCOMPRESSED = 0
DATA_PAGE, _DICTIONARY_PAGE = 0, 2
PLAIN = 0

_BYTE_ARRAY, _FIXED = 6, 7
_WIDTHS = {0: 1, 1: 4, 2: 8, 3: 12, 4: 4, 5: 8, _BYTE_ARRAY: 8}
"""Bytes of a value in memory by its physical type; an offset, for one of any length."""


def _crc32() -> Callable[[bytes | memoryview], int]:
    """Return the fastest CRC-32 there is: zlib-ng's takes a tenth of zlib's time."""
    try:
        from zlib_ng import zlib_ng
    except ImportError:  # a platform that it has no wheel for
        return zlib.crc32
    fast: Callable[[bytes | memoryview], int] = zlib_ng.crc32
    return fast


crc32 = _crc32()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A column's part of a row group: its first page's byte, and its size in the file.

    width: bytes that a value takes in memory; to them comes its text, if it is of any length.
    """

    path: bytes
    width: int
    any_length: bool
    codec: int
    values: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Footer:
    """What a footer says; schema is its bytes, since files of one layout have the same.

    elements: number of the schema's columns and of what they are nested in.
    """

    rows: int
    schema: bytes
    elements: int
    chunks: tuple[Chunk, ...]


class Page(NamedTuple):
    """A page: what its header says, and where its body lies in the file."""

    kind: int
    values: int
    encoding: int
    unpacked: int
    crc: int | None
    start: int
    stop: int


class Footers:
    """Reads footers, and knows the last one again: files of one shape often have the same."""

    def __init__(self) -> None:
        self._bytes, self._start = b"", 0
        self._footer: Footer | None = None

    def read(self, data: bytes) -> Footer:
        """Return what the footer of a file says.

        Raises:
            DecodeError: the file does not begin or end as Parquet does, or its footer is damaged.

        """
        size = int.from_bytes(data[-8:-4], "little")
        start = len(data) - 8 - size
        if data[:4] != _MAGIC or data[-4:] != _MAGIC or start < 4:
            raise DecodeError(f"{len(data)} bytes that do not begin and end as a Parquet file does")
        found = data[start:-8]
        if self._footer is None or found != self._bytes or start != self._start:
            self._footer = _footer(found, start)
            self._bytes, self._start = found, start
        return self._footer


def _footer(data: bytes, limit: int) -> Footer:
    rows, schema, chunks, elements, groups = 0, b"", [], [], []
    top = Struct(data, 0)
    try:
        for number, start, value in top:
            if number == 2:
                schema, elements = data[start : top.position], value
            elif number == 3:
                rows = value
            elif number == 4:
                groups = value
        # A leaf has a type and no children.
        leaves = [element for element in elements if 1 in element and not element.get(5)]
        for group in groups:
            rows -= group[3]
            if group[3] < 0 or len(group[1]) != len(leaves):
                raise DecodeError(
                    f"a row group of {group[3]} rows and {len(group[1])} columns; "
                    f"the schema has {len(leaves)}"
                )
            chunks += [
                _chunk(column[3], leaf, limit)
                for column, leaf in zip(group[1], leaves, strict=True)
            ]
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise DecodeError(f"the footer lacks something that it must have: {error!r}") from error
    if rows:
        raise DecodeError(f"{rows} rows are in no row group")
    return Footer(sum(group[3] for group in groups), schema, len(elements), tuple(chunks))


def _chunk(meta: dict[int, Any], leaf: dict[int, Any], limit: int) -> Chunk:
    path, codec, values = b".".join(meta[3]), meta[4], meta[5]
    size, data_start = meta[7], meta[9]
    start = min(meta.get(11, data_start), data_start)  # a dictionary comes first
    if not values:  # then no page was written
        start, size = 4, 0
    width = leaf[2] if leaf[1] == _FIXED else _WIDTHS[leaf[1]]
    width += 4 * (len(meta[3]) > 1)  # two levels of two bytes say where a list begins
    chunk = Chunk(path, width, leaf[1] == _BYTE_ARRAY, codec, values, start, start + size)
    if values < 0 or width < 0 or not 4 <= chunk.start <= chunk.stop <= limit:
        raise DecodeError(f"column {chunk.path!r} is said to lie outside the file")
    return chunk


class Pages:
    """Reads page headers, and knows a column's last one again but for its checksum.

    The pages of a column are alike in files of one layout and one number of samples.
    """

    def __init__(self) -> None:
        self._last: dict[bytes, tuple[bytes, bytes, Page]] = {}

    def of(self, data: bytes, chunk: Chunk) -> Iterator[Page]:
        """Yield the pages of a chunk.

        Raises:
            DecodeError: a header is damaged, or a page's body does not end within its chunk.

        """
        position = chunk.start
        while position < chunk.stop:
            page = self._again(data, position, chunk) or self._parse(data, position, chunk)
            if page.stop > chunk.stop:
                raise DecodeError(f"byte {position}: a page of {chunk.path!r} ends outside it")
            yield page
            position = page.stop

    def _again(self, data: bytes, position: int, chunk: Chunk) -> Page | None:
        """Return the page if its header is like the column's last one but for the checksum."""
        known = self._last.get(chunk.path)
        if known is None:
            return None
        before, after, like = known
        if not data.startswith(before, position):
            return None
        crc, position = None, position + len(before)
        if like.crc is not None:
            crc, position = zigzag(data, position)
        if not data.startswith(after, position):
            return None
        start = position + len(after)
        size = like.stop - like.start
        return Page(like.kind, like.values, like.encoding, like.unpacked, crc, start, start + size)

    def _parse(self, data: bytes, position: int, chunk: Chunk) -> Page:
        header = Struct(data, position)
        # Where the checksum stands; if there is none, after all the rest.
        crc_span = None
        found = {}
        for number, start, value in header:
            found[number] = value
            if number == 4:
                crc_span = (start, header.position)
        try:
            kind, unpacked, size = found[1], found[2], found[3]
            details = found.get(5) or found.get(8) or found.get(7) or {}
            # Version 2 of a data page counts its rows before it names its encoding.
            encoding = details[4] if 8 in found and 5 not in found else details[2]
            page = Page(
                kind,
                details[1],
                encoding,
                unpacked,
                found.get(4),
                header.position,
                header.position + size,
            )
        except (KeyError, TypeError) as error:
            raise DecodeError(f"byte {position}: no page header") from error
        if size < 0 or unpacked < 0 or page.values < 0:
            raise DecodeError(f"byte {position}: a page of negative size")
        before, after = crc_span or (header.position, header.position)
        self._last[chunk.path] = (data[position:before], data[after : header.position], page)
        return page


def refuse_bombs(data: bytes, footers: Footers, elements: int) -> Footer:
    """Return the footer of a file whose values, unpacked, stay within what a decode may take.

    elements: number of elements of the schema of the file that is expected. Libraries take long
    for many columns, and all of the stack for deep ones.

    Raises:
        DecodeError: the file is damaged, has another schema, or would unpack to more than is
            believable.

    """
    footer = footers.read(data)
    if footer.elements != elements:
        raise DecodeError(f"a schema of {footer.elements} elements, expected {elements}")
    pages = Pages()
    claimed = sum(_claimed(data, chunk, pages) for chunk in footer.chunks)
    if claimed > memory_limit(len(data)) // 4:
        raise DecodeError(f"{len(data)} bytes claim to unpack to {claimed}")
    return footer


def _claimed(data: bytes, chunk: Chunk, pages: Pages) -> int:
    """Return how many bytes the values of a chunk may take in memory.

    Uncompressed numbers are as many as the footer says; pages say how long they will be otherwise.
    """
    claimed = chunk.values * chunk.width
    if chunk.codec == UNCOMPRESSED and not chunk.any_length:
        return claimed
    largest = unpacked = 0
    for page in pages.of(data, chunk):
        largest = max(largest, page.unpacked)
        # A value may be any entry of a dictionary, or begin as another one does.
        plain = page.encoding == PLAIN or page.kind == _DICTIONARY_PAGE
        repeats = chunk.any_length and not plain
        unpacked += page.values * largest if repeats else page.unpacked
    return claimed + unpacked if chunk.any_length else max(claimed, unpacked)
