"""What lives no longer than its process, however that ends."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from bench.bundle import remove_leftovers, scratch
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys
from pathlib import Path
from bench.bundle import scratch
with scratch(Path(sys.argv[1])) as path:
    path.mkdir()
    (path / "data").write_text("much")
    print(path.name, flush=True)
    sys.stdin.read()
"""


def test_a_scratch_folder_is_gone_in_the_end(tmp_path: Path) -> None:
    with scratch(tmp_path) as path:
        path.mkdir()
        (path / "data").write_text("much")
    assert list(tmp_path.iterdir()) == []
    with suppress(KeyboardInterrupt), scratch(tmp_path) as path:
        path.write_text("a file")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def holder(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.process
def test_what_a_killed_process_left_is_removed_and_what_a_live_one_uses_is_not(
    tmp_path: Path,
) -> None:
    with holder(tmp_path) as killed, holder(tmp_path) as alive:
        names = []
        for process in (killed, alive):
            assert process.stdout is not None
            names.append(process.stdout.readline().strip())
        killed.kill()
        killed.wait()
        assert (tmp_path / names[0] / "data").exists()
        remove_leftovers(tmp_path)
        left = sorted(path.name for path in tmp_path.iterdir())
        assert left == [names[1], f"{names[1]}.lock"]
        assert (tmp_path / names[1] / "data").exists()
        alive.communicate("")
    assert list(tmp_path.iterdir()) == []


def test_what_belongs_to_nobody_who_locks_is_left(tmp_path: Path) -> None:
    (tmp_path / ".data-factory-1").mkdir()
    (tmp_path / "bundle.json").write_text("{}")
    remove_leftovers(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
