"""Rows as columns of tensors: whole numbers, fractions, vectors of them, or arrays of bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    import pyarrow as pa
    from numpy.typing import NDArray

Arrays: TypeAlias = "dict[str, NDArray[Any]]"
"""Tensors by name. A column of bytes is two: all of its bytes, and where each row's begin."""

_NARROW = np.iinfo(np.int32)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    dtype: str
    """Of its numbers; uint8 where it is bytes."""
    width: int = 0
    """Numbers in a row; 0: one, or bytes."""
    octets: bool = False
    """Whether a row is an array of bytes, of any length."""
    text: bool = False
    """Whether these bytes are UTF-8."""

    @property
    def spread(self) -> list[str]:
        """Names of its columns in a format that has no vectors."""
        if not self.width:
            return [self.name]
        return [f"{self.name}_{index}" for index in range(self.width)]


def offsets_name(column: Column) -> str:
    """Return the name of the tensor that says where each row's bytes begin."""
    return f"{column.name} (begins)"


def pack(column: Column, cells: Iterable[bytes]) -> Arrays:
    """Return rows of bytes as tensors."""
    rows = list(cells)
    offsets = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, rows), np.int64, len(rows)), out=offsets[1:])
    octets = np.frombuffer(bytearray(b"".join(rows)), np.uint8)
    return {column.name: octets, offsets_name(column): offsets}


def numbers(column: Column, values: Any) -> NDArray[Any]:
    """Return numbers as an array that is the caller's own.

    Raises:
        ValueError: some are missing, or do not fit.

    """
    array = np.asarray(values)
    if array.dtype == object:
        array = np.array([np.nan if value is None else value for value in array.ravel().tolist()])
    kind = np.dtype(column.dtype)
    if array.dtype.kind == "f" and kind.kind != "f" and not np.isfinite(array).all():
        raise ValueError(f"{column.name}: some values are missing")
    result = np.array(array, dtype=kind)
    return result.reshape(-1, column.width) if column.width else result


def from_arrow(columns: Sequence[Column], table: pa.Table) -> Arrays:
    """Return a table of canonical types as tensors, each copied once."""
    import pyarrow as pa

    arrays: Arrays = {}
    for column in columns:
        chunks = table.column(column.name)
        part = pa.concat_arrays(chunks.chunks) if chunks.num_chunks else pa.array([], chunks.type)
        if pa.types.is_dictionary(part.type):
            part = part.cast(part.type.value_type)
        if column.octets:
            arrays |= _octets(column, part)
        elif column.width:
            arrays[column.name] = numbers(column, part.flatten().to_numpy(zero_copy_only=False))
        else:
            if part.null_count:
                part = part.fill_null(float("nan") if column.dtype.startswith("float") else 0)
            arrays[column.name] = numbers(column, part.to_numpy(zero_copy_only=False))
    return arrays


def _octets(column: Column, part: pa.Array) -> Arrays:
    """Return a column of bytes from Arrow's own buffers."""
    import pyarrow as pa

    if pa.types.is_nested(part.type):
        part = pa.array(_as_json(part), pa.string())
    if part.null_count:
        part = part.fill_null("" if column.text else b"")
    part = part.cast(pa.large_string() if column.text else pa.large_binary())
    _, offsets, data = part.buffers()
    edges = np.frombuffer(offsets, np.int64)[part.offset : part.offset + len(part) + 1]
    if not len(edges):
        edges = np.zeros(1, np.int64)
    octets = np.frombuffer(data or b"", np.uint8)[edges[0] : edges[-1]].copy()
    return {column.name: octets, offsets_name(column): edges - edges[0]}


def difference(expected: Arrays, arrays: Arrays) -> str | None:
    """Say which tensor differs from the expected one; None where none does."""
    if set(arrays) != set(expected):
        return f"columns {sorted(set(arrays) ^ set(expected))} differ"
    for name, wanted in expected.items():
        array = arrays[name]
        if array.dtype != wanted.dtype or array.shape != wanted.shape:
            return f"{name}: {array.dtype} {array.shape}, expected {wanted.dtype} {wanted.shape}"
        if not np.array_equal(array, wanted, equal_nan=wanted.dtype.kind == "f"):
            return f"{name}: values differ"
    return None


@dataclass(frozen=True, slots=True)
class Rows:
    """A table in canonical types, and what was changed for that."""

    columns: tuple[Column, ...]
    table: pa.Table
    """No value is missing; bytes are binary or string, vectors lists of one length."""
    notes: tuple[str, ...]
    """For the user's screen: they name columns."""

    def arrays(self) -> Arrays:
        """Return the tensors that every path has to return."""
        return from_arrow(self.columns, self.table)


def canonical(table: pa.Table, *, narrow: bool) -> Rows:
    """Return a table of any types as one of the types that are measured.

    narrow: take whole numbers that fit 32 bits as such; where a text says nothing of their width.
    """
    import pyarrow as pa

    columns, arrays, notes = [], [], []
    for name, chunks in zip(table.column_names, table.columns, strict=True):
        part = pa.concat_arrays(chunks.chunks) if chunks.num_chunks else pa.array([], chunks.type)
        column, array, remarks = _canonical(name, part, narrow=narrow)
        columns.append(column)
        arrays.append(array)
        notes += [f"{name}: {words}" for words in remarks]
    names = [column.name for column in columns]
    return Rows(tuple(columns), pa.Table.from_arrays(arrays, names), tuple(notes))


def _canonical(name: str, part: pa.Array, *, narrow: bool) -> tuple[Column, pa.Array, list[str]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    notes: list[str] = []
    types = pa.types
    if types.is_dictionary(part.type):
        part = part.cast(part.type.value_type)
    kind = part.type
    if types.is_boolean(kind):
        part, notes = part.cast(pa.uint8()), ["truth values are measured as uint8"]
    elif types.is_temporal(kind):
        width = pa.int32() if kind.bit_width == 32 else pa.int64()
        part, notes = part.cast(width), [f"{kind} is measured as whole numbers"]
    elif types.is_float16(kind):
        part, notes = part.cast(pa.float32()), ["float16 is measured as float32"]
    if types.is_integer(part.type) or types.is_floating(part.type):
        return _numbers(name, part, notes, narrow=narrow)
    if vector := _vector(part):
        values, width = vector
        return (
            Column(name, str(values.type.to_pandas_dtype().__name__), width),
            pa.FixedSizeListArray.from_arrays(values, width),
            notes,
        )
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        text, array = False, part.cast(pa.binary())
        notes.append("measured as arrays of bytes")
    elif types.is_string(kind) or types.is_large_string(kind):
        text, array = True, part.cast(pa.string())
        notes.append("text, measured as arrays of bytes")
    else:
        text, array = True, pa.array(_as_json(part), pa.string())
        notes.append(f"{kind} is nested or has no tensor: measured as arrays of bytes, its JSON")
    if array.null_count:
        notes.append(f"{array.null_count:,} missing values are measured as empty ones")
        array = pc.fill_null(array, "" if text else b"")
    return Column(name, "uint8", 0, octets=True, text=text), array, notes


def _as_json(part: pa.Array) -> list[str | None]:
    import json

    return [None if value is None else json.dumps(value, default=str) for value in part.to_pylist()]


def _numbers(
    name: str, part: pa.Array, notes: list[str], *, narrow: bool
) -> tuple[Column, pa.Array, list[str]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = pa.types.is_integer(part.type)
    if part.null_count:
        notes.append(f"{part.null_count:,} missing values are measured as {0 if whole else 'NaN'}")
        part = pc.fill_null(part, 0 if whole else float("nan"))
    if whole and narrow and part.type == pa.int64():
        values = part.to_numpy()
        if not len(values) or (_NARROW.min <= values.min() and values.max() <= _NARROW.max):
            part = part.cast(pa.int32())
    return Column(name, str(part.type.to_pandas_dtype().__name__)), part, notes


def _vector(part: pa.Array) -> tuple[pa.Array, int] | None:
    """Return the numbers of lists of one length, and that; None where it has none such."""
    import pyarrow as pa

    types = pa.types
    lists = (types.is_list, types.is_large_list, types.is_fixed_size_list)
    if not any(is_(part.type) for is_ in lists) or part.null_count or not len(part):
        return None
    value = part.type.value_type
    if not (types.is_integer(value) or types.is_float32(value) or types.is_float64(value)):
        return None
    lengths = part.value_lengths().to_numpy(zero_copy_only=False)
    flat = part.flatten()
    if lengths.min() != lengths.max() or not lengths[0] or flat.null_count:
        return None
    return flat, int(lengths[0])
