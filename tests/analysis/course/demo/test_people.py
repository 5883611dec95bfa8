"""Made-up people: their rosters and files are what the grades' part reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from analysis.cli import main
from analysis.commands import demo_class
from analysis.course.demo import making
from analysis.course.demo.people import SYSTEMS, gradebook, people, person, roster
from analysis.course.identity import clue
from analysis.course.joining import joined
from analysis.course.roster import read_roster

if TYPE_CHECKING:
    from pathlib import Path

STUDENTS = 40
FROM = {"plain": "roster", "canvas": "filename", "moodle": "folder", "gradescope": "folder"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("people")


def made(place: Path, system: str) -> tuple[Path, list[dict[str, Any]]]:
    out = place / system
    if not out.exists():
        words = ["--students", str(STUDENTS), "--size", "small", "--roster", system]
        assert main(["demo-class", *words, "--faulty", "0", "--out", str(out)]) == 0
    return out, making.read_truth(out)["truth"]


@pytest.mark.parametrize("system", SYSTEMS)
def test_files_are_joined_to_the_people_that_handed_them_in(place: Path, system: str) -> None:
    out, truth = made(place, system)
    listed = read_roster(out / making.ROSTER)
    files = [
        {
            "file": f"{entry['folder']}/{file['name']}",
            "pseudonym": entry["pseudonym"],
        }
        for entry in truth
        for file in entry["files"]
    ]
    for file in files:
        assert (out / making.SUBMISSIONS / file["file"]).is_file()
    result = joined(files, listed, FROM[system])
    true = {entry["pseudonym"]: entry["person"] for entry in truth}
    owners = {
        file["file"]: true[file["pseudonym"]] for file in files if true[file["pseudonym"]]["listed"]
    }
    assert {f: result.people[at].first("email") for f, at in result.owners.items()} == {
        file: who["email"] for file, who in owners.items()
    }


@pytest.mark.parametrize("system", ["canvas", "moodle", "gradescope"])
def test_a_name_has_the_form_of_its_system(system: str) -> None:
    path = SYSTEMS[system](person(1, 3), "0123456789ab.json.gz")
    assert clue(path.split("/")[0]).pattern == system


def test_some_are_not_listed_and_some_hand_nothing_in() -> None:
    everybody = list(people(1, 1_000))
    unlisted = [each for each in everybody if not each.is_listed]
    assert 5 <= len(unlisted) <= 45
    assert len(everybody) == 1_030
    lines = roster(everybody, with_pseudonyms=True).decode().splitlines()
    assert len(lines) == 1 + len(everybody) - len(unlisted)
    assert len({each.email for each in everybody}) == len(everybody)
    assert len({(each.first, each.last) for each in everybody}) < len(everybody)


def test_a_grade_book_is_read(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_bytes(gradebook(people(1, 30)))
    listed = read_roster(tmp_path / "export.csv")
    assert {each.first("canvas") or each.first("number") for each in listed}
    assert all("Test" not in each.name for each in listed)


def test_the_command_offers_all_systems() -> None:
    import argparse

    parser = argparse.ArgumentParser()
    demo_class.add_arguments(parser)
    (action,) = [a for a in parser._actions if "--roster" in a.option_strings]
    assert action.choices
    assert list(action.choices) == list(SYSTEMS)
