"""The people of a class, from whatever file an instructor has."""

from __future__ import annotations

import pytest

from analysis.course.gradebook import sheet
from analysis.course.roster import Person, people
from analysis.errors import GradesError

CANVAS = b"""\
Student,ID,SIS User ID,SIS Login ID,Section,Lab 1 (101)
    Points Possible,,,,,10.00
"Doe, Jane",11,S-0011,jdoe,A,
"M\xc3\xbcller, Zo\xc3\xab",12,0012,zmu@uni.example,A,3.00
"Student, Test",99,,ab12,A,
"""
WITHOUT_SIS = CANVAS.replace(b"SIS User ID,", b"").replace(b"S-0011,", b"").replace(b"0012,", b"")
GRADESCOPE = b"""\
First Name,Last Name,SID,Email,Sections,Submission ID
Jane,Doe,S-0011,jane@uni.example,A,"7001, 7002"
"""
GITHUB = b"""\
"identifier","github_username","github_id","name"
"S-0011","jane-doe","1","Jane Doe"
"""
MOODLE = b"""\
Identifier,Full name,Email address,Status,Grade,Maximum Grade
Participant 555,Jane Doe,jane@uni.example,Submitted,,10.00
"""
OWN = "\ufeffName;E-Mail;Matriculation number;Pseudonyms\nZoë;z@x;007;'000012345e12 abc\n".encode()


def persons(data: bytes) -> list[Person]:
    return people(sheet(data, "roster.csv"))


def test_the_gradebook_of_canvas_is_a_roster() -> None:
    jane, zoe = persons(CANVAS)
    assert (jane.name, jane.row) == ("Doe, Jane", 3)
    assert jane.ids == {"login": ("jdoe",), "number": ("S-0011",), "canvas": ("11",)}
    assert zoe.first("number") == "0012"
    assert persons(WITHOUT_SIS.replace(b"0012,", b""))[0].ids == {
        "login": ("jdoe",), "canvas": ("11",),
    }  # fmt: skip


def test_other_systems_files_are_rosters() -> None:
    (one,) = persons(GRADESCOPE)
    assert one.name == "Jane Doe"
    assert one.ids == {
        "email": ("jane@uni.example",), "number": ("S-0011",), "gradescope": ("7001", "7002"),
    }  # fmt: skip
    (two,) = persons(GITHUB)
    assert two.ids == {"number": ("S-0011",), "github": ("jane-doe",)}
    (three,) = persons(MOODLE)
    assert three.ids == {"email": ("jane@uni.example",), "participant": ("555",)}
    (four,) = persons(OWN)
    assert four.ids == {
        "email": ("z@x",), "number": ("007",), "pseudonym": ("000012345e12", "abc"),
    }  # fmt: skip


def test_lines_before_the_names_of_columns_are_left_out() -> None:
    (person,) = persons(b"Class list of autumn\n\nName,Email\nJane,jane@x\n,\n")
    assert person.title == "Jane (jane@x)"


def test_a_file_that_names_nobody_says_which_columns_it_has() -> None:
    with pytest.raises(GradesError, match=r"its columns are when, what: name them"):
        persons(b"when,what\n1,2\n")


@pytest.mark.parametrize(
    ("name", "squeezed"),
    [
        ("Doe, Jane", {"doejane", "janedoe"}),
        ("Jane Doe", {"doejane", "janedoe"}),
        ("Anna Maria O'Neil-Berg", {"annamariaoneilberg", "oneilbergannamaria"}),
        ("Müller, Zoë", {"müllerzoë", "zoëmüller"}),
        ("", {""}),
    ],
)
def test_names_are_compared_as_files_have_them(name: str, squeezed: set[str]) -> None:
    assert Person(name, 1).squeezed == squeezed
