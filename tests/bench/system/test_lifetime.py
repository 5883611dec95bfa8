"""Processes end with the one that started them."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PARENT = """
import subprocess, sys, time
child = "import sys; from bench.system.lifetime import end_with_parent; end_with_parent(int(sys.argv[1])); print('ready', flush=True); import time; time.sleep(600)"
import os
p = subprocess.Popen([sys.executable, "-c", child, str(os.getpid())], stdout=subprocess.PIPE)
p.stdout.readline()
print(p.pid, flush=True)
time.sleep(600)
"""  # noqa: E501


@pytest.mark.process
def test_a_process_ends_with_its_parent_however_that_ends() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    assert psutil.wait_procs([child], timeout=10)[1] == []


@pytest.mark.process
@pytest.mark.skipif(os.name != "posix", reason="who is adopted by another is a POSIX matter")
def test_a_process_whose_parent_has_ended_already_ends_at_once() -> None:
    code = (
        "import os; from bench.system.lifetime import end_with_parent; "
        "end_with_parent(os.getppid() + 1); print('still here')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")


ORPHAN = """
import multiprocessing, os, sys, time
from bench.system.lifetime import end_with_creator

def work(pipe):
    pipe.send_bytes(str(os.getpid()).encode())
    if sys.argv[2] == "before":
        time.sleep(2)  # its creator has ended when it asks to end with it
        end_with_creator()
    else:
        end_with_creator()
        pipe.send_bytes(b"asked")
    time.sleep(600)

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    here, there = context.Pipe()
    context.Process(target=work, args=(there,)).start()
    print(here.recv_bytes().decode(), flush=True)
    if sys.argv[2] == "after":
        here.recv_bytes()
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.mark.process
@pytest.mark.skipif(os.name != "posix", reason="who is adopted by another is a POSIX matter")
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_process_ends_with_its_creator_killed_before_or_after_it_asks(
    method: str, when: str, tmp_path: Path
) -> None:
    script = tmp_path / "orphan.py"
    script.write_text(ORPHAN, encoding="utf-8")
    command = [sys.executable, str(script), method, when]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as creator:
        assert creator.stdout
        child = psutil.Process(int(creator.stdout.readline()))
        assert creator.stdout.readline() == b"ready\n"
        creator.kill()
    assert psutil.wait_procs([child], timeout=60)[1] == []
