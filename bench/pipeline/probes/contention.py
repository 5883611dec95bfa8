"""Decoders beside each other: how much slower each is when others use the same memory and cores."""

from __future__ import annotations

import multiprocessing
import time
from typing import TYPE_CHECKING, Any

from formats.payloads import payload
from formats.registry import DECODERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection

    from bench.pipeline.configuration import Configuration
    from bench.pipeline.session import Session
    from bench.pipeline.storage import Place

_AHEAD_S = 0.02
_PATIENCE_S = 120.0


def crowds(cores: int) -> list[int]:
    """Return how many decoders are at work at a time: up to two more than there are cores."""
    powers = {1 << power for power in range(cores.bit_length())}
    return sorted({size for size in powers if size <= cores} | {cores, cores + 2})


def probe(
    session: Session, configurations: Sequence[Configuration], seconds: float
) -> Iterator[dict[str, Any]]:
    """Yield `bench.bundle.Contention` for a codec of each format, and each size of crowd."""
    # Not at the head: this module is imported by each decoder's process, which needs no torch.
    from bench.machine import usable_cores
    from bench.pipeline.configuration import codec_of

    context = multiprocessing.get_context(configurations[0].start_method)
    sizes = crowds(usable_cores())
    crowd = [_Decoder(context) for _ in range(sizes[-1])]
    try:
        for found in {codec_of(c).partition("/")[0]: c for c in reversed(configurations)}.values():
            codec, store = codec_of(found), session.store(found)
            work = (found.payload, found.data.size, codec, store.place, store.part(0))
            for decoder in crowd:
                decoder.prepare(work)
            for size in sizes:
                start_ns = time.perf_counter_ns() + round(_AHEAD_S * 1e9)
                end_ns = start_ns + round(seconds * 1e9)
                for decoder in crowd[:size]:
                    decoder.pipe.send((start_ns, end_ns))
                yield {
                    "payload": found.payload,
                    "size": found.data.size,
                    "codec": codec,
                    "batch": 1 if found.items == "sample" else found.samples,
                    "decoders": size,
                    "us": round(seconds * 1e6),
                    "batches_x100": [decoder.answer() for decoder in crowd[:size]],
                }
    finally:
        for decoder in crowd:
            decoder.end()


class _Decoder:
    """A process that decodes when it is told to."""

    def __init__(self, context: Any) -> None:
        self.pipe, other = context.Pipe()
        self._process = context.Process(target=_decode, args=(other,), daemon=True)
        self._process.start()
        other.close()

    def prepare(self, work: tuple[str, int, str, Place, tuple[int, int]]) -> None:
        """Have it decode this from now on; returns once it has."""
        self.pipe.send(work)
        self.answer()

    def answer(self) -> int:
        """Return what it answers."""
        if not self.pipe.poll(_PATIENCE_S):
            raise TimeoutError
        found: int = self.pipe.recv()
        return found

    def end(self) -> None:
        """End it."""
        self.pipe.close()
        self._process.kill()
        self._process.join()


def _decode(pipe: Connection) -> None:
    """Decode from a time to another, and answer how many batches there were, to the hundredth."""
    decode: Callable[[bytes], object] = len
    data = b""
    while True:
        try:
            asked = pipe.recv()
        except EOFError:
            return
        if len(asked) > 2:
            name, size, codec, place, part = asked
            decode = DECODERS[codec].bind(payload(name, size)).decode
            handle = place.open()
            data = handle.read(*part)
            handle.close()
            decode(data)
            pipe.send(0)
            continue
        start_ns, end_ns = asked
        while time.perf_counter_ns() < start_ns:
            time.sleep(0)
        count, last_ns = 0, start_ns
        while (now_ns := time.perf_counter_ns()) < end_ns:
            decode(data)
            count, last_ns = count + 1, now_ns
        # The last reaches beyond the end: what of it lies before counts.
        over_ns = time.perf_counter_ns() - last_ns
        done = count - 1 + (end_ns - last_ns) / over_ns if count else 0.0
        pipe.send(round(100 * done))
