"""Parquet as pyarrow, pandas, Polars, DuckDB and fastparquet write it."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from formats.cells import as_bytes
from formats.parquet import layout as parquet
from formats.parquet.layout import ColumnLayout, Kind
from formats.registry import LAYOUTS
from tests.hostile.other_writers.foreign import Written, described, pick, samples_of, shuffled

if TYPE_CHECKING:
    from random import Random

    from formats.payloads import Batch, Field, Payload
    from tests.hostile.other_writers.foreign import Writer

_LISTS = {Kind.LIST, Kind.FIXED_LIST}

# What a table may have that is none of the layout: the reason that it is refused for.
FAULTS = {
    "with a column more": "more|elements, expected",
    "with a column less": "lacks",
    "with a null": "missing",
    "with a wide number": "does not fit",
    "with nulls among doubles": "missing|double|float64|Float64|whole numbers",
    "with fractions": "double|float64|Float64|whole numbers",
    "with text": "string|str|object|String|text",
    "with a short cell": "values, expected|bytes, expected|PNG|JPEG",
}
_CHOSEN = [fault for fault in FAULTS if fault != "with nulls among doubles"]


def shape_of(layout: str) -> ColumnLayout:
    """Return a layout of columns by its name."""
    shape = LAYOUTS[layout]
    assert isinstance(shape, ColumnLayout)
    return shape


def cells(layout: str, payload: Payload, batch: Batch) -> dict[str, list[Any]]:
    """Return a batch as columns of numbers, lists of numbers or bytes, in the order of a layout."""
    shape = shape_of(layout)
    columns: dict[str, list[Any]] = {}
    for field in payload.fields:
        kind = shape.kind_of(payload, field)
        rows = batch[field.name].reshape(-1, field.width)
        names = parquet.columns(shape, payload, field)
        if kind is Kind.SPREAD:
            columns |= {name: rows[:, i].tolist() for i, name in enumerate(names)}
        elif shape.pictures:
            columns[field.name] = shape.pictures.write(field, rows)
        elif kind in _LISTS:
            columns[field.name] = rows.tolist()
        else:
            columns[field.name] = [cell.tobytes() for cell in as_bytes(field, rows)]
    count = samples_of(payload, batch)
    for other in range(len(parquet.all_columns(shape, payload)) * shape.others):
        columns[f"other_{other}"] = [row * 31 + other for row in range(count)]
    return columns


def _field_of(payload: Payload, column: str) -> Field | None:
    return next((f for f in payload.fields if column.rsplit("_", 1)[0] == f.name), None) or next(
        (f for f in payload.fields if column == f.name), None
    )


def _faulty(rng: Random, payload: Payload, columns: dict[str, list[Any]]) -> str:
    """Change columns so that they hold something else, and return how."""
    fault = rng.choice(_CHOSEN) if rng.random() < 0.2 else ""
    name = rng.choice([n for n in columns if not n.startswith("other_")])
    values = columns[name]
    if fault == "with a column more":
        columns["more"] = list(range(len(values)))
        return fault
    if fault == "with a column less":
        del columns[name]
        if not columns:
            columns["another"] = list(range(len(values)))
        return fault
    if not fault or not values:
        return ""
    value = values[0]
    kind = type(value)
    if fault == "with a null":
        values[0] = [None, *value[1:]] if kind is list and rng.random() < 0.5 else None
    elif fault == "with a wide number" and kind is not bytes:
        values[0] = [1 << 40, *value[1:]] if kind is list else 1 << 40
    elif fault == "with fractions" and kind is not bytes:
        values[:] = [[v + 0.5 for v in x] if kind is list else x + 0.5 for x in values]
    elif fault == "with text" and kind is int:
        values[:] = [str(x) for x in values]
    elif fault == "with a short cell" and kind is not int:
        values[0] = value[:-1]
    else:
        return ""
    return fault


def _type(rng: Random, payload: Payload, name: str, values: list[Any], fault: str) -> pa.DataType:
    """Return a type of Arrow that holds a column: one of those that writers take for it."""
    wide = fault == "with a wide number"
    field = _field_of(payload, name)
    own = field.dtype if field is not None and not wide else "int64"
    numbers = rng.choice([own, own, own, "int64", "int32" if not wide else "int64"])
    number = pa.from_numpy_dtype(numbers)
    first = next((value for value in values if value is not None), None)
    if isinstance(first, bytes):
        even = {len(value) for value in values if value is not None} == {len(first)}
        return rng.choice([pa.binary(), pa.large_binary(), *([pa.binary(len(first))] * even)])
    if isinstance(first, float):
        return pa.float64()
    if isinstance(first, str):
        return rng.choice([pa.string(), pa.large_string()])
    if isinstance(first, list):
        if any(isinstance(value, float) for value in first):
            number = pa.float64()
        element = pa.field(rng.choice(["element", "item"]), number, rng.random() < 0.5)
        if None in first:
            element = element.with_nullable(True)
        even = {len(value) for value in values if value is not None} == {len(first)}
        fixed = [pa.list_(element, len(first))] * (even and bool(first))
        return rng.choice([pa.list_(element), pa.large_list(element), *fixed])
    return number


def table(rng: Random, layout: str, payload: Payload, batch: Batch) -> tuple[pa.Table, str]:
    """Return a batch as a table of any types that hold it, and what is wrong with it."""
    columns = cells(layout, payload, batch)
    fault = _faulty(rng, payload, columns)
    shape = shape_of(layout)
    own = parquet.schema(shape, payload)
    names = shuffled(rng, list(columns))
    nullable = rng.random() < 0.6 or fault == "with a null"
    fields, arrays = [], []
    for name in names:
        kind = _type(rng, payload, name, columns[name], fault)
        if not any(value is not None for value in columns[name]) and name in own.names:
            kind = own.field(name).type
        fields.append(pa.field(name, kind, nullable))
        arrays.append(pa.array(columns[name], kind))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields)), fault


def _written(
    data: bytes, options: dict[str, Any], fault: str, values: pa.Table, limit: str = ""
) -> Written:
    types = {str(kind) for kind in values.schema.types}
    how = f"{described(options)}, types {sorted(types)[:4]}" + (f", {fault}" if fault else "")
    return Written(data, how, FAULTS.get(fault, ""), limit)


def _pyarrow(rng: Random, layout: str, payload: Payload, batch: Batch) -> Written:
    values, fault = table(rng, layout, payload, batch)
    options = pick(
        rng,
        compression=["none", "snappy", "gzip", "zstd", "brotli", "lz4"],
        use_dictionary=[False, True],
        data_page_version=["1.0", "2.0"],
        version=["1.0", "2.4", "2.6"],
        write_statistics=[False, True],
        write_page_index=[False, True],
        write_page_checksum=[False, True],
        store_schema=[False, True],
        use_compliant_nested_type=[False, True],
        row_group_size=[1, 3, 1000],
        data_page_size=[64, 1 << 20],
        write_batch_size=[2, 1024],
    )
    if rng.random() < 0.3:
        values = values.replace_schema_metadata({"written by": "another"})
    sink = io.BytesIO()
    pq.write_table(values, sink, **options)
    return _written(sink.getvalue(), options, fault, values)


def _pandas(rng: Random, layout: str, payload: Payload, batch: Batch) -> Written:
    values, fault = table(rng, layout, payload, batch)
    backend = rng.choice([None, pd.ArrowDtype])
    frame = values.to_pandas(types_mapper=backend)
    index = rng.choice(["range", "none", "named", "own"])
    if index == "named" and fault:
        index = "range"
    if index == "own" and (fault or len(frame.columns) == 1):
        index = "range"
    if index == "own":
        frame = frame.set_index(rng.choice(list(frame.columns)))
    if index == "named":
        frame.index = pd.Index(np.arange(len(frame)) * 2, name="more")
        fault = "with a column more"
    options = pick(rng, compression=["snappy", "zstd", None], row_group_size=[2, 1000])
    kept = {"range": None, "none": False}.get(index, True)
    data = frame.to_parquet(None, engine="pyarrow", index=kept, **options)
    assert isinstance(data, bytes)
    # Without Arrow's types a frame holds whole numbers, of which one is missing, as doubles.
    if fault == "with a null" and "double" in str(pq.read_schema(io.BytesIO(data)).types):
        fault = "with nulls among doubles"
    return _written(data, options | {"index": index, "arrow": backend is not None}, fault, values)


def _polars(rng: Random, layout: str, payload: Payload, batch: Batch) -> Written:
    import polars as pl

    values, fault = table(rng, layout, payload, batch)
    options = pick(
        rng,
        compression=["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4"],
        statistics=[True, False, "full"],
        row_group_size=[None, 1, 3],
        data_page_size=[None, 64],
    )
    sink = io.BytesIO()
    frame = pl.from_arrow(values)
    assert isinstance(frame, pl.DataFrame)
    frame.write_parquet(sink, **options)
    return _written(sink.getvalue(), options, fault, values)


def _duckdb(rng: Random, layout: str, payload: Payload, batch: Batch) -> Written:
    from tests.hostile.other_writers.duck import copy

    values, fault = table(rng, layout, payload, batch)
    options = pick(
        rng,
        COMPRESSION=["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw"],
        PARQUET_VERSION=["v1", "v2"],
        ROW_GROUP_SIZE=[1, 2048],
        DICTIONARY_SIZE_LIMIT=[1, 10_000],
    )
    text = ", ".join(["FORMAT parquet", *(f"{name} {value}" for name, value in options.items())])
    with tempfile.TemporaryDirectory() as folder:
        data = copy(values, Path(folder) / "a.parquet", text)
    # DuckDB writes differences of 33 bits between numbers of 32, which Arrow takes for damage.
    limit = "pyarrow does not read its DELTA_" if options["PARQUET_VERSION"] == "v2" else ""
    # For a list of fixed length that is null, DuckDB 2.0 writes as many levels as for its values.
    if fault == "with a null" and any(map(pa.types.is_fixed_size_list, values.schema.types)):
        limit = "|".join(filter(None, [limit, "Length spanned by list offsets"]))
    return _written(data, options, fault, values, limit)


def _fastparquet(rng: Random, layout: str, payload: Payload, batch: Batch) -> Written:
    import fastparquet

    values, fault = table(rng, layout, payload, batch)
    if fault == "with a null" and values.num_rows == 1:
        return _pyarrow(rng, layout, payload, batch)
    frame = values.to_pandas()
    octets = {name: "bytes" for name, dtype in frame.dtypes.items() if str(dtype) == "object"}
    options = pick(
        rng,
        compression=[None, "SNAPPY", "GZIP", "ZSTD", "BROTLI", "LZ4_RAW"],
        # Of bytes, fastparquet 2026.9 writes levels that the schema says are not there.
        has_nulls=[True, False, *([] if octets else [None])],
        stats=[True, False, "auto"],
        row_group_offsets=[None, [0], 2],
        write_index=[False, None],
    )
    if fault == "with a null":
        options["has_nulls"] = True
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.parquet"
        fastparquet.write(str(path), frame, object_encoding=octets or "infer", **options)
        data = path.read_bytes()
    return _written(data, options, fault, values)


WRITERS: dict[str, tuple[Writer, str]] = {
    "pyarrow": (_pyarrow, "pyarrow"),
    "pandas": (_pandas, "pandas"),
    "polars": (_polars, "polars"),
    "duckdb": (_duckdb, "duckdb"),
    "fastparquet": (_fastparquet, "fastparquet"),
}
"""Each writer with the library that it needs."""
