"""One run: fresh processes, one block after another, each on disk before the next begins."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol

from bench.bundle import Problem
from bench.disk import reads
from bench.presets import PRESETS, REPORT_RESERVE_S, SAMPLE_S
from bench.run.passes import Passes
from bench.run.schedule import Schedule, Slot
from bench.worker.process import Worker, WorkerLostError
from bench.worker.protocol import Failed, Job

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.bundle import Block
    from bench.cases import CaseSpec
    from bench.pipeline.configuration import Configuration
    from bench.run.record import Recorder

_BLOCK_OVERHEAD_S = 0.05
_STARTUP_S = 4.0


class Observer(Protocol):
    """Who watches a run."""

    def probing(self, what: str) -> None:
        """A part of the machine, or of the run, is next."""

    def ran(self, configuration: Configuration, window: dict[str, Any] | None) -> None:
        """A configuration was run; window: as `bench.bundle.Window` has it, None where it broke."""

    def said(self, text: str) -> None:
        """Something is to be known."""

    def waiting(self, process: int, processes: int) -> None:
        """A fresh process is being started."""

    def measured(self, case: CaseSpec, block: Block, loops: int, *, first: bool) -> None:
        """A block was measured; first: no block of its case had been."""

    def failed(self, case: CaseSpec, problem: Problem, detail: str) -> None:
        """A case cannot be measured."""

    def progress(self, done: int, left_s: float) -> None:
        """So many blocks are done, and so much time is expected to be left."""


def execute(
    recorder: Recorder, observer: Observer, clock_s: Callable[[], float] = time.monotonic
) -> None:
    """Measure until nothing is left or the time is up, and complete the bundle.

    Whatever ends it early (an error, Ctrl-C), every measured block is in the bundle on disk.

    Raises:
        StoreError: the bundle cannot be written any more.
        WorkerError: the measuring process cannot be started.

    """
    run = recorder.run
    start_s = clock_s()
    storage_s = PRESETS[run["preset"]].storage_s
    if storage_s and recorder.wants_storage:
        observer.probing("this disk")
        found = reads.probe(recorder.path.parent, storage_s)
        recorder.storage(found, round((clock_s() - start_s) * 1e9))
    cases = recorder.cases

    def elapsed_ns() -> int:
        return round((clock_s() - start_s) * 1e9)

    passes = Passes(recorder, observer, elapsed_ns)

    def codecs_s() -> float:
        """Return the time as codecs have it: what is planned for the pipeline is gone."""
        return clock_s() + passes.planned_s()

    schedule = Schedule(
        cases=len(cases),
        processes=run["processes"],
        windows=run["windows"],
        seed=run["seed"],
        nominal_s=(run["warmup"] + run["samples"]) * SAMPLE_S + _BLOCK_OVERHEAD_S,
        startup_s=_STARTUP_S,
        # Each launch has the whole budget: a run that is resumed comes to its end.
        deadline_s=start_s + run["budget_s"] - REPORT_RESERVE_S,
        flagged=recorder.judge,
        finished=recorder.slots(),
    )
    for case in recorder.problems():
        schedule.drop(case)
    job = Job(
        nonce=run["nonce"],
        samples=run["samples"],
        warmup=run["warmup"],
        turns=2 * len(cases) * run["windows"] + 1,
        cases=cases,
    )

    def failed(case: int, problem: Problem, detail: str) -> None:
        schedule.drop(case)
        recorder.failed(case, problem, elapsed_ns())
        observer.failed(cases[case], problem, detail)

    def serve(worker: Worker, slot: Slot | None) -> None:
        """Measure with one process until it has no more to do, or breaks."""
        recorder.ready(worker.start())
        while slot:
            began_s = clock_s()
            request = recorder.request(slot.case)
            try:
                result = worker.measure(request)
            except WorkerLostError as error:
                failed(slot.case, Problem.CRASHED, str(error))
                return
            if isinstance(result, Failed):
                failed(slot.case, Problem(result.problem), result.detail)
            else:
                block = recorder.measured(slot, result, elapsed_ns())
                setup_s, calibration_s = result.setup_ns / 1e9, result.calibration_ns / 1e9
                cost_s = clock_s() - began_s - setup_s - calibration_s
                schedule.done(slot, cost_s, setup_s, calibration_s)
                observer.measured(cases[slot.case], block, result.loops, first=not request.loops)
            left_s = schedule.remaining_s(codecs_s()) + passes.planned_s()
            observer.progress(recorder.blocks, left_s)
            slot = schedule.next(codecs_s())

    for process in schedule.processes:
        schedule.begin(process, codecs_s())
        # A process that breaks is replaced, without the case that broke it.
        while slot := schedule.next(codecs_s()):
            observer.waiting(process, run["processes"])
            with Worker(job) as worker:
                serve(worker, slot)
        # Its canaries are all known only now.
        recorder.judge(process)
        for repeat in passes.due(process):
            passes.run(repeat)
    recorder.complete(elapsed_ns())
