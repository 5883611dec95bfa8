"""Storage, decode and transform alone: a batch after another in one process, without a loader."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bench.canary import canary_us
from bench.pipeline.configuration import codec_of
from bench.pipeline.dataset import Ready, Task
from bench.pipeline.window import times
from bench.stages import WORKER_STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.pipeline.configuration import Configuration
    from bench.pipeline.dataset import Stamps
    from bench.pipeline.session import Session
    from bench.pipeline.transform import Tensors

_ROUNDS, _WARM, _LEAST = 4, 1, 2


def probe(
    session: Session, configurations: Sequence[Configuration], seconds: float
) -> Iterator[dict[str, Any]]:
    """Yield `bench.bundle.Isolated` for each batch that configurations read.

    All are measured in several rounds: so a slow spell of the machine does not meet one alone.
    """
    found: dict[tuple[object, ...], _Alone] = {}
    for c in configurations:
        codec = codec_of(c)
        key = (c.payload, c.data.size, codec, c.samples)
        if c.items == "batch" and key not in found:
            found[key] = _Alone(Task(session.store(c), (c.payload, c.data.size), codec))
    for _ in range(_ROUNDS):
        for alone in found.values():
            alone.measure(seconds / _ROUNDS)
    for what, alone in found.items():
        names = ("payload", "size", "codec", "batch")
        yield {**dict(zip(names, what, strict=True)), **alone.record()}


class _Alone:
    """A batch's stages, one after another."""

    def __init__(self, task: Task) -> None:
        self._ready = Ready(task, None)
        self._spent: list[Stamps] = []
        self._canary_us: list[int] = []

    def measure(self, seconds: float) -> None:
        """Measure for so long."""
        self._canary_us.append(canary_us())
        for record in range(_WARM):
            self._ready.item(record)
        last: Tensors = {}
        done, end = 0, time.perf_counter() + seconds
        while done < _LEAST or time.perf_counter() < end:
            # As in a loop over a loader: the last batch is alive until the next is there.
            last, stamps = self._ready.item(_WARM + done)
            self._spent.append(stamps)
            done += 1
        del last

    def record(self) -> dict[str, Any]:
        """Return what was measured."""
        self._ready.close()
        stages = {
            str(name): times([getattr(s, name) for s in self._spent]) for name in WORKER_STAGES
        }
        return {"batches": len(self._spent), **stages, "canary_us": self._canary_us}
