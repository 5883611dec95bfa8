"""Loaders as users write them are really diagnosed, through the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("torch", reason="a loader is torch's")

from bench.diagnosis.variants import CONTROLS

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("runs")]

LOADERS = "tests.bench.diagnosis.users_loaders"
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")


def diagnose(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", "diagnose", *words, "--seconds", "5"],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )


def diagnosed(*words: str) -> dict[str, Any]:
    done = diagnose(*words, "--json")
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("name", ["numbers", "ready", "in_consumer", "spawned"])
def test_a_loader_of_nested_batches_is_diagnosed(name: str) -> None:
    answer = diagnosed(f"{LOADERS}:{name}", "--accelerator", "5ms", "--workers", "0,2")
    assert answer["samples_per_s"]["value"] > 0
    assert answer["stages_ms"]["fetch"] > 0
    assert answer["stages_ms"]["step"] == pytest.approx(5, rel=0.5)
    assert 0 <= answer["feeding_tax"]["value"] < 1
    # A busy machine has time for few runs.
    assert {c["name"] for c in answer["controls"]} <= {v.name for v in CONTROLS}
    changes = {c["name"]: c for c in answer["changes"]}
    assert "2 workers" in changes
    assert all(c["known"] in {"measured", "predicted"} for c in answer["changes"])
    assert sum(answer["memory_bytes"].values()) > 10**7


def test_a_page_has_the_answer_first(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    words = (f"{LOADERS}:numbers", "--step", f"{LOADERS}:step", "--out", str(page))
    done = diagnose(*words)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == str(page)
    text = page.read_text(encoding="utf-8")
    assert "Bottleneck: " in text
    assert "<svg" in text


def test_an_iterable_that_repeats_itself_is_said_to() -> None:
    answer = diagnosed(f"{LOADERS}:stream")
    assert answer["duplicates"] > 0.9
    assert answer["feeding_tax"] is None
    assert diagnosed(f"{LOADERS}:sharded")["duplicates"] == 0


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ((f"{LOADERS}:broken",), ("Traceback", "in __getitem__", "sample 40 is damaged")),
        (
            (f"{LOADERS}:numbers", "--step", f"{LOADERS}:broken_step"),
            ("in broken_step", "ZeroDivisionError: ['names', 'values']"),
        ),
        ((f"{LOADERS}:unsendable",), ("a worker could not send a batch", "pickle")),
        ((f"{LOADERS}:empty",), ("gave no batch",)),
        ((f"{LOADERS}:no_loader",), ("this is list, and no torch DataLoader",)),
        ((f"{LOADERS}:nothing",), ("has no nothing",)),
        ((f"{LOADERS}:numbers", "--accelerator", "h100"), ("choose --workload from",)),
        ((f"{LOADERS}:numbers", "--accelerator", "0ms"), ("not plausible",)),
        ((f"{LOADERS}:numbers", "--workload", "resnet50"), ("belongs to an --accelerator",)),
        ((f"{LOADERS}:numbers", "--out", "page.docx"), ("no document is written as .docx",)),
    ],
    ids=lambda value: str(value[0])[-40:],
)
def test_an_error_is_the_users_own_and_has_status_1(
    words: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    done = diagnose(*words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    for part in parts:
        assert part in done.stderr
    assert "torch/utils/data" not in done.stderr


def test_a_file_anywhere_is_taken(tmp_path: Path) -> None:
    (tmp_path / "my_train.py").write_text(
        "from torch.utils.data import DataLoader\n"
        "loader = DataLoader(list(range(2000)), batch_size=8, num_workers=1)\n"
    )
    done = diagnose("my_train.py:loader", "--workers", "0", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Bottleneck: " in done.stdout
    assert [path.name for path in tmp_path.iterdir() if path.name != "__pycache__"] == [
        "my_train.py"
    ]


@posix
def test_an_interrupt_shows_what_was_measured_until_then() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench", "diagnose", f"{LOADERS}:numbers", "--seconds", "60"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    time.sleep(20)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in out + err
    # On a busy machine there was nothing yet.
    assert ("Bottleneck: " in out) == ("this is what was measured until then" in err)
