"""The devices of this machine: their peak, copies to them, training steps of ResNet-50."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from bench.bundle.setup import REAL_DEVICES
from bench.errors import ConfigurationError
from bench.pipeline.device import TrainingStep
from bench.pipeline.probes.calmly import Calmly
from bench.pipeline.window import times
from bench.system.limits import usable_cores

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.pipeline.configuration import Configuration
    from bench.pipeline.session import PipelineSession

_BATCHES = {"cpu": (4, 64), "cuda": (64, 224), "mps": (16, 224)}
"""Samples of a batch, and pixels a side, by device: what a step of a second or less allows."""

_MIB = 1 << 20
_COPY_BYTES = (_MIB // 16, _MIB, 16 * _MIB, 64 * _MIB)
_WARMUP_STEPS, _MIN_STEPS = 1, 2


def probe(
    session: PipelineSession, configurations: Sequence[Configuration], seconds: float
) -> Iterator[dict[str, Any] | str]:
    """Yield `bench.bundle.Device` for each device, or `unavailable: reason`."""
    del session, configurations
    threads = torch.get_num_threads()
    torch.set_num_threads(usable_cores())
    calmly = Calmly(seconds)
    try:
        for name in REAL_DEVICES:
            try:
                record, taken = calmly(partial(_device, name, seconds))
                yield record | {"canary_us": taken.canary_us}
            except ConfigurationError as error:
                yield f"unavailable: {error.problems[0].partition(': ')[2].partition(';')[0]}"
    finally:
        torch.set_num_threads(threads)


def _device(name: str, seconds: float) -> dict[str, Any]:
    batch, side = _BATCHES[name]
    device = TrainingStep(name, batch)
    pixels = {"pixels": torch.rand(batch, 3, side, side)}
    steps_ns: list[int] = []
    end = time.perf_counter() + seconds
    while len(steps_ns) < _WARMUP_STEPS + _MIN_STEPS or time.perf_counter() < end:
        steps_ns.append(device.consume(pixels)[1])
    return {
        "device": name,
        "type": "bfloat16" if name == "cuda" else "float32",
        "peak_flop_s": round(device.peak_flop_s),
        "batch": batch,
        "side": side,
        "flop": round(device.flop_per_sample * batch),
        "step": times(steps_ns[_WARMUP_STEPS:]),
        "steps": len(steps_ns) - _WARMUP_STEPS,
        "copies": [] if name == "cpu" else list(_copies(device, seconds)),
    }


def _copies(device: TrainingStep, seconds: float) -> Iterator[tuple[int, bool, int, int]]:
    """Yield `bench.bundle.Copy` for each size, from pinned memory and not."""
    for size in _COPY_BYTES:
        for pinned in (False, True):
            data = torch.ones(size, dtype=torch.uint8)
            source = data.pin_memory() if pinned else data
            device.copy(source)
            count, start = 0, time.perf_counter_ns()
            while (elapsed := time.perf_counter_ns() - start) < seconds * 1e9 / 8 or not count:
                device.copy(source)
                count += 1
            yield size, pinned, count, max(1, round(elapsed / 1e3))
