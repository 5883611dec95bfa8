"""Tables of a class's windows, as compare writes them, from times that are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.course.tables import WINDOWS

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.devices.class_times import DecodeTimes

SOUND = {"status": "sound", "division": "closed", "edition": 1, "kind": "decode"}


def row(**fields: Any) -> dict[str, Any]:
    """Return a row of a window that counts, but for what is given."""
    return dict.fromkeys(WINDOWS.names) | SOUND | fields


def rows_of(times: DecodeTimes, windows: int = 3, **fields: Any) -> list[dict[str, Any]]:
    """Return windows of all cells; their median is the cell's time.

    Args:
        times: of machines, each of another pseudonym.
        windows: of each cell, an odd number.
        fields: what all of them have otherwise.

    """
    rows = []
    offs = np.linspace(-0.1, 0.3, windows)
    offs -= np.median(offs)
    for machine, logs in enumerate(times.logs):
        names = {
            "pseudonym": f"student-{machine}",
            "submission": f"{machine:016x}",
            "cpu": times.cpus[machine],
            "architecture": times.architectures[machine],
        }
        for case, value in zip(times.cases, logs.tolist(), strict=True):
            if np.isfinite(value):
                rows += [
                    row(**{"case": case, "time_s": float(np.exp(value + off))} | names | fields)
                    for off in offs
                ]
    return rows


def write_class(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows as class.parquet, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, WINDOWS), path, row_group_size=500)
    return path
