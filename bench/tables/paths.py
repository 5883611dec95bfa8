"""Library paths between the bytes of a format and tensors, for a table of any columns."""

from __future__ import annotations

import base64
import csv
import io
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.tables.columns import Arrays, Column, from_arrow, numbers, pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file is written."""

    delimiter: str = ","
    header: bool = True


class Path(ABC):
    """One way to write a table, and to read it as tensors."""

    name = ""
    """format/layout/library."""
    needs: str | None = None
    """The library that must be installed beside the project's own, by its import name."""

    def __init__(self, columns: Sequence[Column], dialect: Dialect) -> None:
        self.columns = columns
        self.dialect = dialect

    @classmethod
    def installed(cls) -> bool:
        """Tell whether its library is there."""
        return cls.needs is None or find_spec(cls.needs) is not None

    @property
    def layout(self) -> str:
        """The layout, as format/layout."""
        return self.name.rsplit("/", 1)[0]

    @abstractmethod
    def encode(self, table: pa.Table) -> bytes:
        """Write a table of canonical types."""

    @abstractmethod
    def decode(self, data: bytes) -> Arrays:
        """Read tensors."""


def as_text(column: Column, cell: bytes) -> str:
    """Return bytes as text holds them: themselves where they are text, else their base64."""
    return cell.decode() if column.text else base64.b64encode(cell).decode()


def of_text(column: Column, text: str | None) -> bytes:
    """Return the bytes that a text holds."""
    value = text or ""
    return value.encode() if column.text else base64.b64decode(value)


def _flat(columns: Sequence[Column], table: pa.Table) -> pa.Table:
    """Return a table without vectors and without bytes that are no text."""
    import pyarrow as pa

    names: list[str] = []
    arrays: list[Any] = []
    for column in columns:
        part = table.column(column.name)
        names += column.spread
        if column.width:
            rows = part.combine_chunks().flatten().to_numpy().reshape(-1, column.width)
            arrays += [pa.array(np.ascontiguousarray(rows[:, i])) for i in range(column.width)]
        elif column.octets and not column.text:
            arrays.append(pa.array([as_text(column, cell) for cell in part.to_pylist()]))
        else:
            arrays.append(part)
    return pa.Table.from_arrays(arrays, names)


def _gather(columns: Sequence[Column], parts: dict[str, Any]) -> Arrays:
    """Return tensors of columns without vectors: numbers, or texts."""
    arrays: Arrays = {}
    for column in columns:
        if column.octets:
            arrays |= pack(column, [of_text(column, text) for text in parts[column.name]])
        elif column.width:
            stacked = np.stack([np.asarray(parts[name]) for name in column.spread], axis=1)
            arrays[column.name] = numbers(column, stacked)
        else:
            arrays[column.name] = numbers(column, parts[column.name])
    return arrays


class CsvPyarrow(Path):
    """pyarrow.csv, one thread."""

    name = "csv/rows/pyarrow"

    def encode(self, table: pa.Table) -> bytes:
        """Write it."""
        import pyarrow.csv as pc

        sink = io.BytesIO()
        options = pc.WriteOptions(
            include_header=self.dialect.header,
            delimiter=self.dialect.delimiter,
            quoting_style="needed",
        )
        pc.write_csv(_flat(self.columns, table), sink, options)
        return sink.getvalue()

    def decode(self, data: bytes) -> Arrays:
        """Read it with the types that are known."""
        import pyarrow as pa
        import pyarrow.csv as pc

        names = [name for column in self.columns for name in column.spread]
        types = {
            name: pa.string() if column.octets else pa.from_numpy_dtype(column.dtype)
            for column in self.columns
            for name in column.spread
        }
        table = pc.read_csv(
            pa.BufferReader(data),
            pc.ReadOptions(use_threads=False, column_names=None if self.dialect.header else names),
            pc.ParseOptions(delimiter=self.dialect.delimiter, newlines_in_values=True),
            pc.ConvertOptions(column_types=types, include_columns=names, strings_can_be_null=False),
        )
        if any(column.width or (column.octets and not column.text) for column in self.columns):
            parts = {
                name: table.column(name).to_pylist()
                if pa.types.is_string(table.schema.field(name).type)
                else table.column(name).to_numpy()
                for name in names
            }
            return _gather(self.columns, parts)
        return from_arrow(self.columns, _filled(table))


def _filled(table: pa.Table) -> pa.Table:
    """Return a table whose missing fractions are NaN, and whose missing whole numbers are 0."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not any(part.null_count for part in table.columns):
        return table
    parts = [
        pc.fill_null(part, float("nan") if pa.types.is_floating(part.type) else 0)
        if part.null_count and not pa.types.is_string(part.type)
        else part
        for part in table.columns
    ]
    return pa.Table.from_arrays(parts, table.column_names)


class CsvPandas(CsvPyarrow):
    """pandas.read_csv."""

    name = "csv/rows/pandas"

    def decode(self, data: bytes) -> Arrays:
        """Read a DataFrame."""
        import pandas as pd

        names = [name for column in self.columns for name in column.spread]
        texts = {column.name for column in self.columns if column.octets}
        types = {
            name: "object" if column.octets else column.dtype
            for column in self.columns
            for name in column.spread
        }
        frame = pd.read_csv(
            io.BytesIO(data),
            sep=self.dialect.delimiter,
            header=0 if self.dialect.header else None,
            names=None if self.dialect.header else names,
            dtype=types,
            keep_default_na=False,
            na_values={name: ["", "nan", "NaN"] for name in names if name not in texts},
        )
        return _gather(self.columns, {name: frame[name].to_numpy() for name in names})


class CsvStdlib(CsvPyarrow):
    """The csv module: the straightforward way."""

    name = "csv/rows/stdlib"

    def decode(self, data: bytes) -> Arrays:
        """Read a row at a time."""
        names = [name for column in self.columns for name in column.spread]
        rows = list(csv.reader(io.StringIO(data.decode()), delimiter=self.dialect.delimiter))
        header = rows.pop(0) if self.dialect.header else names
        cells = dict(zip(header, zip(*rows, strict=True), strict=True))
        parts: dict[str, Any] = {}
        for column in self.columns:
            for name in column.spread:
                values = cells[name]
                if column.octets:
                    parts[name] = values
                elif np.dtype(column.dtype).kind == "f":
                    parts[name] = [float(value or "nan") for value in values]
                else:
                    parts[name] = [int(value or 0) for value in values]
        return _gather(self.columns, parts)


class CsvPolars(CsvPyarrow):
    """polars.read_csv."""

    name = "csv/rows/polars"
    needs = "polars"

    def decode(self, data: bytes) -> Arrays:
        """Read a DataFrame."""
        import polars as pl

        names = [name for column in self.columns for name in column.spread]
        types = {
            name: pl.String if column.octets else getattr(pl, column.dtype.replace("u", "U", 1)
                .replace("int", "Int").replace("float", "Float"))
            for column in self.columns
            for name in column.spread
        }  # fmt: skip
        frame = pl.read_csv(
            data,
            separator=self.dialect.delimiter,
            has_header=self.dialect.header,
            new_columns=None if self.dialect.header else names,
            schema_overrides=types if self.dialect.header else list(types.values()),
        )
        parts: dict[str, Any] = {}
        for name in names:
            part = frame.get_column(name)
            parts[name] = part.to_list() if part.dtype == pl.String else part.to_numpy()
        return _gather(self.columns, parts)


class JsonOrjson(Path):
    """A line at a time by orjson."""

    name = "json/lines/orjson"

    def loads(self, line: bytes) -> Any:
        """Parse a line."""
        import orjson

        return orjson.loads(line)

    def encode(self, table: pa.Table) -> bytes:
        """Write an object a row."""
        import orjson

        columns = {column.name: column for column in self.columns}
        parts: dict[str, list[Any]] = {}
        for name, column in columns.items():
            values = table.column(name).to_pylist()
            if column.octets and not column.text:
                values = [as_text(column, cell) for cell in values]
            parts[name] = values
        rows = zip(*parts.values(), strict=True)
        return b"".join(orjson.dumps(dict(zip(parts, row, strict=True))) + b"\n" for row in rows)

    def decode(self, data: bytes) -> Arrays:
        """Read an object a row, then stack each column."""
        rows = [self.loads(line) for line in data.splitlines() if line.strip()]
        arrays: Arrays = {}
        for column in self.columns:
            values = [row.get(column.name) for row in rows]
            if column.octets:
                arrays |= pack(column, [of_text(column, _text(value)) for value in values])
            elif np.dtype(column.dtype).kind == "f":
                arrays[column.name] = numbers(column, np.array(values, dtype=np.float64))
            else:
                whole = values if column.width else [value or 0 for value in values]
                arrays[column.name] = numbers(column, np.array(whole))
        return arrays


def _text(value: Any) -> str | None:
    """Return a text, or the JSON of what is nested."""
    return value if value is None or isinstance(value, str) else json.dumps(value)


class JsonStdlib(JsonOrjson):
    """A line at a time by the json module: the straightforward way."""

    name = "json/lines/stdlib"

    def loads(self, line: bytes) -> Any:
        """Parse a line."""
        return json.loads(line)


class JsonPyarrow(JsonOrjson):
    """pyarrow.json, one thread."""

    name = "json/lines/pyarrow"

    def decode(self, data: bytes) -> Arrays:
        """Read it with the types that are known."""
        import pyarrow as pa
        import pyarrow.json as pj

        fields = []
        for column in self.columns:
            kind = pa.string() if column.octets else pa.from_numpy_dtype(column.dtype)
            fields.append(pa.field(column.name, pa.list_(kind) if column.width else kind))
        table = pj.read_json(
            pa.BufferReader(data),
            pj.ReadOptions(use_threads=False, block_size=max(1 << 20, len(data) + 1)),
            pj.ParseOptions(explicit_schema=pa.schema(fields)),
        )
        binary = [column for column in self.columns if column.octets and not column.text]
        arrays = from_arrow([c for c in self.columns if c not in binary], _filled(table))
        for column in binary:
            cells = table.column(column.name).to_pylist()
            arrays |= pack(column, [of_text(column, cell) for cell in cells])
        return arrays
