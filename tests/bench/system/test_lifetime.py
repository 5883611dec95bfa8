"""Processes end with the one that started them."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

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
