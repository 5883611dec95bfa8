"""Files of grade systems: read as `csv` reads them, and left as they are but for what is filled."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.course.gradebook import LARGEST, SEPARATORS, read_sheet, sheet
from analysis.errors import GradesError

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = st.text(
    alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff\r"), max_size=8
)


def written(rows: list[list[str]], separator: str, end: str, quoting: int) -> str:
    file = io.StringIO()
    csv.writer(
        file,
        delimiter=separator,
        lineterminator=end,
        quoting=quoting,  # type: ignore[arg-type]
    ).writerows(rows)
    return file.getvalue()


@given(
    st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=5),
    st.sampled_from(SEPARATORS),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.data(),
)
def test_only_what_is_filled_changes(
    rows: list[list[str]], separator: str, end: str, quoting: int, codec: str, data: st.DataObject
) -> None:
    header = ["Student", "ID", "Score"]
    text = written([header, *rows], separator, end, quoting)
    whole = sheet(text.encode(codec), "x.csv")
    assert whole.separator == separator
    assert [[cell.value for cell in row] for row in whole.rows] == [header, *rows]
    assert whole.filled({}) == text.encode(codec)

    row = data.draw(st.integers(0, len(rows)))
    column = data.draw(st.integers(0, 2))
    value = data.draw(TEXTS)
    filled = whole.filled({(row, column): value}).decode(codec)
    expected = [list(line) for line in [header, *rows]]
    expected[row][column] = value
    again = [
        list(line) for line in csv.reader(io.StringIO(filled, newline=""), delimiter=separator)
    ]
    assert again == expected
    cell = whole.rows[row][column]
    assert filled.startswith(text[: cell.start])
    assert filled.endswith(text[cell.end :])


def test_a_row_that_is_too_short_is_filled_up() -> None:
    whole = sheet(b"a,b,c,d,e,f\r\n1,2\r\n3,4,5,6,7,8\r\n", "x.csv")
    assert whole.value(1, 4) == ""
    assert whole.filled({(1, 3): "x", (1, 5): "y"}) == (
        b"a,b,c,d,e,f\r\n1,2,,x,,y\r\n3,4,5,6,7,8\r\n"
    )


def test_quoting_and_an_end_without_a_line_are_kept() -> None:
    data = b'"Student";"ID"; "x";"Score"\n"a ""b""";1;;"3,5"'
    whole = sheet(data, "x.csv")
    assert [cell.value for cell in whole.rows[1]] == ['a "b"', "1", "", "3,5"]
    assert whole.filled({(1, 3): "4"}) == data.replace(b'"3,5"', b'"4"')
    assert whole.filled({(1, 2): "4"}) == data.replace(b";1;;", b";1;4;")


def test_an_excerpt_has_its_cells_as_they_stand_there() -> None:
    data = b'Student,ID,"x, y",Score\r\n"Doe, J",1,"a",\r\n"Roe, R",2,b,7\r\n'
    whole = sheet(data, "x.csv")
    assert whole.excerpt([0, 1], [0, 1, 3], {(1, 3): "5"}) == (
        b'Student,ID,Score\r\n"Doe, J",1,5\r\n'
    )


def test_letters_of_windows_come_back_byte_for_byte() -> None:
    data = "Student,ID\r\nMüller,1\r\n".encode("cp1252")
    whole = sheet(data, "x.csv")
    assert whole.filled({}) == data
    assert whole.value(1, 0) == "Müller"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b'a,b\n1,"2\n3,4\n', "line 2: a quote is never closed"),
        (b"a\0b,c\n", "NUL"),
        (b"a" * (LARGEST + 1), "right file"),
    ],
)
def test_what_is_no_such_file_is_named(data: bytes, problem: str) -> None:
    with pytest.raises(GradesError, match=problem):
        sheet(data, "x.csv")


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(GradesError, match=r"missing\.csv cannot be used"):
        read_sheet(tmp_path / "missing.csv")
