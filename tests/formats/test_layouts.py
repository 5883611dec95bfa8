"""The canonical layouts are what docs/reference/formats.md says, and what other programs read."""

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
import pytest
from google.protobuf import proto

from formats.decoders import DECODERS, Role, decoder, fast
from formats.errors import DecodeError, UnknownNameError
from formats.layouts import FORMATS, LAYOUTS, csv_rows, parquet_columns, protobuf_messages
from formats.payloads import PAYLOADS, payload

if TYPE_CHECKING:
    from formats.batch import Batch

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/reference/formats.md").read_text(encoding="utf-8")


def test_each_layout_has_a_newcomers_and_a_fast_decoder() -> None:
    for layout in LAYOUTS:
        roles = [entry.role for entry in DECODERS.values() if entry.layout == layout]
        assert roles.count(Role.FAST) == 1
        assert Role.NEWCOMER in roles
        assert fast(layout).role is Role.FAST


def test_each_format_has_one_canonical_layout() -> None:
    assert FORMATS == ("csv", "json", "parquet", "protobuf")
    canonical = [layout.format for layout in LAYOUTS.values() if layout.canonical]
    assert sorted(canonical) == sorted(FORMATS)


def test_each_module_of_a_decoder_is_registered() -> None:
    modules = {path.stem for path in (ROOT / "formats/decoders").glob("*.py")}
    registered = {entry.module.rpartition(".")[2] for entry in DECODERS.values()}
    assert modules - {"__init__", "model"} == registered


def test_unknown_codec_names_the_choices() -> None:
    with pytest.raises(UnknownNameError, match=r"'xml'.*json/lines/orjson"):
        decoder("xml")
    with pytest.raises(UnknownNameError, match="xml/tree"):
        fast("xml/tree")


@pytest.mark.parametrize("name", PAYLOADS)
def test_documented_protobuf_messages(name: str) -> None:
    assert protobuf_messages.proto(payload(name)) in DOCUMENT


@pytest.mark.parametrize("name", PAYLOADS)
def test_documented_parquet_schema(name: str) -> None:
    found = payload(name)
    for field in found.fields:
        column = parquet_columns.columns(field)[-1]
        kind = parquet_columns.schema(found).field(column).type
        assert f"| {name} | `{column}` | `{kind}` |" in DOCUMENT


def test_documented_example() -> None:
    """The example in the document is what the codecs write."""
    found = payload("tabular", 2)
    batch: Batch = {
        "label": np.array([1, 0], np.uint8),
        "dense": np.array([[-1, *range(1, 13)], [300] * 13], np.int32),
        "sparse": np.array([[7, 200], [0, 99]], np.int32),
    }
    blocks = re.findall(r"<!-- example: (\S+) -->\n```\w*\n(.*?)```", DOCUMENT, re.DOTALL)
    assert [name for name, _ in blocks] == ["csv/rows", "json/lines", "protobuf/messages"]
    for layout, text in blocks:
        written = fast(layout).bind(found).encode(batch)
        if layout.startswith("protobuf"):
            assert bytes.fromhex(text) == written
        else:
            assert text.encode() == written


def test_csv_header_of_a_scalar_and_a_vector() -> None:
    assert csv_rows.header(payload("tabular", 1))[:3] == ["label", "dense_0", "dense_1"]


def test_protobuf_zero_is_written() -> None:
    """Explicit presence: every message has every number, so messages have one shape."""
    message = protobuf_messages.message_class(payload("tabular", 1))
    assert message(label=0).SerializeToString() == b"\x08\x00"


def test_fast_protobuf_is_read_by_the_official_library() -> None:
    found = payload("tabular")
    batch = found.generate("interop", 3)
    stream = io.BytesIO(fast("protobuf/messages").bind(found).encode(batch))
    message = protobuf_messages.message_class(found)
    for index in range(3):
        read = proto.parse_length_prefixed(message, stream)
        assert read.label == batch["label"][index]
        assert list(read.dense) == batch["dense"][index].tolist()
        assert list(read.sparse) == batch["sparse"][index].tolist()


def test_parquet_is_plain_and_has_one_row_group() -> None:
    found = payload("tokens")
    file = pq.ParquetFile(
        io.BytesIO(fast("parquet/columns").bind(found).encode(found.generate("p", 4)))
    )
    assert file.metadata.num_row_groups == 1
    column = file.metadata.row_group(0).column(0)
    assert (column.compression, column.has_dictionary_page) == ("UNCOMPRESSED", False)
    assert "PLAIN" in column.encodings


def test_parquet_page_checksum_catches_a_flipped_bit() -> None:
    found = payload("image", 16)
    batch = found.generate("p", 2)
    codec = fast("parquet/columns").bind(found)
    data = bytearray(codec.encode(batch))
    position = bytes(data).index(batch["pixels"][1].tobytes()) + 5
    data[position] ^= 1
    with pytest.raises(OSError, match="CRC"):
        codec.decode(bytes(data))


DAMAGE = {
    "csv/rows/numpy": [b"x" * 9, b"1,2\n"],
    "csv/rows/stdlib": [b"x" * 9],
    "protobuf/messages/wire": [b"\x03", b"\x80", b"\xff" * 5 + b"\x01"],
}


@pytest.mark.parametrize("codec", DAMAGE)
def test_damage_is_named(codec: str) -> None:
    """What does not follow the layout is refused with the layout's name and the place."""
    bound = decoder(codec).bind(payload("tabular", 2))
    for data in DAMAGE[codec]:
        with pytest.raises(DecodeError, match=codec.rpartition("/")[0]):
            bound.decode(data)


def test_rows_that_are_not_whole_are_refused() -> None:
    found = payload("tabular", 2)
    codec = decoder("csv/rows/numpy").bind(found)
    data = codec.encode(found.generate("c", 2))
    with pytest.raises(DecodeError, match="2 rows of 16 columns need 32 values, found 31"):
        codec.decode(data[: data.rindex(b",")] + b"\n")


@pytest.mark.parametrize(("place", "what"), [(0, "length"), (1, "tag"), (-1, "tag 0x1a|length")])
def test_wire_decoder_checks_what_is_not_a_value(place: int, what: str) -> None:
    """Each varint that is no value is held against what it must be, message by message."""
    found = payload("tabular", 2)
    codec = decoder("protobuf/messages/wire").bind(found)
    batch = {f.name: np.ones((2, *f.shape), f.dtype) for f in found.fields}
    message = codec.encode(batch)
    size = len(message) // 2
    damaged = bytearray(message)
    positions = {0: size, 1: size + 1, -1: 2 * size - 4}
    damaged[positions[place]] ^= 0x10
    with pytest.raises(DecodeError, match=rf"message 1 lacks the ({what})"):
        codec.decode(bytes(damaged))


@pytest.mark.parametrize(
    ("cut", "what"), [(1, "do not make whole messages"), (0, "message 1 does not begin")]
)
def test_wire_decoder_checks_blobs(cut: int, what: str) -> None:
    found = payload("audio", 300)
    codec = decoder("protobuf/messages/wire").bind(found)
    data = bytearray(codec.encode(found.generate("w", 2)))
    data[len(data) // 2] ^= 1
    with pytest.raises(DecodeError, match=what):
        codec.decode(bytes(data[: len(data) - cut]))
