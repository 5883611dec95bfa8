"""What a class's windows teach the model: class.parquet, read as decode times of machines.

A machine is a pseudonym with its CPU: what somebody measured twice on it counts once. Rows of
rejected submissions, of another division than the closed one, and of another edition of the rules
than most machines have are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.course.remark import Status
from analysis.devices.class_scaling import Lesson, learn
from analysis.devices.class_times import DecodeTimes
from analysis.devices.cpus import CPUS
from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

    from hardware_profiles.catalogue import Catalogue

_MACHINE = ("edition", "pseudonym", "cpu", "architecture")
_COLUMNS = (*_MACHINE, "case", "kind", "division", "status", "time_s")
_ROWS = 1 << 17
"""Read at once."""
_COUNTING = {
    "kind": {"decode"},
    "division": {"closed"},
    "status": {status.value for status in Status if status is not Status.REJECTED},
}
"""What a window is of that counts."""
_PARTS = ("*.parquet", "*/*.parquet", "*/*/*.parquet")
"""Where parts of a table lie in its folder: by term and schema, or at once."""
_REMEDY = "give class.parquet, as compare writes it"


def lesson_of(path: Path, catalogue: Catalogue) -> Lesson:
    """Return what the windows of a class teach of how decoding follows a CPU's index.

    Args:
        path: class.parquet, or a folder of its parts.
        catalogue: profiles.

    Raises:
        AnalysisError: it cannot be read, or is not a table of a class's windows.

    """
    return learn(read_times(path), catalogue[CPUS])


def read_times(path: Path) -> DecodeTimes:
    """Return the decode times of a class: of each machine and case the median of its windows.

    Args:
        path: class.parquet, or a folder of its parts.

    Raises:
        AnalysisError: it cannot be read, or is not a table of a class's windows.

    """
    import pyarrow as pa

    windows = _Windows()
    try:
        for batch in _batches(path):
            windows.add(batch)
    except (OSError, ValueError, pa.ArrowException) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise AnalysisError(
            f"{path}: it cannot be read as a table of a class ({why:.200}); {_REMEDY}"
        ) from None
    return windows.times(path.as_posix())


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a file, or of all files of a folder."""
    import pyarrow.parquet as pq

    parts = [path]
    if path.is_dir():
        parts = sorted(part for pattern in _PARTS for part in path.glob(pattern))
        if not parts:
            raise AnalysisError(f"{path}: the folder holds no .parquet file; {_REMEDY}")
    for part in parts:
        if part.exists() and not part.is_file():
            raise AnalysisError(f"{part}: it is no file; {_REMEDY}")
        with part.open("rb") as stream:
            file = pq.ParquetFile(stream)
            missing = [name for name in _COLUMNS if name not in file.schema_arrow.names]
            if missing:
                raise AnalysisError(f"{part}: it has no column {missing[0]}; {_REMEDY}")
            yield from file.iter_batches(_ROWS, columns=list(_COLUMNS))


@dataclass
class _Windows:
    """Times of windows, as they are read."""

    machines: dict[tuple[Any, ...], int] = field(default_factory=dict)
    """Edition, pseudonym, CPU and architecture, each with its place."""
    cases: dict[str, int] = field(default_factory=dict)
    keys: list[NDArray[np.int64]] = field(default_factory=list)
    """Of windows: machine and case."""
    logs: list[NDArray[np.float64]] = field(default_factory=list)

    def add(self, batch: pa.RecordBatch) -> None:
        """Keep the windows of a batch that count."""
        times = batch.column("time_s").cast("float64").fill_null(np.nan).to_numpy(False)
        counts = np.isfinite(times) & (times > 0)
        for name, allowed in _COUNTING.items():
            codes, values = _codes(batch, name)
            counts &= np.array([value in allowed for value in values])[codes]
        for name in ("pseudonym", "case"):
            codes, values = _codes(batch, name)
            counts &= np.array([value is not None for value in values])[codes]
        if not counts.any():
            return
        key = np.zeros(int(counts.sum()), np.int64)
        names: list[list[Any]] = []
        for name in _MACHINE:
            codes, values = _codes(batch, name)
            key = key * len(values) + codes[counts]
            names.append(values)
        keys, inverse = np.unique(key, return_inverse=True)
        places = np.unravel_index(keys, [len(values) for values in names])
        machines = [
            tuple(values[place] for values, place in zip(names, row, strict=True))
            for row in zip(*places, strict=True)
        ]
        codes, ids = _codes(batch, "case")
        used, case = np.unique(codes[counts], return_inverse=True)
        self.keys.append(
            np.stack(
                [
                    _placed(self.machines, machines)[inverse],
                    _placed(self.cases, [str(ids[code]) for code in used])[case],
                ]
            )
        )
        self.logs.append(np.log(times[counts]))

    def times(self, file: str) -> DecodeTimes:
        """Return medians by machine and case, of the edition that most machines have."""
        shape = (len(self.machines), len(self.cases))
        table = np.full(shape, np.nan)
        if self.keys:
            machine, case = np.concatenate(self.keys, axis=1)
            table = _medians(machine * shape[1] + case, np.concatenate(self.logs), shape)
        editions = [name[0] for name in self.machines]
        most = max(sorted(set(editions), key=str, reverse=True), key=editions.count, default=None)
        chosen = [place for place, edition in enumerate(editions) if edition == most]
        names = [name for name in self.machines if name[0] == most]
        return DecodeTimes(
            file,
            tuple(str(cpu or "") for _, _, cpu, _ in names),
            tuple(str(architecture or "") for *_, architecture in names),
            tuple(self.cases),
            table[chosen],
        )


def _codes(batch: pa.RecordBatch, column: str) -> tuple[NDArray[np.int64], list[Any]]:
    """Return a column as numbers, and what each of them stands for, what is null last."""
    encoded = batch.column(column)
    if not hasattr(encoded, "indices"):
        encoded = encoded.dictionary_encode()
    values = encoded.dictionary.to_pylist()
    codes = encoded.indices.fill_null(len(values)).to_numpy(False).astype(np.int64)
    return codes, [*values, None]


def _placed(places: dict[Any, int], names: list[Any]) -> NDArray[np.int64]:
    """Return the place of each name, where new ones come last."""
    return np.array([places.setdefault(name, len(places)) for name in names], np.int64)


def _medians(
    key: NDArray[np.int64], values: NDArray[np.float64], shape: tuple[int, int]
) -> NDArray[np.float64]:
    """Return the median of the values of each key, as a table; NaN: it has none."""
    order = np.lexsort((values, key))
    keys, starts, counts = np.unique(key[order], return_index=True, return_counts=True)
    ordered = values[order]
    medians = (ordered[starts + (counts - 1) // 2] + ordered[starts + counts // 2]) / 2
    table = np.full(shape, np.nan)
    table.ravel()[keys] = medians
    return table
