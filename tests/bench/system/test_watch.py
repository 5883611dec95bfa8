"""Time in which nobody ran: simulated clocks, and processes that are really stopped and frozen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from bench.system.watch import PERIOD_S, Watch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")


class Clocks:
    def __init__(self) -> None:
        self.now_s = 100.0
        self.asleep_s = 0.0

    def watch(self) -> Watch:
        return Watch(lambda: self.now_s, lambda: self.asleep_s)

    def run(self, watch: Watch, seconds: float) -> None:
        for _ in range(round(seconds / PERIOD_S)):
            self.now_s += PERIOD_S
            watch.look()


def test_a_clock_does_not_go_on_while_a_process_is_stopped() -> None:
    clocks = Clocks()
    watch = clocks.watch()
    clocks.run(watch, 10)
    assert watch.clock_s() == pytest.approx(110)
    assert watch.lost_s == 0
    clocks.now_s += 3600
    watch.look()
    assert watch.clock_s() == pytest.approx(110, abs=1)
    assert watch.lost_s == pytest.approx(3600, abs=1)
    clocks.run(watch, 10)
    assert watch.clock_s() == pytest.approx(120, abs=1)


def test_a_look_that_is_a_little_late_loses_nothing() -> None:
    clocks = Clocks()
    watch = clocks.watch()
    for _ in range(100):
        clocks.now_s += PERIOD_S + 0.4
        watch.look()
    assert watch.lost_s == 0
    assert watch.clock_s() == clocks.now_s


def test_sleep_is_lost_time_although_the_clock_stands_still() -> None:
    clocks = Clocks()
    watch = clocks.watch()
    clocks.now_s += PERIOD_S
    clocks.asleep_s += 3600
    assert watch.lost_s == pytest.approx(3600)
    assert watch.clock_s() == pytest.approx(100 + PERIOD_S)


def test_the_clock_never_goes_back() -> None:
    clocks = Clocks()
    watch = clocks.watch()
    last_s = watch.clock_s()
    for gap_s in (0.1, 5, 0.0, 0.3, 3600, 0.2):
        clocks.now_s += gap_s
        now_s = watch.clock_s()
        assert now_s >= last_s
        last_s = now_s


@pytest.fixture
def busy() -> Iterator[subprocess.Popen[bytes]]:
    """A process with one that it started, which works."""
    code = (
        "import subprocess, sys\n"
        "p = subprocess.Popen([sys.executable, '-c', 'while True: pass'])\n"
        "print(p.pid, flush=True); p.wait()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@posix
@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="what a process starts is listed on Linux")
def test_a_stopped_process_or_one_that_it_started_is_noticed(
    busy: subprocess.Popen[bytes],
) -> None:
    assert busy.stdout
    started = int(busy.stdout.readline())
    with Watch() as watch, watch.following(busy.pid):
        time.sleep(1.5)
        assert watch.lost_s == 0
        for pid in (busy.pid, started):
            before_s = watch.lost_s
            os.kill(pid, signal.SIGSTOP)
            time.sleep(1.5)
            stopped_s = watch.stopped_s(busy.pid)
            os.kill(pid, signal.SIGCONT)
            assert watch.lost_s - before_s > 0.5
            assert stopped_s > 0.5
            time.sleep(1)
            assert watch.stopped_s(busy.pid) == 0


WATCHING = """
import time
from bench.system.watch import Watch
with Watch() as watch:
    start_s = watch.clock_s()
    print("watching", flush=True)
    input()
    print(watch.lost_s, watch.clock_s() - start_s, flush=True)
"""


def watching() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WATCHING],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "watching\n"
    return process


def asked(process: subprocess.Popen[str]) -> tuple[float, float]:
    out, _ = process.communicate("\n")
    lost_s, clock_s = map(float, out.split())
    return lost_s, clock_s


@posix
@pytest.mark.process
def test_a_process_that_is_stopped_notices_it_afterwards() -> None:
    with watching() as process:
        time.sleep(1)
        process.send_signal(signal.SIGSTOP)
        time.sleep(4)
        process.send_signal(signal.SIGCONT)
        time.sleep(0.5)
        lost_s, clock_s = asked(process)
    assert 3 < lost_s < 6
    assert clock_s < 4


@pytest.mark.process
def test_a_process_that_is_frozen_notices_it_afterwards(freezer: Path) -> None:
    with watching() as process:
        (freezer / "cgroup.procs").write_text(str(process.pid))
        (freezer / "freezer.state").write_text("FROZEN")
        time.sleep(4)
        (freezer / "freezer.state").write_text("THAWED")
        time.sleep(0.5)
        lost_s, _ = asked(process)
    assert 3 < lost_s < 6
