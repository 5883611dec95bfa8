"""The canonical layouts are what docs/reference/formats.md says, and what other programs read."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
import pytest
from google.protobuf import proto

from formats.batch import mismatch
from formats.csv.layout import ROWS, WIDE, header
from formats.errors import DecodeError
from formats.parquet import layout as parquet
from formats.parquet.pages import Footers, Pages
from formats.payloads import PAYLOADS
from formats.payloads import payload as payload_named
from formats.protobuf import layout as protobuf
from formats.registry import LAYOUTS, bind, decoder
from tests.formats.cases import encoded

if TYPE_CHECKING:
    from formats.payloads import Batch

ROOT = Path(__file__).parents[2]
CHECKED = ("parquet/columns/wire", "parquet/columns/pyarrow", "parquet/snappy/pyarrow")
DOCUMENT = (ROOT / "docs/reference/formats.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAYLOADS)
def test_documented_protobuf_messages(name: str) -> None:
    assert protobuf.proto(protobuf.MESSAGES, payload_named(name)) in DOCUMENT


@pytest.mark.parametrize("name", PAYLOADS)
def test_documented_parquet_schema(name: str) -> None:
    payload = payload_named(name)
    for field in payload.fields:
        column = parquet.columns(parquet.COLUMNS, payload, field)[-1]
        kind = parquet.schema(parquet.COLUMNS, payload).field(column).type
        assert f"| {name} | `{column}` | `{kind}` |" in DOCUMENT


def test_documented_example() -> None:
    """The example in the document is what the codecs write."""
    payload = payload_named("tabular", 2)
    batch: Batch = {
        "label": np.array([1, 0], np.uint8),
        "dense": np.array([[-1, *range(1, 13)], [300] * 13], np.int32),
        "sparse": np.array([[7, 200], [0, 99]], np.int32),
    }
    blocks = re.findall(r"<!-- example: (\S+) -->\n```\w*\n(.*?)```", DOCUMENT, re.DOTALL)
    assert [name for name, _ in blocks] == [
        "csv/rows",
        "json/lines",
        "protobuf/messages",
        "csv/base64",
        "json/base64",
        "json/flat",
    ]
    for layout, text in blocks:
        written = encoded(layout, payload, batch)
        if layout.startswith("protobuf"):
            assert bytes.fromhex(text) == written
        else:
            assert text.rstrip("\n").encode() == written.rstrip(b"\n")


def test_csv_header_of_a_scalar_and_a_vector() -> None:
    assert header(payload_named("tabular", 1), ROWS)[:3] == ["label", "dense_0", "dense_1"]


def test_csv_header_with_columns_that_are_not_needed() -> None:
    names = header(payload_named("tabular", 1), WIDE)
    assert names[:7] == ["label", "other_0", "other_1", "other_2", "other_3", "dense_0", "other_4"]
    assert len(names) == len(set(names)) == 5 * 15


def test_protobuf_zero_is_written() -> None:
    """Explicit presence: every message has every number, so messages have one shape."""
    message = protobuf.message_class(protobuf.MESSAGES, payload_named("tabular", 1))
    assert message(label=0).SerializeToString() == b"\x08\x00"


def test_protobuf_is_read_by_the_official_library() -> None:
    payload = payload_named("tabular")
    batch = payload.generate("interop", 3)
    stream = io.BytesIO(encoded("protobuf/messages", payload, batch))
    message = protobuf.message_class(protobuf.MESSAGES, payload)
    for index in range(3):
        read = proto.parse_length_prefixed(message, stream)
        assert read.label == batch["label"][index]
        assert list(read.dense) == batch["dense"][index].tolist()
        assert list(read.sparse) == batch["sparse"][index].tolist()
    assert proto.parse_length_prefixed(message, stream) is None


PARQUET = {
    "parquet/columns": ("UNCOMPRESSED", "PLAIN"),
    "parquet/rows": ("UNCOMPRESSED", "PLAIN"),
    "parquet/lists": ("UNCOMPRESSED", "PLAIN"),
    "parquet/wide": ("UNCOMPRESSED", "PLAIN"),
    "parquet/snappy": ("SNAPPY", "PLAIN"),
    "parquet/zstd": ("ZSTD", "PLAIN"),
    "parquet/split": ("ZSTD", "BYTE_STREAM_SPLIT"),
    "parquet/dictionary": ("UNCOMPRESSED", "RLE_DICTIONARY"),
    "parquet/png": ("UNCOMPRESSED", "PLAIN"),
    "parquet/jpeg": ("UNCOMPRESSED", "PLAIN"),
}


@pytest.mark.parametrize("name", [name for name in LAYOUTS if name.startswith("parquet/")])
def test_parquet_is_as_its_layout_says(name: str) -> None:
    """One row group, no statistics, and the compression and encoding of the layout's name."""
    payload = payload_named("image" if LAYOUTS[name].pictures else "tabular", 6)
    data = encoded(name, payload, payload.generate("p", 40))
    metadata = pq.ParquetFile(io.BytesIO(data)).metadata
    assert (metadata.num_row_groups, metadata.num_rows) == (1, 40)
    column = metadata.row_group(0).column(0)
    compression, encoding = PARQUET[name]
    assert column.compression == compression
    assert encoding in column.encodings
    assert column.has_dictionary_page == ("DICTIONARY" in encoding)
    assert not column.is_stats_set


@pytest.mark.parametrize("name", ["image", "tokens", "tabular"])
@pytest.mark.parametrize("codec", CHECKED)
def test_parquet_page_checksums_catch_any_flipped_bit(codec: str, name: str) -> None:
    """Twice in turn: what was learnt of a file must not hide what has changed in it."""
    payload = payload_named(name, 5)
    batch = payload.generate("p", 2)
    reader = bind(decoder(codec), payload)
    data = encoded(decoder(codec).layout, payload, batch)
    footer = Footers().read(data)
    pages = [page for chunk in footer.chunks for page in Pages().of(data, chunk)]
    assert len(pages) >= len(payload.fields)
    for page in pages:
        for place in {page.start, (page.start + page.stop) // 2, page.stop - 1}:
            damaged = bytearray(data)
            damaged[place] ^= 4
            with pytest.raises(DecodeError, match=r"checksum of a page of|CRC"):
                reader.decode(bytes(damaged))
        assert mismatch(payload, reader.decode(data), batch) is None
