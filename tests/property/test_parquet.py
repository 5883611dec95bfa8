"""Parquet's footer, page headers and levels are read as pyarrow reads and writes them."""

from __future__ import annotations

import io
import zlib
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from formats.errors import DecodeError
from formats.parquet.guard import Guard
from formats.parquet.levels import Levels
from formats.parquet.pages import Footer, Footers, Page, Pages, crc32
from formats.parquet.thrift import Struct

pytestmark = pytest.mark.hostile

CODECS = {"none": 0, "snappy": 1, "gzip": 2, "zstd": 6}
DATA, DICTIONARY, DATA_V2 = 0, 2, 3
PLAIN, RLE_DICTIONARY = 0, 8
WIDTH = 5
ROWS = 700


def table(rows: int = ROWS) -> pa.Table:
    values = np.arange(rows, dtype=np.int32) % 90
    element = pa.field("element", pa.int32(), nullable=False)
    lists = pa.ListArray.from_arrays(
        pa.array(np.arange(rows + 1, dtype=np.int32) * WIDTH),
        pa.array(np.arange(rows * WIDTH, dtype=np.int32)),
        type=pa.list_(element),
    )
    fields = [
        pa.field("number", pa.int32(), nullable=False),
        pa.field("text", pa.binary(), nullable=False),
        pa.field("lists", lists.type, nullable=False),
    ]
    text = pa.array([b"x" * (value % 7) for value in values.tolist()], pa.binary())
    return pa.Table.from_arrays([pa.array(values), text, lists], schema=pa.schema(fields))


def written(rows: int = ROWS, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table(rows), sink, **options)
    return sink.getvalue()


FILES: dict[str, dict[str, Any]] = {
    "one page": {"use_dictionary": False, "compression": "none"},
    "small pages": {
        "use_dictionary": False,
        "compression": "none",
        "data_page_size": 200,
        "write_batch_size": 16,
    },
    "row groups": {"use_dictionary": False, "compression": "none", "row_group_size": 150},
    "checksums": {"use_dictionary": False, "compression": "none", "write_page_checksum": True},
    "dictionary": {"use_dictionary": True, "compression": "none", "write_page_checksum": True},
    "snappy": {"use_dictionary": False, "compression": "snappy", "write_page_checksum": True},
    "zstd": {"use_dictionary": True, "compression": "zstd", "row_group_size": 300},
    "gzip": {"use_dictionary": False, "compression": "gzip", "write_statistics": True},
    "version 2 pages": {
        "use_dictionary": False,
        "compression": "none",
        "data_page_version": "2.0",
        "data_page_size": 300,
        "write_batch_size": 32,
        "write_page_checksum": True,
    },
    "format 1.0": {"version": "1.0", "use_dictionary": True},
    "page index": {"write_page_index": True, "compression": "none"},
    "metadata": {"store_schema": False, "sorting_columns": [pq.SortingColumn(0)]},
}


def pages_of(data: bytes, footer: Footer) -> dict[bytes, list[Page]]:
    pages = Pages()
    by_path: dict[bytes, list[Page]] = {}
    for chunk in footer.chunks:
        by_path.setdefault(chunk.path, []).extend(pages.of(data, chunk))
    return by_path


@pytest.mark.parametrize("what", FILES)
def test_footer_says_what_pyarrow_reads(what: str) -> None:
    data = written(**FILES[what])
    footer = Footers().read(data)
    metadata = pq.ParquetFile(io.BytesIO(data)).metadata
    assert footer.rows == metadata.num_rows == ROWS
    expected = [
        metadata.row_group(group).column(column)
        for group in range(metadata.num_row_groups)
        for column in range(metadata.num_columns)
    ]
    assert len(footer.chunks) == len(expected)
    for chunk, column in zip(footer.chunks, expected, strict=True):
        assert chunk.path.decode() == column.path_in_schema
        assert chunk.values == column.num_values
        assert chunk.codec == CODECS[column.compression.lower().replace("uncompressed", "none")]
        start = column.dictionary_page_offset or column.data_page_offset
        assert (chunk.start, chunk.stop) == (start, start + column.total_compressed_size)


@pytest.mark.parametrize("what", FILES)
def test_pages_are_all_there_is_of_a_column(what: str) -> None:
    options = FILES[what]
    data = written(**options)
    footer = Footers().read(data)
    by_path = pages_of(data, footer)
    assert set(by_path) == {b"number", b"text", b"lists.list.element"}
    for path, pages in by_path.items():
        values = ROWS * (WIDTH if path.startswith(b"lists") else 1)
        assert sum(page.values for page in pages if page.kind != DICTIONARY) == values
        chunks = [chunk for chunk in footer.chunks if chunk.path == path]
        assert {page.stop for page in pages} >= {chunk.stop for chunk in chunks}
        for page in pages:
            body = data[page.start : page.stop]
            checked = options.get("write_page_checksum", False)
            assert (page.crc is not None) == checked
            if page.crc is not None:
                assert page.crc & 0xFFFFFFFF == zlib.crc32(body) == crc32(body)
            assert _unpacked(body, page, options) == page.unpacked


def _unpacked(body: bytes, page: Page, options: dict[str, Any]) -> int:
    codec = options.get("compression", "snappy")
    if codec == "none":
        return len(body)
    return len(pa.decompress(body, decompressed_size=page.unpacked, codec=codec, asbytes=True))


@pytest.mark.parametrize(
    ("what", "kinds", "encoding"),
    [
        ("one page", {DATA}, PLAIN),
        ("dictionary", {DICTIONARY, DATA}, RLE_DICTIONARY),
        ("version 2 pages", {DATA_V2}, PLAIN),
    ],
)
def test_kinds_and_encodings_of_pages(what: str, kinds: set[int], encoding: int) -> None:
    data = written(**FILES[what])
    for pages in pages_of(data, Footers().read(data)).values():
        assert {page.kind for page in pages} == kinds
        assert {page.encoding for page in pages if page.kind != DICTIONARY} == {encoding}


def test_values_of_a_plain_page_lie_where_it_says() -> None:
    data = written(**FILES["small pages"])
    pages = pages_of(data, Footers().read(data))[b"number"]
    assert len(pages) > 5
    values = np.concatenate([np.frombuffer(data, "<i4", page.values, page.start) for page in pages])
    assert values.tolist() == [row % 90 for row in range(ROWS)]


def test_what_was_learnt_of_one_file_is_not_taken_for_another() -> None:
    """One reader, and the files in turn, twice: the same as a new reader for each."""
    footers, pages = Footers(), Pages()
    files = [written(rows, **options) for rows in (ROWS, 90) for options in FILES.values()]
    for data in [*files, *files, *reversed(files)]:
        footer = footers.read(data)
        assert footer == Footers().read(data)
        for chunk in footer.chunks:
            assert list(pages.of(data, chunk)) == list(Pages().of(data, chunk))


def test_headers_that_differ_only_after_their_checksum_are_distinguished() -> None:
    """Two values of four bytes take as much as one of twelve, each after its length."""
    pages = Pages()
    for text in ([b"aaaa", b"bbbb"], [b"aaaabbbbcccc"], [b"dddd", b"eeee"]):
        sink = io.BytesIO()
        schema = pa.schema([pa.field("text", pa.binary(), nullable=False)])
        pq.write_table(
            pa.table([pa.array(text, pa.binary())], schema=schema),
            sink,
            compression="none",
            use_dictionary=False,
            write_page_checksum=True,
            write_statistics=False,
        )
        (chunk,) = Footers().read(sink.getvalue()).chunks
        (page,) = pages.of(sink.getvalue(), chunk)
        assert page.values == len(text)
        assert page.stop - page.start == 16


def test_a_footer_seen_before_is_the_same_one() -> None:
    footers = Footers()
    data = written(**FILES["one page"])
    assert footers.read(data) is footers.read(bytes(bytearray(data)))
    assert footers.read(written(90, **FILES["one page"])) != footers.read(data)


def test_no_rows_are_no_pages() -> None:
    data = written(0, **FILES["one page"])
    footer = Footers().read(data)
    assert footer.rows == 0
    assert not any(pages_of(data, footer).values())


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60))
@example(b"\x19\xfc\xff\xff\xff\xff\x0f")
@example(b"\x1c" * 40)
@example(b"\x19\x19" * 20)
def test_any_bytes_are_a_struct_or_refused(data: bytes) -> None:
    struct = Struct(data, 0)
    try:
        numbers = [number for number, _, _ in struct]
    except DecodeError:
        return
    assert struct.position <= len(data) + 8
    assert len(numbers) <= len(data)


@pytest.mark.parametrize("what", ["one page", "dictionary", "metadata"])
def test_a_footer_cut_off_anywhere_is_refused(what: str) -> None:
    data = written(60, **FILES[what])
    size = int.from_bytes(data[-8:-4], "little")
    footer = data[-8 - size : -8]
    for stop in range(size):
        short = data[: -8 - size] + footer[:stop] + stop.to_bytes(4, "little") + b"PAR1"
        with pytest.raises(DecodeError):
            Footers().read(short)


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1PAR1", b"\0" * 40, b"PAR1" + b"\xff" * 9])
def test_what_is_no_file_is_refused(data: bytes) -> None:
    with pytest.raises(DecodeError, match=f"{len(data)} bytes that do not begin and end as a Parq"):
        Footers().read(data)


def test_a_file_that_would_unpack_to_too_much_is_refused() -> None:
    zeros = pa.table({"number": np.zeros(5_000_000, np.int32)})
    sink = io.BytesIO()
    pq.write_table(zeros, sink, compression="zstd", use_dictionary=False)
    # A schema has an element for the file and one a column; a list has two more.
    with pytest.raises(DecodeError, match=rf"{sink.tell()} bytes claim to unpack to [24]\d{{7}}"):
        Guard(2).check(sink.getvalue())
    for options in FILES.values():
        assert Guard(6).check(written(**options)).rows == ROWS
        with pytest.raises(DecodeError, match="a schema of 6 elements, expected 5"):
            Guard(5).check(written(**options))


@pytest.mark.parametrize("what", ["one page", "small pages", "row groups", "checksums"])
def test_levels_end_where_the_numbers_begin(what: str) -> None:
    data = written(**FILES[what])
    pages = pages_of(data, Footers().read(data))[b"lists.list.element"]
    levels, first, numbers = Levels(WIDTH), 0, []
    for page in pages:
        start = levels.check(data, page.start, page.stop, first, page.values)
        assert page.stop - start == 4 * page.values
        numbers += np.frombuffer(data, "<i4", page.values, start).tolist()
        first += page.values
    assert numbers == list(range(ROWS * WIDTH))
    assert (len(pages) > 1) == (what in {"small pages", "row groups"})


@pytest.mark.parametrize("width", [1, 4, 6, 10, 3500])
def test_levels_of_lists_of_another_length_are_refused(width: int) -> None:
    data = written(**FILES["one page"])
    (page,) = pages_of(data, Footers().read(data))[b"lists.list.element"]
    levels = Levels(width)
    for _ in range(2):
        with pytest.raises(DecodeError, match=f"lists that are not of {width} numbers"):
            levels.check(data, page.start, page.stop, 0, page.values)


def hybrid(*runs: tuple[int, bytes]) -> bytes:
    """Return levels: their size in four bytes, then runs of a header and its bytes."""
    body = b"".join(bytes([header]) + octets for header, octets in runs)
    return len(body).to_bytes(4, "little") + body


# A bit-packed run has an odd header, groups of eight values in bytes; another repeats one value.
LISTS_OF_FIVE = hybrid((2 * 2 | 1, bytes([0b11011110, 0b01111011])))
SAME, SPLIT = hybrid((10 << 1, b"\x01")), hybrid((4 << 1, b"\x01"), (6 << 1, b"\x01"))


@pytest.mark.parametrize("defined", [SAME, SPLIT])
def test_levels_as_the_specification_has_them(defined: bytes) -> None:
    body = LISTS_OF_FIVE + defined + bytes(40)
    assert Levels(5).check(body, 0, len(body), 0, 10) == len(body) - 40
    # The second half of a list, and what follows it.
    later = hybrid((2 * 1 | 1, bytes([0b11110111]))) + hybrid((8 << 1, b"\x01")) + bytes(32)
    assert Levels(5).check(later, 0, len(later), 2, 8) == len(later) - 32


@pytest.mark.parametrize(
    ("repeated", "defined"),
    [
        (LISTS_OF_FIVE, hybrid((10 << 1, b"\x00"))),
        (LISTS_OF_FIVE, hybrid((9 << 1, b"\x01"), (1 << 1, b"\x00"))),
        (LISTS_OF_FIVE, hybrid((9 << 1, b"\x01"))),
        (LISTS_OF_FIVE, hybrid((0, b"\x01"))),
        (LISTS_OF_FIVE, hybrid((2 * 2 | 1, b"\xff"))),
        (hybrid((2 * 2 | 1, bytes([0b11011111, 0b01111011]))), SAME),
        (hybrid((2 * 2 | 1, bytes([0b11011110, 0b01111001]))), SAME),
        (hybrid((10 << 1, b"\x00")), SAME),
        (b"\xff\x00\x00\x00" + LISTS_OF_FIVE[4:], SAME),
        (b"", b""),
    ],
)
def test_levels_that_say_something_else_are_refused(repeated: bytes, defined: bytes) -> None:
    body = repeated + defined + bytes(40)
    levels = Levels(5)
    right = LISTS_OF_FIVE + SAME + bytes(40)
    levels.check(right, 0, len(right), 0, 10)
    with pytest.raises(DecodeError):
        levels.check(body, 0, len(body), 0, 10)
    assert levels.check(right, 0, len(right), 0, 10) == len(right) - 40


def test_right_levels_of_the_same_count_at_another_place_are_not_taken_for_right() -> None:
    body = LISTS_OF_FIVE + SAME + bytes(40)
    levels = Levels(5)
    levels.check(body, 0, len(body), 0, 10)
    levels.check(body, 0, len(body), 5, 10)
    with pytest.raises(DecodeError, match="lists that are not of 5 numbers"):
        levels.check(body, 0, len(body), 1, 10)


def test_a_page_too_short_for_its_numbers_is_refused_before_anything_is_made() -> None:
    body = LISTS_OF_FIVE + SAME
    with pytest.raises(DecodeError, match="byte 0: a page too short for its 1000000000000 numbers"):
        Levels(5).check(body, 0, len(body), 0, 10**12)


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "brotli", "zstd", "lz4"])
def test_the_entries_of_a_dictionary_count_as_they_are(compression: str) -> None:
    """By its size alone, 400 entries of 3 KB might each be one of a megabyte."""
    rng = np.random.default_rng(1)
    cells = [rng.bytes(3_000) for _ in range(300)]
    even = written_cells(cells, compression)
    guard = Guard(2)
    assert guard.check(even).rows == 300
    # One long entry, which any of the values may be.
    bomb = written_cells([rng.bytes(900_000), *cells[:1]] * 200, compression)
    with pytest.raises(DecodeError, match="claim to unpack to"):
        guard.check(bomb)
    assert guard.check(even).rows == 300


def written_cells(cells: list[bytes], compression: str) -> bytes:
    sink = io.BytesIO()
    table = pa.table({"cell": pa.array(cells, pa.binary())})
    pq.write_table(table, sink, compression=compression, use_dictionary=True)
    return sink.getvalue()
