"""Every path gives back every table, bit for bit, or says why it cannot hold it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.tables.columns import Column, canonical, difference, from_arrow
from bench.tables.paths import Dialect
from bench.tables.registered import all_paths, payload_of

pytestmark = pytest.mark.hostile

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=9)
KINDS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "int32": (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "int64": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "uint8": (pa.uint8(), st.integers(0, 255)),
    "float32": (pa.float32(), st.floats(width=32, allow_infinity=False, allow_nan=False)),
    "float64": (pa.float64(), st.floats(allow_infinity=False, allow_nan=False)),
    "text": (pa.string(), TEXT),
    "bytes": (pa.binary(), st.binary(max_size=9)),
    "vector": (pa.list_(pa.float32(), 3), st.lists(st.integers(-9, 9), min_size=3, max_size=3)),
    "numbers": (pa.list_(pa.int64()), st.lists(st.integers(-9, 9), min_size=2, max_size=2)),
    "ragged": (pa.list_(pa.int64()), st.lists(st.integers(-9, 9), max_size=3)),
    "struct": (pa.struct({"a": pa.int8()}), st.fixed_dictionaries({"a": st.integers(-9, 9)})),
    "truth": (pa.bool_(), st.booleans()),
}
WIDE = {"float64", "int64"}


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    kinds = draw(st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=5))
    rows = draw(st.integers(1, 5))
    arrays = []
    for kind in kinds:
        type_, values = KINDS[kind]
        arrays.append(pa.array(draw(st.lists(values, min_size=rows, max_size=rows)), type_))
    return pa.Table.from_arrays(arrays, [f"{kind}{place}" for place, kind in enumerate(kinds)])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables(), st.booleans())
def test_every_path_gives_back_every_table(table: pa.Table, narrow: bool) -> None:
    rows = canonical(table, narrow=narrow)
    expected = rows.arrays()
    held = 0
    for name, path in all_paths(rows.columns, Dialect()).items():
        # Of one column of empty text a line of CSV is blank, which readers pass over.
        if name.startswith("csv/rows") and len(rows.columns) == 1:
            continue
        wide = any(column.dtype in {"float64", "uint64"} for column in rows.columns)
        if "tfrecord" in name and wide:
            with pytest.raises(ValueError, match="float32, int64 and bytes"):
                path.encode(rows.table)
            continue
        assert difference(expected, path.decode(path.encode(rows.table))) is None, name
        held += 1
    assert held >= 9


@pytest.mark.parametrize("dialect", [Dialect(";"), Dialect("\t", header=False)])
def test_csv_of_another_dialect(dialect: Dialect) -> None:
    table = pa.table({"a": [1, 2], "b": [0.5, 1e300], "c": ['x;"y"\tz', ""]})
    rows = canonical(table, narrow=True)
    for name, path in all_paths(rows.columns, dialect).items():
        if name.startswith("csv/"):
            data = path.encode(rows.table)
            assert data.startswith(b"1" if not dialect.header else b'"a"') or data[:1] == b"a"
            assert difference(rows.arrays(), path.decode(data)) is None, name


def test_own_decoders_take_part_where_all_are_whole_numbers() -> None:
    numbers = (Column("a", "int32"), Column("b", "uint8", 3))
    assert payload_of(numbers) is not None
    names = set(all_paths(numbers, Dialect()))
    assert {"csv/rows/wire", "json/lines/wire", "protobuf/tfrecord/wire"} <= names
    for other in (Column("c", "float32"), Column("d e", "int32"), Column("f", "int64")):
        assert payload_of((*numbers, other)) is None
        assert "csv/rows/wire" not in all_paths((*numbers, other), Dialect())


def test_what_is_changed_is_said() -> None:
    table = pa.table(
        {
            "whole": [1, None],
            "part": [None, 0.5],
            "text": ["a", None],
            "nested": [{"a": 1}, None],
            "day": pa.array([1, 2], pa.date32()),
        }
    )
    rows = canonical(table, narrow=True)
    said = "\n".join(rows.notes)
    for words in (
        "whole: 1 missing values are measured as 0",
        "part: 1 missing values are measured as NaN",
        "text: text, measured as arrays of bytes",
        "text: 1 missing values are measured as empty ones",
        "nested: struct<a: int64> is nested",
        "day: date32[day] is measured as whole numbers",
    ):
        assert words in said
    arrays = rows.arrays()
    assert arrays["whole"].tolist() == [1, 0]
    assert np.isnan(arrays["part"][0])
    assert arrays["text"].tobytes() == b"a"
    assert arrays["text (begins)"].tolist() == [0, 1, 1]
    assert arrays["nested"].tobytes() == b'{"a": 1}'


def test_a_difference_is_seen() -> None:
    column = (Column("a", "float32"),)
    table = pa.table({"a": pa.array([1.0, float("nan")], pa.float32())})
    expected = from_arrow(column, table)
    assert difference(expected, from_arrow(column, table)) is None
    other = {"a": expected["a"] + np.float32(1)}
    assert difference(expected, other) == "a: values differ"
    assert "expected float32" in str(difference(expected, {"a": expected["a"].astype("f8")}))
    assert difference(expected, {}) is not None
