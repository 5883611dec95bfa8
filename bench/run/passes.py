"""The passes of a run over its configurations, spread over the run between the codecs' processes.

Each is a fresh process, which first measures the stages alone, then the configurations: so what the
model is calibrated on is as old as what it is checked on, whatever the machine did meanwhile. The
last pass is over some of the configurations only, and shows how well one measurement repeats
another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.errors import BenchError, ConfigurationError, PipelineError, WorkerError
from bench.pipeline.client import PipelineProcess, ProbeRequest
from bench.pipeline.experiment import CANARIES
from bench.pipeline.probes import PROBES
from bench.presets import PRESETS, STARTUP_S
from bench.run.losses import Losses
from bench.run.pipeline_record import IMPOSSIBLE, Pipelines, nothing
from bench.worker.process import WorkerLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from bench.pipeline.configuration import Configuration
    from bench.run.observer import Observer
    from bench.run.record import Recorder
    from bench.system.watch import Watch

_OVERHEAD_S = 0.4
"""Planned for each window beside itself: the loader's start, its first batches and its end."""
_PROBING = 80
"""About how many things are measured in isolation, each for `Preset.probe_s`."""
_MOST_KEPT = 100
"""Batches whose times a bundle keeps one by one, over all passes of a configuration."""
_REASON_CHARACTERS = 80
"""Of a reason in a bundle."""
_HELD_UP = "the machine, or a process of the run, stood still each time"
_NO_TIME = "no time was left for it"
_SPAWNED = 1.4
"""How many times as long a pass takes where workers are not forked: each imports torch first."""


class Passes:
    """When each pass is due, how much time is planned for those to come, and running one."""

    def __init__(
        self,
        recorder: Recorder,
        observer: Observer,
        watch: Watch,
        elapsed_ns: Callable[[], int],
    ) -> None:
        self._recorder = recorder
        self._observer = observer
        self._watch = watch
        self._deadline_s: float = watch.clock_s() + recorder.run["budget_s"]
        self._losses = Losses()
        self._elapsed_ns = elapsed_ns
        self._preset = PRESETS[recorder.run["preset"]]
        self._pipeline: Pipelines = recorder.pipeline or nothing()
        self._kept = _MOST_KEPT // max(1, len(self._pipeline.passes))
        self._done: set[int] = set()
        self._progressed = False
        self._end_s = self._deadline_s
        self._cost_s = self._preset.window_s + _OVERHEAD_S
        self._plan_s = self._plan()

    def due(self, process: int) -> list[int]:
        """Return the passes to run once a process of the codecs is over."""
        passes, processes = self._pipeline.passes, self._recorder.run["processes"]
        ends = {p: max(0, processes * (p + 1) // len(passes) - 1) for p in passes}
        return [p for p, end in ends.items() if end == process]

    def planned_s(self) -> float:
        """Return the time that is planned for passes to come."""
        return sum(s for repeat, s in self._plan_s.items() if repeat not in self._done)

    def _plan(self) -> dict[int, float]:
        """Return the time that each pass may take, by what it has still to measure."""
        pipeline = self._pipeline
        whole, late = self._preset.configurations, pipeline.passes[-1]
        probes_s = self._preset.probe_s * _PROBING + STARTUP_S
        costs_s = {
            repeat: (self._preset.retested if repeat == late else whole) * self._cost_s
            + (STARTUP_S if repeat == late else probes_s)
            for repeat in pipeline.passes
        }
        slower = 1.0 if pipeline.start == "fork" else _SPAWNED
        each_s = slower * self._preset.pipeline_s / sum(costs_s.values())
        return {
            repeat: cost_s * each_s if pipeline.pending(repeat, 0) else 0.0
            for repeat, cost_s in costs_s.items()
        }

    def run(self, repeat: int) -> None:
        """Measure what a pass has still to measure, as far as its time goes."""
        plan_s = self._plan_s[repeat]
        later_s = self.planned_s() - plan_s
        self._end_s = min(self._watch.clock_s() + plan_s, self._deadline_s - later_s)
        broke = True
        while broke and (numbers := self._pipeline.pending(repeat, self._recorder.run["seed"])):
            broke = not self._is_over and self._serve(repeat, numbers)
        if self._is_over:
            for name in self._probes(repeat):
                self._pipeline.probe_left_out(name, _NO_TIME)
        self._done.add(repeat)

    def _serve(self, repeat: int, numbers: list[int]) -> bool:
        """Measure with one process; tell whether another is needed, since this one broke."""
        self._observer.probing(f"pipeline, pass {repeat + 1}")
        run = self._recorder.run
        try:
            with PipelineProcess(self._recorder.path.parent, run["nonce"], self._watch) as process:
                process.deadline_s = self._deadline_s
                self._recorder.ready(process.start())
                self._probe(process, repeat)
                while (number := self._next(numbers)) is not None:
                    numbers.remove(number)
                    if not self._measure(process, repeat, number):
                        numbers.append(number)
                self._measure_disturbed(process, repeat)
        except WorkerLostError as error:
            if not self._losses.again("process", error) and not self._progressed:
                return self._give_up(numbers, error)
            self._progressed = False
            return True
        except WorkerError as error:
            return self._give_up(numbers, error)
        return False

    def _measure_disturbed(self, process: PipelineProcess, repeat: int) -> None:
        """Measure windows again, once each, in which the core was slowed, the slowest first."""
        for number in self._pipeline.disturbed(repeat):
            if self._watch.clock_s() + self._cost_s > self._end_s:
                return
            try:
                measured = process.measure(self._configuration(number), self._kept, CANARIES)
            except BenchError as error:
                self._observer.message(f"{error}; the window before it is kept")
                return
            if not process.lost_s:
                self._pipeline.measured(number, repeat, measured)
                self._recorder.save(self._elapsed_ns())

    def _give_up(self, numbers: list[int], error: BenchError) -> bool:
        """Leave out what is left of a pass: no process can be started, or each is lost."""
        self._observer.message(str(error))
        for number in numbers:
            self._pipeline.failed(number, _reason(error))
        self._recorder.save(self._elapsed_ns())
        return False

    def _next(self, numbers: list[int]) -> int | None:
        """Return the next of those that there is time for: the last-ranked are left out first.

        One that is left out now is taken up again if others turn out quicker than planned.
        """
        fit = max(0, int((self._end_s - self._watch.clock_s()) / self._cost_s))
        kept = set(sorted(numbers)[:fit])
        return next((number for number in numbers if number in kept), None)

    @property
    def _is_over(self) -> bool:
        """Whether the time of the run is up: nothing more is begun."""
        return self._watch.clock_s() > self._deadline_s

    def _probes(self, repeat: int) -> list[str]:
        """Return the stages that a pass has still to measure alone: the last pass has none."""
        if repeat == self._pipeline.passes[-1]:
            return []
        return [name for name in PROBES if self._pipeline.wants(name, repeat)]

    def _probe(self, process: PipelineProcess, repeat: int) -> None:
        pipeline = self._pipeline
        setups = [pipeline.setup(number) for number in range(self._preset.configurations)]
        # Of others a record is no whole batch of a single file, which stages alone are of.
        usual = (setup for setup in setups if (setup.shards, setup.threads) == (1, 1))
        fields = tuple(setup.model_dump(mode="json") for setup in usual)
        for name in self._probes(repeat):
            if self._is_over:
                return
            self._observer.probing(f"pipeline, {name}")
            self._probe_stage(process, ProbeRequest(name, self._preset.probe_s, fields), repeat)
            self._recorder.save(self._elapsed_ns())

    def _probe_stage(self, process: PipelineProcess, request: ProbeRequest, repeat: int) -> None:
        """Measure a stage alone, again where it was held up."""
        pipeline, name = self._pipeline, request.name
        while True:
            try:
                records = process.probe(request)
            except BenchError as error:
                self._observer.message(f"{name}: {error}")
                if self._is_tried_again((name, repeat), error):
                    if isinstance(error, WorkerLostError):
                        raise
                    continue
                pipeline.probe_failed(name, _reason(error))
                if isinstance(error, WorkerLostError):
                    raise
                return
            if not process.lost_s:
                pipeline.probed(name, repeat, records)
                self._progressed = True
                return
            if not self._is_tried_again((name, repeat), None):
                pipeline.probe_failed(name, _HELD_UP)
                return

    def _is_tried_again(self, what: Hashable, error: BenchError | None) -> bool:
        """Whether to measure again what broke, or was held up."""
        if self._is_over:
            return False
        if isinstance(error, WorkerLostError):
            return self._losses.again(what, error)
        if isinstance(error, PipelineError) and not error.outside:
            return False
        return not isinstance(error, ConfigurationError) and self._losses.again(what, None)

    def _configuration(self, number: int) -> Configuration:
        run = self._recorder.run
        return self._pipeline.configuration(
            number, nonce=run["nonce"], seconds=self._preset.window_s
        )

    def _measure(self, process: PipelineProcess, repeat: int, number: int) -> bool:
        """Measure a window of a configuration; tell whether that is settled."""
        pipeline = self._pipeline
        start_s = self._watch.clock_s()
        configuration = self._configuration(number)
        window: dict[str, Any] | None = None
        settled = True
        try:
            measured = process.measure(configuration, self._kept, CANARIES)
        except BenchError as error:
            if self._is_tried_again((number, repeat), error):
                settled = False
            else:
                pipeline.failed(number, _reason(error))
            goes_on = "is tried again" if not settled else "is left out"
            self._observer.message(f"{configuration.setup().label} {goes_on}: {error}")
            if isinstance(error, WorkerLostError):
                raise
        else:
            if not process.lost_s:
                window = pipeline.measured(number, repeat, measured)
                self._progressed = True
            elif self._is_tried_again((number, repeat), None):
                self._observer.message(
                    f"{configuration.setup().label} is tried again: for {process.lost_s:.1f} s the "
                    "machine, or a process of the run, stood still"
                )
                settled = False
            else:
                pipeline.failed(number, _HELD_UP)
        finally:
            self._recorder.save(self._elapsed_ns())
        spent_s = self._watch.clock_s() - start_s
        self._cost_s += 0.2 * (spent_s - self._cost_s)
        self._observer.ran(configuration, window)
        self._observer.progress(self._recorder.blocks, self.planned_s())
        return settled


def _reason(error: BenchError) -> str:
    """Return why something could not be measured, without what a message may hold of the user's.

    What is due to the system names nothing of the user's.
    """
    if isinstance(error, ConfigurationError):
        return IMPOSSIBLE
    outside = error.outside if isinstance(error, PipelineError) else None
    if isinstance(error, WorkerLostError) and error.outside:
        outside = str(error)
    if outside:
        return outside.partition(";")[0][:_REASON_CHARACTERS]
    if isinstance(error, WorkerError):
        return "the process broke"
    return "the pipeline broke, or one of its workers did"
