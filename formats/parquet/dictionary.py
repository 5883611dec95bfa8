"""Parquet's dictionaries of texts: how long the longest entry is, which no header says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from formats.parquet.pages import (
    DELTA_LENGTH,
    DICTIONARY_PAGE,
    PLAIN,
    PLAIN_DICTIONARY,
    RLE_DICTIONARY,
    UNCOMPRESSED,
)

if TYPE_CHECKING:
    from formats.parquet.pages import Chunk, Page

_CODECS = {1: "snappy", 2: "gzip", 4: "brotli", 6: "zstd", 7: "lz4_raw"}
"""Names of Parquet's compressions by their number; the others are out of use."""

_ENCODINGS = {PLAIN, PLAIN_DICTIONARY, DELTA_LENGTH, RLE_DICTIONARY}

_MOST_ENTRIES = 1 << 20


def may_look(chunks: list[list[Page]], limit: int) -> bool:
    """Tell whether all dictionaries together are small enough to be looked at.

    limit: how many bytes they may unpack to.
    """
    dictionaries = [page for pages in chunks for page in pages if page.kind == DICTIONARY_PAGE]
    entries = sum(page.values for page in dictionaries)
    return entries <= _MOST_ENTRIES and sum(page.unpacked for page in dictionaries) <= limit


def longest_entry(data: bytes, chunk: Chunk, pages: list[Page]) -> int | None:
    """Return the bytes of the longest entry of a chunk's dictionary; None, if that is not known."""
    dictionaries = [page for page in pages if page.kind == DICTIONARY_PAGE]
    rest = {page.encoding for page in pages if page.kind != DICTIONARY_PAGE}
    if not chunk.any_length or len(dictionaries) != 1 or not rest <= _ENCODINGS:
        return None
    (page,) = dictionaries
    body: bytes | memoryview | None = memoryview(data)[page.start : page.stop]
    if chunk.codec != UNCOMPRESSED:
        body = _unpacked(data[page.start : page.stop], chunk.codec, page.unpacked)
    return None if body is None else _longest(body, page.values)


def _unpacked(body: bytes, codec: int, size: int) -> bytes | None:
    """Return a page's body without its compression; None, if it is damaged."""
    import pyarrow as pa

    try:
        octets: bytes = pa.decompress(body, size, _CODECS.get(codec, ""), asbytes=True)
    except (OSError, ValueError, pa.ArrowException):
        return None
    return octets


def _longest(body: bytes | memoryview, entries: int) -> int | None:
    """Return the longest of entries that stand one after the other, each after its length."""
    longest = position = 0
    for _ in range(entries):
        size = int.from_bytes(body[position : position + 4], "little")
        position += 4 + size
        longest = max(longest, size)
        if position > len(body):
            return None
    return longest
