"""Who handed in what: each system's names, and nothing that is guessed."""

from __future__ import annotations

from typing import Any

import pytest

from analysis.course.identity import PATTERNS, clue
from analysis.course.joining import joined, late_files
from analysis.course.roster import Person
from tests.analysis.course.classes import A, B, C, submission


def person(name: str, **ids: str) -> Person:
    return Person(name, 1, {kind: tuple(value.split()) for kind, value in ids.items()})


JANE = person(
    "Doe, Jane", email="jane@uni.example", login="jdoe", number="0011", canvas="12345",
    github="jane-doe", participant="555", gradescope="7001 7002", pseudonym=A,
)  # fmt: skip
DOE = person("Doe", github="doe", email="doe@uni.example")
ROE = person("Roe, Richard", email="r.roe@uni.example")
PEOPLE = [JANE, DOE, ROE]


def whose(file: str, source: str, people: list[Person] = PEOPLE) -> Person | None:
    result = joined([submission(B, file=file)], people, source)
    return people[result.owners[file]] if file in result.owners else None


@pytest.mark.parametrize(
    ("file", "source", "owner"),
    [
        ("doejane_12345_67890_submission.json.gz", "filename", JANE),
        ("doejane_LATE_12345_67890_submission-1.json.gz", "filename", JANE),
        ("anything_12345_1_bundle.json", "filename", JANE),
        ("roerichard_99_67890_submission.json.gz", "filename", ROE),
        ("doejane_99_67890_submission.json.gz", "filename", None),
        ("Jane Doe_555_assignsubmission_file_/submission.json.gz", "folder", JANE),
        ("Jane Doe_555_assignsubmission_file_submission.json.gz", "filename", JANE),
        ("Richard Roe_99_assignsubmission_file_/deep/er/x.json.gz", "folder", ROE),
        ("assignment_1_export/submission_7002/x.json.gz", "folder", JANE),
        ("submission_7003/x.json.gz", "folder", None),
        ("class-lab-1-jane-doe/submission.json.gz", "folder", JANE),
        ("class-lab-1-doe/submission.json.gz", "folder", DOE),
        ("jdoe/submission.json.gz", "folder", JANE),
        ("JANE@uni.example.json.gz", "filename", JANE),
        ("0011.json.gz", "filename", JANE),
        ("11.json.gz", "filename", None),
        ("Richard Roe.json.gz", "filename", ROE),
        ("submission.json.gz", "folder", None),
        ("class-lab-1-nobody/submission.json.gz", "folder", None),
        ("windows\\jdoe\\submission.json.gz", "folder", JANE),
    ],
)
def test_a_name_says_who(file: str, source: str, owner: Person | None) -> None:
    assert whose(file, source) is owner


def test_a_pseudonym_of_the_roster_says_who() -> None:
    rows = [submission(A, file="x"), submission(B, file="y"), submission(None, file="z")]
    result = joined(rows, PEOPLE, "roster")
    assert result.owners == {"x": 0}
    assert "y: of nobody in the roster" in result.lines
    assert "z: of nobody in the roster" in result.lines


def test_both_ways_are_listed() -> None:
    rows = [submission(B, file="jdoe/x"), submission(C, file="who/x")]
    result = joined(rows, PEOPLE, "folder")
    assert result.lines == (
        "who/x: of nobody in the roster",
        "Doe (doe@uni.example): no submission",
        "Roe, Richard (r.roe@uni.example): no submission",
    )


@pytest.mark.parametrize(
    ("people", "file"),
    [
        ([person("Ann Lee", email="a1@x"), person("Lee, Ann", email="a2@x")], "Ann Lee.json.gz"),
        ([person("A", number="77"), person("B", login="77")], "77.json.gz"),
        ([person("A", canvas="5"), person("B", canvas="5")], "ab_5_6_x.json.gz"),
        ([person("A", github="ab"), person("B", github="ab")], "lab-ab.json.gz"),
    ],
)
def test_what_may_be_two_people_is_nobodys(people: list[Person], file: str) -> None:
    result = joined([submission(B, file=file)], people, "filename")
    assert result.owners == {}
    assert result.lines[0].startswith(f"{file}: may be of ")
    assert len(result.lines) == 3


def test_one_pseudonym_of_two_people_is_listed() -> None:
    rows = [submission(B, file="jdoe.json.gz"), submission(B, file="doe.json.gz")]
    result = joined(rows, PEOPLE, "filename")
    assert result.owners == {"jdoe.json.gz": 0, "doe.json.gz": 1}
    assert any(line.startswith(f"pseudonym {B}: handed in by Doe") for line in result.lines)


def test_late_is_what_a_system_marked() -> None:
    files = [
        "doejane_LATE_12345_67890_x.json.gz", "doejane_12345_67890_x_LATE_1.json.gz",
        "doelate_12345_67890_x.json.gz", "folder/roe_LATE_1_2_x",
    ]  # fmt: skip
    rows: list[dict[str, Any]] = [submission(A, file=file) for file in files]
    assert late_files(rows) == {files[0], files[3]}


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=lambda pattern: pattern.name)
def test_each_pattern_fits_its_example_and_no_other(pattern: Any) -> None:
    assert clue(pattern.example).pattern == pattern.name
    assert [p.name for p in PATTERNS.values() if p.form.fullmatch(pattern.example)] == [
        pattern.name
    ]
