"""Batches of any shape: dicts, tuples, lists and dataclasses of tensors, arrays and texts."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Iterator


def leaves(batch: Any) -> Iterator[Any]:
    """Yield what a batch holds: tensors, arrays, texts and other values."""
    if isinstance(batch, dict):
        parts: Any = batch.values()
    elif isinstance(batch, list | tuple):
        parts = batch
    elif dataclasses.is_dataclass(batch) and not isinstance(batch, type):
        parts = [getattr(batch, field.name) for field in dataclasses.fields(batch)]
    else:
        yield batch
        return
    for part in parts:
        yield from leaves(part)


def copied(batch: Any) -> Any:
    """Return a batch of the same shapes in memory of its own, as a collate makes one.

    A tensor in shared memory, where torch's own collate puts it, is copied into shared memory.
    """
    if isinstance(batch, torch.Tensor):
        return _copied_tensor(batch)
    if isinstance(batch, np.ndarray):
        return batch.copy()
    copy: Any = batch
    if isinstance(batch, dict):
        copy = {key: copied(value) for key, value in batch.items()}
    elif isinstance(batch, tuple) and hasattr(batch, "_fields"):
        copy = type(batch)(*map(copied, batch))
    elif isinstance(batch, list | tuple):
        copy = type(batch)(map(copied, batch))
    elif dataclasses.is_dataclass(batch) and not isinstance(batch, type):
        fields = [field.name for field in dataclasses.fields(batch) if field.init]
        copy = dataclasses.replace(batch, **{n: copied(getattr(batch, n)) for n in fields})
    return copy


def _copied_tensor(tensor: torch.Tensor) -> torch.Tensor:
    if tensor.device.type != "cpu" or not tensor.is_shared() or not tensor.is_contiguous():
        return tensor.clone()
    size = tensor.numel() * tensor.element_size()
    storage = torch.UntypedStorage._new_shared(size, device="cpu")
    copy = torch.empty(0, dtype=tensor.dtype).set_(storage).view(tensor.shape)
    return copy.copy_(tensor)


def tensor_bytes(batch: Any) -> tuple[int, int]:
    """Return the bytes of a batch's tensors and arrays, and how many they are."""
    sizes = [
        leaf.numel() * leaf.element_size() if isinstance(leaf, torch.Tensor) else leaf.nbytes
        for leaf in leaves(batch)
        if isinstance(leaf, torch.Tensor | np.ndarray)
    ]
    return sum(sizes), len(sizes)


def samples_in(batch: Any, usual: int | None) -> int:
    """Return how many samples a batch holds.

    Args:
        batch: what the loader gives.
        usual: the loader's batch size; None: the data set makes batches itself.

    """
    for leaf in leaves(batch):
        if isinstance(leaf, torch.Tensor | np.ndarray) and leaf.ndim:
            return int(leaf.shape[0])
    return usual or (len(batch) if isinstance(batch, list | tuple) else 1)


def digest(sample: Any) -> str:
    """Return a hash of what a sample holds, the same in every process."""
    result = hashlib.blake2b(digest_size=12)
    for leaf in leaves(sample):
        if isinstance(leaf, torch.Tensor):
            result.update(leaf.detach().cpu().contiguous().view(-1).numpy().tobytes())
        elif isinstance(leaf, np.ndarray):
            result.update(leaf.tobytes())
        else:
            result.update(leaf if isinstance(leaf, bytes) else repr(leaf).encode())
    return result.hexdigest()
