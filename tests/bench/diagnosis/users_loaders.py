"""Loaders as users write them: each a function that returns one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info

if TYPE_CHECKING:
    from collections.abc import Iterator


class Numbers(Dataset[Any]):
    """Small samples of nested things."""

    def __len__(self) -> int:
        return 256

    def __getitem__(self, index: int) -> Any:
        return {"values": torch.full((8,), float(index)), "names": (f"n{index}", index)}


class Broken(Numbers):
    """One of its samples cannot be read."""

    def __getitem__(self, index: int) -> Any:
        if index == 40:
            raise ValueError("sample 40 is damaged")
        return super().__getitem__(index)


class Unsendable(Numbers):
    """Its samples cannot be pickled."""

    def __getitem__(self, index: int) -> Any:
        return lambda: index


class Stream(IterableDataset[Any]):
    """Counts; every worker counts from the beginning, unless they share the work."""

    def __init__(self, *, sharded: bool) -> None:
        self.sharded = sharded

    def __iter__(self) -> Iterator[Any]:
        info = get_worker_info()
        first, every = (info.id, info.num_workers) if self.sharded and info else (0, 1)
        for number in range(first, 4000, every):
            yield torch.full((4,), float(number))


def as_they_are(samples: list[Any]) -> Any:
    return samples


def numbers() -> DataLoader[Any]:
    return DataLoader(Numbers(), batch_size=16, num_workers=1, shuffle=True)


ready = numbers()


def in_consumer() -> DataLoader[Any]:
    return DataLoader(Numbers(), batch_size=16)


def broken() -> DataLoader[Any]:
    return DataLoader(Broken(), batch_size=16, num_workers=1)


def unsendable() -> DataLoader[Any]:
    return DataLoader(Unsendable(), batch_size=4, num_workers=1, collate_fn=as_they_are)


def empty() -> DataLoader[Any]:
    return DataLoader([], batch_size=4)


def stream() -> DataLoader[Any]:
    return DataLoader(Stream(sharded=False), batch_size=16, num_workers=2)


def sharded() -> DataLoader[Any]:
    return DataLoader(Stream(sharded=True), batch_size=16, num_workers=2)


def spawned() -> DataLoader[Any]:
    return DataLoader(Numbers(), batch_size=16, num_workers=1, multiprocessing_context="spawn")


def no_loader() -> list[int]:
    return [1, 2]


def step(batch: Any) -> None:
    batch["values"].sum()


def broken_step(batch: Any) -> None:
    raise ZeroDivisionError(str(sorted(batch)))
