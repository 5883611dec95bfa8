"""The passes of a run over its configurations, spread over the run between the codecs' processes.

Each is a fresh process, which first measures the stages alone, then the configurations: so what the
model is calibrated on is as old as what it is checked on, whatever the machine did meanwhile. The
last pass is over some of the configurations only, and shows how well one measurement repeats
another.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bench.errors import BenchError, ConfigurationError, WorkerError
from bench.pipeline.client import PipelineProcess, ProbeRequest
from bench.pipeline.probes import PROBES
from bench.presets import PRESETS, STARTUP_S
from bench.run.pipeline_record import Pipelines, nothing
from bench.worker.process import WorkerLostError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.run.observer import Observer
    from bench.run.record import Recorder

_OVERHEAD_S = 0.4
"""Planned for each window beside itself: the loader's start, its first batches and its end."""
_PROBING = 80
"""About how many things are measured in isolation, each for `Preset.probe_s`."""
_MOST_KEPT = 100
"""Batches whose times a bundle keeps one by one, over all passes of a configuration."""
_SPAWNED = 1.4
"""How many times as long a pass takes where workers are not forked: each imports torch first."""


class Passes:
    """When each pass is due, how much time is planned for those to come, and running one."""

    def __init__(
        self, recorder: Recorder, observer: Observer, elapsed_ns: Callable[[], int]
    ) -> None:
        self._recorder = recorder
        self._observer = observer
        self._elapsed_ns = elapsed_ns
        self._preset = PRESETS[recorder.run["preset"]]
        self._pipeline: Pipelines = recorder.pipeline or nothing()
        self._done: set[int] = set()
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
        end_s = time.monotonic() + self._plan_s[repeat]
        broke = True
        while broke and (numbers := self._pipeline.pending(repeat, self._recorder.run["seed"])):
            broke = self._serve(repeat, numbers, end_s)
        self._done.add(repeat)

    def _serve(self, repeat: int, numbers: list[int], end_s: float) -> bool:
        """Measure with one process; tell whether another is needed, since this one broke."""
        self._observer.probing(f"pipeline, pass {repeat + 1}")
        run = self._recorder.run
        try:
            with PipelineProcess(self._recorder.path.parent, run["nonce"]) as process:
                process.start()
                self._probe(process, repeat)
                while (number := self._next(numbers, end_s)) is not None:
                    numbers.remove(number)
                    self._measure(process, repeat, number)
        except WorkerLostError:
            return True
        except WorkerError as error:
            self._observer.message(str(error))
        return False

    def _next(self, numbers: list[int], end_s: float) -> int | None:
        """Return the next of those that there is time for: the last-ranked are left out first.

        One that is left out now is taken up again if others turn out quicker than planned.
        """
        fit = max(0, int((end_s - time.monotonic()) / self._cost_s))
        kept = set(sorted(numbers)[:fit])
        return next((number for number in numbers if number in kept), None)

    def _probe(self, process: PipelineProcess, repeat: int) -> None:
        pipeline = self._pipeline
        if repeat == pipeline.passes[-1]:
            return
        setups = [pipeline.setup(number) for number in range(self._preset.configurations)]
        fields = tuple(setup.model_dump(mode="json") for setup in setups)
        for name in PROBES:
            if not pipeline.wants(name, repeat):
                continue
            self._observer.probing(f"pipeline, {name}")
            try:
                records = process.probe(ProbeRequest(name, self._preset.probe_s, fields))
            except WorkerLostError as error:
                pipeline.probe_failed(name, "the process broke")
                self._observer.message(f"{name}: {error}")
                raise
            except BenchError as error:
                pipeline.probe_failed(name, _reason(error))
                self._observer.message(f"{name}: {error}")
            else:
                pipeline.probed(name, repeat, records)
            self._recorder.save(self._elapsed_ns())

    def _measure(self, process: PipelineProcess, repeat: int, number: int) -> None:
        pipeline = self._pipeline
        start_s = time.monotonic()
        configuration = pipeline.configuration(
            number, nonce=self._recorder.run["nonce"], seconds=self._preset.window_s
        )
        window: dict[str, Any] | None = None
        kept = _MOST_KEPT // len(pipeline.passes)
        try:
            window = pipeline.measured(number, repeat, process.measure(configuration, kept))
        except WorkerLostError:
            pipeline.failed(number, "the process broke")
            raise
        except BenchError as error:
            pipeline.failed(number, _reason(error))
            self._observer.message(f"{error}; the run goes on without it")
        finally:
            self._recorder.save(self._elapsed_ns())
        spent_s = time.monotonic() - start_s
        self._cost_s += 0.2 * (spent_s - self._cost_s)
        self._observer.ran(configuration, window)
        self._observer.progress(self._recorder.blocks, self.planned_s())


def _reason(error: BenchError) -> str:
    """Return why something could not be measured, without what a message may hold of the user's."""
    if isinstance(error, ConfigurationError):
        return "this machine cannot run it so"
    return "the pipeline broke, or one of its workers did"
