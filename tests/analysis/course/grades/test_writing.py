"""From the rows of a class to grade files, a rubric, and who is in none of them."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from analysis.course.grades import SYSTEMS
from analysis.course.grades.writing import Written, write_grades
from analysis.errors import GradesError
from bench.errors import StoreError
from tests.analysis.course.classes import COURSE, A, B, C, lock, submission
from tests.analysis.course.grades.exports import CANVAS, MOODLE

FILES = {
    "jane": "doejane_11_67890_submission.json.gz",
    "zoe": "müllerzoë_LATE_12_67891_submission.json.gz",
    "stranger": "who_77_67892_submission.json.gz",
}
ROWS = [
    submission(A, file=FILES["jane"], key="1" * 16),
    submission(B, file=FILES["zoe"], key="2" * 16),
    submission(C, file=FILES["stranger"], key="3" * 16),
]
LOCKS = [lock("1" * 16, "gravity"), lock("1" * 16, "drift"), lock("2" * 16, "drift")]


def grades(folder: Path, *systems: str, **options: Any) -> Written:
    (folder / "export.csv").write_bytes(CANVAS)
    usual: dict[str, Any] = {"submissions": ROWS, "locks": LOCKS, "course": COURSE}
    return write_grades(folder / "out", systems, **(usual | options))


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def test_a_gradebook_is_its_own_roster(tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    written = grades(tmp_path, f"canvas={export}", "plain", identity_from="filename")
    out = tmp_path / "out"
    assert written.files == tuple(
        out / name for name in ("grades-canvas.csv", "grades-plain.csv", "rubric.csv")
    )
    assert export.read_bytes() == CANVAS
    filled = {row["ID"]: row["Data Factory lab (317)"] for row in rows(written.files[0])}
    assert (filled["11"], filled["12"], filled["14"], filled["99"]) == ("7.5", "5.5", "EX", "")
    plain = {row["name"]: row for row in rows(written.files[1])}
    assert (plain["Doe, Jane"]["late"], plain['Müller, "Zoë"']["late"]) == ("no", "yes")
    assert plain[""]["file"] == FILES["stranger"]
    assert plain["Poe, Edgar"]["status"] == "missing"
    assert f"{FILES['stranger']}: of nobody in the roster" in written.lines
    assert "Poe, Edgar (epoe): no submission" in written.lines
    assert {path.name for path in out.iterdir()} == {path.name for path in written.files}


def test_rows_may_be_tables_and_a_roster_may_know_pseudonyms(tmp_path: Path) -> None:
    roster = tmp_path / "people.csv"
    roster.write_text(f"name,id,pseudonym\nJane,007,{A}\nZoë,12,\n", encoding="utf-8")
    table, locks = pa.Table.from_pylist(ROWS), pa.Table.from_pylist(LOCKS)
    written = grades(tmp_path, "ucsc", roster=roster, submissions=table, locks=locks)
    assert written.files[0].read_bytes() == b"ID,Grade\r\n007,7.5\r\n"


def test_without_people_a_plain_list_and_a_rubric_need_nothing(tmp_path: Path) -> None:
    written = grades(tmp_path, "plain")
    assert [row["score"] for row in rows(written.files[0])] == ["7.5", "5.5", "4"]
    assert len(rows(written.files[1])) == 6
    alone = write_grades(tmp_path / "x", ["plain"], submissions=ROWS, locks=[], course=None)
    assert [path.name for path in alone.files] == ["grades-plain.csv"]


def test_a_reader_s_points_are_added_and_never_written_over(tmp_path: Path) -> None:
    first = grades(tmp_path, "plain")
    path = first.files[1]
    text = path.read_text(encoding="utf-8-sig").splitlines()
    assert text[1].endswith("Bits have a rate.,2,,,")
    text[1] = text[1][: -len(",,,")] + ",3,1,good"
    path.write_text("\n".join(text), encoding="utf-8")
    filled = path.read_bytes()

    second = grades(tmp_path, "plain", rubric_file=path)
    assert rows(second.files[0])[0]["score"] == "11.5"
    assert f"{A}, drift: why: left blank, and left out" in second.lines
    assert second.files[1].name == "rubric-new.csv"
    assert rows(second.files[1])[0]["why"] == "3"
    forgetful = grades(tmp_path, "plain")
    assert any(f"count its points by --rubric {path}" in line for line in forgetful.lines)
    assert path.read_bytes() == filled


@pytest.mark.parametrize(
    ("systems", "options", "problem"),
    [
        (["ledger"], {}, "there is no system 'ledger'; there are canvas (the exported"),
        (["canvas"], {}, "name the file that was exported: --grades canvas=EXPORT.csv"),
        (["canvas="], {}, "name the file that was exported"),
        (["ucsc=x.csv"], {}, "ucsc fills no file; say --grades ucsc"),
        (["canvas=nothing.csv"], {}, "nothing.csv cannot be used"),
        (["ucsc"], {}, "--identity-from folder, filename, roster; and who there is: --roster"),
        (["plain"], {"identity_from": "folder"}, "there is nobody to find; name the people by"),
        (["plain"], {"rubric_file": Path("none.csv")}, "none.csv cannot be used"),
        (["plain"], {"roster": Path("none.csv")}, "none.csv cannot be used"),
    ],
)
def test_what_cannot_be_written_is_an_error_before_anything_is(
    tmp_path: Path, systems: list[str], options: dict[str, Any], problem: str
) -> None:
    with pytest.raises(GradesError) as caught:
        grades(tmp_path, "plain", *systems, **options)
    assert problem in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_an_export_is_never_written_over(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    export = out / "grades-canvas.csv"
    export.write_bytes(CANVAS)
    for name in (export, out / ".." / "out" / "grades-canvas.csv"):
        with pytest.raises(GradesError, match="which is read; rename it, or write elsewhere"):
            grades(tmp_path, f"canvas={name}", identity_from="filename")
    assert export.read_bytes() == CANVAS
    assert [path.name for path in out.iterdir()] == ["grades-canvas.csv"]


def test_several_exports_of_a_system_have_their_own_files(tmp_path: Path) -> None:
    for name in ("section-1.csv", "section-2.csv"):
        (tmp_path / name).write_bytes(CANVAS)
    (tmp_path / "sheet.csv").write_bytes(MOODLE)
    systems = [f"canvas={tmp_path / f'section-{n}.csv'}" for n in (1, 2)]
    moodle = f"moodle={tmp_path / 'sheet.csv'}"
    written = grades(tmp_path, *systems, moodle, identity_from="filename")
    assert [path.name for path in written.files[:3]] == [
        "grades-canvas-section-1.csv", "grades-canvas-section-2.csv", "grades-moodle.csv",
    ]  # fmt: skip
    with pytest.raises(GradesError, match="two exports of one name"):
        grades(tmp_path, systems[0], systems[0], identity_from="filename")


def test_only_changed_is_for_files_that_are_filled(tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    written = grades(
        tmp_path, f"canvas={export}", "plain", identity_from="filename", only_changed=True
    )
    assert len(rows(written.files[0])) == 4
    assert len(rows(written.files[1])) == 6


def test_a_folder_that_cannot_be_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError):
        grades(tmp_path, "plain")


def test_each_system_is_registered_by_its_name() -> None:
    assert list(SYSTEMS) == ["canvas", "moodle", "ucsc", "plain"]
    assert all(system.WHAT for system in SYSTEMS.values())
