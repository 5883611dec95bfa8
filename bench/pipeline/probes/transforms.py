"""A batch transformed in each way: what a worker does, and what this machine's devices do then.

The ways take turns on the same batch, so that their ratios hold on a machine that is not calm.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from bench.bundle.setup import REAL_DEVICES
from bench.pipeline.device import synchronize, unavailable
from bench.pipeline.probes.calmly import Calmly
from bench.pipeline.transform import TRANSFORMS, size_in_bytes
from bench.pipeline.window import times
from formats.tensors import to_tensors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.pipeline.configuration import Configuration
    from bench.pipeline.session import PipelineSession
    from bench.pipeline.transform import Tensors, Transform

_ROUNDS = 4
"""The ways take turns, so that a slow spell does not fall on one alone."""
_WARMUP, _MIN_BATCHES = 1, 2
"""Batches of each round."""
_WITH_REAL_STEPS = "image"
"""The payload of which a step really runs, and with it what is left of its transform."""


def probe(
    session: PipelineSession, configurations: Sequence[Configuration], seconds: float
) -> Iterator[dict[str, Any]]:
    """Yield `bench.bundle.Transformed` for each payload in each size that is run, in each way."""
    del session
    kinds: dict[tuple[str, int], Configuration] = {}
    for configuration in configurations:
        kinds.setdefault((configuration.data.name, configuration.data.size), configuration)
    calmly = Calmly(seconds)
    for (name, _), configuration in kinds.items():
        data, samples = configuration.data, configuration.samples
        decoded = dict(to_tensors(data.generate(configuration.nonce, samples)))
        ways = {variant: _Way(way, decoded, name) for variant, way in TRANSFORMS[name].items()}
        for _ in range(_ROUNDS):
            for way in ways.values():
                way.measure(seconds / _ROUNDS, calmly)
        for variant, way in ways.items():
            shape = {"payload": name, "size": data.size, "batch": samples, "variant": variant}
            yield {**shape, **way.record()}


class _Way:
    """A way of transforming a batch."""

    def __init__(self, transform: Transform, decoded: Tensors, payload: str) -> None:
        self._transform = transform
        self._decoded = decoded
        left = transform.device is not None
        devices = REAL_DEVICES if left and payload == _WITH_REAL_STEPS else ()
        self._devices = tuple(d for d in devices if unavailable(d) is None)
        self._worker_ns: list[int] = []
        self._finish_ns: dict[str, list[int]] = {device: [] for device in self._devices}
        self._canaries_us: tuple[list[int], list[int]] = ([], [])
        self._handed: Tensors = {}

    def measure(self, seconds: float, calmly: Calmly) -> None:
        """Measure a round of so many seconds, and each device as often."""
        for _ in range(_WARMUP):
            self._transform.worker(self._decoded)
        worker_ns, taken = calmly(partial(self._round, seconds), on_the_cpu=True)
        self._worker_ns += worker_ns
        for device in self._devices:
            self._finish_ns[device] += self._finish(device, len(worker_ns))
        self._canaries_us[0].extend(taken.before_us)
        self._canaries_us[1].extend(taken.after_us)

    def _round(self, seconds: float) -> list[int]:
        spent: list[int] = []
        end = time.perf_counter() + seconds
        while len(spent) < _MIN_BATCHES or time.perf_counter() < end:
            start = time.perf_counter_ns()
            # As in a loop over a loader: a batch is freed once the next one has been made.
            self._handed = self._transform.worker(self._decoded)
            spent.append(time.perf_counter_ns() - start)
        return spent

    def _finish(self, name: str, count: int) -> list[int]:
        """Return how long a device takes for what is left of a batch, in ns."""
        device, finish = torch.device(name), self._transform.device
        assert finish is not None  # noqa: S101 - else there are no devices
        handed = {field: tensor.to(device) for field, tensor in self._handed.items()}
        finish(handed)
        synchronize(device)
        spent: list[int] = []
        for _ in range(count):
            start = time.perf_counter_ns()
            finish(handed)
            synchronize(device)
            spent.append(time.perf_counter_ns() - start)
        return spent

    def record(self) -> dict[str, Any]:
        """Return the measured fields of `bench.bundle.Transformed`."""
        return {
            "batches": len(self._worker_ns),
            "worker": times(self._worker_ns),
            "bytes": size_in_bytes(self._handed),
            "tensors": len(self._handed),
            "finish": {device: times(spent) for device, spent in self._finish_ns.items()},
            "canary_us": [*self._canaries_us[0], *self._canaries_us[1]],
        }
