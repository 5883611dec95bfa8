"""The tables of a class in DuckDB, over Parquet: what is asked of them does not fill the memory."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from analysis.course.tables import TABLES
from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pyarrow as pa

    from analysis.course.store import Store

_MEMORY = "800MB"
"""What DuckDB may hold before it writes to disk."""


class Database:
    """A connection; each table of a class is a view of its parts."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def read(self, store: Store, names: Iterable[str]) -> None:
        """Take the parts of some tables as they are now; each is a view of its files."""
        for name in names:
            parts = [path.as_posix() for path in store.parts(name)]
            self._connection.execute(f'DROP VIEW IF EXISTS "{name}"')
            files = ", ".join("'" + part.replace("'", "''") + "'" for part in parts)
            if parts:
                query = f"SELECT * FROM read_parquet([{files}])"  # noqa: S608 - our own files
            else:
                self.take(f"no {name}", TABLES[name].empty_table())
                query = f'SELECT * FROM "no {name}"'  # noqa: S608
            self._connection.execute(f'CREATE VIEW "{name}" AS {query}')

    def rows(self, query: str, **values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        result: list[tuple[Any, ...]] = self._connection.execute(query, values or None).fetchall()
        return result

    def columns(self, query: str, **values: object) -> dict[str, Any]:
        """Return the columns of a query as NumPy arrays, masked where there are nulls."""
        result: dict[str, Any] = self._connection.execute(query, values or None).fetchnumpy()
        return result

    def table(self, query: str, **values: object) -> pa.Table:
        """Return the rows of a query as a table."""
        return self._connection.sql(query, params=values or None).to_arrow_table()

    def keep(self, name: str, query: str, **values: object) -> None:
        """Work out a query once, as a table."""
        self._connection.execute(f"CREATE OR REPLACE TABLE {name} AS {query}", values or None)

    def take(self, name: str, rows: pa.Table) -> None:
        """Copy rows into a table."""
        self._connection.register("taken", rows)
        self._connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM taken')  # noqa: S608
        self._connection.unregister("taken")


@contextmanager
def opened(store: Store) -> Iterator[Database]:
    """Open the tables of a store.

    Raises:
        AnalysisError: DuckDB is not installed, or a part is damaged.

    """
    try:
        import duckdb
    except ImportError as error:
        raise AnalysisError(
            "a class is compared with DuckDB, which is not installed: use nox -s compare, or "
            "pip install -c constraints.txt -e '.[class]'"
        ) from error
    settings: Mapping[str, Any] = {
        "memory_limit": _MEMORY,
        "temp_directory": str(store.path("temporary")),
        "threads": max(1, min(os.cpu_count() or 1, 8)),
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(":memory:", config=dict(settings))
    try:
        data = Database(connection)
        data.read(store, TABLES)
        yield data
    except duckdb.Error as error:
        raise AnalysisError(
            f"{store.folder}: {error}; remove that folder, and everything is checked again"
        ) from error
    finally:
        connection.close()
