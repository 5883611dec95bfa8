"""Inter-process communication of tensors: the sender's time apart from the receiver's.

Does what a DataLoader's worker and consumer do: pickle a batch, which copies tensors to shared
memory, and write that to a pipe; read and unpickle it, which maps the memory, and free it. One
batch at a time, so that neither waits for the other.
"""

from __future__ import annotations

import multiprocessing
import pickle
import time
from functools import partial
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from bench.pipeline.loader_workers import share_by
from bench.pipeline.probes.calmly import Calmly
from bench.pipeline.probes.peer import Peer
from bench.pipeline.window import times

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path

    from bench.pipeline.configuration import Configuration
    from bench.pipeline.session import PipelineSession

_KIB, _MIB = 1 << 10, 1 << 20
_BATCHES = ((1, 4 * _KIB), (1, _MIB), (1, 8 * _MIB), (4, _MIB), (16, _MIB))
"""Number of tensors, and their bytes together."""

_PIPE = "pipe"
"""The transport of NumPy arrays, which are pickled whole."""
_WARMUP, _MIN_COUNT = 3, 5


def probe(
    session: PipelineSession, configurations: Sequence[Configuration], seconds: float
) -> Iterator[dict[str, Any]]:
    """Yield `bench.bundle.Ipc` for each transport and size of batch."""
    context = multiprocessing.get_context(configurations[0].start_method)
    calmly = Calmly(seconds)
    with Peer(context, partial(_send, session.folder), "the sender of tensors") as sender:
        for transport in (*sorted(torch.multiprocessing.get_all_sharing_strategies()), _PIPE):
            for tensors, size in _BATCHES:
                batch = (transport, tensors, size)
                (sent_ns, received_ns), taken = calmly(partial(_exchange, sender, batch, seconds))
                yield {
                    "transport": transport,
                    "tensors": tensors,
                    "bytes": size,
                    "count": len(sent_ns),
                    "send": times(sent_ns),
                    "receive": times(received_ns),
                    "canary_us": taken.canary_us,
                }


def _exchange(
    sender: Peer, batch: tuple[str, int, int], seconds: float
) -> tuple[list[int], list[int]]:
    """Receive batches again and again; return how long each took to send and to receive, in ns."""
    sent_ns: list[int] = []
    received_ns: list[int] = []
    end = 0.0
    while len(sent_ns) < _WARMUP + _MIN_COUNT or time.perf_counter() < end:
        if len(sent_ns) == _WARMUP:
            # The first batches set up what shares the memory.
            end = time.perf_counter() + seconds
        sender.send(batch)
        sender.wait()
        start = time.perf_counter_ns()
        tensors = pickle.loads(sender.pipe.recv_bytes())  # noqa: S301 - our own
        sender.checked(tensors)
        del tensors
        received_ns.append(time.perf_counter_ns() - start)
        sent_ns.append(sender.receive())
    return sent_ns[_WARMUP:], received_ns[_WARMUP:]


def _send(folder: Path, receiver: Connection) -> None:
    """Send a new batch for each request, and then how long that took, in ns."""
    torch.set_num_threads(1)
    while True:
        transport, tensors, size = receiver.recv()
        if transport != _PIPE:
            share_by(transport, folder)
        batch = _batch(transport, tensors, size)
        start = time.perf_counter_ns()
        receiver.send_bytes(ForkingPickler.dumps(batch))
        elapsed_ns = time.perf_counter_ns() - start
        receiver.send(elapsed_ns)


def _batch(transport: str, tensors: int, size: int) -> dict[str, Any]:
    length = size // tensors
    if transport == _PIPE:
        return {str(number): np.ones(length, np.uint8) for number in range(tensors)}
    return {str(number): torch.ones(length, dtype=torch.uint8) for number in range(tensors)}
