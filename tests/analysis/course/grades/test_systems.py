"""Grades for Moodle, a registrar, and whatever else takes a plain list."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from analysis.course.grades import SYSTEMS, moodle, plain, ucsc
from analysis.course.grades.system import Export, Graded
from analysis.errors import GradesError
from tests.analysis.course.grades.exports import BY_PSEUDONYM, GRADED, MOODLE, POE, person, request

if TYPE_CHECKING:
    from analysis.course.grades.system import System


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_moodle_takes_address_or_number_and_a_row_each_with_a_grade() -> None:
    filled = moodle.write(request())
    table = rows(filled.data)
    assert [(row["Email address"], row["ID number"], row["Grade"]) for row in table] == [
        ("jane@uni.example", "S-0011", "7.5"),
        ("zoe@uni.example", "0012", "6"),
        ("roe@uni.example", "", "4"),
        ("", "S-9", "4"),
    ]
    assert table[1]["Feedback comments"].startswith("Data Factory: drift: 0 of 1.5 points; no pred")
    assert table[0]["Feedback comments"] == "Data Factory: all points"
    assert "Edgar Poe (epoe): neither address nor ID number in the roster; left out" in filled.lines
    assert not filled.data.startswith(b"\xef\xbb\xbf")


def test_the_worksheet_of_moodle_is_filled_and_no_comment_of_another_is_lost() -> None:
    filled = moodle.write(request(MOODLE))
    jane, zoe, roe, foe = rows(filled.data)
    assert (jane["Grade"], jane["Feedback comments"]) == ("7.5", "Data Factory: all points")
    assert (zoe["Grade"], zoe["Feedback comments"]) == ("6", "Well done")
    assert (roe["Grade"], roe["Feedback comments"]) == ("1.00", "")
    assert foe["Grade"] == "-"
    left, right = (
        "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
        "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
    )
    digest = f"digest: {left}b{right}no{left}/b{right}"
    assert foe["Feedback comments"] == f"Data Factory: no submission counts; {digest};' =1+1"
    assert "row 4: its grade is locked; left as it was" in filled.lines
    before = pd.read_csv(io.BytesIO(MOODLE), dtype=str)
    after = pd.read_csv(io.BytesIO(filled.data), dtype=str)
    others = [name for name in before.columns if name not in {"Grade", "Feedback comments"}]
    assert after[others].equals(before[others])
    again = moodle.write(request(filled.data))
    assert again.data == filled.data
    assert moodle.write(request(filled.data, only_changed=True)).data.count(b"\r\n") == 1


def test_a_worksheet_of_another_language_wants_its_column_named() -> None:
    spanish = MOODLE.replace(b"Status,Grade,", b"Estado,Calificaci\xc3\xb3n,")
    with pytest.raises(
        GradesError, match="no column is called 'grade'; name one by --column: Ident"
    ):
        moodle.write(request(spanish))
    named = moodle.write(request(spanish, column="Calificación"))
    assert rows(named.data)[0]["Calificación"] == "7.5"


def test_a_registrar_gets_numbers_as_they_are_written() -> None:
    filled = ucsc.write(request())
    assert filled.data == b"ID,Grade\r\nS-0011,7.5\r\n0012,6\r\nS-9,4\r\n"
    assert "Edgar Poe (epoe): no ID in the roster; left out" in filled.lines


def test_a_plain_list_has_scores_first_and_blanks_for_what_is_missing() -> None:
    nobody = Graded(person("Nobody", email="=1+1@x", number="007"), None)
    filled = plain.write(request(graded=(*GRADED, Graded(None, BY_PSEUDONYM["7"]), nobody)))
    table = rows(filled.data)
    assert [row["score"] for row in table] == ["7.5", "6", "4", "4", "4", "", "4", ""]
    assert [row["status"] for row in table][5:] == ["rejected", "sound", "missing"]
    assert table[5]["reasons"] == "no submission counts; digest: <b>no</b>;' =1+1"
    assert (table[0]["pseudonym"], table[0]["file"]) == (
        "'111111111111", "111111111111-2026-10-14T2140Z.json.gz",
    )  # fmt: skip
    assert (table[0]["name"], table[0]["id"]) == ("Jane Doe", "S-0011")
    assert (table[6]["name"], table[6]["submissions"]) == ("", "1")
    assert (table[7]["email"], table[7]["id"], table[7]["submissions"]) == ("'=1+1@x", "'007", "0")
    frame = pd.read_csv(io.BytesIO(filled.data))
    assert frame["score"].sum() == 29.5
    assert frame["score"].isna().sum() == 2


def test_without_people_a_plain_list_has_no_columns_for_them() -> None:
    alone = tuple(Graded(None, score) for score in BY_PSEUDONYM.values())
    assert tuple(rows(plain.write(request(graded=alone)).data)[0]) == plain.COLUMNS


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=lambda system: system.NAME)
def test_each_system_leaves_out_who_has_no_score(system: System) -> None:
    export = b"Student,ID,SIS Login ID,Lab (1)\r\nEdgar Poe,1,epoe,\r\n"
    whole = export if system.EXPORT is Export.NEEDED else None
    data = system.write(request(whole, graded=(Graded(POE, None),), course="Lab")).data
    assert b"0" not in data.splitlines()[-1].replace(b",0,", b",") or system is plain
    assert [row.get("score", row.get("Lab (1)")) for row in rows(data)] in ([], [""])
