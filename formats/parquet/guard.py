"""Refuses Parquet files that would unpack to more than a decode may take, before they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from formats.batch import memory_limit
from formats.errors import DecodeError
from formats.parquet.dictionary import longest_entry, may_look
from formats.parquet.pages import (
    DELTA_LENGTH,
    DICTIONARY_PAGE,
    PLAIN,
    UNCOMPRESSED,
    Chunk,
    Footer,
    Footers,
    Page,
    Pages,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


_QUOTED = 40
"""Bytes of a strange name that an error quotes."""


class Guard:
    """Checks files of one layout by what their footer and their page headers say.

    elements: number of elements of the schema of a file, at the most. Libraries take long for many
    columns, and all of the stack for deep ones. names: the columns that will be read, if not all;
    then no column is a list. columns: those that a file has, in any order; none: any.

    Files of one shape have the same footer, and the same headers but for the checksums; what was
    right in the previous file is only compared.
    """

    def __init__(
        self, elements: int, names: Iterable[str] | None = None, columns: Iterable[str] = ()
    ) -> None:
        self._elements = elements
        self._names = None if names is None else {name.encode() for name in names}
        self._columns = [name.encode() for name in columns]
        self._footers, self._pages = Footers(), Pages()
        self._known: Footer | None = None
        self._right_columns: Footer | None = None
        self._places: NDArray[Any] = np.empty(0, np.intp)
        self._masks: NDArray[Any] = np.empty(0, np.uint8)
        self._right: NDArray[Any] = np.empty(0, np.uint8)

    def check(self, data: bytes) -> Footer:
        """Return the footer of a file that may be read.

        Raises:
            DecodeError: the file is damaged, has another schema, or would unpack to more than is
                believable.

        """
        footer = self._footers.read(data)
        octets = np.frombuffer(data, np.uint8)
        if footer is self._known and np.array_equal(
            octets.take(self._places) & self._masks, self._right
        ):
            return footer
        if footer is not self._right_columns:
            self._require_columns(footer)
            self._right_columns = footer
        read = [
            (chunk, list(self._pages.of(data, chunk)))
            for chunk in footer.chunks
            if self._names is None or chunk.name in self._names
        ]
        limit = memory_limit(len(data)) // 4
        claimed = sum(_claimed(chunk, pages) for chunk, pages in read)
        looked = claimed > limit and may_look([pages for _, pages in read], limit)
        if looked:  # headers alone do not tell how long the entries of a dictionary are
            claimed = sum(
                _claimed(chunk, pages, longest_entry(data, chunk, pages)) for chunk, pages in read
            )
        if claimed > limit:
            raise DecodeError(f"{len(data)} bytes claim to unpack to {claimed}")
        self._known = None
        if not looked and all(
            chunk.codec == UNCOMPRESSED for chunk, _ in read
        ):  # others are never alike
            self._remember(footer, read, octets)
        return footer

    def _require_columns(self, footer: Footer) -> None:
        """Check that a file has the columns of the layout."""
        present = set(footer.columns)
        wrong = [f"lacks {_quoted(name)}" for name in self._columns if name not in present][:1]
        if self._columns and self._names is None:
            own = set(self._columns)
            wrong += [f"has {_quoted(name)}" for name in footer.columns if name not in own][:1]
        if wrong:
            raise DecodeError(f"the columns are others: the file {' and '.join(wrong)}")
        flat = self._names is None or footer.leaves == footer.elements - 1
        twice = self._columns and len(present) != len(footer.columns)
        # A list may have an element less: old writers nest it in one group.
        few = self._names is not None and footer.elements < self._elements
        if footer.elements > self._elements or few or twice or not flat:
            raise DecodeError(
                f"a schema of {footer.elements} elements, expected {self._elements}"
                + (": two columns of one name" if twice else "")
            )

    def _remember(
        self, footer: Footer, read: list[tuple[Chunk, list[Page]]], octets: NDArray[np.uint8]
    ) -> None:
        places, free = [], []
        for chunk, pages in read:
            begins = chunk.start
            for page in pages:
                places.append(np.arange(begins, page.start))
                free.append(np.arange(page.crc_start, page.crc_stop))
                begins = page.stop
        if not places:
            return
        self._places = np.concatenate(places)
        # Of a checksum, only which of its bytes is the last.
        self._masks = np.where(np.isin(self._places, np.concatenate(free)), 0x80, 0xFF)
        self._masks = self._masks.astype(np.uint8)
        self._right = octets.take(self._places) & self._masks
        self._known = footer


def _quoted(name: bytes) -> str:
    return repr(name[:_QUOTED].decode(errors="replace"))


def _claimed(chunk: Chunk, pages: list[Page], longest: int | None = None) -> int:
    """Return how many bytes the values of a chunk may take in memory, by what its pages say.

    longest: bytes of the longest entry of its dictionary, if that is known.
    """
    largest = unpacked = entries = held = 0
    for page in pages:
        largest = max(largest, page.unpacked)
        if page.kind == DICTIONARY_PAGE:
            entries += page.values
            unpacked += page.unpacked
            continue
        held += page.values
        # A value may be any entry of a dictionary, or begin as another one does.
        repeats = chunk.any_length and page.encoding not in {PLAIN, DELTA_LENGTH}
        most = largest if longest is None else longest
        unpacked += page.values * most if repeats else page.unpacked
    if held != chunk.values:
        raise DecodeError(
            f"column {chunk.path!r}: pages of {held} values, the footer says {chunk.values}"
        )
    claimed = (held + entries) * chunk.width
    return claimed + unpacked if chunk.any_length else max(claimed, unpacked)
