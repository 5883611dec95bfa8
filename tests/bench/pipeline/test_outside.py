"""What the system refuses, or does, to an experiment: it ends in seconds, with the reason."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.bench.pipeline.test_experiment import workers_of
from tests.bench.system.conftest import MEMORY, group
from tests.conftest import MEASURED, ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("runs")]

pytest.importorskip("torch", reason="the pipeline is torch's")

EXPERIMENT = (
    *(sys.executable, "-m", "bench", "experiment"),
    *("--payload", "image", "--codec", "json", "--batch", "8"),
)
LIMIT_S = 100
"""Far more than one takes on a busy machine, and far less than a peer was waited for."""

linux = pytest.mark.skipif(sys.platform != "linux", reason="a matter of Linux")
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")


def started(cwd: Path, *options: str, shell: str = "", tmpdir: str = "") -> subprocess.Popen[str]:
    """Start an experiment, after a line of shell."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if tmpdir:
        environment["TMPDIR"] = tmpdir
    return subprocess.Popen(
        ["bash", "-c", f'{shell}\nexec "$@"', "-", *EXPERIMENT, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=environment,
        start_new_session=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Return status, stdout and stderr; all that it started is killed if it takes too long."""
    try:
        out, err = process.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    assert "Traceback" not in err
    return process.returncode, out, err


@pytest.fixture
def namespace() -> str:
    """Return a line of shell that puts what follows into a mount namespace; skip without one."""
    if (
        shutil.which("unshare") is None
        or subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("this user may create no mount namespace here")
    return 'if [ -z "$INSIDE" ]; then INSIDE=1 exec unshare -m bash -c "$MOUNTS" - "$@"; fi'


def mounted(namespace: str, mounts: str) -> str:
    return f"export MOUNTS='{mounts}; exec \"$@\"'\n{namespace}"


@posix
def test_a_long_temporary_folder_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 105)
    folder.mkdir()
    code, out, err = ended(started(tmp_path, "--workers", "2", "--json", tmpdir=str(folder)))
    assert code in MEASURED, err
    assert json.loads(out)["batches"]
    assert list(folder.iterdir()) == []


@linux
def test_shared_memory_that_is_read_only_is_named(tmp_path: Path, namespace: str) -> None:
    shell = mounted(namespace, "mount -t tmpfs -o ro none /dev/shm")
    code, _, err = ended(started(tmp_path, "--workers", "2", shell=shell))
    assert code == 1
    assert "read-only; make shared memory (/dev/shm)" in err
    code, out, err = ended(started(tmp_path, "--workers", "0", "--json", shell=shell))
    assert code in MEASURED, err
    assert json.loads(out)["batches"]


@linux
def test_shared_memory_that_fills_up_is_named(tmp_path: Path, namespace: str) -> None:
    mounts = (
        "mount -t tmpfs -o size=40m none /dev/shm; "
        "(sleep 6; head -c 100M /dev/zero > /dev/shm/x 2>/dev/null) &"
    )
    shell = mounted(namespace, mounts.replace("&", "& true"))
    code, _, err = ended(started(tmp_path, "--workers", "2", "--seconds", "60", shell=shell))
    assert code == 1
    # On a busy machine it is full before the first batch.
    assert "no space left in shared memory" in err or "/dev/shm has 0 MB" in err


@linux
def test_too_few_open_files_are_named(tmp_path: Path) -> None:
    code, _, err = ended(started(tmp_path, "--workers", "2", shell="ulimit -n 20"))
    assert code == 1
    assert "too many files are open for the limit of 20 (`ulimit -n`)" in err


@linux
@pytest.mark.parametrize("limit_kb", [300_000, 700_000])
def test_too_little_address_space_is_named(tmp_path: Path, limit_kb: int) -> None:
    code, _, err = ended(started(tmp_path, "--workers", "2", shell=f"ulimit -v {limit_kb}"))
    assert code == 1
    assert "there is no memory left; use a smaller batch" in err


@linux
def test_a_kill_for_memory_is_named(tmp_path: Path) -> None:
    for folder in group(MEMORY):
        (folder / "memory.limit_in_bytes").write_text(str(120 << 20))
        shell = f"echo $$ > {folder}/cgroup.procs"
        code, _, err = ended(started(tmp_path, "--workers", "2", shell=shell))
        assert code == 1
        assert "it was killed because memory ran out (the limit of this container is" in err


@posix
@pytest.mark.parametrize("who", ["all", "worker"])
def test_what_stands_still_is_measured_again(tmp_path: Path, who: str) -> None:
    process = started(tmp_path, "--workers", "2", "--seconds", "4", "--json")
    worker = workers_of(process.pid)[0]
    time.sleep(1.0)
    if who == "all":
        os.killpg(process.pid, signal.SIGSTOP)
        time.sleep(5)
        os.killpg(process.pid, signal.SIGCONT)
    else:
        worker.suspend()
        time.sleep(5)
        worker.resume()
    code, out, err = ended(process)
    assert code in MEASURED, err
    result = json.loads(out)
    # A window of four seconds in which five stood still would have a batch of five.
    assert result["period_us"]["max"] < 4e6
    assert result["seconds"] < 8


@posix
def test_a_worker_that_stays_stopped_is_given_up(tmp_path: Path) -> None:
    process = started(tmp_path, "--workers", "2", "--seconds", "60")
    workers_of(process.pid)[0].suspend()
    start_s = time.monotonic()
    code, _, err = ended(process)
    assert code == 1
    assert "was stopped from outside for 20 s" in err
    assert time.monotonic() - start_s < 60


@posix
def test_what_a_killed_experiment_started_ends_with_it(tmp_path: Path) -> None:
    import psutil

    process = started(tmp_path, "--workers", "2", "--seconds", "60")
    workers = workers_of(process.pid)
    others = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    assert {worker.pid for worker in workers} <= {other.pid for other in others}
    assert psutil.wait_procs(others, timeout=15)[1] == []
