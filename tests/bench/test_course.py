"""A course's file: what it may say, and what a run takes from it."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson
import pytest

from bench.bundle import EDITION, EDITIONS, foreign, parse
from bench.cli import main
from bench.course import Lab, read_course
from bench.edition import present, written
from bench.errors import CourseError
from tests.conftest import ROOT

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

COURSE = """\
name = "ML Systems"
term = "2026-autumn"
nonce = "mls-2026-autumn"
preset = "quick"
due = 2026-10-15
[pins]
python = "3.11"
[[questions]]
name = "gravity"
points = 2.0
"""


def of(text: str, folder: Path) -> Path:
    path = folder / "course.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_course_is_read(tmp_path: Path) -> None:
    course = read_course(of(COURSE, tmp_path))
    assert course.nonce == "mls-2026-autumn"
    assert course.questions[0].points == 2
    assert course.deadline == datetime(2026, 10, 15, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = 3", "name: must be a text"),
        ("", "nonce: is missing"),
        (
            COURSE.replace("points = 2.0", "points = -1"),
            r"questions\.0\.points: must be 0.0 or more",
        ),
        (COURSE.replace('"quick"', '"long"'), "preset: 'long' is none of quick"),
        (COURSE + '[[questions]]\nname = "gravity"\n', "questions: gravity stands there twice"),
        (COURSE + "colour = 1\n", "there is no such field"),
        ("name = ", "not TOML: Invalid value"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=message):
        read_course(of(text, tmp_path))


LAB = """\
[lab]
iterations = 10
egress_usd = 50_000
hunger = 0.2
[lab.minutes]
drift = 30
[lab.scenarios]
gravity = "A petabyte, and ten days."
"""


def test_a_lab_is_as_in_the_plan_where_the_course_says_nothing_else(tmp_path: Path) -> None:
    usual = read_course(of(COURSE, tmp_path)).lab
    assert usual.minutes == {"gravity": 15, "feeding-tax": 20, "zero-waste": 10, "drift": 15}
    assert (usual.iterations, usual.egress_usd, usual.hunger) == (15, 100_000, 0.1)
    assert (usual.title, usual.scenarios) == ("Lab 04: The Data Factory", {})
    lab = read_course(of(COURSE + LAB, tmp_path)).lab
    assert lab.minutes == usual.minutes | {"drift": 30}
    assert (lab.iterations, lab.egress_usd, lab.hunger) == (10, 50_000, 0.2)
    assert (lab.title, lab.challenge) == (usual.title, None)
    assert lab.scenarios == {"gravity": "A petabyte, and ten days."}


def test_the_table_that_is_documented_is_the_usual_one() -> None:
    text = (ROOT / "docs/explanation/class.md").read_text(encoding="utf-8")
    (table,) = [
        part for part in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if "[lab]" in part
    ]
    document = tomllib.loads(table)
    lab = Lab.model_validate(document["lab"])
    assert set(document["lab"]) == set(Lab.model_fields)
    usual = Lab(challenge=lab.challenge, scenarios=lab.scenarios)
    assert lab == usual
    assert lab.challenge


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("iterations = 0", r"lab\.iterations: must be 1 or more"),
        ("hunger = 10", r"lab\.hunger: must be less than 1"),
        ("egress_usd = -1", r"lab\.egress_usd: must be more than 0"),
        ('title = ""', r"lab\.title: must be a text of 1 to 80"),
        ("minutes = { finale = 5 }", r"lab\.minutes\.finale: must be .gravity., "),
        ("minutes = { drift = 0 }", r"lab\.minutes\.drift: must be 1 or more"),
        ('scenarios = { drift = "" }', r"lab\.scenarios\.drift: must have at least 1"),
        ("egress = 5", r"lab\.egress: there is no such field"),
    ],
)
def test_a_mistake_in_the_lab_s_table_is_named_with_its_place(
    table: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(CourseError, match=message):
        read_course(of(f"{COURSE}[lab]\n{table}\n", tmp_path))


def test_a_run_takes_nonce_and_preset_from_its_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Named, or beside the noxfile; a nonce of one's own goes before."""
    from bench.commands import run

    of(COURSE, tmp_path)
    monkeypatch.chdir(tmp_path)
    documents: list[bytes] = []
    monkeypatch.setattr(run, "_require_extra", lambda _: None)
    for words in ([], ["--course", "course.toml"], ["--nonce", "mine"]):
        options = _options("--out", str(tmp_path / f"run{len(documents)}"), *words)
        documents.append(run._new(options).path.read_bytes())
    nonces = [parse(data, "made for a test").run.nonce for data in documents]
    assert nonces == ["mls-2026-autumn", "mls-2026-autumn", "mine"]
    assert capsys.readouterr().err.count("for the course ML Systems") == 2
    assert main(["run", "--course", "nowhere.toml"]) == 1
    assert "nowhere.toml is not a course file" in capsys.readouterr().err


def _options(*words: str) -> argparse.Namespace:
    from bench.cli import parser

    return parser().parse_args(["run", *words])


def test_the_table_of_editions_knows_the_code_of_now() -> None:
    """Else: raise EDITION, where numbers or validity changed, or run `python -m bench.edition`."""
    known = orjson.loads(EDITIONS.read_bytes())[str(EDITION)]
    assert [name for name, value in present().items() if value not in known.get(name, [])] == []
    assert written() == EDITIONS.read_bytes()


def test_a_fresh_bundle_is_closed_and_changed_code_is_not(tmp_path: Path) -> None:
    from bench.commands import run

    run._new(_options("--out", str(tmp_path / "run"), "--nonce", "n"))
    bundle = parse((tmp_path / "run/bundle.json").read_bytes(), "made for a test")
    assert bundle.rules_edition == EDITION
    assert foreign(bundle) == []
    case = bundle.cases[3].model_copy(update={"source": "0" * 32})
    changed = bundle.model_copy(update={"cases": (*bundle.cases[:3], case, *bundle.cases[4:])})
    assert [source.path for source in foreign(changed)] == ["cases[3].source"]


def test_a_bundle_without_an_edition_has_none_that_are_known() -> None:
    bundle = parse((ROOT / "tests/golden/bundle-v4.json").read_bytes(), "golden")
    assert bundle.rules_edition is None
    assert len(foreign(bundle)) >= len(bundle.cases)
