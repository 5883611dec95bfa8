"""DuckDB as a writer of files."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa


@cache
def _connection() -> Any:
    import duckdb

    return duckdb.connect(config={"threads": 1})


def copy(table: pa.Table, path: Path, options: str, select: str = "*") -> bytes:
    """Return a table as DuckDB writes it to a file with some options of COPY."""
    connection = _connection()
    connection.register("written", table)
    connection.execute(f"COPY (SELECT {select} FROM written) TO '{path}' ({options})")
    connection.unregister("written")
    return path.read_bytes()
