"""CSV and JSON lines as they are in a file, and as rows."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, Any

from bench.tables.columns import canonical
from bench.tables.paths import Dialect
from bench.tables.sources import BLOCKS, SAMPLE_BYTES, Source, Task, require, type_of
from hardware_profiles.numerals import counted
from hardware_profiles.text import decoded

if TYPE_CHECKING:
    from pathlib import Path


def _lines(path: Path, size: int, *, spread: bool) -> tuple[bytes, str | None]:
    """Return whole lines of a file, all or some of them, and how they were chosen."""
    with path.open("rb") as stream:
        if size <= SAMPLE_BYTES:
            return _as_utf8(path, stream.read()), None
        places = BLOCKS if spread else 1
        blocks = []
        for index in range(places):
            stream.seek(index * size // places)
            if index:
                stream.readline()
            block = stream.read(SAMPLE_BYTES // places)
            block += stream.readline() if not block.endswith(b"\n") else b""
            blocks.append(block)
    data = _as_utf8(path, b"".join(blocks))
    how = f"the first {counted(1, 'block')}" if places == 1 else counted(places, "block")
    return data, f"sampled: {how} of whole lines, {len(data):,} of {size:,} bytes"


def _as_utf8(path: Path, data: bytes) -> bytes:
    """Return the bytes of a text: themselves, but of another encoding or with old line ends.

    Raises:
        TextError: they are no text.

    """
    text = decoded(data, str(path))
    marked = data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if marked or data.startswith(codecs.BOM_UTF32_BE) or b"\r" in data.replace(b"\r\n", b""):
        return text.encode()
    return data


def read_csv(path: Path, size: int, task: Task) -> Source:
    """Read CSV, or blocks of its lines.

    Raises:
        ValueError: it cannot be read as rows; says where.

    """
    import pyarrow as pa
    import pyarrow.csv as pc

    with path.open("rb") as stream:
        quoted = b'"' in stream.read(SAMPLE_BYTES)
    # A quoted value may hold line ends, so that a line in the middle may begin within one.
    data, sampled = _lines(path, size, spread=not quoted)
    delimiter = task.delimiter or ("\t" if path.suffix.lower() == ".tsv" else ",")
    dialect = Dialect(delimiter, task.header)
    problems: list[str] = []

    def invalid(row: Any) -> str:
        problems.append(
            f"line {row.number if row.number is not None else '?'}: {row.actual_columns} values, "
            f"expected {row.expected_columns}"
        )
        return "error"

    try:
        table = pc.read_csv(
            pa.BufferReader(data),
            pc.ReadOptions(use_threads=False, autogenerate_column_names=not task.header),
            pc.ParseOptions(
                delimiter=delimiter, newlines_in_values=quoted, invalid_row_handler=invalid
            ),
            pc.ConvertOptions(
                column_types={name: type_of(kind) for name, kind in task.types.items()},
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise ValueError(problems[0] if problems else str(error)) from error
    require(task, table.column_names)
    table = table.rename_columns(_unique(table.column_names))
    return Source("csv", data, canonical(table, narrow=True), dialect, sampled)


def _unique(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"line 1: two columns are called {twice!r}")
    return names


def read_json(path: Path, size: int, task: Task) -> Source:
    """Read JSON lines, or blocks of them.

    Raises:
        ValueError: it cannot be read as rows; says where.

    """
    import orjson
    import pyarrow as pa

    data, sampled = _lines(path, size, spread=True)
    rows = []
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        place = f"line {number}" + (" of the sample" if sampled else "")
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise ValueError(f"{place}: {error}") from error
        if not isinstance(row, dict):
            raise ValueError(f"{place}: not an object")  # noqa: TRY004
        rows.append(row)
    names = list(dict.fromkeys(name for row in rows for name in row))
    require(task, names)
    parts = []
    for name in names:
        values = [row.get(name) for row in rows]
        if any(isinstance(value, dict) for value in values):
            values = [None if v is None else json.dumps(v) for v in values]
        try:
            parts.append(
                pa.array(values, type_of(task.types[name]) if name in task.types else None)
            )
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise ValueError(f"column {name!r}: {error}") from error
    return Source("json", data, canonical(pa.table(parts, names), narrow=True), Dialect(), sampled)
