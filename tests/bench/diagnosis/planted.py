"""Twelve loaders, each with one planted bottleneck, as people write them."""

from __future__ import annotations

import multiprocessing
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch.utils.data import DataLoader, Dataset, Sampler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CORES = 2
SAMPLES = 4000
LOCK = multiprocessing.Lock()
THREADS = 4


def work(seconds: float) -> None:
    """Keep a core busy for a while."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


class Samples(Dataset[Any]):
    """Samples that take some work, some waiting, and some bytes."""

    def __init__(self, work_s: float = 0.0, wait_s: float = 0.0, values: int = 64) -> None:
        self.work_s, self.wait_s, self.values = work_s, wait_s, values

    def __len__(self) -> int:
        return SAMPLES

    def __getitem__(self, index: int) -> Any:
        if self.work_s:
            work(self.work_s)
        if self.wait_s:
            time.sleep(self.wait_s)
        return torch.full((self.values,), float(index))


class Rare(Samples):
    """One sample in some hundreds takes hundreds of times as long, as one that is far away does."""

    def __getitem__(self, index: int) -> Any:
        if index % 500 == 3:
            time.sleep(0.5)
        return super().__getitem__(index)


class Locked(Samples):
    """All workers share a lock, as one on a file does."""

    def __getitem__(self, index: int) -> Any:
        with LOCK:
            return super().__getitem__(index)


class Threaded(Samples):
    """Each sample multiplies matrices, with more threads than there are cores."""

    def __getitem__(self, index: int) -> Any:
        matrix = np.full((384, 384), float(index), np.float32)
        return torch.from_numpy((matrix @ matrix)[0].copy())


class Growing(Samples):
    """Keeps all that it has read, as a cache without a limit does."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Any] = []

    def __getitem__(self, index: int) -> Any:
        self.kept.append(np.full(40_000, index % 251, np.uint8))
        return super().__getitem__(index)


class Many(Samples):
    """A sample of many small tensors."""

    def __getitem__(self, index: int) -> Any:
        return {f"field {number}": torch.full((4,), float(index)) for number in range(4)}


class SlowSampler(Sampler[int]):
    """Draws each index from all of them, as a weighted one without a table does."""

    def __len__(self) -> int:
        return SAMPLES

    def __iter__(self) -> Iterator[int]:
        for index in range(SAMPLES):
            work(0.001)
            yield index


class Opened(Samples):
    """Opens its files anew in every worker of every epoch."""

    opened = False

    def __len__(self) -> int:
        return 320

    def __getitem__(self, index: int) -> Any:
        if not self.opened:
            time.sleep(1.0)
            self.opened = True
        return super().__getitem__(index)


def keep_all(samples: list[Any]) -> Any:
    """Hand samples over one by one."""
    return samples


def slow_collate(samples: list[Any]) -> Any:
    """Make a batch value by value."""
    rows = [[float(value) for value in sample] for sample in samples]
    return torch.tensor([[value * 2 - 1 for value in row] for row in rows])


def loader(dataset: Dataset[Any], workers: int = CORES, **settings: Any) -> DataLoader[Any]:
    """Return a loader of batches of 16."""
    return DataLoader(dataset, batch_size=16, num_workers=workers, **settings)


LOADERS: dict[str, tuple[str, Callable[[], DataLoader[Any]], str]] = {
    "decode": ("decode", lambda: loader(Samples(0.002)), "10ms"),
    "disk": ("slow disk", lambda: loader(Samples(0.0001, wait_s=0.003)), "5ms"),
    "collate": (
        "collate",
        lambda: loader(Samples(values=1_000), collate_fn=slow_collate),
        "10ms",
    ),
    "crossing": ("crossing", lambda: loader(Many(), collate_fn=keep_all), "2ms"),
    "workers": ("too few workers", lambda: loader(Samples(0.001), workers=1), "9ms"),
    "slow_samples": ("slow samples", lambda: loader(Rare(0.0002)), "10ms"),
    "step": ("step", lambda: loader(Samples(0.0002)), "80ms"),
    "threads": ("thread oversubscription", lambda: loader(Threaded()), "5ms"),
    "lock": ("lock", lambda: loader(Locked(0.0008)), "5ms"),
    "growth": ("memory growth", lambda: loader(Growing(), persistent_workers=True), "10ms"),
    "sampler": ("sampler", lambda: loader(Samples(), sampler=SlowSampler()), "5ms"),
    "first_batch": ("first batch", lambda: loader(Opened()), "10ms"),
}
"""By name: the cause that is planted, the loader, and the step beside which it runs."""


def decode() -> DataLoader[Any]:
    return LOADERS["decode"][1]()


def disk() -> DataLoader[Any]:
    return LOADERS["disk"][1]()


def collate() -> DataLoader[Any]:
    return LOADERS["collate"][1]()


def crossing() -> DataLoader[Any]:
    return LOADERS["crossing"][1]()


def workers() -> DataLoader[Any]:
    return LOADERS["workers"][1]()


def slow_samples() -> DataLoader[Any]:
    return LOADERS["slow_samples"][1]()


def step() -> DataLoader[Any]:
    return LOADERS["step"][1]()


def threads() -> DataLoader[Any]:
    threadpool_limits(THREADS)  # as OMP_NUM_THREADS does
    return LOADERS["threads"][1]()


def lock() -> DataLoader[Any]:
    return LOADERS["lock"][1]()


def growth() -> DataLoader[Any]:
    return LOADERS["growth"][1]()


def sampler() -> DataLoader[Any]:
    return LOADERS["sampler"][1]()


def first_batch() -> DataLoader[Any]:
    return LOADERS["first_batch"][1]()
