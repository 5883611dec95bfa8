"""`compare` with grades: from files as a system collects them to what the system takes back."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from analysis.cli import main
from analysis.commands.grading import SOURCES
from analysis.course import joining
from analysis.course.formats import FORMATS
from analysis.course.submission import Contents
from tests.analysis.course import hand_ins
from tests.analysis.course.grades.exports import CANVAS

pytest.importorskip("duckdb")

if TYPE_CHECKING:
    from pathlib import Path

COURSE = """
name = "Data Factory lab"
term = "autumn"
nonce = "{nonce}"
preset = "{preset}"
division = "open"
points = 4.0
[[questions]]
name = "gravity"
points = 2.0
"""


def hand_in(pseudonym: str, *, locked: bool) -> bytes:
    bodies = (hand_ins.lock(), hand_ins.score()) if locked else ()
    lines = hand_ins.ledger(*bodies)
    return Contents(pseudonym, "2026-10-14T21:40Z", hand_ins.bundle(), lines).packed()


@pytest.fixture
def downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What Canvas gives: a folder of files, one of them late, one edited, one of a stranger."""
    monkeypatch.chdir(tmp_path)
    run = hand_ins.bundle()["run"]
    course = COURSE.format(nonce=run["nonce"], preset=run["preset"])
    (tmp_path / "course.toml").write_text(course, encoding="utf-8")
    (tmp_path / "export.csv").write_bytes(CANVAS)
    folder = tmp_path / "downloads"
    folder.mkdir()
    for name, data in {
        "doejane_11_1_hand-in.json.gz": hand_in("a" * 12, locked=True),
        "doejane_11_2_hand-in-1.json.gz": hand_ins.edited(),
        "müllerzoë_LATE_12_3_hand-in.json.gz": hand_in("b" * 12, locked=False),
        "roerichard_13_4_hand-in.json.gz": hand_ins.edited(),
        "who_77_5_hand-in.json.gz": hand_in("c" * 12, locked=True),
    }.items():
        (folder / name).write_bytes(data)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def test_a_gradebook_goes_in_and_comes_out(
    downloads: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["compare", "downloads", "--course", "course.toml", "--out", "class"]
    arguments += ["--models", "0", "--json", "--grades", "canvas=export.csv", "--grades", "plain"]
    arguments += ["--identity-from", "filename"]
    assert main(arguments) == 0
    printed = capsys.readouterr()
    out = tmp_path / "class"
    column = {row["ID"]: row["Data Factory lab (317)"] for row in rows(out / "grades-canvas.csv")}
    assert (column["11"], column["12"], column["13"], column["14"]) == ("6", "4", "6.00", "EX")
    plain = {row["name"]: row for row in rows(out / "grades-plain.csv")}
    assert plain["Doe, Jane"]["submissions"] == "2"
    assert plain['Müller, "Zoë"']["late"] == "yes"
    assert (plain["Roe, Richard"]["score"], plain["Roe, Richard"]["status"]) == ("", "rejected")
    key = plain["Roe, Richard"]["submission"].removeprefix("'")
    assert f"file {key}" in (out / "class.csv").read_text(encoding="utf-8-sig")
    assert "digest" in plain["Roe, Richard"]["reasons"]
    assert len(rows(out / "rubric.csv")) == 3
    assert "who_77_5_hand-in.json.gz: of nobody in the roster" in printed.err
    assert "Poe, Edgar (epoe): no submission" in printed.err
    written = json.loads(printed.out)["files_written"]
    assert {"class/grades-canvas.csv", "class/grades-plain.csv", "class/rubric.csv"} <= set(written)
    # Who is who stays in grade files: not in the class's own, nor in what is printed of it.
    others = [p for p in out.iterdir() if p.is_file() and not p.name.startswith("grades-")]
    assert {"class.csv", "class.parquet"} <= {path.name for path in others}
    for name in ("Doe, Jane", "jdoe", "zoe@uni.example", "doejane", "roerichard", "who_77"):
        assert [path.name for path in others if name.encode() in path.read_bytes()] == []
        assert name not in printed.out


def test_a_reader_s_points_are_added(downloads: Path, tmp_path: Path) -> None:
    usual = ["compare", "downloads", "--course", "course.toml", "--out", "class", "--models", "0"]
    assert main([*usual, "--grades", "plain"]) == 0
    rubric = tmp_path / "class/rubric.csv"
    lines = rubric.read_text(encoding="utf-8-sig").splitlines()
    places = dict(zip(lines[0].split(","), range(30), strict=False))
    cells = next(csv.reader([lines[1]]))
    cells[places["why"]] = "1.5"
    file = io.StringIO()
    csv.writer(file).writerow(cells)
    (tmp_path / "read.csv").write_text(f"{lines[0]}\n{file.getvalue()}", encoding="utf-8")
    assert main([*usual, "--rubric", "read.csv"]) == 0
    scores = sorted(row["score"] for row in rows(tmp_path / "class/grades-plain.csv"))
    assert scores == ["", "", "4", "6", "7.5"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--grades", "blackboard"], "there is no system 'blackboard'"),
        (["--grades", "canvas"], "canvas=EXPORT.csv"),
        (["--grades", "canvas=export.csv"], "--identity-from folder, filename, roster"),
        (["--grades", "ucsc", "--identity-from", "folder"], "name the people by --roster"),
        (["--rubric", "nothing.csv"], "nothing.csv cannot be used"),
    ],
)
def test_what_cannot_be_graded_is_said_before_anything_is_checked(
    downloads: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    problem: str,
) -> None:
    assert main(["compare", "downloads", "--out", "class", *options]) == 1
    assert problem in capsys.readouterr().err
    assert not (tmp_path / "class").exists()


def test_options_name_what_there_is() -> None:
    from analysis.commands.check import FORMS

    assert set(SOURCES) == set(joining.SOURCES)
    assert set(FORMS) == set(FORMATS)
