"""Users' files: read as they are, sampled where large, refused with place and remedy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from bench.errors import TableError
from bench.tables import binary_files, sources, text_files
from bench.tables.columns import difference
from bench.tables.files import open_source
from bench.tables.registered import all_paths
from bench.tables.sources import Task
from formats.protobuf import tfrecord

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = 200
LAYOUTS = {
    "csv": "csv/rows", "json": "json/lines", "parquet": "parquet/columns",
    "arrow": "arrow/columns", "tfrecord": "protobuf/tfrecord",
}  # fmt: skip


def table() -> pa.Table:
    rng = np.random.default_rng(3)
    return pa.table(
        {
            "id": pa.array(range(ROWS), pa.int64()),
            "price": pa.array(rng.random(ROWS), pa.float32()),
            "note": [f"note {row}" if row % 3 else "" for row in range(ROWS)],
        }
    )


def write_csv(path: Path) -> None:
    pc.write_csv(table(), path)


def write_json(path: Path) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in table().to_pylist()))


def write_parquet(path: Path) -> None:
    pq.write_table(table(), path, row_group_size=20)


def write_arrow(path: Path) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table().schema) as writer:
        writer.write_table(table(), max_chunksize=50)


def write_stream(path: Path) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table().schema) as writer:
        writer.write_table(table())


def write_tfrecord(path: Path) -> None:
    example = tfrecord.example_class()
    records = []
    for row in table().to_pylist():
        message = example()
        message.features.feature["id"].int64_list.value.append(row["id"])
        message.features.feature["price"].float_list.value.append(row["price"])
        message.features.feature["note"].bytes_list.value.append(row["note"].encode())
        records.append(message.SerializeToString())
    path.write_bytes(tfrecord.frame(records))


FILES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "a.csv": ("csv", write_csv),
    "a.jsonl": ("json", write_json),
    "a.parquet": ("parquet", write_parquet),
    "a.arrow": ("arrow", write_arrow),
    "a.tfrecord": ("tfrecord", write_tfrecord),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_as_it_is_by_the_paths_of_its_format(name: str, tmp_path: Path) -> None:
    kind, write = FILES[name]
    path = tmp_path / name
    write(path)
    before = path.read_bytes()
    source = open_source(Task(str(path)))
    assert (source.kind, source.sampled) == (kind, None)
    assert source.data == before == path.read_bytes()
    assert source.rows.table.num_rows == ROWS
    arrays = source.rows.arrays()
    assert arrays["id"].tolist() == list(range(ROWS))
    assert np.array_equal(arrays["price"].astype("f4"), table()["price"].to_numpy())
    paths = all_paths(source.rows.columns, source.dialect)
    own = [path for path in paths.values() if path.layout == LAYOUTS[kind]]
    assert len(own) >= 2
    for reader in own:
        assert difference(arrays, reader.decode(source.data)) is None, reader.name


@pytest.mark.parametrize("name", FILES)
def test_a_large_file_is_sampled_and_said_to_be(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (sources, text_files, binary_files):
        monkeypatch.setattr(module, "SAMPLE_BYTES", 900)
    kind, write = FILES[name]
    path = tmp_path / name
    write(path)
    source = open_source(Task(str(path)))
    assert source.sampled
    assert source.sampled.startswith("sampled: ")
    ids = source.rows.arrays()["id"].tolist()
    assert 5 < len(ids) < ROWS
    assert len(set(ids)) == len(ids)
    if kind != "tfrecord":
        whole = table().to_pylist() if kind == "csv" else None
        assert max(ids) > ROWS / 4 or whole, "from all over the file"


def test_the_first_bytes_count_more_than_the_name(tmp_path: Path) -> None:
    for name, (kind, write) in FILES.items():
        if kind != "csv":
            path = tmp_path / f"{name}.txt"
            write(path)
            assert open_source(Task(str(path))).kind == kind
    stream = tmp_path / "stream"
    write_stream(stream)
    assert open_source(Task(str(stream))).rows.table.num_rows == ROWS


@pytest.mark.parametrize(
    ("name", "content", "options", "message"),
    [
        ("a.csv", b"", {}, "empty"),
        ("a.csv", b"a,b\n1,2\n3\n", {}, r"line 3: 1 values, expected 2.*--delimiter"),
        ("a.csv", b"a,a\n1,2\n", {}, "line 1: two columns are called 'a'"),
        ("a.csv", b"a,b\n", {}, "no rows"),
        ("a.csv", b"a,b\nx,2\n", {"types": {"a": "int64"}}, "not read as csv.*--type"),
        ("a.csv", b"a,b\n1,2\n", {"types": {"c": "int64"}}, "no column 'c'; it has a, b"),
        ("a.csv", b"a,b\n1,2\n", {"types": {"a": "int65"}}, "no type is called 'int65'; choose"),
        ("a.csv", b"a,b\n\xff,2\n", {}, r"byte 4 \(line 2\) is no UTF-8; save it as UTF-8"),
        ("a.jsonl", b'{"a": 1}\n{"a": \n', {}, "line 2: .*object a line"),
        ("a.jsonl", b'{"a": 1}\n[1]\n', {}, "line 2: not an object"),
        ("a.jsonl", b'{"a": 1}\n{"a": "x"}\n', {}, "column 'a'"),
        ("a.parquet", b"PAR1" + b"x" * 40 + b"PAR1", {}, "not read as parquet.*write it again"),
        ("a.arrow", b"ARROW1\0\0" + b"x" * 40, {}, "not read as arrow.*write it again"),
        ("a.tfrecord", tfrecord.head(1 << 60) + b"x", {}, "record 0, byte 12: cut off"),
        ("a.tfrecord", tfrecord.frame([b"\xff"]), {}, "not read as tfrecord"),
        ("a", b"1 2 3\n", {}, "--kind: csv, json, parquet, arrow, tfrecord"),
    ],
)
def test_what_cannot_be_read_is_named_with_place_and_remedy(
    name: str, content: bytes, options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(TableError, match=message) as raised:
        open_source(Task(str(path), **options))
    assert str(path) in str(raised.value)


def test_what_cannot_be_inferred_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"1;2;x\n3;4;y\n")
    task = Task(str(path), "csv", ";", header=False, types={"f1": "float32"})
    source = open_source(task)
    assert [column.dtype for column in source.rows.columns] == ["int32", "float32", "uint8"]
    for reader in all_paths(source.rows.columns, source.dialect).values():
        if reader.layout == "csv/rows":
            assert difference(source.rows.arrays(), reader.decode(source.data)) is None


def test_another_encoding_is_measured_as_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("a,b\r1,é\r".encode("utf-16"))
    assert open_source(Task(str(path))).data == "a,b\n1,é\n".encode()
