"""`predict --class`: what a class taught is used, and said, or it is said why not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from analysis.cli import main
from bench.bundle import write
from tests.analysis.course.class_files import rows_of, write_class
from tests.analysis.devices.classes import CASES, LAPTOPS, effects, run_of, simulated
from tests.analysis.devices.views import bundle, fact

if TYPE_CHECKING:
    from pathlib import Path

ASKED = ("--codec", "json", "--device", "h100")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with runs, one in common with the class, and with classes."""
    folder = tmp_path_factory.mktemp("class")
    times = dict(zip(CASES, effects().tolist(), strict=True))
    for name, run in (("known", run_of(times)), ("other", bundle())):
        write(folder / f"{name}.json", run.model_dump(mode="json", by_alias=True))
    for name, cpus, spread in (
        ("class", LAPTOPS[:12], 0.1),
        ("small", LAPTOPS[:7], 0.1),
        ("worse", ("i5_1240p", "i7_1255u", "i5_1335u", "raspberry_pi_4") * 3, 0.3),
    ):
        seed = 2 if name == "worse" else 1
        rows = rows_of(simulated(cpus, machine_sd=spread, cell_sd=0.05, seed=seed), windows=1)
        write_class(folder / f"{name}.parquet", rows)
    return folder


def answer(
    capsys: pytest.CaptureFixture[str], place: Path, run: str, *words: str, name: str = "class"
) -> tuple[str, Any]:
    """Return what is printed, as text without line breaks, and as JSON."""
    given = ("predict", str(place / f"{run}.json"), *ASKED, *words)
    given = (*given, "--class", str(place / f"{name}.parquet"))
    assert main(given) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert main((*given, "--json")) == 0
    return text, json.loads(capsys.readouterr().out)


def test_the_class_is_used_and_said(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, values = answer(capsys, place, "known")
    assert "What the class teaches" in text
    assert "12 machines with 12 different CPUs whose index is published, 30 decode cases" in text
    assert "below, the class is used" in text
    assert "placed by its own times of 30 cases, not by an index" in text
    taught = values["class"]
    assert (taught["used"], taught["machines"], taught["placed_by_cases"]) == (True, 12, 30)
    low, high = (taught["exponent"][end] for end in ("low", "high"))
    assert low < 0.9 < high
    assert taught["exponent_published"]["value"] == fact("geekbench6", "exponent.decode", "1")
    assert taught["error_left_out"] < taught["error_left_out_published"]
    inputs = {one["name"].partition(" ")[2] for one in values["devices"]["h100"]["host"]["inputs"]}
    assert {"exponent.decode", "error.machine"} <= inputs
    sources = {one["source"] for one in values["devices"]["h100"]["host"]["inputs"]}
    assert any(
        source.startswith("a class of 12 machines with 12 CPUs, file ") for source in sources
    )


def test_a_run_without_its_cases_is_placed_by_its_index(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, values = answer(capsys, place, "other", "--index", "1500")
    assert "too few decode cases in common with the class" in text
    assert (values["class"]["used"], values["class"]["placed_by_cases"]) == (True, 0)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("small", "7 of its 7 machines have a CPU whose index is published"),
        ("worse", "below, the published index is used, which missed by less"),
    ],
)
def test_what_is_published_is_used_where_the_class_is_not_better(
    place: Path, capsys: pytest.CaptureFixture[str], name: str, words: str
) -> None:
    text, values = answer(capsys, place, "known", name=name)
    assert words in text
    assert values["class"]["used"] is False
    assert main(("predict", str(place / "known.json"), *ASKED, "--json")) == 0
    usual = json.loads(capsys.readouterr().out)
    assert usual["devices"] == values["devices"]
    assert "class" not in usual


def test_without_another_device_it_has_no_meaning(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("predict", str(place / "known.json"), "--codec", "json", "--class", "x.parquet")
    assert main(given) == 1
    assert "--class: what a class teaches matters to other devices only" in capsys.readouterr().err


def test_a_file_that_is_none_is_named(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ("predict", str(place / "known.json"), *ASKED, "--class")
    for name in ("missing.parquet", "known.json"):
        assert main((*given, str(place / name))) == 1
        error = capsys.readouterr().err
        assert name in error
        assert "give class.parquet" in error
