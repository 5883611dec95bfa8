"""What happens to a run from outside: it stands still, its processes are killed, it is shut out."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from bench.bundle import Problem, read
from bench.run.document import resumed_document
from bench.run.losses import MOST_TRIES, Losses
from bench.run.record import Recorder
from bench.run.runner import execute
from bench.system.watch import Watch
from bench.worker.process import WorkerLostError
from tests.bench.run.test_run import MEMCPY, ORJSON, STDLIB, Watcher, recorder, start
from tests.conftest import MEASURED, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.presets import Preset

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("runs")]

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
CASES = {ORJSON, STDLIB, MEMCPY}


class Meddler(Watcher):
    """Does something to a measuring process each time that one is asked, at most so many times."""

    def __init__(self, meddle: Callable[[psutil.Process], None], times: int) -> None:
        super().__init__()
        self._meddle = meddle
        self._left = times
        self._threads: list[threading.Thread] = []

    def waiting(self, process: int, processes: int) -> None:
        super().waiting(process, processes)
        if self._left:
            self._left -= 1
            self._threads.append(threading.Thread(target=self._wait))
            self._threads[-1].start()

    def _wait(self) -> None:
        """Wait until a process is measuring, by the CPU time that it has had."""
        end_s = time.monotonic() + 30
        while time.monotonic() < end_s:
            for process in psutil.Process().children():
                with suppress(psutil.Error):
                    if "bench.worker" in process.cmdline() and process.cpu_times().user > 1.0:
                        self._meddle(process)
                        return
            time.sleep(0.01)

    def join(self) -> None:
        for thread in self._threads:
            thread.join()


def stop(process: psutil.Process) -> None:
    process.suspend()
    time.sleep(3)
    process.resume()


@posix
def test_a_process_that_stands_still_loses_nothing(tiny: Preset, tmp_path: Path) -> None:
    path, meddler = tmp_path / "bundle.json", Meddler(stop, 2)
    execute(recorder(path, tiny), meddler)
    meddler.join()
    bundle = read(path)
    assert {case.id: case.problem for case in bundle.cases} == dict.fromkeys(CASES)
    assert bundle.run.left_out == ()
    slowest_us = max(us for case in bundle.cases for b in case.blocks for us in b.samples_us)
    assert slowest_us < 3e6


@posix
def test_a_process_that_is_killed_costs_no_case(tiny: Preset, tmp_path: Path) -> None:
    path, meddler = tmp_path / "bundle.json", Meddler(psutil.Process.kill, 2)
    execute(recorder(path, tiny), meddler)
    meddler.join()
    bundle = read(path)
    assert {case.id: case.problem for case in bundle.cases} == dict.fromkeys(CASES)
    assert bundle.run.left_out == ()


def test_what_was_killed_each_time_is_tried_again_when_resumed(
    tiny: Preset, tmp_path: Path
) -> None:
    path = tmp_path / "bundle.json"
    begun = recorder(path, tiny)
    case = next(rank for rank, case in enumerate(begun.cases) if case.id == ORJSON)
    begun.failed(case, Problem.KILLED, 0)
    execute(begun, Watcher())
    bundle = read(path)
    assert (bundle.run.state, bundle.cases[case].problem) == ("complete", Problem.KILLED)
    execute(Recorder(path, resumed_document(bundle)), Watcher())
    bundle = read(path)
    assert bundle.cases[case].problem is None
    assert bundle.cases[case].blocks


def test_what_hangs_is_not_waited_for_twice() -> None:
    losses = Losses()
    assert not losses.again("case", WorkerLostError("no answer", hung=True))
    killed = WorkerLostError("killed", outside=True)
    assert [losses.again("other", killed) for _ in range(MOST_TRIES)] == [True, True, False]
    crashed = WorkerLostError("crashed")
    assert [losses.again("third", crashed) for _ in range(2)] == [True, False]


def test_the_budget_goes_on_only_while_somebody_runs(tiny: Preset, tmp_path: Path) -> None:
    now_s = [0.0]

    class Sleeper(Watcher):
        def progress(self, done: int, left_s: float) -> None:
            super().progress(done, left_s)
            now_s[0] += 3600  # longer than the budget, at each block

    start_s = time.monotonic()
    watch = Watch(lambda: time.monotonic() - start_s + now_s[0], lambda: 0.0)
    path = tmp_path / "bundle.json"
    execute(recorder(path, tiny), Sleeper(), watch)
    bundle = read(path)
    assert bundle.run.left_out == ()
    assert bundle.run.elapsed_ns < 3600e9


RUN = (
    *(sys.executable, "-m", "bench", "run"),
    *("--payload", "tokens", "--codec", "json/lines/orjson"),
)


@posix
def test_ctrl_z_loses_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = start(environment, tmp_path, *RUN[4:], "--out", "run")
    time.sleep(4)
    os.killpg(process.pid, signal.SIGSTOP)
    time.sleep(5)
    os.killpg(process.pid, signal.SIGCONT)
    _, err = process.communicate(timeout=120)
    assert process.returncode in MEASURED, err
    bundle = read(tmp_path / "run")
    assert [case.problem for case in bundle.cases] == [None] * len(bundle.cases)
    assert all(case.blocks for case in bundle.cases)


@posix
@pytest.mark.skipif(shutil.which("unshare") is None, reason="there is no unshare")
def test_a_run_in_another_pid_namespace_is_not_taken_over(tmp_path: Path) -> None:
    """Containers that share a folder see other process ids."""
    if subprocess.run(["unshare", "-pf", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this user may create no PID namespace here")
    options: dict[str, Any] = {
        "env": {**os.environ, "PYTHONPATH": str(ROOT)},
        "cwd": tmp_path,
        "text": True,
    }
    with subprocess.Popen(
        [*RUN, "--out", "run"], stderr=subprocess.PIPE, start_new_session=True, **options
    ) as process:
        end_s = time.monotonic() + 60
        while not (tmp_path / "run/.lock").exists() and time.monotonic() < end_s:
            time.sleep(0.05)
        resume = [sys.executable, "-m", "bench", "run", "--resume", "run"]
        done = subprocess.run(
            ["unshare", "-pf", *resume], capture_output=True, check=False, **options
        )
        assert done.returncode == 1
        assert "another process is measuring in run" in done.stderr
        assert process.wait(120) in MEASURED
    assert read(tmp_path / "run").run.state == "complete"
