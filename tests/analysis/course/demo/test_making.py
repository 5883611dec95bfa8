"""A class on disk: deterministic, resumable, a student independent of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analysis.cli import main
from analysis.course.demo import making
from analysis.course.demo.students import student
from tests.analysis.course.demo.test_students import recipe

if TYPE_CHECKING:
    from pathlib import Path


def written(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted((out / making.SUBMISSIONS).rglob("*"))
        if path.is_file()
    }


def make(out: Path, students: int, processes: int = 1) -> list[int]:
    counts: list[int] = []
    making.make(recipe(), students, out, processes=processes, progress=counts.append)
    return counts


def test_the_same_seed_gives_the_same_bytes_whatever_the_number(tmp_path: Path) -> None:
    make(tmp_path / "few", 4)
    make(tmp_path / "more", 7)
    few, more = written(tmp_path / "few"), written(tmp_path / "more")
    assert few.items() <= more.items()
    assert len(more) == 7


def test_the_truth_names_every_file(tmp_path: Path) -> None:
    make(tmp_path, 5)
    truth = making.read_truth(tmp_path)
    assert truth["students"] == 5
    named = {
        f"submissions/{entry['folder']}/{file['name']}"
        for entry in truth["truth"]
        for file in entry["files"]
    }
    assert named == set(written(tmp_path))


def test_what_was_interrupted_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "FOLDER", 3)
    whole = tmp_path / "whole"
    make(whole, 8)
    half = tmp_path / "half"
    calls: list[tuple[object, ...]] = []

    def interrupted(*arguments: object) -> object:
        calls.append(arguments)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return student(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(making, "student", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make(half, 8)
    assert not (half / making.TRUTH).exists()
    monkeypatch.setattr(making, "student", student)
    assert make(half, 8)[0] == 3
    assert written(half) == written(whole)
    assert (half / making.TRUTH).read_bytes() == (whole / making.TRUTH).read_bytes()


def test_several_processes_write_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "FOLDER", 2)
    make(tmp_path / "one", 4)
    monkeypatch.undo()
    make(tmp_path / "other", 4, processes=2)
    contents = [sorted(written(tmp_path / name).values()) for name in ("one", "other")]
    assert contents[0] == contents[1]


def test_another_class_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["demo-class", "--size", "small", "--students", "2", "--out", str(tmp_path / "a")]
    assert main(words) == 0
    assert main([*words, "--seed", "2"]) == 1
    assert "something else lies there" in capsys.readouterr().err
    assert main(words) == 0


@pytest.mark.parametrize(
    ("option", "value"),
    [("--students", "0"), ("--odd", "2"), ("--seed", "-1"), ("--cores", "0")],
)
def test_a_number_out_of_range_is_refused(
    tmp_path: Path, option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo-class", "--out", str(tmp_path / "a"), option, value]) == 1
    assert option in capsys.readouterr().err
    assert not (tmp_path / "a").exists()
