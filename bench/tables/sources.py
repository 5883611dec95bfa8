"""A user's file, or a sample of it: which format it is, its bytes as they are, and its rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from bench.tables.columns import Rows
    from bench.tables.paths import Dialect

SAMPLE_BYTES = 4_000_000
"""Of a file that is larger, about so many bytes are measured."""
BLOCKS = 8
"""From so many places of it."""
TYPES = (
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64",
    "text", "bytes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Task:
    """What a user asks for: a file, and what cannot be inferred of it."""

    file: str
    kind: str | None = None
    """One of `KINDS`; None: by its first bytes and its name."""
    delimiter: str | None = None
    """Of CSV; None: a tab in a .tsv, else a comma."""
    header: bool = True
    """Whether the first line of CSV names the columns."""
    types: dict[str, str] = field(default_factory=dict)
    """Types of columns, or of the features of a TFRecord, by their names."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file, or a sample of it."""

    kind: str
    data: bytes
    """Bytes as they are in the file; of Parquet that is sampled, its row groups written again."""
    rows: Rows
    dialect: Dialect
    sampled: str | None
    """How it was sampled; None: it is all of it."""


def type_of(name: str) -> pa.DataType:
    """Return the type of Arrow's that one of `TYPES` names."""
    import pyarrow as pa

    return {"text": pa.string(), "bytes": pa.binary()}.get(name) or pa.from_numpy_dtype(name)


def require(task: Task, names: list[str]) -> None:
    """Check that columns whose types are given are there."""
    for name in task.types:
        if name not in names:
            raise ValueError(f"it has no column {name!r}; it has {', '.join(names[:20])}")
