"""One run: fresh processes, one block after another, each on disk before the next begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.bundle import Problem
from bench.disk import reads
from bench.errors import WorkerError
from bench.presets import PRESETS, REPORT_RESERVE_S, SAMPLE_S, STARTUP_S
from bench.run.losses import MOST_TRIES, Losses
from bench.run.passes import Passes
from bench.run.schedule import Schedule, Slot
from bench.system.watch import Watch
from bench.worker.process import Worker, WorkerLostError
from bench.worker.protocol import Failed, Job

if TYPE_CHECKING:
    from bench.run.observer import Observer
    from bench.run.record import Recorder
    from bench.worker.protocol import Measured

_BLOCK_OVERHEAD_S = 0.05
"""Of a block, beside its samples: messages, checks and the disk."""


def execute(recorder: Recorder, observer: Observer, watch: Watch | None = None) -> None:
    """Measure until nothing is left or the time is up, and complete the bundle.

    Whatever ends it early (an error, Ctrl-C), every measured block is in the bundle on disk. Time
    in which nobody ran is not of the budget, and what was measured then is measured again.

    Args:
        recorder: writes the bundle.
        observer: is told what is done.
        watch: notices time in which nobody ran; None: one that this starts.

    Raises:
        StoreError: the bundle cannot be written any more.
        WorkerError: the measuring process cannot be started.

    """
    with watch or Watch() as running:
        Run(recorder, observer, running).execute()


class Run:
    """A launch of a run: what is measured next, and what becomes of it."""

    def __init__(self, recorder: Recorder, observer: Observer, watch: Watch) -> None:
        self._recorder = recorder
        self._observer = observer
        self._watch = watch
        self._clock_s = watch.clock_s
        self._start_s = watch.clock_s()
        # Each launch has the whole budget: a run that is resumed comes to its end.
        self._deadline_s = self._start_s + recorder.run["budget_s"] - REPORT_RESERVE_S
        self._cases = recorder.cases
        self._losses = Losses()
        self._passes = Passes(recorder, observer, watch, self._elapsed_ns)
        options = recorder.run
        self._schedule = Schedule(
            cases=len(self._cases),
            processes=options["processes"],
            windows=options["windows"],
            seed=options["seed"],
            nominal_s=(options["warmup"] + options["samples"]) * SAMPLE_S + _BLOCK_OVERHEAD_S,
            startup_s=STARTUP_S,
            deadline_s=self._deadline_s,
            flagged=recorder.judge,
            finished=recorder.slots(),
        )
        for case in recorder.problems():
            self._schedule.drop(case)
        self._job = Job(
            nonce=options["nonce"],
            samples=options["samples"],
            warmup=options["warmup"],
            turns=2 * len(self._cases) * options["windows"] + 1,
            cases=self._cases,
        )

    def execute(self) -> None:
        """Measure until nothing is left or the time is up, and complete the bundle."""
        self._read_disk()
        for process in self._schedule.processes:
            self._schedule.begin(process, self._codecs_s())
            # A process that breaks is replaced, without the case that broke it.
            while slot := self._schedule.next(self._codecs_s()):
                self._observer.waiting(process, self._recorder.run["processes"])
                with Worker(self._job, self._watch) as worker:
                    worker.deadline_s = self._deadline_s
                    self._serve(worker, slot)
            # Its canaries are all known only now.
            self._recorder.judge(process)
            for repeat in self._passes.due(process):
                self._passes.run(repeat)
        self._recorder.complete(self._elapsed_ns())

    def _read_disk(self) -> None:
        limit_s = PRESETS[self._recorder.run["preset"]].storage_s
        if limit_s and self._recorder.wants_storage:
            self._observer.probing("this disk")
            records: dict[str, Any] | str = "unavailable: the machine stood still meanwhile"
            for _ in range(MOST_TRIES):
                before_s = self._watch.lost_s
                read = reads.probe(self._recorder.path.parent, limit_s)
                if self._watch.lost_s == before_s:
                    records = read
                    break
            self._recorder.storage(records, self._elapsed_ns())

    def _serve(self, worker: Worker, slot: Slot | None) -> None:
        """Measure with one process until it has no more to do, or breaks."""
        try:
            self._recorder.ready(worker.start())
        except WorkerLostError as error:
            if self._losses.again("start", error):
                self._observer.message(f"{error}; another is started")
                return
            raise WorkerError(str(error)) from error
        while slot:
            began_s = self._clock_s()
            request = self._recorder.request(slot.case)
            try:
                result = worker.measure(request)
            except WorkerLostError as error:
                self._lost(slot.case, error)
                return
            if worker.lost_s and self._losses.again(slot, None):
                self._observer.message(
                    f"{self._cases[slot.case].id} is measured again: for {worker.lost_s:.1f} s the "
                    "machine, or a process of this run, stood still"
                )
                continue
            if isinstance(result, Failed):
                self._failed(slot.case, Problem(result.problem), result.detail)
            else:
                self._measured(slot, result, began_s, first=not request.loops)
            left_s = self._schedule.remaining_s(self._codecs_s()) + self._passes.planned_s()
            self._observer.progress(self._recorder.blocks, left_s)
            slot = self._schedule.next(self._codecs_s())

    def _measured(self, slot: Slot, result: Measured, began_s: float, *, first: bool) -> None:
        block = self._recorder.measured(slot, result, self._elapsed_ns())
        setup_s, calibration_s = result.setup_ns / 1e9, result.calibration_ns / 1e9
        cost_s = self._clock_s() - began_s - setup_s - calibration_s
        self._schedule.done(slot, cost_s, setup_s, calibration_s)
        self._observer.measured(self._cases[slot.case], block, result.loops, first=first)

    def _lost(self, case: int, error: WorkerLostError) -> None:
        """Try a case again whose process broke; leave it out if it broke before."""
        if self._losses.again(case, error):
            self._observer.message(f"{self._cases[case].id}: {error}; it is tried again")
            return
        self._failed(case, Problem.KILLED if error.outside else Problem.CRASHED, str(error))

    def _failed(self, case: int, problem: Problem, detail: str) -> None:
        self._schedule.drop(case)
        self._recorder.failed(case, problem, self._elapsed_ns())
        self._observer.failed(self._cases[case], problem, detail)

    def _elapsed_ns(self) -> int:
        return round((self._clock_s() - self._start_s) * 1e9)

    def _codecs_s(self) -> float:
        """Return the time as codecs have it: what is planned for the pipeline is gone."""
        return self._clock_s() + self._passes.planned_s()
