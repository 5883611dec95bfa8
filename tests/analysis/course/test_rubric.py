"""The rubric goes out, is filled in a spreadsheet, and comes back."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from analysis.course.rubric import COLUMNS, judged, read_rubric, rubric
from analysis.course.scores import scores
from analysis.errors import GradesError
from tests.analysis.course.classes import COURSE, A, lock, submission

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = "000012345e12"
"""A pseudonym that Excel takes for a number."""
ROWS = [submission(A, key="1" * 16), submission(NUMBER, key="2" * 16)]
LOCKS = [
    lock("1" * 16, "gravity", rationale='=cmd|"x"\nsecond line, with a comma; and more'),
    lock("2" * 16, "drift", right=False, low=-8.0, high=-2.0),
]
SCORES = scores(ROWS, LOCKS, COURSE)


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def filled(
    path: Path, cells: dict[int, dict[str, str]], separator: str = ",", codec: str = "utf-8-sig"
) -> Path:
    """Fill cells, by row, and write the file as a spreadsheet of some country would."""
    table = rows(rubric(SCORES, LOCKS, COURSE))
    for place, values in cells.items():
        table[place] |= values
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS, delimiter=separator)
    writer.writeheader()
    writer.writerows(table)
    path.write_bytes(file.getvalue().encode(codec))
    return path


def test_a_row_has_what_a_reader_needs_and_room_for_points() -> None:
    first, second, third, fourth = rows(rubric(SCORES, LOCKS, COURSE))
    assert (third["pseudonym"], third["question"], third["numbers"]) == (A, "gravity", "2")
    assert third["rationale"] == '\'=cmd|"x" / second line, with a comma; and more'
    assert (third["tries"], third["low"], third["right"]) == ("3", "2", "yes")
    assert (third["why"], third["trade-off"]) == ("", "")
    assert (fourth["question"], fourth["numbers"], fourth["rationale"]) == ("drift", "0", "")
    assert (first["pseudonym"], first["numbers"]) == (f"'{NUMBER}", "0")
    assert (second["numbers"], second["low"]) == ("1.5", "-8")
    frame = pd.read_csv(io.BytesIO(rubric(SCORES, LOCKS, COURSE)))
    assert frame["low"].min() == -8


@pytest.mark.parametrize(("separator", "codec"), [(",", "utf-8-sig"), (";", "cp1252")])
def test_points_come_back_whatever_the_spreadsheet(
    tmp_path: Path, separator: str, codec: str
) -> None:
    comma = "1,5" if separator == ";" else "1.5"
    path = filled(
        tmp_path / "rubric.csv",
        {2: {"why": comma, "trade-off": "1", "comment": "gut für"}, 1: {"numbers": "0.5"}},
        separator,
        codec,
    )
    result, lines = judged(SCORES, read_rubric(path))
    by_name = {score.pseudonym: score for score in result}
    assert by_name[A].points == 4 + 2 + 1.5 + 1
    assert by_name[NUMBER].points == 4 + 0.5
    assert any("as its reader decided" in reason for reason in by_name[NUMBER].reasons)
    assert len(lines) == 6
    assert f"{A}, drift: why: left blank, and left out" in lines
    assert any("gravity: why: not judged yet" in r for r in by_name[NUMBER].reasons)


def test_a_rubric_goes_out_with_the_points_that_it_has(tmp_path: Path) -> None:
    path = filled(tmp_path / "rubric.csv", {2: {"why": "1.5"}})
    result, _ = judged(SCORES, read_rubric(path))
    again = rows(rubric(result, LOCKS, COURSE))
    assert (again[2]["why"], again[2]["trade-off"]) == ("1.5", "")


def test_points_for_an_earlier_submission_count_and_are_listed(tmp_path: Path) -> None:
    path = filled(tmp_path / "rubric.csv", {2: {"why": "1", "trade-off": "1"}})
    later = submission(A, "2026-10-14T21:59Z", key="3" * 16)
    new = scores([*ROWS, later], [*LOCKS, lock("3" * 16, "gravity")], COURSE)
    result, lines = judged(new, read_rubric(path))
    assert {score.pseudonym: score.points for score in result}[A] == 8
    assert any("on another submission" in line for line in lines)


def test_rows_of_nobody_are_listed(tmp_path: Path) -> None:
    path = filled(tmp_path / "rubric.csv", {2: {"pseudonym": "x", "submission": "y", "why": "1"}})
    result, lines = judged(SCORES, read_rubric(path))
    assert {score.pseudonym: score.points for score in result}[A] == 6
    assert "row 4: x, gravity: nobody of this class has it" in lines


@pytest.mark.parametrize("cell", ["good", "-1", "1e3", "1001", "=1", "nan", "1/2"])
def test_a_cell_that_is_no_points_is_named(tmp_path: Path, cell: str) -> None:
    path = filled(tmp_path / "rubric.csv", {0: {"why": cell}, 1: {"trade-off": cell}})
    with pytest.raises(GradesError) as caught:
        read_rubric(path)
    assert [line.split(":")[0] for line in caught.value.problems] == [
        "row 2, why", "row 3, trade-off",
    ]  # fmt: skip


def test_a_row_that_stands_there_twice_differently_is_named(tmp_path: Path) -> None:
    changes: dict[str, Any] = {key: rows(rubric(SCORES, LOCKS, COURSE))[2][key] for key in COLUMNS}
    path = filled(tmp_path / "rubric.csv", {2: {"why": "1"}, 3: changes | {"why": "2"}})
    with pytest.raises(GradesError, match="rows 4 and 5 give"):
        read_rubric(path)


def test_another_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("name,why\na,1\n", encoding="utf-8")
    with pytest.raises(GradesError, match="no column pseudonym, submission, question, numbers"):
        read_rubric(tmp_path / "x.csv")


def test_without_questions_there_are_no_rows() -> None:
    assert rows(rubric(SCORES, LOCKS, None)) == []
