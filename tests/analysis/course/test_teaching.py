"""class.parquet as decode times: which windows count, and what is no such file."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.course import teaching
from analysis.course.tables import SUBMISSIONS, WINDOWS
from analysis.course.teaching import lesson_of, read_times
from analysis.errors import AnalysisError
from hardware_profiles.catalogue import catalogue
from tests.analysis.course.class_files import row, rows_of, write_class
from tests.analysis.devices.classes import LAPTOPS, simulated

if TYPE_CHECKING:
    from pathlib import Path


def test_times_come_back_as_they_were_written(tmp_path: Path) -> None:
    times = simulated(LAPTOPS[:12], machine_sd=0.1, cell_sd=0.05, missing=0.1)
    back = read_times(write_class(tmp_path / "class.parquet", rows_of(times)))
    assert (back.cpus, back.architectures) == (times.cpus, times.architectures)
    order = [back.cases.index(case) for case in times.cases]
    assert np.allclose(back.logs[:, order], times.logs, equal_nan=True)
    assert back.file == (tmp_path / "class.parquet").as_posix()


def test_in_parts_and_in_batches_it_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = simulated(LAPTOPS[:12], machine_sd=0.1)
    rows = rows_of(times)
    whole = read_times(write_class(tmp_path / "class.parquet", rows))
    for number in range(3):
        write_class(tmp_path / "parts" / f"term=a/{number}.parquet", rows[number::3])
    monkeypatch.setattr(teaching, "_ROWS", 100)
    parts = read_times(tmp_path / "parts")
    machines = [parts.cpus.index(cpu) for cpu in whole.cpus]
    cases = [parts.cases.index(case) for case in whole.cases]
    assert np.allclose(parts.logs[np.ix_(machines, cases)], whole.logs)


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({}, True),
        ({"status": "look"}, True),
        ({"status": "rejected"}, False),
        ({"status": None}, False),
        ({"division": "open"}, False),
        ({"division": None}, False),
        ({"kind": "encode"}, False),
        ({"time_s": 0.0}, False),
        ({"time_s": -1.0}, False),
        ({"time_s": None}, False),
        ({"time_s": math.nan}, False),
        ({"time_s": math.inf}, False),
    ],
)
def test_which_windows_count(tmp_path: Path, fields: dict[str, Any], counts: bool) -> None:
    ours = {"pseudonym": "a", "cpu": "Apple M1", "architecture": "arm64", "case": "decode-x"}
    other = row(**ours | {"pseudonym": "b", "time_s": 1.0})
    path = write_class(tmp_path / "class.parquet", [other, row(**ours | {"time_s": 2.0} | fields)])
    assert len(read_times(path).cpus) == 1 + counts


def test_a_cell_is_the_median_of_all_windows_of_a_machine(tmp_path: Path) -> None:
    """Of two submissions of one pseudonym, too; with another CPU it is another machine."""
    ours = {"pseudonym": "a", "case": "decode-x", "architecture": "arm64"}
    rows = [
        row(**ours, cpu="Apple M1", submission="1", time_s=1.0),
        row(**ours, cpu="Apple M1", submission="1", time_s=math.e**4),
        row(**ours, cpu="Apple M1", submission="2", time_s=math.e),
        row(**ours, cpu="Apple M1", submission="2", time_s=math.e**2),
        row(**ours, cpu="Apple M2", submission="3", time_s=math.e**3),
    ]
    times = read_times(write_class(tmp_path / "class.parquet", rows))
    assert times.cpus == ("Apple M1", "Apple M2")
    assert times.logs.ravel().tolist() == pytest.approx([1.5, 3.0])


def test_the_edition_of_most_machines_counts(tmp_path: Path) -> None:
    """Of as many, the newest."""
    few = [
        row(pseudonym=name, cpu="Apple M1", case="decode-x", time_s=1.0, edition=edition)
        for name, edition in [("a", 1), ("b", 1), ("c", 2)]
    ]
    path = write_class(tmp_path / "class.parquet", few)
    assert len(read_times(path).cpus) == 2
    even = [*few, few[2] | {"pseudonym": "d", "cpu": "Apple M2"}]
    assert "Apple M2" in read_times(write_class(path, even)).cpus


def test_a_class_teaches_the_exponent_that_its_machines_have(tmp_path: Path) -> None:
    rows = rows_of(simulated(LAPTOPS[:12], exponent=0.9))
    lesson = lesson_of(write_class(tmp_path / "class.parquet", rows), catalogue())
    assert lesson.used is not None
    assert lesson.used.exponent.value == pytest.approx(0.9)


def test_a_table_without_rows_teaches_nothing(tmp_path: Path) -> None:
    lesson = lesson_of(write_class(tmp_path / "class.parquet", []), catalogue())
    assert lesson.scaling is None
    assert lesson.why_not.startswith("0 of its 0 machines")


def test_what_is_no_class_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.parquet"
    garbage.write_bytes(b"PAR1 no such thing PAR1")
    other = tmp_path / "submissions.parquet"
    pq.write_table(pa.Table.from_pylist([], SUBMISSIONS), other)
    text = tmp_path / "text.parquet"
    columns = {name: pa.array(["x"]) for name in WINDOWS.names}
    pq.write_table(pa.table(columns), text)
    lists = tmp_path / "lists.parquet"
    pq.write_table(pa.table({name: pa.array([["x"]]) for name in WINDOWS.names}), lists)
    (tmp_path / "empty").mkdir()
    for path, why in [
        (garbage, "cannot be read"),
        (other, "it has no column case"),
        (text, "cannot be read"),
        (lists, "cannot be read"),
        (tmp_path / "empty", "holds no .parquet file"),
        (tmp_path / "missing.parquet", "cannot be read"),
    ]:
        with pytest.raises(AnalysisError, match=why) as caught:
            read_times(path)
        assert path.name in str(caught.value)
        assert "give class.parquet, as compare writes it" in str(caught.value)
