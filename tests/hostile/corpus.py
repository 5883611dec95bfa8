"""Valid encodings to begin with, of payloads small enough to be decoded many thousand times."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import TYPE_CHECKING

from formats.payloads import Payload, payload
from formats.registry import DECODERS, LAYOUTS, bind
from tests.hostile.mutations import mutate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from formats.payloads import Batch

SIZES = {"tabular": 5, "image": 3, "tokens": 300, "audio": 77}
BATCHES = (0, 1, 2, 7)
_LARGE_BYTES = 400_000
"""Decoded bytes of a large batch: more than one chunk of any decoder that reads in chunks."""


@cache
def subject(name: str) -> Payload:
    """Return a payload at its size here."""
    return payload(name, SIZES[name])


@cache
def pairs() -> tuple[tuple[str, str], ...]:
    """Return every codec with every payload that its layout holds."""
    return tuple(
        (codec, name)
        for codec, entry in DECODERS.items()
        for name in SIZES
        if LAYOUTS[entry.layout].fits(subject(name))
    )


@cache
def batch(name: str, samples: int) -> Batch:
    """Return the batch that is encoded."""
    return subject(name).generate("hostile", samples)


@cache
def kept(layout: str, name: str, samples: int) -> Batch:
    """Return what decoders of a layout give back of it."""
    return LAYOUTS[layout].kept(subject(name), batch(name, samples))


@cache
def valid(layout: str, name: str, samples: int) -> bytes:
    """Return a batch as the bytes of a layout."""
    writer = next(entry for entry in DECODERS.values() if entry.layout == layout and entry.writes)
    return bind(writer, subject(name)).encode(batch(name, samples))


@cache
def others(layout: str) -> tuple[bytes, ...]:
    """Return encodings in all layouts of the same format, of all payloads."""
    same = [entry for entry in LAYOUTS.values() if entry.format == LAYOUTS[layout].format]
    return tuple(
        valid(entry.id, name, samples)
        for entry in same
        for name in SIZES
        if entry.fits(subject(name))
        for samples in (0, 3)
    )


def large(layout: str, name: str) -> int:
    """Return how many samples make a large batch; a picture is slow to unpack, however small."""
    if LAYOUTS[layout].pictures:
        return 100
    return _LARGE_BYTES // subject(name).sample_bytes


def mutated(seed: int, codec: str, name: str, number: int) -> Iterator[bytes]:
    """Yield damaged bytes without end, always the same for the same arguments."""
    rng = Random(f"{seed}/{codec}/{name}/{number}")
    layout = DECODERS[codec].layout
    samples = large(layout, name) if rng.random() < 0.04 else rng.choice(BATCHES)
    data = valid(layout, name, samples)
    while True:
        yield mutate(rng, LAYOUTS[layout].format, data, others(layout))
