"""Whatever commands are given, they end with a message and a status, not with a traceback."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT, command

if TYPE_CHECKING:
    from pathlib import Path

RUN = str(ROOT / "tests/golden/one-core.json")
DONE, BAD_INPUT, USAGE, NOISY = 0, 1, 2, 3

REFUSED = [
    ("analysis", "predict", RUN, "--workload", "zzz", "--accelerator", "h100"),
    ("analysis", "predict", RUN, "--workload", "llama3_70b", "--accelerator", "h100"),
    ("analysis", "predict", RUN, "--phase", "serve", "--accelerator", "h100"),
    ("analysis", "predict", RUN, "--phase", "serve"),
    ("analysis", "predict", RUN, "--device", "h100", "--phase", "serve"),
    ("analysis", "predict", RUN, "--device", "orin", "--accelerator", "h100"),
    ("analysis", "predict", RUN, "--device", "h100", "--accelerators", "9"),
    ("analysis", "predict", RUN, "--device", "h100", "--deadline", "1ms"),
    ("analysis", "recommend", RUN, "--workload", "zzz"),
    ("analysis", "recommend", RUN, "--accelerator", "toaster"),
    ("analysis", "validate", RUN, "--out", "folder"),
    ("analysis", "validate", RUN, "--out", "nowhere/page.md"),
    ("analysis", "report", RUN, "--out", "folder"),
    ("analysis", "report", RUN, "--out", "nowhere/page.html"),
    ("analysis", "performance", RUN, "--out", "page.md"),
    ("bench", "experiment", "--workload", "zzz"),
    ("bench", "experiment", "--accelerator", "h100", "--phase", "serve"),
    ("bench", "experiment", "--method", "tuned"),
]


@pytest.mark.process
@pytest.mark.parametrize("arguments", REFUSED, ids=lambda arguments: " ".join(arguments[1:])[-60:])
def test_what_cannot_be_done_is_refused_in_a_sentence(
    arguments: tuple[str, ...], environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    package, *rest = arguments
    code, out, err = command(package, environment, tmp_path, *rest)
    assert (code, out) == (BAD_INPUT, "")
    assert err.startswith("error: ")
    assert "Traceback" not in err
    assert {entry.name for entry in tmp_path.iterdir()} <= {"folder", "runs"}


@pytest.mark.process
@pytest.mark.parametrize("encoding", ["latin-1", "cp437", "ascii"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("analysis", "report", RUN, "--out", "page.html"),
        ("analysis", "calibrate", RUN),
        ("hardware_profiles", "show", "h100"),
        ("bench", "preview"),
    ],
    ids=lambda arguments: arguments[1],
)
def test_a_terminal_that_lacks_characters_gets_simpler_ones(
    arguments: tuple[str, ...], encoding: str, environment: dict[str, str], tmp_path: Path
) -> None:
    package, *rest = arguments
    done = subprocess.run(
        [sys.executable, "-m", package, *rest],
        env=environment | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    errors = done.stderr.decode(encoding)
    assert done.returncode in {DONE, NOISY}, errors
    assert "Error" not in errors
    assert done.stdout.decode(encoding)


@pytest.mark.process
@pytest.mark.skipif(shutil.which("head") is None, reason="there is no head here")
def test_a_reader_may_leave(environment: dict[str, str], tmp_path: Path) -> None:
    pipe = f'"{sys.executable}" -m hardware_profiles show h100 | head -n 1'
    done = subprocess.run(
        pipe, shell=True, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == DONE
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1
