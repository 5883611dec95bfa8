"""Bytes that are right but written otherwise: read too, by the library behind a wire decoder."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from formats.batch import mismatch
from formats.parquet import layout as parquet
from formats.parquet.pages import Footers, Pages
from formats.payloads import PAYLOADS
from formats.protobuf.layout import PACKED, message_class
from formats.registry import LAYOUTS, bind, decoder
from tests.formats.cases import bound, encoded, small

if TYPE_CHECKING:
    from collections.abc import Callable

    from formats.codec import Codec
    from formats.payloads import Batch, Payload

pytestmark = pytest.mark.hostile


@pytest.fixture
def careful(monkeypatch: pytest.MonkeyPatch) -> Callable[[Codec[Any]], list[int]]:
    """Count the batches that a codec hands to the library behind it."""

    def watch(codec: Codec[Any]) -> list[int]:
        handed: list[int] = []
        inner = codec._careful  # type: ignore[attr-defined]
        read = inner.read

        def counted(data: bytes, out: Batch | None) -> Batch:
            handed.append(len(data))
            batch: Batch = read(data, out)
            return batch

        monkeypatch.setattr(inner, "read", counted)
        return handed

    return watch


def table(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode())))


def quoted(data: bytes) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(table(data))
    return text.getvalue().encode()


def changed(data: bytes, change: Callable[[str], str]) -> bytes:
    """Return a table in which each value, but no name, is changed."""
    names, *rows = table(data)
    rows = [names, *([change(value) for value in row] for row in rows)]
    return "".join(",".join(row) + "\n" for row in rows).encode()


CSV: dict[str, Callable[[bytes], bytes]] = {
    "carriage returns": lambda data: data.replace(b"\n", b"\r\n"),
    "quotes": quoted,
    "quotes and carriage returns": lambda data: quoted(data).replace(b"\n", b"\r\n"),
    "spaces": lambda data: changed(data, lambda value: f" {value} "),
    "leading zeros": lambda data: changed(data, lambda value: f"{int(value):04d}"),
    "plus signs": lambda data: changed(data, lambda value: f"{int(value):+d}"),
    "one value quoted": lambda data: re.sub(rb"(\d+)\n$", rb'"\1"\n', data),
}


@pytest.mark.parametrize(
    ("codec", "name"),
    [("csv/rows/wire", name) for name in PAYLOADS] + [("csv/wide/wire", "tabular")],
)
@pytest.mark.parametrize("what", CSV)
def test_csv_written_otherwise(
    codec: str, name: str, what: str, careful: Callable[[Codec[Any]], list[int]]
) -> None:
    payload = small(name)
    batch = payload.generate("otherwise", 4)
    reader = bind(decoder(codec), payload)
    handed = careful(reader)
    usual = reader.encode(batch)
    assert mismatch(payload, reader.decode(usual), batch) is None
    assert not handed
    data = CSV[what](usual)
    assert mismatch(payload, reader.decode(data), batch) is None
    assert handed == [len(data)]
    assert mismatch(payload, reader.decode(usual), batch) is None
    assert len(handed) == 1


def lines(data: bytes, **options: Any) -> bytes:
    """Return JSON Lines written by the json module with some options."""
    return "".join(
        json.dumps(json.loads(line), **options) + "\n" for line in data.splitlines()
    ).encode()


def reordered(sample: dict[str, Any]) -> dict[str, Any]:
    return {"before": [1, {"label": 7}], **dict(reversed(sample.items())), "after": None}


JSON: dict[str, Callable[[bytes], bytes]] = {
    "carriage returns": lambda data: data.replace(b"\n", b"\r\n"),
    "spaces": lines,
    "more spaces": lambda data: lines(data, separators=("  ,\t", " :  ")),
    "spaces around": lambda data: data.replace(b"{", b" {").replace(b"}", b"} "),
    "other keys in another order": lambda data: "".join(
        json.dumps(reordered(json.loads(line)), separators=(",", ":")) + "\n"
        for line in data.splitlines()
    ).encode(),
    "no line feed at the end": lambda data: data[:-1],
    "escaped keys": lambda data: re.sub(rb'"(\w)', lambda key: b'"\\u%04x' % ord(key[1]), data),
}


@pytest.mark.parametrize("name", PAYLOADS)
@pytest.mark.parametrize("what", JSON)
def test_json_lines_written_otherwise(
    name: str, what: str, careful: Callable[[Codec[Any]], list[int]]
) -> None:
    payload = small(name)
    batch = payload.generate("otherwise", 4)
    reader = bind(decoder("json/lines/wire"), payload)
    handed = careful(reader)
    usual = reader.encode(batch)
    assert mismatch(payload, reader.decode(usual), batch) is None
    assert not handed
    data = JSON[what](usual)
    assert mismatch(payload, reader.decode(data), batch) is None
    assert handed == [len(data)]
    for other in ("json/lines/stdlib", "json/lines/orjson"):
        assert mismatch(payload, bound(other, name).decode(data), batch) is None


FLAT: dict[str, Callable[[dict[str, Any]], str]] = {
    "spaces": json.dumps,
    "a line feed": lambda flat: json.dumps(flat, separators=(",", ":")) + "\n",
    "another order": lambda flat: json.dumps(reordered(flat), separators=(",", ":")),
    "indented": lambda flat: json.dumps(flat, indent=1),
    "spaces in brackets": lambda flat: (
        json.dumps(flat, separators=(",", ":")).replace("[", "[ ").replace("]", " ]")
    ),
}


@pytest.mark.parametrize("name", PAYLOADS)
@pytest.mark.parametrize("samples", [0, 4])
@pytest.mark.parametrize("what", FLAT)
def test_json_flat_written_otherwise(what: str, samples: int, name: str) -> None:
    payload = small(name)
    batch = payload.generate("otherwise", samples)
    usual = encoded("json/flat", payload, batch)
    data = FLAT[what](json.loads(usual)).encode()
    assert data != usual
    for codec in ("json/flat/wire", "json/flat/stdlib", "json/flat/orjson"):
        assert mismatch(payload, bound(codec, name).decode(data), batch) is None


@pytest.mark.parametrize("name", PAYLOADS)
def test_json_flat_in_small_chunks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formats.json.flat_wire.CHUNK_BYTES", 3)
    payload = small(name)
    batch = payload.generate("chunks", 3)
    data = encoded("json/flat", payload, batch)
    assert mismatch(payload, bound("json/flat/wire", name).decode(data), batch) is None


def test_protobuf_fields_in_another_order(careful: Callable[[Codec[Any]], list[int]]) -> None:
    payload = small("tabular")
    batch = payload.generate("otherwise", 4)
    message = message_class(PACKED, payload)
    whole = message.FromString(encoded("protobuf/packed", payload, batch))
    parts = [
        message(**{field: getattr(whole, field)}).SerializeToString()
        for field in ("sparse", "label", "dense")
    ]
    reader = bind(decoder("protobuf/packed/wire"), payload)
    handed = careful(reader)
    assert mismatch(payload, reader.decode(b"".join(parts)), batch) is None
    assert len(handed) == 1


def write(payload: Payload, layout: str, batch: Batch, **options: Any) -> bytes:
    shape = LAYOUTS[layout]
    assert isinstance(shape, parquet.ParquetLayout)
    sink = io.BytesIO()
    usual = {"compression": "none", "use_dictionary": False, "write_page_checksum": True}
    pq.write_table(parquet.to_table(shape, payload, batch), sink, **(usual | options))
    return sink.getvalue()


# Read by the wire decoder itself, and by the library behind it.
PARQUET: dict[str, tuple[bool, dict[str, Any]]] = {
    "small pages": (False, {"data_page_size": 64, "write_batch_size": 7}),
    "row groups": (False, {"row_group_size": 7}),
    "both": (False, {"data_page_size": 64, "write_batch_size": 3, "row_group_size": 11}),
    "statistics": (False, {"write_statistics": True}),
    "page index": (False, {"write_page_index": True}),
    "no schema of Arrow's": (False, {"store_schema": False}),
    "no checksums": (True, {"write_page_checksum": False}),
    "snappy": (True, {"compression": "snappy"}),
    "zstd": (True, {"compression": "zstd", "data_page_size": 64, "write_batch_size": 7}),
    "dictionary": (True, {"use_dictionary": True}),
    "version 2 pages": (True, {"data_page_version": "2.0", "data_page_size": 64}),
}
WIRE = [
    ("parquet/columns", "tabular"),
    ("parquet/columns", "image"),
    ("parquet/columns", "tokens"),
    ("parquet/lists", "tabular"),
    ("parquet/lists", "image"),
    ("parquet/rows", "tabular"),
    ("parquet/rows", "audio"),
]


@pytest.mark.parametrize(("layout", "name"), WIRE)
@pytest.mark.parametrize("what", PARQUET)
def test_parquet_written_otherwise(
    layout: str, name: str, what: str, careful: Callable[[Codec[Any]], list[int]]
) -> None:
    payload = small(name)
    handed_on, options = PARQUET[what]
    if layout == "parquet/rows" and what == "no checksums":
        handed_on = False  # the layout has none
    reader = bind(decoder(f"{layout}/wire"), payload)
    handed = careful(reader)
    for nonce, samples in (("a", 40), ("b", 3), ("c", 40)):
        batch = payload.generate(nonce, samples)
        data = write(payload, layout, batch, **options)
        usual = encoded(layout, payload, batch)
        assert data != usual
        for each in (data, usual, data):
            assert mismatch(payload, reader.decode(each), batch) is None
    assert len(handed) == (6 if handed_on else 0)


@pytest.mark.parametrize("library", ["pyarrow", "pandas"])
@pytest.mark.parametrize(("layout", "name"), WIRE)
@pytest.mark.parametrize("what", PARQUET)
def test_parquet_libraries_read_it_too(layout: str, name: str, what: str, library: str) -> None:
    payload = small(name)
    batch = payload.generate("otherwise", 40)
    data = write(payload, layout, batch, **PARQUET[what][1])
    if PARQUET[what][1].get("store_schema", True) or layout == "parquet/columns":
        read = bound(f"{layout}/{library}", name).decode(data)
        assert mismatch(payload, read, batch) is None


def test_files_of_several_pages_and_row_groups_have_them() -> None:
    payload = small("tabular")
    batch = payload.generate("otherwise", 40)
    for what, groups, pages in (("small pages", 1, 2), ("row groups", 6, 6), ("both", 4, 4)):
        data = write(payload, "parquet/columns", batch, **PARQUET[what][1])
        footer = Footers().read(data)
        chunks = [chunk for chunk in footer.chunks if chunk.path == b"label"]
        assert len(chunks) == groups
        assert sum(len(list(Pages().of(data, chunk))) for chunk in chunks) >= pages
