"""Storage, decode and transform in isolation: batch after batch in one process, no DataLoader."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bench.pipeline.configuration import codec_of
from bench.pipeline.dataset import RecordSource, Task
from bench.pipeline.probes.calmly import Calmly, Taken
from bench.pipeline.window import times
from bench.stages import WORKER_STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.pipeline.configuration import Configuration
    from bench.pipeline.dataset import ItemTiming
    from bench.pipeline.session import PipelineSession
    from bench.pipeline.transform import Tensors

_ROUNDS = 4
"""The stages take turns, so that a slow spell does not fall on one alone."""
_WARMUP, _MIN_BATCHES = 1, 2
"""Batches of each round."""


def probe(
    session: PipelineSession, configurations: Sequence[Configuration], seconds: float
) -> Iterator[dict[str, Any]]:
    """Yield `bench.bundle.Isolated` for each kind of batch that configurations read.

    All are measured in several rounds, so that a slow spell of the machine affects more than one.
    """
    kinds: dict[tuple[object, ...], _IsolatedStages] = {}
    for configuration in configurations:
        codec = codec_of(configuration)
        data = (configuration.payload, configuration.data.size)
        key = (*data, codec, configuration.samples)
        if configuration.items == "batch" and key not in kinds:
            kinds[key] = _IsolatedStages(Task(session.dataset(configuration), data, codec))
    calmly = Calmly(seconds)
    for _ in range(_ROUNDS):
        for stages in kinds.values():
            stages.measure(seconds / _ROUNDS, calmly)
    for batch, stages in kinds.items():
        names = ("payload", "size", "codec", "batch")
        yield {**dict(zip(names, batch, strict=True)), **stages.record()}


class _IsolatedStages:
    """The stages of one kind of batch."""

    def __init__(self, task: Task) -> None:
        self._source = RecordSource(task, None)
        self._timings: list[ItemTiming] = []
        self._taken: list[Taken] = []

    def measure(self, seconds: float, calmly: Calmly) -> None:
        """Measure a round of so many seconds."""
        for record in range(_WARMUP):
            self._source.load(record)
        timings, taken = calmly(lambda: self._round(seconds), on_the_cpu=True)
        self._timings += timings
        self._taken.append(taken)

    def _round(self, seconds: float) -> list[ItemTiming]:
        last: Tensors = {}
        timings: list[ItemTiming] = []
        end = time.perf_counter() + seconds
        while len(timings) < _MIN_BATCHES or time.perf_counter() < end:
            # As in a loop over a loader: a batch is freed once the next one has been loaded.
            last, timing = self._source.load(_WARMUP + len(timings))
            timings.append(timing)
        del last
        return timings

    def record(self) -> dict[str, Any]:
        """Return the measured fields of `bench.bundle.Isolated`."""
        self._source.close()
        stages = {
            str(name): times([getattr(timing, name) for timing in self._timings])
            for name in WORKER_STAGES
        }
        return {
            "batches": len(self._timings),
            **stages,
            "cpu_us": sum(taken.cpu_us for taken in self._taken),
            "canary_us": [
                *(us for taken in self._taken for us in taken.before_us),
                *(us for taken in self._taken for us in taken.after_us),
            ],
        }
