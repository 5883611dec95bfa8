"""Tensors from one process to another: what the sender does, apart from what the receiver does.

It is what a DataLoader's worker and consumer do, taken apart: pickle a batch, which copies tensors
to shared memory, and write that to a pipe; read, unpickle, which asks for the memory and maps it,
and let go of it. One at a time, so that neither waits for the other.
"""

from __future__ import annotations

import multiprocessing
import pickle
import time
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from bench.pipeline.window import times

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection

    from bench.pipeline.configuration import Configuration
    from bench.pipeline.session import Session

KIB, MIB = 1 << 10, 1 << 20
GRID = ((1, 4 * KIB), (1, MIB), (1, 8 * MIB), (4, MIB), (16, MIB))
"""How many tensors, and their bytes together."""

PIPE = "pipe"
_WARM, _LEAST = 3, 5
_PATIENCE_S = 60.0


def probe(
    session: Session, configurations: Sequence[Configuration], seconds: float
) -> Iterator[dict[str, Any]]:
    """Yield `bench.bundle.Ipc` for each way and size."""
    del session
    context = multiprocessing.get_context(configurations[0].start_method)
    mine, other = context.Pipe()
    sender: Any = context.Process(  # type: ignore[attr-defined]
        target=_send, args=(other,), daemon=True
    )
    sender.start()
    other.close()
    try:
        for way in (*sorted(torch.multiprocessing.get_all_sharing_strategies()), PIPE):
            for tensors, size in GRID:
                sent, received = _cross(mine, (way, tensors, size), seconds)
                yield {
                    "transport": way,
                    "tensors": tensors,
                    "bytes": size,
                    "count": len(sent),
                    "send": times(sent),
                    "receive": times(received),
                }
    finally:
        mine.close()
        sender.kill()
        sender.join()


def _cross(
    sender: Connection, what: tuple[str, int, int], seconds: float
) -> tuple[list[int], list[int]]:
    """Return what sending and receiving took, in ns, over and over for so long."""
    sent: list[int] = []
    received: list[int] = []
    end = 0.0
    while len(sent) < _WARM + _LEAST or time.perf_counter() < end:
        if len(sent) == _WARM:
            # The first sets up what shares the memory.
            end = time.perf_counter() + seconds
        sender.send(what)
        if not sender.poll(_PATIENCE_S):
            raise TimeoutError
        start = time.perf_counter_ns()
        batch = pickle.loads(sender.recv_bytes())  # noqa: S301 - our own
        del batch
        received.append(time.perf_counter_ns() - start)
        sent.append(sender.recv())
    return sent[_WARM:], received[_WARM:]


def _send(receiver: Connection) -> None:
    """Send a fresh batch each time it is asked for, and then how long that took."""
    torch.set_num_threads(1)
    while True:
        way, tensors, size = receiver.recv()
        if way != PIPE:
            torch.multiprocessing.set_sharing_strategy(way)
        batch = _batch(way, tensors, size)
        start = time.perf_counter_ns()
        receiver.send_bytes(ForkingPickler.dumps(batch))
        taken = time.perf_counter_ns() - start
        receiver.send(taken)


def _batch(way: str, tensors: int, size: int) -> dict[str, Any]:
    each = size // tensors
    if way == PIPE:
        return {str(number): np.ones(each, np.uint8) for number in range(tensors)}
    return {str(number): torch.ones(each, dtype=torch.uint8) for number in range(tensors)}
