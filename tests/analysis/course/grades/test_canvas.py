"""A gradebook of Canvas comes back with one column filled, and else byte for byte."""

from __future__ import annotations

import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.course.gradebook import sheet
from analysis.course.grades.canvas import write
from analysis.course.grades.system import Graded
from analysis.errors import GradesError
from tests.analysis.course.grades.exports import (
    BY_PSEUDONYM,
    CANVAS,
    JANE,
    WESTERN,
    person,
    request,
)

NAME = "Data Factory lab (317)"


def frame(data: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False, na_filter=False)


def test_one_column_is_filled_and_nothing_else_changes() -> None:
    filled = write(request(CANVAS))
    before, after = frame(CANVAS), frame(filled.data)
    assert list(after.columns) == list(before.columns)
    assert after[NAME].to_list() == ["Manual Posting", "7.50", "7.5", "6", "4", "EX", "3.00", ""]
    assert after.drop(columns=NAME).equals(before.drop(columns=NAME))
    lines = zip(
        CANVAS.splitlines(keepends=True), filled.data.splitlines(keepends=True), strict=True
    )
    assert [a == b for a, b in lines] == [True, True, True, False, False, False, True, True, True]
    assert b'"Doe, Jane",11,S-0011,jdoe,LAB 1 and LAB 2,=1+1,8.00,7.5,88.00,B\r\n' in filled.data


def test_lines_say_who_was_left_out_and_why() -> None:
    assert write(request(CANVAS)).lines == (
        f"column {NAME}: 3 filled, 0 as they were, 1 without a score and left alone",
        "Richard Roe (roe@uni.example): lowered from 6.00 to 4",
        "Edgar Poe (epoe): EX was kept; the score is 4",
        "Gone (gone): not in export.csv; the score is 4",
    )


def test_a_blank_or_a_rejected_score_erases_nothing_and_is_never_0() -> None:
    filled = write(request(CANVAS))
    assert frame(filled.data).set_index("ID").loc["15", NAME] == "3.00"
    nobody = write(request(CANVAS, graded=(Graded(JANE, None),)))
    assert nobody.data == CANVAS


def test_what_was_filled_once_stays_when_it_is_filled_again() -> None:
    once = write(request(CANVAS)).data
    again = write(request(once))
    assert again.data == once
    assert "0 filled, 3 as they were" in again.lines[0]
    assert write(request(once, only_changed=True)).data.count(b"\r\n") == 3


def test_only_what_changed_keeps_the_columns_that_canvas_needs() -> None:
    data = write(request(CANVAS, only_changed=True)).data
    assert data.decode("utf-8-sig").splitlines() == [
        "Student,ID,SIS User ID,SIS Login ID,Section,Data Factory lab (317)",
        ",,,,,Manual Posting",
        "    Points Possible,,,,,7.50",
        '"Doe, Jane",11,S-0011,jdoe,LAB 1 and LAB 2,7.5',
        '"Müller, ""Zoë""",12,0012,zoe@uni.example,LAB 1,6',
        '"Roe, Richard",13,S-0013,rroe,LAB 1,4',
    ]
    assert data.startswith(b"\xef\xbb\xbf")


def test_another_country_is_answered_in_its_way() -> None:
    filled = write(request(WESTERN))
    assert filled.data.decode() == WESTERN.decode().replace("A;;\n", "A;7,5;\n").replace(
        '"6,0"', '"4"'
    )


@pytest.mark.parametrize(
    "column", [NAME, "Quiz 2: data, part 1 (201)", "quiz 2: data,  part 1", "201"]
)
def test_a_column_is_named_in_whole_without_its_number_or_by_it(column: str) -> None:
    filled = write(request(CANVAS, column=column, course="other"))
    name = NAME if column == NAME else "Quiz 2: data, part 1 (201)"
    assert frame(filled.data).set_index("ID").loc["11", name] == "7.5"
    if column != NAME:
        assert frame(filled.data).set_index("ID").loc["12", name] == "N/A"
        assert "Zoë Müller (zoe@uni.example): N/A was kept; the score is 6" in filled.lines


@pytest.mark.parametrize(
    ("column", "course", "problem"),
    [
        (None, "another", "no column is called 'another'; name one by --column. Its assignments: "),
        ("Final Grade", "x", "column Final Grade: Canvas says (read only)"),
        ("Section", "x", "no column is called 'Section'"),
        ("", "x", "no column is called ''"),
    ],
)
def test_a_column_that_cannot_be_filled_is_an_error_with_the_others_names(
    column: str | None, course: str, problem: str
) -> None:
    with pytest.raises(GradesError, match=re.escape(problem)):
        write(request(CANVAS, column=column, course=course))


def test_two_columns_of_one_name_are_not_chosen_between() -> None:
    twice = CANVAS.replace(b'"Quiz 2: data, part 1 (201)"', b"Data Factory lab (201)")
    with pytest.raises(GradesError, match="more than one column is called"):
        write(request(twice))
    assert b",7.5,88.00" in write(request(twice, column="317")).data


def test_two_rows_for_a_person_and_two_people_for_a_row_are_left_alone() -> None:
    twice = CANVAS.replace(b"rroe", b"jdoe")
    filled = write(request(twice))
    assert "Jane Doe (jane@uni.example): may be rows 4, 6; left as they were" in filled.lines
    assert frame(filled.data)[NAME].to_list()[2:5] == ["", "6", "6.00"]
    pair = (
        Graded(person("A", login="jdoe"), BY_PSEUDONYM["1"]),
        Graded(person("B", number="S-0011"), BY_PSEUDONYM["2"]),
    )
    unsure = write(request(CANVAS, graded=pair))
    assert unsure.data == CANVAS
    assert any("row 4: may be A (jdoe) or B (S-0011)" in line for line in unsure.lines)


def test_points_that_the_system_does_not_have_are_said() -> None:
    small = CANVAS.replace(b"10.00,7.50,", b"10.00,1.00,")
    lines = write(request(small)).lines
    assert "has 1.00 points for it, and the course gives up to 7.5" in lines[1]


def test_names_in_two_columns_are_read() -> None:
    data = CANVAS.replace(b"Student,ID", b"LastName,FirstName,ID")
    data = data.replace(b'"Doe, Jane"', b"Doe,Jane").replace(b"Possible,", b"Possible,,")
    assert b"Doe,Jane,11,S-0011,jdoe,LAB 1 and LAB 2,=1+1,8.00,7.5," in write(request(data)).data


NAMES = st.text(
    alphabet=st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), max_size=9
)


@given(
    st.lists(st.tuples(NAMES, NAMES, st.sampled_from(["", "3", "4.00", "EX"])), max_size=5),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\r\n", "\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.integers(0, 4),
)
def test_any_gradebook_keeps_all_but_one_cell(
    students: list[tuple[str, str, str]], separator: str, end: str, quoting: int, graded: int
) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=separator, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    rows = [[name, str(n), f"login{n}", note, old] for n, (name, note, old) in enumerate(students)]
    writer.writerow(["Student", "ID", "SIS Login ID", "Section", NAME])
    writer.writerow(["    Points Possible", "", "", "", "7.5"])
    writer.writerows(rows)
    data = file.getvalue().encode()
    who = Graded(person("x", login=f"login{graded}"), BY_PSEUDONYM["1"])
    filled = write(request(data, graded=(who,))).data
    again = [[cell.value for cell in row] for row in sheet(filled, "x").rows]
    expected = [list(row) for row in rows]
    if (
        graded < len(rows)
        and expected[graded][4] != "EX"
        and expected[graded][0].strip().casefold() not in {"points possible", "student, test"}
    ):
        expected[graded][4] = "7.5"
    assert again[2:] == expected
