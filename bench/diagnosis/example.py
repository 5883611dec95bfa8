"""A loader to diagnose: pictures that take time to make, one worker, and a step on a batch."""

from __future__ import annotations

import time
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset


class Pictures(Dataset[Any]):
    """Pictures in one colour, which take a millisecond each."""

    def __len__(self) -> int:
        return 4_000

    def __getitem__(self, index: int) -> Any:
        end = time.perf_counter() + 0.001
        while time.perf_counter() < end:
            pass
        return {
            "pixels": torch.full((3, 64, 64), index % 256, dtype=torch.uint8),
            "name": f"{index}",
        }


def make_loader() -> DataLoader[Any]:
    """Return the loader of a training script."""
    return DataLoader(Pictures(), batch_size=16, num_workers=1, shuffle=True)


def step(batch: Any) -> None:
    """Do what a training step does with a batch; here, very little."""
    batch["pixels"].float().mean()
