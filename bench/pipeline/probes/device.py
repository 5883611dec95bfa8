"""The devices that are here: peak, copies to them, training steps of ResNet-50."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import torch

from bench.errors import ConfigurationError
from bench.machine import usable_cores
from bench.pipeline.configuration import REAL
from bench.pipeline.device import TrainingStep
from bench.pipeline.window import times

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.pipeline.configuration import Configuration
    from bench.pipeline.session import Session

SHAPES = {"cpu": (4, 64), "cuda": (64, 224), "mps": (16, 224)}
"""Samples in a batch, and pixels a side, that a device can afford."""

MIB = 1 << 20
_COPIES = (MIB // 16, MIB, 16 * MIB, 64 * MIB)
_WARM, _LEAST = 1, 2


def probe(
    session: Session, configurations: Sequence[Configuration], seconds: float
) -> Iterator[dict[str, Any] | str]:
    """Yield `bench.bundle.Device` for each device, or why it cannot be measured."""
    del session, configurations
    before = torch.get_num_threads()
    torch.set_num_threads(usable_cores())
    try:
        for name in REAL:
            try:
                yield _device(name, seconds)
            except ConfigurationError as error:
                yield f"unavailable: {error.problems[0].partition(': ')[2].partition(';')[0]}"
    finally:
        torch.set_num_threads(before)


def _device(name: str, seconds: float) -> dict[str, Any]:
    batch, side = SHAPES[name]
    device = TrainingStep(name, batch)
    pixels = {"pixels": torch.rand(batch, 3, side, side)}
    taken: list[int] = []
    end = time.perf_counter() + seconds
    while len(taken) < _WARM + _LEAST or time.perf_counter() < end:
        taken.append(device.consume(pixels)[1])
    return {
        "device": name,
        "type": "bfloat16" if name == "cuda" else "float32",
        "peak_flop_s": round(device.peak_flop_s),
        "batch": batch,
        "side": side,
        "flop": round(device.flop_per_sample * batch),
        "step": times(taken[_WARM:]),
        "steps": len(taken) - _WARM,
        "copies": [] if name == "cpu" else list(_copies(device, seconds)),
    }


def _copies(device: TrainingStep, seconds: float) -> Iterator[tuple[int, bool, int, int]]:
    """Yield copies of several sizes, from pinned memory and not: bytes, pinned, how many, us."""
    for size in _COPIES:
        for pinned in (False, True):
            data = torch.ones(size, dtype=torch.uint8)
            source = data.pin_memory() if pinned else data
            device.copy(source)
            count, start = 0, time.perf_counter_ns()
            while (spent := time.perf_counter_ns() - start) < seconds * 1e9 / 8 or not count:
                device.copy(source)
                count += 1
            yield size, pinned, count, max(1, round(spent / 1e3))
