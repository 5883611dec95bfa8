"""The last step of every decode: arrays as torch tensors, over the same memory."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from formats.payloads import Batch


@cache
def _from_numpy() -> Callable[[Any], Any]:
    """Return torch.from_numpy, or the identity where torch has no wheel for this platform."""
    try:
        from torch import from_numpy
    except ImportError:
        return lambda array: array
    return cast("Callable[[Any], Any]", from_numpy)


def to_tensors(batch: Batch) -> Mapping[str, Any]:
    """Wrap each array of a batch as a tensor without copying it.

    Where torch is not installed the arrays themselves are returned; a bundle records which it was.
    """
    wrap = _from_numpy()
    return {name: wrap(array) for name, array in batch.items()}
