"""Parquet's footer and page headers: where in a file the values lie, and how.

Source: the format's specification, apache/parquet-format README.md and parquet.thrift.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from formats.errors import DecodeError
from formats.parquet.thrift import Struct, zigzag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MAGIC = b"PAR1"
UNCOMPRESSED = 0
DATA_PAGE, DICTIONARY_PAGE = 0, 2
PLAIN, PLAIN_DICTIONARY, DELTA_LENGTH, RLE_DICTIONARY = 0, 2, 6, 8
"""Encodings of the values of a page."""

_DETAILS = {DATA_PAGE: (5, 2), DICTIONARY_PAGE: (7, 2), 3: (8, 4)}
"""By kind of page: the field that says more of it, and where in that its encoding is."""

_KEEP, _KEEP_BYTES = 4096, 1024
"""Page headers to know again, and bytes of the longest of them."""

_BYTE_ARRAY, _FIXED = 6, 7
_WIDTHS = {0: 1, 1: 4, 2: 8, 3: 12, 4: 4, 5: 8, _BYTE_ARRAY: 8}
"""Bytes of a value in memory by its physical type; an offset, for one of any length."""


def _crc32() -> Callable[[bytes | memoryview], int]:
    """Return the fastest CRC-32 available: zlib-ng's takes a tenth of zlib's time."""
    try:
        from zlib_ng import zlib_ng
    except ImportError:  # a platform that it has no wheel for
        return zlib.crc32
    fast: Callable[[bytes | memoryview], int] = zlib_ng.crc32
    return fast


crc32 = _crc32()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A column's part of a row group."""

    path: bytes
    """What it calls itself."""
    name: bytes
    """The column of the schema that libraries take it for."""
    width: int
    """Bytes that a value takes in memory, beside its text."""
    any_length: bool
    """Whether a value is a text of any length."""
    codec: int
    """Of its compression."""
    values: int
    start: int
    """The first byte of its first page in the file."""
    stop: int
    """The byte after its last page."""


@dataclass(frozen=True, slots=True)
class Footer:
    """What a footer says."""

    rows: int
    schema: bytes
    """As it stands in the file: files of one layout have the same."""
    elements: int
    """How many columns the schema has, and groups that they are nested in."""
    leaves: int
    """How many of these hold values."""
    columns: tuple[bytes, ...]
    """The names of those that are nested in none."""
    chunks: tuple[Chunk, ...]


class Page(NamedTuple):
    """A page: what its header says, and where its checksum and its body lie in the file."""

    kind: int
    """The format's `PageType`: data, dictionary, ..."""
    values: int
    encoding: int
    unpacked: int
    """Bytes of its body once it is decompressed."""
    crc: int | None
    """The checksum of its body; None: it has none."""
    crc_start: int
    crc_stop: int
    start: int
    """The first byte of its body in the file."""
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
        octets = data[start:-8]
        if self._footer is None or octets != self._bytes or start != self._start:
            self._footer = _footer(octets, start)
            self._bytes, self._start = octets, start
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
        nested = len(leaves) != len(elements) - 1
        columns = _columns(elements)
        widths = [_width(leaf, nested=nested) for leaf in leaves]
        for group in groups:
            rows -= group[3]
            if group[3] < 0 or len(group[1]) != len(leaves):
                raise DecodeError(
                    f"a row group of {group[3]} rows and {len(group[1])} columns; "
                    f"the schema has {len(leaves)}"
                )
            chunks += [
                _chunk(column[3], leaf, width, limit)
                for column, leaf, width in zip(group[1], leaves, widths, strict=True)
            ]
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise DecodeError(f"the footer lacks something that it must have: {error!r}") from error
    if rows:
        raise DecodeError(f"{rows} rows are in no row group")
    held = sum(group[3] for group in groups)
    return Footer(held, schema, len(elements), len(leaves), columns, tuple(chunks))


def _columns(elements: list[dict[int, Any]]) -> tuple[bytes, ...]:
    """Return the names of the columns of a schema, which stands there in depth-first order."""
    names = []
    inside = 0
    for element in elements[1:]:
        if not inside:
            names.append(bytes(element[4]))
            inside = 1
        inside += element.get(5, 0) - 1
    return tuple(names)


def _width(leaf: dict[int, Any], *, nested: bool) -> int:
    """Return how many bytes a value takes, with two levels of two bytes if there are lists."""
    width: int = leaf[2] if leaf[1] == _FIXED else _WIDTHS[leaf[1]]
    return width + 4 * nested


def _chunk(meta: dict[int, Any], leaf: dict[int, Any], width: int, limit: int) -> Chunk:
    path, codec, values = b".".join(meta[3]), meta[4], meta[5]
    size, data_start = meta[7], meta[9]
    # A dictionary comes first; some writers say 0 where there is none.
    start = min(meta.get(11) or data_start, data_start)
    if not values:  # then no page was written
        start, size = 4, 0
    chunk = Chunk(path, leaf[4], width, leaf[1] == _BYTE_ARRAY, codec, values, start, start + size)
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
        crc, begins = None, position + len(before)
        ends = begins
        if like.crc is not None:
            crc, ends = zigzag(data, begins)
        if not data.startswith(after, ends):
            return None
        start = ends + len(after)
        stop = start + like.stop - like.start
        return Page(*like[:4], crc, begins, ends, start, stop)

    def _parse(self, data: bytes, position: int, chunk: Chunk) -> Page:
        header = Struct(data, position)
        # Where the checksum stands; if there is none, after all the rest.
        crc_span: tuple[int, int] | None = None
        fields = {}
        for number, start, value in header:
            fields[number] = value
            if number == 4:
                crc_span = (start, header.position)
        try:
            kind, unpacked, size = fields[1], fields[2], fields[3]
            details_at, encoding_at = _DETAILS[kind]
            values, encoding = fields[details_at][1], fields[details_at][encoding_at]
            if min(size, unpacked, values) < 0:
                raise DecodeError(f"byte {position}: a page of negative size")
            begins, ends = crc_span or (header.position, header.position)
            where = begins, ends, header.position, header.position + size
            page = Page(kind, values, encoding, unpacked, fields.get(4), *where)
        except (IndexError, KeyError, TypeError) as error:
            raise DecodeError(f"byte {position}: no page header") from error
        if header.position - position <= _KEEP_BYTES:
            if len(self._last) >= _KEEP:
                self._last.clear()
            self._last[chunk.path] = (data[position:begins], data[ends : header.position], page)
        return page
