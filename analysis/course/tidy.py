"""The class as files for others: class.parquet, a row a sample window; class.csv, a row a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis.course.spreadsheet import table
from analysis.course.tables import WINDOWS
from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from analysis.course.results import ClassResults
    from analysis.course.store import Store

_HEADER = (
    *("file", "pseudonym", "status", "counts", "trust", "machine class", "cpu", "division"),
    *("rank, at best", "rank, at worst", "alike", "faster than the class says", "reasons"),
)


def write_parquet(store: Store, counted: Collection[str], path: Path) -> int:
    """Write the sample windows of submissions that count, part by part; return how many.

    Args:
        store: where the windows are.
        counted: keys of submissions that count.
        path: of the file, which is written whole or not at all.

    Raises:
        AnalysisError: it cannot be written.

    """
    keys = pa.array(sorted(counted), pa.string())
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    rows = 0
    seen: set[str] = set()
    try:
        with pq.ParquetWriter(unfinished, WINDOWS, compression="zstd") as writer:
            for part in store.parts("windows"):
                windows = pq.read_table(part, schema=WINDOWS)
                wanted = windows.filter(pc.is_in(windows["submission"], value_set=keys))
                here = set(wanted["submission"].unique().to_pylist())
                if here & seen:  # handed in twice under other names
                    new = pa.array(sorted(here - seen), pa.string())
                    wanted = wanted.filter(pc.is_in(wanted["submission"], value_set=new))
                seen |= here
                rows += wanted.num_rows
                if wanted.num_rows:
                    writer.write_table(wanted)
        unfinished.replace(path)
    except OSError as error:
        raise AnalysisError(f"{path}: {error.strerror or error}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return rows


def csv_of(results: ClassResults) -> bytes:
    """Return a row a file, those that count first, rejected ones last; no cell is a formula."""
    ranks = {}
    if results.residuals:
        low, high = results.residuals.ranks.low, results.residuals.ranks.high
        ranks = {
            key: (int(low[at]), int(high[at]))
            for at, key in enumerate(results.residuals.submissions)
        }
    alike: dict[str, set[str]] = {}
    for pair in results.similar:
        alike.setdefault(pair.first, set()).add(pair.second)
        alike.setdefault(pair.second, set()).add(pair.first)
    unlike: dict[str, list[str]] = {}
    for each in results.unlike:
        unlike.setdefault(each.submission, []).append(f"{each.case} x{each.factor:.2g}")
    rows = [
        (
            row.file,
            row.pseudonym or "",
            row.status,
            "yes" if row.counts else "no",
            row.trust or "",
            row.machine_class or "",
            row.cpu or "",
            row.division or "",
            *(ranks.get(row.submission, ("", "")) if row.counts else ("", "")),
            ", ".join(sorted(alike.get(row.pseudonym or row.file, ()))),
            ", ".join(unlike.get(row.submission, ())),
            " | ".join(row.reasons),
        )
        for row in sorted(results.files, key=lambda row: not row.counts)
    ]
    rows.sort(key=lambda row: row[2] == "rejected")
    return table(_HEADER, rows, for_people=True)
