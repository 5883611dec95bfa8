"""What this release measures passes what this release checks; what it handed in before, too."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from analysis.cli import main
from analysis.course.checking import check_bytes, check_file
from tests.analysis.course.handed_in import COURSE
from tests.conftest import MEASURED, ROOT

if TYPE_CHECKING:
    from pathlib import Path

GOLDEN = ROOT / "tests/golden/hand-in-v1.json.gz"


def serious(remarks: object) -> list[str]:
    return [remark.line() for remark in remarks if remark.severity == "reject"]  # type: ignore[attr-defined]


@pytest.mark.process
def test_a_fresh_run_passes_and_is_of_the_closed_division(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "run",
        "--payload",
        "audio",
        "--codec",
        "csv/rows/numpy",
        "--out",
        str(tmp_path / "run"),
    ]
    output = subprocess.run(
        [sys.executable, "-m", "bench", *words],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert output.returncode in MEASURED, output.stderr
    checked = check_file(tmp_path / "run/bundle.json")
    assert serious(checked.remarks) == []
    assert checked.submitted is not None
    assert checked.submitted.division == "closed"

    monkeypatch.chdir(tmp_path)
    status = main(["submit", "run", "--out", "hand-in.json.gz", "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert status == 0, answer
    packed = (tmp_path / "hand-in.json.gz").read_bytes()
    assert serious(check_bytes(packed, "hand-in.json.gz").remarks) == []
    assert (tmp_path / "runs/ledger/pseudonym").read_text().strip() == answer["contents"][
        "pseudonym"
    ]


def test_a_hand_in_of_the_first_version_stays_readable() -> None:
    checked = check_bytes(GOLDEN.read_bytes(), GOLDEN.name, COURSE)
    assert serious(checked.remarks) == []
    assert checked.submitted is not None
    assert checked.submitted.division == "closed"
    assert checked.submitted.bodies


def test_submit_shows_what_a_hand_in_holds_before_it_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --show it writes nothing, not even a pseudonym."""
    monkeypatch.chdir(tmp_path)
    run = str(ROOT / "tests/golden/one-core.json")
    assert main(["submit", run, "--show"]) == 0
    shown = capsys.readouterr().out
    assert "AMD" in shown
    assert "the ledger: no entries" in shown
    assert list(tmp_path.iterdir()) == []
    assert main(["lock", "gravity", "--choose", "fibre", "--low", "1", "--high", "3",
                 "--confidence", "80", "--rationale", "Bits have a rate."]) == 0  # fmt: skip
    assert main(["submit", run]) == 0
    shown = capsys.readouterr().out
    assert "Bits have a rate." in shown
    (packed,) = tmp_path.glob("hand-in-*.json.gz")
    checked = check_bytes(packed.read_bytes(), packed.name)
    assert checked.submitted is not None
    assert len(checked.submitted.bodies or ()) == 2
    assert main(["submit", run, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["file"] == packed.name


def test_what_would_be_rejected_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "course.toml").write_text(
        'name = "a"\nterm = "b"\nnonce = "another"\npreset = "quick"\n'
    )
    run = str(ROOT / "tests/golden/one-core.json")
    assert main(["submit", run, "--out", "hand-in.json.gz"]) == 1
    assert "it would be rejected" in capsys.readouterr().err
    assert not (tmp_path / "hand-in.json.gz").exists()
