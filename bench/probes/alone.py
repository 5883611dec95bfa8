"""Storage, decode and transform alone: a batch after another in one process, without a loader."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bench.canary import canary_us
from bench.pipeline.configuration import codec_of
from bench.pipeline.dataset import Ready, Task
from bench.pipeline.window import times

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.pipeline.configuration import Configuration
    from bench.pipeline.dataset import Stamps
    from bench.pipeline.session import Session

_WARM, _LEAST = 2, 5
_STAGES = ("storage", "decode", "transform")


def probe(
    session: Session, configurations: Sequence[Configuration], seconds: float
) -> Iterator[dict[str, Any]]:
    """Yield `bench.bundle.Alone` for each batch that configurations read."""
    seen = set()
    for found in configurations:
        codec = codec_of(found)
        key = (found.payload, found.data.size, codec, found.samples)
        if found.items == "batch" and key not in seen:
            seen.add(key)
            task = Task(session.store(found), (found.payload, found.data.size), codec)
            names = ("payload", "size", "codec", "batch")
            yield {**dict(zip(names, key, strict=True)), **_alone(task, seconds)}


def _alone(task: Task, seconds: float) -> dict[str, Any]:
    ready = Ready(task, None)
    before_us = canary_us()
    for record in range(_WARM):
        ready.item(record)
    spent: list[Stamps] = []
    end = time.perf_counter() + seconds
    while len(spent) < _LEAST or time.perf_counter() < end:
        tensors, stamps = ready.item(_WARM + len(spent))
        spent.append(stamps)
        # As in a loader, where a batch is gone before the next is made.
        del tensors
    ready.close()
    stages = {name: times([getattr(s, name) for s in spent]) for name in _STAGES}
    return {"batches": len(spent), **stages, "canary_us": (before_us, canary_us())}
