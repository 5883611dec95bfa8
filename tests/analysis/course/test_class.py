"""A class that is checked and compared: by whoever does the work, again, and after a loss."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from analysis.cli import main
from analysis.course.demo.bundles import Term
from analysis.course.demo.making import make
from analysis.course.demo.students import Recipe
from analysis.course.engines import on_cores
from analysis.course.places import files
from tests.analysis.course.cluster import Cluster
from tests.bench.pipeline.storage.servers import Moto
from tests.conftest import ROOT

pytest.importorskip("duckdb")

STUDENTS = 12
COURSE = """\
name = "ML Systems"
term = "autumn"
nonce = "made-up"
preset = "quick"
[[questions]]
name = "gravity"
"""


@pytest.fixture(scope="module")
def students(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of few, with its course, and a file that is none of theirs."""
    folder = tmp_path_factory.mktemp("class")
    term = Term("made-up", "quick", "small", "2026-10-01T08Z")
    make(Recipe(3, term, odd=0), STUDENTS, folder, processes=1, progress=lambda _: None)
    (folder / "course.toml").write_text(COURSE)
    (folder / "submissions" / "notes.json").write_text("{}")
    return folder


def compared(students: Path, out: Path, *options: str) -> dict[str, Any]:
    """Compare a class in a process of its own; return what it says."""
    words = [str(students / "submissions"), "--course", str(students / "course.toml")]
    output = subprocess.run(
        [sys.executable, "-m", "analysis", "compare", *words, f"--out={out}", "--json", *options],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert output.returncode == 0, output.stderr
    result: dict[str, Any] = json.loads(output.stdout)
    return result | {"stderr": output.stderr}


@pytest.fixture(scope="module")
def alone(students: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one process makes of the class."""
    out = tmp_path_factory.mktemp("alone")
    summary = compared(students, out, "--cores", "1")
    assert (summary["files"], summary["rejected"]) == (STUDENTS + 1, 1)
    assert (summary["students"], summary["machines"]) == (STUDENTS, STUDENTS)
    return out


def written(out: Path) -> tuple[bytes, bytes]:
    return (out / "class.parquet").read_bytes(), (out / "class.csv").read_bytes()


@pytest.mark.process
def test_class_parquet_has_a_row_a_window_of_those_that_count(alone: Path) -> None:
    windows = pq.read_table(alone / "class.parquet")
    assert len(set(windows["pseudonym"].to_pylist())) == STUDENTS
    assert windows.num_rows == len({
        (row["submission"], row["case"], row["process"], row["window"], row["attempt"])
        for row in windows.to_pylist()
    })  # fmt: skip


@pytest.mark.process
def test_class_csv_has_a_row_a_file_the_rejected_last(alone: Path) -> None:
    text = (alone / "class.csv").read_text(encoding="utf-8-sig")
    header, *rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == STUDENTS + 1
    statuses = [dict(zip(header, row, strict=True))["status"] for row in rows]
    assert statuses == ["sound"] * STUDENTS + ["rejected"]


@pytest.mark.process
def test_a_second_run_touches_only_what_is_new(students: Path, alone: Path) -> None:
    before = written(alone)
    again = compared(students, alone)
    assert f"{STUDENTS + 1} files checked before, 0 to check" in again["stderr"]
    assert written(alone) == before
    newcomer = students / "submissions" / "later.json"
    newcomer.write_text("[]")
    try:
        later = compared(students, alone)
    finally:
        newcomer.unlink()
    assert f"{STUDENTS + 1} files checked before, 1 to check" in later["stderr"]
    assert later["rejected"] == 2
    assert compared(students, alone)["rejected"] == 1


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_cluster_writes_the_same_and_a_lost_worker_loses_nothing(
    students: Path, alone: Path, tmp_path: Path
) -> None:
    pytest.importorskip("distributed")
    with Cluster(2) as cluster:
        compared(students, tmp_path / "both", "--scheduler", cluster.address)
        assert written(tmp_path / "both") == written(alone)
        lose = threading.Timer(4.0, cluster.kill_a_worker)
        lose.start()
        compared(students, tmp_path / "one", "--scheduler", cluster.address)
        lose.join()
        assert written(tmp_path / "one") == written(alone)


@pytest.mark.process
def test_a_class_in_a_bucket_is_read_by_those_who_check_it(
    students: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyarrow.fs import S3FileSystem

    with closing(Moto()) as moto:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", moto.credentials.key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", moto.credentials.secret)
        monkeypatch.setenv("AWS_ENDPOINT_URL", moto.endpoint)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        system = S3FileSystem(endpoint_override=moto.endpoint, allow_bucket_creation=True)
        system.create_dir("course")
        for path in sorted((students / "submissions").rglob("*.gz"))[:3]:
            with system.open_output_stream(f"course/autumn/{path.name}") as stream:
                stream.write(path.read_bytes())
        words = ["compare", "s3://course/autumn", "--out", str(tmp_path / "out"), "--json"]
        course = ["--course", str(students / "course.toml")]
        outputs = [
            subprocess.run(
                [sys.executable, "-m", "analysis", *words, *course],
                capture_output=True, text=True, check=False, cwd=ROOT,
            )
            for _ in range(2)
        ]  # fmt: skip
    assert [json.loads(output.stdout)["sound"] for output in outputs] == [3, 3], outputs[0].stderr
    assert "3 files checked before, 0 to check" in outputs[1].stderr


def _dies_once(folder_and_number: tuple[str, int]) -> int:
    """Be killed at the third chunk, once."""
    folder, number = folder_and_number
    flag = Path(folder) / "died"
    if number == 2 and not flag.exists():
        flag.touch()
        os._exit(9)
    time.sleep(0.01)
    return number


def _always_dies(_: int) -> int:
    os._exit(9)


@pytest.mark.process
def test_chunks_of_a_killed_process_are_done_again(tmp_path: Path) -> None:
    chunks = [(str(tmp_path), number) for number in range(12)]
    assert sorted(on_cores(_dies_once, chunks, 2)) == list(range(12))
    assert (tmp_path / "died").exists()


@pytest.mark.process
def test_processes_that_are_killed_again_and_again_are_an_error() -> None:
    from analysis.errors import AnalysisError

    with pytest.raises(AnalysisError, match="killed, and so were those after it"):
        list(on_cores(_always_dies, range(4), 1))


def test_folders_are_searched_and_links_in_them_not_followed(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".hidden").mkdir()
    for name in ("b/two.json.gz", "a.json", "notes.txt", ".hidden/three.json"):
        (tmp_path / name).write_text("{}")
    assert [file.name for file in files([str(tmp_path)])] == ["a.json", "b/two.json.gz"]
    assert main(["check", str(tmp_path / "nowhere")]) == 1


def test_no_two_files_have_one_name_and_no_folder_stops_the_others(tmp_path: Path) -> None:
    for section in ("one", "two"):
        (tmp_path / section / "ann").mkdir(parents=True)
        (tmp_path / section / "ann" / "hand-in.json (1).gz").write_text("{}")
    sections = [str(tmp_path / section) for section in ("one", "two")]
    names = [file.name for file in files(sections)]
    assert names == [f"{section}/ann/hand-in.json (1).gz" for section in ("one", "two")]
    same = str(tmp_path / "one" / "ann" / "hand-in.json (1).gz")
    assert len({file.name for file in files([same, same])}) == 2
    deep = tmp_path / "one"
    for _ in range(60):
        deep /= "d"
    deep.mkdir(parents=True)
    (deep / "x.json").write_text("{}")
    passed_over: list[str] = []
    (tmp_path / "one" / "a\nb.JSON").write_text("{}")
    (tmp_path / "one" / "notes.txt").write_text("")
    listed = [file.name for file in files([str(tmp_path / "one")], passed_over)]
    assert listed[0] == "a\\nb.JSON"
    assert listed[-1].endswith("/d")
    assert passed_over == ["notes.txt"]
