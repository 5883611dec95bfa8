"""Decoders side by side: how much slower each is when others use the same memory and cores."""

from __future__ import annotations

import multiprocessing
import time
from typing import TYPE_CHECKING, Any

from formats.payloads import payload
from formats.registry import DECODERS, bind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection

    from bench.pipeline.configuration import Configuration
    from bench.pipeline.session import PipelineSession
    from bench.pipeline.storage import StorageBackend

_AHEAD_S = 0.02
"""How long before its start a window is announced, so that all decoders begin together."""
_PATIENCE_S = 120.0
"""How long a decoder may take to answer: a spawned one imports its library first."""


def decoder_counts(cores: int) -> list[int]:
    """Return the numbers of decoders to run side by side: up to two more than there are cores."""
    powers = {1 << power for power in range(cores.bit_length())}
    return sorted({power for power in powers if power <= cores} | {cores, cores + 2})


def probe(
    session: PipelineSession, configurations: Sequence[Configuration], seconds: float
) -> Iterator[dict[str, Any]]:
    """Yield `bench.bundle.Contention` for a codec of each format, and each number of decoders."""
    # Not at the head: each decoder's process imports this module, and needs no torch.
    from bench.machine import usable_cores
    from bench.pipeline.configuration import codec_of

    context = multiprocessing.get_context(configurations[0].start_method)
    counts = decoder_counts(usable_cores())
    decoders = [_Decoder(context) for _ in range(counts[-1])]
    by_format = {codec_of(c).partition("/")[0]: c for c in reversed(configurations)}
    try:
        for configuration in by_format.values():
            codec, dataset = codec_of(configuration), session.dataset(configuration)
            name, size = configuration.payload, configuration.data.size
            for decoder in decoders:
                decoder.prepare((name, size, codec, dataset.backend, dataset.part(0)))
            for count in counts:
                start_ns = time.perf_counter_ns() + round(_AHEAD_S * 1e9)
                end_ns = start_ns + round(seconds * 1e9)
                for decoder in decoders[:count]:
                    decoder.start(start_ns, end_ns)
                yield {
                    "payload": name,
                    "size": size,
                    "codec": codec,
                    "batch": 1 if configuration.items == "sample" else configuration.samples,
                    "decoders": count,
                    "us": round(seconds * 1e6),
                    "batches_x100": [decoder.answer() for decoder in decoders[:count]],
                }
    finally:
        for decoder in decoders:
            decoder.end()


class _Decoder:
    """A process that decodes a record again and again, from a time to another."""

    def __init__(self, context: Any) -> None:
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_decode, args=(other,), daemon=True)
        self._process.start()
        other.close()

    def prepare(self, record: tuple[str, int, str, StorageBackend, tuple[int, int]]) -> None:
        """Set the record to decode; return once the process has decoded it.

        record: payload, its size, codec, storage backend, and offset and length in it.
        """
        self._pipe.send(record)
        self.answer()

    def start(self, start_ns: int, end_ns: int) -> None:
        """Have it decode from a time to another."""
        self._pipe.send((start_ns, end_ns))

    def answer(self) -> int:
        """Wait for the answer: how many batches were decoded, in hundredths."""
        if not self._pipe.poll(_PATIENCE_S):
            raise TimeoutError
        count: int = self._pipe.recv()
        return count

    def end(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.kill()
        self._process.join()


def _decode(pipe: Connection) -> None:
    """Serve a `_Decoder`, in its process."""
    decode: Callable[[bytes], object] = len
    data = b""
    while True:
        try:
            message = pipe.recv()
        except EOFError:
            return
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
