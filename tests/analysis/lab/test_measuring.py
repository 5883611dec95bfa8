"""A configuration, measured beside the lab: what comes of it, and what is left of it."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from analysis.lab import children, measuring
from analysis.lab.measuring import Measuring, MeasuringError, Phase, State, measured
from bench.bundle import Setup
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LONG_S = 120
"""Far longer than anything here takes: whatever waits so long has failed."""
QUICK = Setup(payload="tabular", codec="csv", batch=64, accelerator="5ms")
WITH_WORKERS = Setup(payload="tabular", codec="csv", batch=64, workers=2)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that it is measured in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def answer(**changes: Any) -> bytes:
    """Return what an experiment prints: 100 batches of 64 samples, 10 ms each."""
    values = {
        "samples_per_s": 6400.0,
        "raw_us": [[1000, 0, 9000]] * 100,
        "feeding_tax": 0.1,
        "batches": 100,
        "seconds": 1.0,
        "disturbed": False,
        "warnings": [],
    }
    return json.dumps(values | changes).encode()


def test_of_batches_that_are_alike_the_rate_is_known_exactly() -> None:
    result = measured(answer(warnings=["few cores"], disturbed=True))
    assert (result.low, result.samples_per_s, result.high) == pytest.approx((6400,) * 3)
    assert (result.feeding_tax, result.disturbed) == (0.1, True)
    assert result.warnings == ("few cores",)


def test_stretches_that_differ_make_a_rate_uncertain() -> None:
    """Ten stretches, whose logarithms have a standard deviation of ln(2) sqrt(10/9) / 2."""
    rows = ([[0, 0, 5000]] * 10 + [[0, 0, 10_000]] * 10) * 5
    result = measured(answer(raw_us=rows))
    t = 2.2621571628540993  # Student's 97.5 % quantile with 9 degrees of freedom, from a table
    reach = math.exp(t * math.log(2) / 2 * math.sqrt(10 / 9) / math.sqrt(10))
    assert result.low == pytest.approx(6400 / reach)
    assert result.high == pytest.approx(6400 * reach)


def test_of_too_few_batches_no_rate_is_known() -> None:
    with pytest.raises(MeasuringError, match="only 7 batches came"):
        measured(answer(raw_us=[[0, 0, 10_000]] * 7))


@pytest.mark.parametrize("printed", [b"", b"{}", b"[]", b"\xff", answer(raw_us=3)])
def test_what_is_no_answer_is_said(printed: bytes) -> None:
    with pytest.raises(MeasuringError, match="another version"):
        measured(printed)


class Told:
    """All states that a measurement has gone through."""

    def __init__(self) -> None:
        self.states: list[State] = []

    def __call__(self, state: State) -> None:
        self.states.append(state)

    @property
    def phases(self) -> list[Phase]:
        """The phases, each once."""
        return list(dict.fromkeys(state.phase for state in self.states))


@pytest.mark.process
def test_a_configuration_is_measured(place: Path) -> None:
    states = Told()
    measurement = Measuring(QUICK, "a nonce", states, seconds=0.2)
    assert measurement.wait(LONG_S)
    assert states.phases == [Phase.RUNNING, Phase.DONE]
    assert states.states[-1] == measurement.state
    state = measurement.state
    assert state.is_over
    assert state.problem == ""
    assert state.result
    # A step of 5 ms for 64 samples is the most that it can do.
    assert 0 < state.result.low < state.result.samples_per_s < state.result.high
    assert state.result.samples_per_s < 64 / 0.005 * 1.05
    assert state.result.seconds >= 0.2
    assert state.elapsed_s > 0
    assert state.expected_s > 0.2
    assert left_in(place) == []


def left_in(place: Path) -> list[str]:
    """Return what an experiment has left in the folder of runs."""
    runs = place / "runs"
    return [path.name for path in runs.iterdir()] if runs.exists() else []


@pytest.mark.process
def test_why_it_failed_is_passed_on() -> None:
    states = Told()
    measurement = Measuring(Setup(accelerator="toaster"), "a nonce", states, seconds=0.2)
    assert measurement.wait(LONG_S)
    assert states.phases == [Phase.RUNNING, Phase.FAILED]
    problem = measurement.state.problem
    assert problem.startswith("this cannot be run:")
    assert "'toaster'" in problem
    assert "h100" in problem
    assert "error:" not in problem
    assert measurement.state.result is None


@pytest.mark.process
def test_a_process_that_cannot_start_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(ROOT / "nowhere"))
    measurement = Measuring(QUICK, "a nonce", lambda _: None)
    assert measurement.wait(LONG_S)
    assert measurement.state.phase is Phase.FAILED
    assert measurement.state.problem.startswith("no process can be started")


@pytest.mark.process
def test_a_process_that_is_killed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "_EXPERIMENT", "import os; os.abort()")
    measurement = Measuring(QUICK, "a nonce", lambda _: None)
    assert measurement.wait(LONG_S)
    assert measurement.state.phase is Phase.FAILED
    assert "ended" in measurement.state.problem


def family(process: psutil.Process, least: int) -> list[psutil.Process]:
    """Wait until a process has so many descendants that measure; return all."""
    end_s = time.monotonic() + LONG_S
    while time.monotonic() < end_s:
        children = process.children(recursive=True)
        if len(children) >= least:
            return children
        time.sleep(0.1)
    pytest.fail("nothing was started")


@pytest.mark.process
def test_what_is_cancelled_leaves_nothing(place: Path) -> None:
    states = Told()
    before = set(psutil.Process().children(recursive=True))
    measurement = Measuring(WITH_WORKERS, "a nonce", states, seconds=LONG_S)
    # The experiment, the process of the pipeline, and its workers.
    started = set(family(psutil.Process(), len(before) + 4)) - before
    measurement.cancel()
    assert measurement.wait(LONG_S)
    assert states.phases == [Phase.RUNNING, Phase.CANCELLED]
    assert not [process for process in started if is_alive(process)]
    assert left_in(place) == []


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.process
def test_one_that_heeds_nothing_is_killed(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """And so is what it has started, although that leads a group of its own."""
    code = (
        "import pathlib, signal, subprocess, sys, time\n"
        "for name in ('SIGTERM', 'SIGINT', 'SIGHUP'):\n"
        "    if hasattr(signal, name): signal.signal(getattr(signal, name), signal.SIG_IGN)\n"
        "inner = 'import time; time.sleep(1000)'\n"
        "subprocess.Popen([sys.executable, '-c', inner], start_new_session=True)\n"
        "pathlib.Path('ready').touch()\n"
        "time.sleep(1000)\n"
    )
    monkeypatch.setattr(measuring, "_EXPERIMENT", code)
    monkeypatch.setattr(children, "_PATIENCE_S", 0.5)
    before = set(psutil.Process().children(recursive=True))
    measurement = Measuring(QUICK, "a nonce", lambda _: None)
    started = set(family(psutil.Process(), len(before) + 2)) - before
    while not (place / "ready").exists():
        time.sleep(0.01)
    measurement.cancel()
    assert measurement.wait(LONG_S)
    assert measurement.state.phase is Phase.CANCELLED
    _, alive = psutil.wait_procs(started, timeout=LONG_S)
    assert not alive


@pytest.mark.process
def test_one_is_measured_at_a_time(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """Another waits, and can be cancelled meanwhile; the next has its turn."""
    wait = (
        "import pathlib, sys, time\n"
        "while not pathlib.Path('go').exists(): time.sleep(0.01)\n"
        f"print({answer().decode()!r})"
    )
    monkeypatch.setattr(measuring, "_EXPERIMENT", wait)
    first, second, third = Told(), Told(), Told()
    running = Measuring(QUICK, "a nonce", first)
    while running.state.phase is Phase.WAITING:
        time.sleep(0.01)
    waiting = Measuring(QUICK, "a nonce", second)
    last = Measuring(QUICK, "a nonce", third)
    waiting.cancel()
    assert waiting.wait(LONG_S)
    assert second.phases == [Phase.CANCELLED]
    assert (running.state.phase, last.state.phase) == (Phase.RUNNING, Phase.WAITING)
    (place / "go").touch()
    assert running.wait(LONG_S)
    assert last.wait(LONG_S)
    assert first.phases == third.phases == [Phase.RUNNING, Phase.DONE]


@pytest.mark.process
def test_all_end_with_the_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "_EXPERIMENT", "import time; time.sleep(1000)")
    all_of_them = [Measuring(QUICK, "a nonce", lambda _: None) for _ in range(2)]
    children.end_all(LONG_S)
    assert [one.state.phase for one in all_of_them] == [Phase.CANCELLED] * 2


@pytest.mark.process
def test_a_page_that_is_gone_takes_the_measurement_with_it() -> None:
    """What it calls fails: nothing goes on that nobody can see or end."""

    def fail(state: State) -> None:
        if state.elapsed_s > 0:
            raise RuntimeError("the page is gone")

    failures: list[Callable[[], None]] = []

    class Quiet(threading.Thread):
        def run(self) -> None:
            try:
                super().run()
            except RuntimeError:
                failures.append(self.run)

    before = set(psutil.Process().children(recursive=True))
    measurement = Measuring(WITH_WORKERS, "a nonce", fail, seconds=LONG_S, thread=Quiet)
    assert measurement.wait(LONG_S)
    assert len(failures) == 1
    assert set(psutil.Process().children(recursive=True)) <= before


@pytest.mark.process
def test_a_lab_that_is_killed_leaves_no_process(place: Path) -> None:
    code = (
        "from analysis.lab.measuring import Measuring\n"
        "from bench.bundle import Setup\n"
        "setup = Setup(payload='tabular', codec='csv', batch=64, workers=2)\n"
        f"Measuring(setup, 'a nonce', lambda _: None, seconds={LONG_S}).wait()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code], cwd=place, env=environment) as lab:
        started = family(psutil.Process(lab.pid), 4)
        lab.kill()
    _, alive = psutil.wait_procs(started, timeout=LONG_S)
    assert not alive
