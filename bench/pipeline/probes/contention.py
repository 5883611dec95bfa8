"""Decoders side by side: how much slower each is when others use the same memory and cores."""

from __future__ import annotations

import multiprocessing
import time
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.pipeline.probes.peer import Peer
from formats.payloads import payload
from formats.registry import DECODERS, bind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection

    from bench.pipeline.configuration import Configuration
    from bench.pipeline.session import PipelineSession

_AHEAD_S = 0.02
"""How long before its start a window is announced, so that all decoders begin together."""


def decoder_counts(cores: int) -> list[int]:
    """Return the numbers of decoders to run side by side: up to two more than there are cores."""
    powers = {1 << power for power in range(cores.bit_length())}
    return sorted({power for power in powers if power <= cores} | {cores, cores + 2})


def probe(
    session: PipelineSession, configurations: Sequence[Configuration], seconds: float
) -> Iterator[dict[str, Any]]:
    """Yield `bench.bundle.Contention` for a codec of each format, and each number of decoders."""
    # Not at the head: each decoder's process imports this module, and needs no torch.
    from bench.pipeline.configuration import codec_of
    from bench.pipeline.probes.calmly import Calmly
    from bench.system.limits import usable_cores

    context = multiprocessing.get_context(configurations[0].start_method)
    counts = decoder_counts(usable_cores())
    by_format = {codec_of(c).partition("/")[0]: c for c in reversed(configurations)}
    calmly = Calmly(seconds)
    with ExitStack() as stack:
        decoders = [
            stack.enter_context(Peer(context, _decode, "a decoder")) for _ in range(counts[-1])
        ]
        for configuration in by_format.values():
            codec, dataset = codec_of(configuration), session.dataset(configuration)
            name, size = configuration.payload, configuration.data.size
            for decoder in decoders:
                decoder.send((name, size, codec, dataset.backends[0], dataset.part(0)))
                decoder.receive()
            for count in counts:
                batches, taken = calmly(partial(_together, decoders[:count], seconds))
                yield {
                    "payload": name,
                    "size": size,
                    "codec": codec,
                    "batch": 1 if configuration.items == "sample" else configuration.samples,
                    "decoders": count,
                    "us": round(seconds * 1e6),
                    "batches_x100": batches,
                    "canary_us": taken.canary_us,
                }


def _together(decoders: Sequence[Peer], seconds: float) -> list[int]:
    """Have decoders work at the same time; return how many batches each did, in hundredths."""
    start_ns = time.perf_counter_ns() + round(_AHEAD_S * 1e9)
    end_ns = start_ns + round(seconds * 1e9)
    for decoder in decoders:
        decoder.send((start_ns, end_ns))
    return [decoder.receive() for decoder in decoders]


def _decode(pipe: Connection) -> None:
    """Decode a record again and again, from a time to another, in a process of its own.

    Messages are a record (payload, its size, codec, storage backend, and offset and length in it)
    or start and end in ns; the answer is 0, or how many batches were decoded, in hundredths.
    """
    decode: Callable[[bytes], object] = len
    data = b""
    while True:
        message = pipe.recv()
        if len(message) > 2:
            name, size, codec, backend, part = message
            decode = bind(DECODERS[codec], payload(name, size)).decode
            handle = backend.open()
            data = handle.read(*part)
            handle.close()
            decode(data)
            pipe.send(0)
            continue
        start_ns, end_ns = message
        while time.perf_counter_ns() < start_ns:
            time.sleep(0)
        count, last_ns = 0, start_ns
        while (now_ns := time.perf_counter_ns()) < end_ns:
            decode(data)
            count, last_ns = count + 1, now_ns
        # The last one reaches beyond the end: only its part before it counts.
        last_took_ns = time.perf_counter_ns() - last_ns
        batches = count - 1 + (end_ns - last_ns) / last_took_ns if count else 0.0
        pipe.send(round(100 * batches))
