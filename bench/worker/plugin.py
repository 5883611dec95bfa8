"""The pytest plug-in of a measuring process: its turns, its state, and pytest-benchmark's hooks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from bench.bundle import DRIFT, Problem, reference_us
from bench.canary import canary_us
from bench.cases import KINDS, CaseSpec, Data, Prepared
from bench.machine import machine
from bench.worker.measure import Benchmark, Pace, block, calibrate, cpu_clock_is_fine
from bench.worker.protocol import Failed, Job, Measured, Ready, Request, line
from formats.payloads.digest import digest

if TYPE_CHECKING:
    from typing import BinaryIO


_FIRST_CANARIES = 30
"""Canaries before anything is measured, to know the core's full speed from."""


class Session:
    """What a process keeps between blocks: its cases, made ready once, and the way to the run."""

    def __init__(self, job: Job, requests: BinaryIO, answers: BinaryIO, ready: Ready) -> None:
        self._job = job
        self._first_answer: Ready | None = ready
        self._requests = requests
        self._answers = answers
        self._data = Data(job.nonce)
        self._prepared: dict[int, Prepared] = {}
        self._digests: dict[tuple[str, int, int], str] = {}
        self._cpu_clock = cpu_clock_is_fine()
        self._canaries_us = [canary_us() for _ in range(_FIRST_CANARIES)]

    def receive(self) -> Request | None:
        """Wait for the next request; None when the run wants no more, or is no more.

        The run hears that this process is ready once pytest has come to its first turn.
        """
        if self._first_answer:
            self.send(self._first_answer)
            self._first_answer = None
        return Request.parse(self._requests.readline())

    def send(self, answer: Ready | Measured | Failed) -> None:
        """Answer the run."""
        self._answers.write(line(answer))
        self._answers.flush()

    def measure(self, benchmark: Benchmark, request: Request) -> Measured | Failed:
        """Time a block of a case; the first time in this process, make it ready and check it."""
        case = self._job.cases[request.case]
        start_ns = time.perf_counter_ns()
        prepared = self._prepared.get(request.case)
        if prepared is None:
            prepared = KINDS[case.kind].prepare(case, self._data)
            if wrong := prepared.check(prepared.call()):
                return Failed(Problem.WRONG_OUTPUT.value, wrong)
            self._prepared[request.case] = prepared
        ready_ns = time.perf_counter_ns()
        pace = Pace(request.loops, request.slow) if request.loops else self._calibrate(prepared)
        calibrated_ns = time.perf_counter_ns()
        limit_us = reference_us(self._canaries_us) * (1 + DRIFT)
        warmup_us, samples_us, meter = block(
            benchmark,
            prepared.call,
            pace,
            warmup=self._job.warmup,
            samples=self._job.samples,
            limit_us=limit_us,
        )
        self._canaries_us.extend(meter.canary_us)
        return Measured(
            loops=pace.loops,
            slow=pace.slow,
            encoded_bytes=prepared.encoded_bytes,
            data_sha256=self._digest(case),
            warmup_us=tuple(warmup_us),
            samples_us=tuple(samples_us),
            cpu_us=round(meter.cpu_ns / 1000) if self._cpu_clock else None,
            canary_us=tuple(meter.canary_us),
            setup_ns=ready_ns - start_ns,
            calibration_ns=calibrated_ns - ready_ns,
        )

    def _calibrate(self, prepared: Prepared) -> Pace:
        before_us = canary_us()
        self._canaries_us.append(before_us)
        return calibrate(prepared.call, max(1.0, before_us / reference_us(self._canaries_us)))

    def _digest(self, case: CaseSpec) -> str:
        key = (case.payload, case.size, case.batch)
        if key not in self._digests:
            self._digests[key] = digest(case.data, self._data.of(case))
        return self._digests[key]

    def close(self) -> None:
        """Free what the cases hold."""
        for prepared in self._prepared.values():
            prepared.close()


class Plugin:
    """Hooks of pytest and pytest-benchmark."""

    def __init__(self, job: Job, session: Session) -> None:
        self._turns = job.turns
        self._session = session

    @pytest.fixture
    def session(self) -> Session:
        """Give the test its process's state."""
        return self._session

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make one item of the test for each block that may be asked for."""
        metafunc.parametrize("turn", range(self._turns), ids=str)

    def pytest_sessionfinish(self) -> None:
        """Free what the cases hold."""
        self._session.close()

    # What pytest-benchmark itself would write down holds the host's name and the branch's; the
    # bundle is what we write, so these give its allow-list, and no samples a second time.

    @pytest.hookimpl(tryfirst=True)
    def pytest_benchmark_generate_machine_info(self) -> dict[str, Any]:
        """Give the allow-list in place of host name and CPU flags."""
        return machine().model_dump(mode="json")

    @pytest.hookimpl(tryfirst=True)
    def pytest_benchmark_generate_commit_info(self) -> dict[str, Any]:
        """Give nothing in place of project, branch and author."""
        return {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_benchmark_generate_json(self, machine_info: dict[str, Any]) -> dict[str, Any]:
        """Give the machine alone: raw samples go to the bundle."""
        return {"machine_info": machine_info, "commit_info": {}, "benchmarks": []}

    @pytest.hookimpl(tryfirst=True)
    def pytest_benchmark_group_stats(self) -> list[Any]:
        """Show no table: the report does."""
        return []
