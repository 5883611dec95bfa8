"""What `python -m analysis lab` makes sure of before it opens anything."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from analysis.cli import main
from analysis.lab import settings
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN = ROOT / "tests/golden"


class Opened:
    """What was served, in place of serving it."""

    def __init__(self) -> None:
        self.served: list[tuple[Path, int | None, bool]] = []
        self.was_calibrated = False
        self.title: str | None = None

    def __call__(
        self,
        app: Path,
        port: int | None,
        *,
        open_browser: bool,
        say: Any,
        title: str | None,
    ) -> None:
        self.title = title
        self.served.append((app, port, open_browser))
        self.was_calibrated = settings._machine.cache_info().currsize == 1


@pytest.fixture(autouse=True)
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """What the lab is served by here."""
    double = Opened()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("analysis.lab.server.serve", double)
    monkeypatch.setattr(settings, "_options", None)
    yield double
    settings._machine.cache_clear()


def take(name: str, run: str) -> None:
    """Put a run of the tests among the user's."""
    place = Path("runs", run, "bundle.json")
    place.parent.mkdir(parents=True)
    shutil.copy(GOLDEN / name, place)


def test_without_a_run_it_opens_on_the_one_that_is_shipped_and_says_so(
    opened: Opened, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lab"]) == 0
    chosen = settings.options()
    assert (chosen.run, chosen.is_reference, chosen.course) == (None, True, None)
    assert chosen.ledger == Path("runs/ledger/ledger.jsonl")
    printed, errors = capsys.readouterr()
    assert printed == ""
    assert errors == (
        "no run of yours can be used, so that the lab opens on another machine, measured for you; "
        "nox -s bench takes one\n"
    )
    ((app, port, open_browser),) = opened.served
    assert app == ROOT / "analysis/lab/app.py"
    assert (port, open_browser) == (None, True)
    assert opened.was_calibrated


def test_runs_that_will_not_do_are_not_passed_over_without_a_word(
    capsys: pytest.CaptureFixture[str],
) -> None:
    take("bundle-v4.json", "20260101-000000")
    assert main(["lab"]) == 0
    assert settings.options().is_reference
    assert "pipeline: it was not measured in this run" in capsys.readouterr().err


def test_the_last_run_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    take("two-cores.json", "20260101-000000")
    assert main(["lab"]) == 0
    chosen = settings.options()
    assert (chosen.run, chosen.is_reference) == (
        Path("runs/20260101-000000/bundle.json"),
        False,
    )
    assert "the last run: runs/20260101-000000" in capsys.readouterr().err


def test_one_with_classifiers_comes_first_since_it_shows_all_acts() -> None:
    take("two-cores-learning.json", "20250101-000000")
    take("two-cores.json", "20260101-000000")
    assert main(["lab"]) == 0
    assert settings.options().run == Path("runs/20250101-000000/bundle.json")


def test_the_one_that_is_named_is_taken(opened: Opened) -> None:
    run = str(GOLDEN / "one-core.json")
    assert main(["lab", run, "--port", "0", "--no-browser", "--ledger", "own.jsonl"]) == 0
    assert settings.options().run == Path(run)
    assert settings.options().ledger == Path("own.jsonl")
    assert opened.served[0][1:] == (0, False)


def test_a_course_is_read(opened: Opened) -> None:
    Path("course.toml").write_text('name = "C"\nterm = "T"\nnonce = "N"\n', encoding="utf-8")
    assert main(["lab"]) == 0
    course = settings.options().course
    assert course
    assert course.name == "C"
    assert opened.title == course.lab.title == "Lab 04: The Data Factory"
    with Path("course.toml").open("a", encoding="utf-8") as file:
        file.write('[lab]\ntitle = "Lab of the term"\n')
    assert main(["lab"]) == 0
    assert opened.title == "Lab of the term"
    Path("course.toml").write_text("name = 1", encoding="utf-8")
    assert main(["lab"]) == 1
    assert len(opened.served) == 2


@pytest.mark.parametrize("content", ["{}\n", "no ledger\n", '{"number": 0}\n'])
def test_a_ledger_that_cannot_be_read_stops_it(
    content: str, opened: Opened, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is never taken for an empty one, which entries would then be added to."""
    Path("mine.jsonl").write_text(content, encoding="utf-8")
    assert main(["lab", "--ledger", "mine.jsonl"]) == 1
    errors = capsys.readouterr().err
    assert errors.startswith("error: mine.jsonl")
    assert "line 1" in errors
    assert opened.served == []
    assert Path("mine.jsonl").read_text(encoding="utf-8") == content


@pytest.mark.parametrize("name", ["marimo", "anywidget", "uvicorn"])
def test_what_is_not_installed_is_named_with_what_installs_it(
    name: str,
    opened: Opened,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda wanted: None if wanted == name else 1)
    assert main(["lab"]) == 1
    errors = capsys.readouterr().err
    assert f"the lab needs {name}" in errors
    assert "nox -s lab" in errors
    assert "pip install -c constraints.txt -e '.[lab]'" in errors
    assert opened.served == []


@pytest.mark.parametrize("port", ["-1", "65536", "http", "", "1.5"])
def test_a_port_is_a_number_that_there_is(port: str, opened: Opened) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["lab", "--port", port])
    assert opened.served == []


def test_what_is_measured_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[float] = []
    monkeypatch.setattr("analysis.lab.children.end_all", ended.append)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("analysis.lab.server.serve", interrupted)
    assert main(["lab"]) == 130
    assert len(ended) == 1
