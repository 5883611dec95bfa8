"""Calibration, the meter, and what pytest-benchmark could write down, without asserting times."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from bench import canary
from bench.worker import measure
from bench.worker.measure import SAMPLE_NS, SLOW_NS, Meter, Pace, block, calibrate
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.process


class Clock:
    """A clock that only moves when told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1
        monkeypatch.setattr(time, "perf_counter_ns", lambda: self.now)
        monkeypatch.setattr(time, "process_time_ns", lambda: self.now // 2)

    def call(self, cost_ns: int, first_ns: int | None = None) -> Callable[[], None]:
        """Return a call that takes so long, the first time another time."""
        costs = [cost_ns if first_ns is None else first_ns]

        def spend() -> None:
            self.now += costs.pop() if costs else cost_ns

        return spend


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.mark.parametrize("cost_ns", [50, 7_000, 900_000, 15_000_000, 25_000_000])
@pytest.mark.parametrize("slowness", [1.0, 1.6])
def test_a_sample_lasts_long_enough_at_full_speed(
    clock: Clock, cost_ns: int, slowness: float
) -> None:
    pace = calibrate(clock.call(round(cost_ns * slowness)), slowness)
    assert pace.loops * cost_ns >= SAMPLE_NS * 0.999
    assert pace.loops * cost_ns <= max(2 * cost_ns, 1.3 * SAMPLE_NS)
    assert not pace.slow


def test_a_slow_call_is_seen_as_one_and_a_hiccup_is_not(clock: Clock) -> None:
    assert calibrate(clock.call(SLOW_NS + 1)) == Pace(1, slow=True)
    assert calibrate(clock.call(SLOW_NS - 1, first_ns=3 * SLOW_NS)) == Pace(1, slow=False)


class FakeBenchmark:
    """pytest-benchmark's pedantic, as far as a block uses it."""

    def __init__(self) -> None:
        self.stats = self
        self.data: list[float] = []

    def pedantic(
        self,
        target: Callable[..., object],
        *,
        args: tuple[object, ...],
        setup: Callable[[], None],
        rounds: int,
    ) -> object:
        for _ in range(rounds):
            setup()
            start = time.perf_counter_ns()
            target(*args)
            self.data.append(float(time.perf_counter_ns() - start))
        return None


def test_a_block_has_its_warm_up_its_samples_and_a_canary_beside_each(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def canary_us() -> int:
        clock.now += 500_000
        return 500

    monkeypatch.setattr(measure, "canary_us", canary_us)
    warmup, samples, meter = block(
        FakeBenchmark(), clock.call(1_000_000), Pace(30, slow=False), warmup=1, samples=4
    )
    assert warmup == [30_000]
    assert samples == [30_000] * 4
    assert meter.canary_us == [500] * 6
    # Half of the rounds' time, by this clock, and none of the canaries'.
    assert meter.cpu_ns == pytest.approx(5 * 15_000_000, abs=5)


def test_a_slow_block_is_one_sample(clock: Clock) -> None:
    warmup, samples, meter = block(
        FakeBenchmark(), clock.call(200_000_000), Pace(1, slow=True), warmup=1, samples=4
    )
    assert (warmup, samples, len(meter.canary_us)) == ([], [200_000], 2)


@pytest.mark.parametrize(
    ("canaries", "rounds"),
    [
        ([500] * 9, 6),  # calm
        ([500, 900, 500, 900, 500, 900, 500], 6),  # never two in a row
        ([900, 900, 900, 900], 3),  # slow from the start: warm-up and two samples
        ([500, 500, 500, 500, 900, 900], 5),
        ([500, 500, 500, 500, 500, 900, 900], 6),
    ],
)
def test_a_block_in_a_slow_spell_ends_after_two_samples(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, canaries: list[int], rounds: int
) -> None:
    monkeypatch.setattr(measure, "canary_us", lambda: canaries.pop(0))
    warmup, samples, meter = block(
        FakeBenchmark(), clock.call(1_000), Pace(1, slow=False), warmup=1, samples=5, limit_us=525
    )
    assert len(warmup) + len(samples) == rounds
    assert len(meter.canary_us) == rounds + 1


def test_the_meter_leaves_out_what_lies_between_samples(clock: Clock) -> None:
    meter = Meter()
    meter.between()
    clock.now += 1_000
    meter.stop()
    clock.now += 50_000
    meter.stop()
    assert meter.cpu_ns == 500


def test_canary_is_the_better_of_its_tries(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    costs = [900_000, 500_000]

    def work() -> int:
        clock.now += costs.pop(0)
        return 0

    monkeypatch.setattr(canary, "_work", work)
    assert canary.canary_us() == 500


def test_cpu_clock_is_judged_by_its_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    def ticking(grain_ns: int) -> Callable[[], int]:
        reads = 0

        def read() -> int:
            nonlocal reads
            reads += 1
            return reads // 3 * grain_ns

        return read

    for grain_ns, fine in ((100, True), (15_625_000, False)):
        monkeypatch.setattr(time, "process_time_ns", ticking(grain_ns))
        assert measure.cpu_clock_is_fine() is fine


HOOKS = """
import platform, socket, sys
socket.gethostname = platform.node = lambda *a: "plantedhost"
import pytest
from bench.worker.plugin import Plugin
from bench.worker.protocol import Job
plugin = Plugin(Job("n", 1, 0, 1, ()), None)
hooks = type("Hooks", (), {n: getattr(plugin, n) for n in dir(plugin) if "benchmark" in n})()
sys.exit(pytest.main(sys.argv[1:], plugins=[hooks]))
"""


def test_pytest_benchmarks_own_file_names_no_host_and_no_branch(tmp_path: Path) -> None:
    """Should anybody make it write one."""
    (tmp_path / "test_one.py").write_text("def test_one(benchmark): benchmark(abs, 1)")
    options = [
        str(tmp_path / "test_one.py"),
        f"--benchmark-json={tmp_path / 'out.json'}",
        f"--rootdir={tmp_path}",
        f"--config-file={os.devnull}",
        "--import-mode=importlib",
    ]
    done = subprocess.run(
        [sys.executable, "-c", HOOKS, *options],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if not k.startswith("PYTEST_XDIST")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    text = (tmp_path / "out.json").read_text()
    assert json.loads(text)["commit_info"] == {}
    assert json.loads(text)["benchmarks"] == []
    assert set(json.loads(text)["machine_info"]) >= {"cpu", "memory_gib"}
    for name in ("plantedhost", "branch", str(tmp_path)):
        assert name not in text
