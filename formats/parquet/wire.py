"""Parquet by its bytes: pages located through the footer, checked, and copied once.

Reads PLAIN, uncompressed pages of columns without nulls, which is what this project's layouts
write; any other file goes to pyarrow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from formats import codec
from formats.batch import blank, put
from formats.cells import as_bytes
from formats.errors import DecodeError
from formats.parquet import layout as parquet
from formats.parquet import pyarrow
from formats.parquet.layout import Kind, ParquetLayout
from formats.parquet.levels import Levels
from formats.parquet.pages import (
    DATA_PAGE,
    PLAIN,
    UNCOMPRESSED,
    Chunk,
    Footer,
    Footers,
    Page,
    Pages,
    crc32,
)
from formats.wire.records import Records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from numpy.typing import NDArray

    from formats.payloads import Batch, Field, Payload
    from formats.pictures.coding import ReadPicture

    Fill: TypeAlias = Callable[[bytes, Iterator[Page], NDArray[Any], int], int]

_STORED = {"i": np.dtype("<i4"), "u": np.dtype("<u4")}
"""Parquet stores integers of up to 32 bits as 32 bits."""


class OtherwiseError(Exception):
    """The file is not written as this project writes it."""


class Codec(codec.Codec[ParquetLayout]):
    """np.frombuffer over pages; pyarrow to write."""

    def __init__(self, payload: Payload, layout: ParquetLayout) -> None:
        super().__init__(payload, layout)
        self._careful = pyarrow.Codec(payload, layout)
        self._footers = Footers()
        self._pages = Pages()
        empty = self._careful.encode(payload.generate("", 0))
        self._schema = Footers().read(empty).schema
        self._checksums = bool(layout.options.get("write_page_checksum", True))
        self._known: Footer | None = None
        self._chunks: dict[bytes, list[Chunk]] = {}
        self._fillers: list[tuple[Field, list[bytes], Fill]] = []
        for field in payload.fields:
            kind = layout.kind_of(payload, field)
            paths = [name.encode() for name in parquet.columns(layout, payload, field)]
            if kind in {Kind.LIST, Kind.FIXED_LIST}:
                paths = [paths[0] + b".list.element"]
            pictures = kind is Kind.PICTURE
            fill = _Pictures(field, self.read_picture) if pictures else _FILL[kind](field)
            self._fillers.append((field, paths, fill))

    def encode(self, batch: Batch) -> bytes:
        """Write with pyarrow."""
        return self._careful.encode(batch)

    def read(self, data: bytes, out: Batch | None) -> Batch:
        """Copy each column's pages into the batch."""
        footer = self._footers.read(data)
        try:
            if footer is not self._known:
                self._accept(footer)
            batch = blank(self.payload, footer.rows, len(data), out)
            for field, paths, fill in self._fillers:
                rows = batch[field.name].reshape(footer.rows, field.width)
                for index, path in enumerate(paths):
                    done = fill(data, self._bodies(data, self._chunks[path]), rows, index)
                    if done != footer.rows:
                        raise DecodeError(
                            f"column {path.decode()} holds {done} rows, the file {footer.rows}"
                        )
        except OtherwiseError:
            return self._careful.read(data, out)
        return batch

    def _accept(self, footer: Footer) -> None:
        if footer.schema != self._schema or footer.rows < 0:
            raise OtherwiseError
        self._chunks = {path: [] for _, paths, _ in self._fillers for path in paths}
        for chunk in footer.chunks:
            if chunk.path in self._chunks:
                if chunk.codec != UNCOMPRESSED:
                    raise OtherwiseError
                self._chunks[chunk.path].append(chunk)
        self._known = footer

    def _bodies(self, data: bytes, chunks: list[Chunk]) -> Iterator[Page]:
        """Yield pages whose checksums are right."""
        for chunk in chunks:
            for page in self._pages.of(data, chunk):
                if page.kind != DATA_PAGE or page.encoding != PLAIN:
                    raise OtherwiseError
                if page.crc is None:
                    if self._checksums:
                        raise OtherwiseError
                elif crc32(memoryview(data)[page.start : page.stop]) != page.crc & 0xFFFFFFFF:
                    raise DecodeError(
                        f"byte {page.start}: the checksum of a page of "
                        f"{chunk.path.decode(errors='replace')} is wrong"
                    )
                yield page


def _require(page: Page, size: int) -> None:
    if page.stop - page.start != size:
        raise DecodeError(
            f"byte {page.start}: a page of {page.values} values has "
            f"{page.stop - page.start} bytes, expected {size}"
        )


def _room(rows: NDArray[Any], first: int, count: int) -> NDArray[Any]:
    if first + count > len(rows):
        raise DecodeError(f"pages hold more than the {len(rows)} rows of the file")
    return rows[first : first + count]


class _Spread:
    """Columns of 32-bit numbers."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._stored = _STORED[np.dtype(field.dtype).kind]
        self._same = self._stored.itemsize == np.dtype(field.dtype).itemsize

    def __call__(self, data: bytes, pages: Iterator[Page], rows: NDArray[Any], column: int) -> int:
        first = 0
        for page in pages:
            _require(page, page.values * 4)
            values = np.frombuffer(data, self._stored, page.values, page.start)
            target = _room(rows, first, page.values)[:, column]
            if self._same:
                target[:] = values
            else:
                put(self._field, target, values, first)
            first += page.values
        return first


class _Fixed:
    """A column of FIXED_LEN_BYTE_ARRAY."""

    def __init__(self, field: Field) -> None:
        self._field = field

    def __call__(self, data: bytes, pages: Iterator[Page], rows: NDArray[Any], _: int) -> int:
        octets = as_bytes(self._field, rows)
        first = 0
        for page in pages:
            _require(page, page.values * self._field.sample_bytes)
            target = _room(octets, first, page.values)
            source = np.frombuffer(data, np.uint8, target.size, page.start)
            target[:] = source.reshape(target.shape)
            first += page.values
        return first


class _Binary:
    """A column of BYTE_ARRAY, each value after its length."""

    def __init__(self, field: Field) -> None:
        self._field = field
        size = field.sample_bytes
        self._records = Records([size.to_bytes(4, "little"), b""], [size])

    def __call__(self, data: bytes, pages: Iterator[Page], rows: NDArray[Any], _: int) -> int:
        octets = as_bytes(self._field, rows)
        first = 0
        for page in pages:
            _require(page, page.values * self._records.size)
            records = self._records.view(data, page.start, page.stop)
            _room(octets, first, page.values)[:] = records[:, self._records.slots[0]]
            first += page.values
        return first


class _Pictures:
    """A column of BYTE_ARRAY, each value a compressed picture after its length."""

    def __init__(self, field: Field, read: ReadPicture) -> None:
        self._field = field
        self._read = read

    def __call__(self, data: bytes, pages: Iterator[Page], rows: NDArray[Any], _: int) -> int:
        view, row = memoryview(data), 0
        pictures = rows.reshape(len(rows), *self._field.shape)
        for page in pages:
            place = page.start
            for target in _room(pictures, row, page.values):
                start = place + 4
                place = start + int.from_bytes(view[place:start], "little")
                if place > page.stop:
                    raise DecodeError(f"byte {start}: a picture that ends beyond its page")
                self._read(self._field, view[start:place], target, row)
                row += 1
            if place != page.stop:
                raise DecodeError(f"byte {place}: a page that goes on after its last picture")
        return row


class _List:
    """A column of lists of one length: levels that say so, then 32-bit numbers."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._stored = _STORED[np.dtype(field.dtype).kind]
        self._same = self._stored.itemsize == np.dtype(field.dtype).itemsize
        self._levels = Levels(field.width)

    def __call__(self, data: bytes, pages: Iterator[Page], rows: NDArray[Any], _: int) -> int:
        flat = rows.reshape(-1)
        first = 0
        for page in pages:
            start = self._levels.check(data, page.start, page.stop, first, page.values)
            if page.stop - start != page.values * 4:
                raise DecodeError(
                    f"byte {start}: {page.stop - start} bytes do not hold {page.values} numbers"
                )
            values = np.frombuffer(data, self._stored, page.values, start)
            target = _room(flat, first, page.values)
            if self._same:
                target[:] = values
            else:
                put(self._field, target, values, first)
            first += page.values
        samples, rest = divmod(first, self._field.width)
        if rest:
            raise DecodeError(f"{self._field.name}: the last list is cut off")
        return samples


_FILL: dict[Kind, Callable[[Field], Fill]] = {
    Kind.SPREAD: _Spread,
    Kind.FIXED: _Fixed,
    Kind.BINARY: _Binary,
    Kind.LIST: _List,
    Kind.FIXED_LIST: _List,
}
