"""What was checked before, on disk: partitioned Parquet, a folder a table, a file a chunk.

A file of the class is found there by the hash of its bytes, so that a second run touches only what
is new. What was checked by other rules, or for another course, lies in another folder.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.course.tables import TABLES
from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.course import Course

_CHECKOUT = Path(__file__).parents[2]
_RULED_BY = (
    *("analysis/acts", "analysis/course", "analysis/devices", "analysis/ledger"),
    *("analysis/model", "analysis/statistics", "bench/bundle", "formats/payloads"),
    "hardware_profiles",
)
"""Rooms whose code and facts decide what is kept of a file."""
_DIGITS = 12


def rules_digest(course: Course | None) -> str:
    """Return what tells one set of rules from another: the code, the facts, and the course."""
    state = hashlib.sha256()
    for room in _RULED_BY:
        for path in sorted((_CHECKOUT / room).rglob("*")):
            if path.suffix in {".py", ".toml", ".json"}:
                state.update(path.read_bytes())
    state.update(course.model_dump_json().encode() if course else b"")
    return state.hexdigest()[:_DIGITS]


@dataclass(frozen=True, slots=True)
class Store:
    """A folder with the tables of a class."""

    folder: str

    def path(self, table: str) -> Path:
        """Return the folder of a table."""
        return Path(self.folder) / table

    def parts(self, table: str) -> list[Path]:
        """Return the files of a table, in order."""
        return sorted(self.path(table).glob("part-*.parquet"))

    def write(
        self,
        part: str,
        tables: Mapping[str, Iterable[pa.Table]],
        names: Sequence[str],
        last: str,
    ) -> None:
        """Write a part of some tables, each whole or not at all.

        Args:
            part: what it is called.
            tables: rows by table; a table that has none is written empty.
            names: of the tables.
            last: the one whose rows say that the others are there.

        Raises:
            AnalysisError: it cannot be written.

        """
        order = sorted(names, key=lambda name: name == last)
        try:
            for name in order:
                schema = TABLES[name]
                rows = pa.concat_tables([schema.empty_table(), *tables.get(name, ())])
                folder = self.path(name)
                folder.mkdir(parents=True, exist_ok=True)
                target = folder / f"part-{part}.parquet"
                unfinished = folder / f".part-{part}.{os.getpid()}"
                pq.write_table(rows, unfinished, compression="zstd")
                unfinished.replace(target)
        except OSError as error:
            raise AnalysisError(f"{self.folder}: {error.strerror or error}") from error

    def known(self, table: str = "submissions") -> set[str]:
        """Return the keys of all submissions that are in a table."""
        keys: set[str] = set()
        for path in self.parts(table):
            keys.update(pq.read_table(path, columns=["submission"])["submission"].to_pylist())
        return keys

    def stamps(self) -> dict[tuple[str, str], str]:
        """Return the keys of files by their names and stamps, as they were kept."""
        path = self.path("stamps.parquet")
        if not path.exists():
            return {}
        columns = pq.read_table(path, schema=_STAMPS).to_pydict()
        pairs = zip(columns["file"], columns["stamp"], strict=True)
        return dict(zip(pairs, columns["submission"], strict=True))

    def keep_stamps(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """Keep the keys of files by their names and stamps."""
        names, stamps, keys = zip(*rows, strict=True)
        unfinished = self.path(f".stamps.{os.getpid()}")
        pq.write_table(pa.table([names, stamps, keys], schema=_STAMPS), unfinished)
        unfinished.replace(self.path("stamps.parquet"))


_STAMPS = pa.schema([("file", pa.string()), ("stamp", pa.string()), ("submission", pa.string())])
