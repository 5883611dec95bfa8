"""The measuring process's side: one file, its rows, and each path timed when it is asked for."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING, Any

from bench.canary import canary_us
from bench.errors import TableError
from bench.tables.columns import difference
from bench.tables.files import open_source
from bench.tables.registered import Registered, all_paths
from bench.worker.measure import Pace, calibrate, sample
from formats.tensors import to_tensors

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.tables.paths import Path
    from bench.tables.sources import Source, Task

_SAMPLES = 3
_LAYOUTS = {
    "csv": "csv/rows",
    "json": "json/lines",
    "parquet": "parquet/columns",
    "arrow": "arrow/columns",
    "tfrecord": "protobuf/tfrecord",
}
"""The layout whose paths read a kind of files as they are."""


class TableSession:
    """A file, and what its paths need between two blocks."""

    def __init__(self, task: Task) -> None:
        self.source: Source = open_source(task)
        self._table = self.source.rows.table
        self._expected = self.source.rows.arrays()
        self._paths = all_paths(self.source.rows.columns, self.source.dialect)
        self._encoded: dict[str, bytes] = {}
        self._calls: dict[str, tuple[Callable[[], object], Pace]] = {}

    def summary(self) -> dict[str, Any]:
        """Return what the file is, and what can be timed."""
        layout = _LAYOUTS[self.source.kind]
        own = [name for name, path in self._paths.items() if path.layout == layout]
        return {
            "kind": self.source.kind,
            "rows": self._table.num_rows,
            "columns": len(self.source.rows.columns),
            "notes": list(self.source.rows.notes),
            "sampled": self.source.sampled,
            "bytes": len(self.source.data),
            "decoded_bytes": sum(array.nbytes for array in self._expected.values()),
            "own": own,
            "decode": list(self._paths),
            "encode": self._writers(),
        }

    def _writers(self) -> list[str]:
        """Return the paths whose writing is timed: the first of a layout, and those of our own."""
        first: dict[str, str] = {}
        for name, path in self._paths.items():
            first.setdefault(path.layout, name)
        own = (name for name, path in self._paths.items() if isinstance(path, Registered))
        return list(dict.fromkeys([*first.values(), *own]))

    def measure(self, job: str, name: str) -> dict[str, Any]:
        """Time a block: own, decode or encode by a path.

        Raises:
            TableError: the path does not hold the rows, or returns others.

        """
        key = f"{job} {name}"
        if key not in self._calls:
            call = self._ready(job, self._paths[name])
            self._calls[key] = call, calibrate(call)
        call, pace = self._calls[key]
        gc.collect()
        canaries, times = [canary_us()], []
        for _ in range(1 if pace.slow else _SAMPLES):
            start = time.perf_counter_ns()
            sample(call, pace.loops)
            times.append((time.perf_counter_ns() - start) / pace.loops / 1e9)
            canaries.append(canary_us())
        size = len(self.source.data) if job == "own" else len(self._bytes(self._paths[name]))
        return {"seconds": times, "canary_us": canaries, "bytes": size}

    def _bytes(self, path: Path) -> bytes:
        """Return the rows in a path's layout."""
        if path.layout not in self._encoded:
            self._encoded[path.layout] = path.encode(self._table)
        return self._encoded[path.layout]

    def _ready(self, job: str, path: Path) -> Callable[[], object]:
        """Return what is timed, once it has been seen to be right."""
        try:
            if job == "encode":
                path.encode(self._table)
                return lambda: path.encode(self._table)
            data = self.source.data if job == "own" else self._bytes(path)
            wrong = difference(self._expected, path.decode(data))
        except Exception as error:  # each library has its own errors
            text = (str(error).splitlines() or [type(error).__name__])[0][:200]
            raise TableError(text) from error
        if wrong:
            raise TableError(f"reads other values: {wrong}")
        return lambda: to_tensors(path.decode(data))
