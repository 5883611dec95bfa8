"""CSV's layouts: RFC 4180 with commas, no spaces, every line ended by a line feed alone.

Canonical: a header, then a sample a line, a column a value, decimal integers without quotes.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from formats.batch import blank, memory_limit, put
from formats.codec import Layout
from formats.errors import DecodeError
from formats.payloads.sample import is_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from formats.payloads import Batch, Payload


_BOM = b"\xef\xbb\xbf"
"""The mark of the byte order of UTF-8, which some programs begin a file with."""

_QUOTED = 40
"""Characters of a strange name that an error quotes."""


@dataclass(frozen=True, kw_only=True)
class CsvLayout(Layout):
    """A layout of CSV; `others` unread columns follow each of the payload's."""

    format: str = "csv"
    others: int = 0


ROWS = CsvLayout(name="rows", summary="a sample a line, a column a value", canonical=True)
BASE64 = CsvLayout(
    name="base64", summary="a sample a line, a column a field: the base64 of its bytes"
)
WIDE = CsvLayout(
    name="wide",
    summary="rows of five times as many columns, of which the payload's are read",
    others=4,
    fits=is_table,
)


def names(payload: Payload) -> list[str]:
    """Return a column name a value: a scalar field's name, or name_0, name_1, ... row-major."""
    return [
        name
        for field in payload.fields
        for name in (
            [f"{field.name}_{index}" for index in range(field.width)]
            if field.shape
            else [field.name]
        )
    ]


def header(payload: Payload, layout: CsvLayout) -> list[str]:
    """Return the names of all columns of the file."""
    step = layout.others + 1
    return [
        name if not other else f"other_{index * layout.others + other - 1}"
        for index, name in enumerate(names(payload))
        for other in range(step)
    ]


def own_columns(layout: CsvLayout) -> slice:
    """Return which columns of the file hold the payload."""
    return slice(None, None, layout.others + 1)


def after_header(payload: Payload, layout: CsvLayout, data: bytes) -> int:
    """Return where the first sample begins; 0, if the header is not as the layout writes it."""
    wanted = ",".join(header(payload, layout)).encode() + b"\n"
    return len(wanted) if data.startswith(wanted) else 0


def text_of(data: bytes) -> str:
    """Return a file as text, without the mark of its byte order that some programs write."""
    return data.removeprefix(_BOM).decode("utf-8")


def rows_of(text: str) -> Iterator[list[str]]:
    """Yield the cells of each line, of any quoting.

    Raises:
        DecodeError: something stands between a quote and a comma.

    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise DecodeError(f"line {reader.line_num}: {error}") from error


def columns_of(payload: Payload, wanted: list[str], first: list[str]) -> dict[str, int]:
    """Return which column has each name that is wanted, by the cells of the first line.

    Raises:
        DecodeError: the cells are not these names, in whatever order.

    """
    names = [cell.strip() for cell in first]
    columns = {name: column for column, name in enumerate(names)}
    if columns.keys() == set(wanted) and len(columns) == len(names):
        return {name: columns[name] for name in wanted}
    wrong = [f"it lacks {name!r}" for name in wanted if name not in columns][:1]
    wrong += [f"it has {name[:_QUOTED]!r}" for name in names if name not in wanted][:1]
    wrong += [f"it has {name!r} twice" for name in columns if names.count(name) > 1][:1]
    raise DecodeError(f"line 1 is not the header of {payload.name}: {' and '.join(wrong)}")


def refuse_cut(data: bytes) -> None:
    """Refuse a file without its last line feed: the number before it may have lost digits.

    Raises:
        DecodeError: the last byte is no line feed, or the file is empty.

    """
    if not data.removeprefix(_BOM):
        raise DecodeError("line 1 is not the header: the file is empty")
    if not data.endswith(b"\n"):
        raise DecodeError("the last line does not end in a line feed")


def refuse_rows(payload: Payload, layout: CsvLayout, data: bytes, start: int) -> None:
    """Refuse lines too short for their columns, if a table of them all would be a bomb.

    For readers that fill short lines up, each value with eight bytes.

    Raises:
        DecodeError: the table would take more than a quarter of the memory that a decode may take.

    """
    rows, columns = data.count(b"\n", start), len(header(payload, layout))
    if rows * columns * 8 > memory_limit(len(data)) // 4:
        raise DecodeError(f"{len(data)} bytes claim to hold {rows} rows of {columns} values")


def to_matrix(payload: Payload, layout: CsvLayout, batch: Batch) -> NDArray[np.int64]:
    """Lay the values of a batch out as the table, shape (samples, columns)."""
    parts = [batch[field.name].reshape(-1, field.width) for field in payload.fields]
    if not layout.others:
        return np.concatenate(parts, axis=1, dtype=np.int64)
    samples, columns = len(parts[0]), len(header(payload, layout))
    table = other_values(samples, columns)
    table[:, own_columns(layout)] = np.concatenate(parts, axis=1, dtype=np.int64)
    return table


def other_values(samples: int, columns: int) -> NDArray[np.int64]:
    """Return a table of numbers for the columns that no reader needs."""
    rows = np.arange(samples, dtype=np.int64)[:, None] * 48_271
    values: NDArray[np.int64] = (rows + np.arange(columns, dtype=np.int64) * 69_621) % 1_000_000
    return values


def from_matrix(
    payload: Payload, matrix: NDArray[Any], encoded_bytes: int, out: Batch | None
) -> Batch:
    """Cut the table of the payload's columns, shape (samples, columns), back into fields."""
    batch = blank(payload, len(matrix), encoded_bytes, out)
    fill_rows(payload, batch, 0, matrix)
    return batch


def fill_rows(payload: Payload, batch: Batch, first: int, matrix: NDArray[Any]) -> None:
    """Copy some rows of the table into the samples from `first` on."""
    edges = np.cumsum([0, *(field.width for field in payload.fields)])
    for field, (start, stop) in zip(payload.fields, pairwise(edges), strict=True):
        target = batch[field.name][first : first + len(matrix)]
        put(field, target, matrix[:, start:stop], first * field.width)
