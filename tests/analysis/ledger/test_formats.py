"""The question about this machine: it is locked before a run, and the run's report answers it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import orjson
import pytest

from analysis import cli
from analysis.errors import OutOfRangeError
from analysis.ledger import chain
from analysis.ledger.entries import Lock, Score
from analysis.ledger.questions import QUESTIONS, question
from analysis.ledger.rules import lock_of, score_of
from analysis.ledger.scoring import RECOLLECTION
from analysis.model.machine import Machine
from analysis.report import run
from bench.bundle import parse
from bench.bundle.canonical import dumps
from bench.errors import StoreError
from hardware_profiles.catalogue import catalogue
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.ledger.entries import Body

RUN = ROOT / "tests/golden/two-cores.json"
LATE = "counts as recollection"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def lock(*more: str, choice: str = "parquet") -> int:
    interval = ("--low", "3", "--high", "9", "--confidence", "70")
    return cli.main(["lock", "formats", "--choose", choice, *interval, *more])


def report(run: Path | str = RUN) -> int:
    return cli.main(["report", str(run), "--out", "page.html"])


def bodies(place: Path) -> Sequence[Body]:
    return chain.read(place / "runs/ledger/ledger.jsonl").bodies


def measured(place: Path, name: str = "runs/one") -> Path:
    """Put a run there."""
    folder = place / name
    folder.mkdir(parents=True)
    (folder / "bundle.json").write_bytes(RUN.read_bytes())
    return folder


def without(payload: str, *formats: str) -> bytes:
    """Return a run that has no such cases."""
    document = orjson.loads(RUN.read_bytes())
    document["cases"] = [
        case
        for case in document["cases"]
        if not (case["payload"] == payload and (case["codec"] or "").startswith(formats))
    ]
    return dumps(document)


def machine_of(data: bytes) -> Machine:
    return Machine(parse(data, "made for a test"), catalogue())


def test_the_answer_is_what_the_report_says_of_the_formats() -> None:
    machine = machine_of(without("tabular", "json", "protobuf"))
    answer = question("formats").answer(machine.catalogue, machine)
    assert answer
    by_format = run.report(machine).axes[0]
    (found,) = [f for f in by_format.findings if f.text.startswith("tabular: ")]
    assert found.text.startswith("tabular: parquet decodes 6.36 times")
    assert found.text.endswith("as fast as csv, the slowest.")
    assert answer.choice == "parquet"
    assert answer.value == found.numbers["times_as_fast"].value == pytest.approx(6.357, rel=1e-3)
    assert "parquet/columns/wire decodes tabular samples 6.36 times [5.21, 7.51]" in answer.text


@pytest.mark.parametrize("lacking", ["parquet", "csv"])
def test_a_run_without_one_of_them_cannot_tell(lacking: str) -> None:
    machine = machine_of(without("tabular", lacking))
    with pytest.raises(OutOfRangeError, match="were not measured together"):
        question("formats").answer(machine.catalogue, machine)
    assert question("formats").answer(machine.catalogue, None) is None


def test_another_payload_does_not_matter() -> None:
    machine = machine_of(without("image", "csv"))
    answer = question("formats").answer(machine.catalogue, machine)
    assert answer
    assert answer.choice == "parquet"


def test_the_report_scores_a_lock_that_was_made_before(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert lock() == 0
    assert "open the answer with python -m analysis report" in _plain(capsys)
    made = lock_of(bodies(tmp_path), "formats")
    assert made is not None
    assert made.measured_before is False
    measured(tmp_path)
    for _ in range(2):
        assert report() in {0, 3}
    assert [body.kind for body in bodies(tmp_path)] == ["lock", "score"], "scored once"
    score = score_of(bodies(tmp_path), "formats")
    assert score is not None
    assert (score.choice, score.right, score.held) == ("parquet", True, True)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "You said: Parquet decodes faster. So it is." in page
    assert "In this run: parquet/columns/wire decodes tabular samples" in page
    assert LATE not in page
    out = capsys.readouterr().out
    assert "`nox -s gravity`" in out
    assert "nox -s formats" not in out


@pytest.mark.parametrize("where", ["in runs/", "named"])
def test_a_lock_that_was_made_after_is_scored_and_counts_as_recollection(
    where: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = measured(tmp_path, "runs/one" if where == "in runs/" else "elsewhere/one")
    assert lock(*(("--run", str(folder)) if where == "named" else ()), choice="csv") == 0
    assert LATE in _plain(capsys)
    made = lock_of(bodies(tmp_path), "formats")
    assert made is not None
    assert made.measured_before is True
    assert report(folder) in {0, 3}
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "It is the other: Parquet decodes faster." in page
    assert RECOLLECTION.removeprefix(". ") in page
    score = score_of(bodies(tmp_path), "formats")
    assert score is not None
    assert not score.right


def test_a_run_that_does_not_show_the_answer_is_not_before(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "one"
    folder.mkdir(parents=True)
    (folder / "bundle.json").write_bytes(without("tabular", "csv"))
    (tmp_path / "runs" / "two").mkdir()
    (tmp_path / "runs" / "two" / "bundle.json").write_text("{}", encoding="utf-8")
    assert lock() == 0
    made = lock_of(bodies(tmp_path), "formats")
    assert made is not None
    assert made.measured_before is False


def test_a_run_that_is_not_there_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert lock("--run", "nowhere") == 1
    assert "nowhere" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_the_other_questions_do_not_ask_for_runs(tmp_path: Path) -> None:
    measured(tmp_path)
    interval = ("--low", "1", "--high", "2", "--confidence", "70")
    assert cli.main(["lock", "gravity", "--choose", "fibre", *interval]) == 0
    made = lock_of(bodies(tmp_path), "gravity")
    assert made is not None
    assert made.measured_before is None


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_after_a_run_it_is_asked_only_by_its_name(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured(tmp_path)
    asked = [question for question in QUESTIONS.values() if not question.in_report]
    answers = "".join(f"{next(iter(question.choices))}\n1 2 70\n" for question in asked)
    monkeypatch.setattr("sys.stdin", Terminal(answers))
    assert cli.main(["lock"]) == 0
    assert "`python -m analysis lock formats` takes it all the same" in capsys.readouterr().err
    locked = [b.question for b in bodies(tmp_path) if isinstance(b, Lock)]
    assert locked == [question.name for question in asked]
    monkeypatch.setattr("sys.stdin", Terminal("parquet\n3 9 70\n"))
    assert cli.main(["lock", "formats"]) == 0
    assert LATE in capsys.readouterr().err
    made = lock_of(bodies(tmp_path), "formats")
    assert made is not None
    assert made.measured_before is True


def test_an_invalid_run_scores_nothing(tmp_path: Path) -> None:
    document = orjson.loads(RUN.read_bytes())
    next(c for c in document["cases"] if c["payload"] == "image")["problem"] = "wrong output"
    (tmp_path / "bundle.json").write_bytes(dumps(document))
    assert run.report(machine_of(dumps(document))).verdict.trust == "invalid"
    assert lock() == 0
    assert report(tmp_path) == 1
    assert not any(isinstance(body, Score) for body in bodies(tmp_path))
    assert "no lock is scored by it" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_run_that_cannot_tell_leaves_the_lock_open(tmp_path: Path) -> None:
    (tmp_path / "bundle.json").write_bytes(without("tabular", "csv"))
    assert lock() == 0
    assert report(tmp_path) in {0, 3}
    assert not any(isinstance(body, Score) for body in bodies(tmp_path))
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "were not measured together in this run" in page
    assert report() in {0, 3}
    assert score_of(bodies(tmp_path), "formats"), "the next run scores it"


def test_a_ledger_that_cannot_be_written_hides_no_report(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lock() == 0

    def full(path: Path, _bodies: object) -> None:
        raise StoreError(f"{path} cannot be written: no space is left")

    monkeypatch.setattr(chain, "append", full)
    assert report() in {0, 3}
    assert "warning: a lock is not scored: runs" in capsys.readouterr().err
    assert "open the answer" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_without_a_lock_the_ledger_is_not_touched(tmp_path: Path) -> None:
    assert report() in {0, 3}
    assert not (tmp_path / "runs").exists()


def _plain(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())
