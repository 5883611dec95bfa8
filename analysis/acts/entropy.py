"""How many bits the bytes of samples hold, as far as the frequencies of byte values tell."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from formats.payloads import kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

_VALUES, _MOST = 256, 8.0
"""Of a byte, and the bits that they can hold."""


def entropy(data: NDArray[np.uint8]) -> float:
    """Return Shannon's entropy of byte values, in bits per byte.

    Of order 0: it says what a coder without memory would need. Samples in which neighbours are
    alike, such as pictures, hold less. The estimate from frequencies is too low by (k - 1) / 2n
    nats for k values that occur in n bytes, which is added (Miller, 1955).

    Args:
        data: bytes, any shape, at least one.

    """
    counts = np.bincount(np.ravel(data), minlength=_VALUES)
    seen = counts[counts > 0]
    shares = seen / seen.sum()
    plug_in = float(shares @ -np.log2(shares))
    return min(_MOST, plug_in + float((len(seen) - 1) / (2 * seen.sum() * np.log(2))))


@lru_cache(maxsize=8)
def entropy_of_payload(name: str, nonce: str) -> float:
    """Return the entropy of a payload's usual batch, as a run with a nonce generates it."""
    size, samples = kind(name).usual
    batch = kind(name)(size).generate(nonce, samples)
    data = [np.ascontiguousarray(field).view(np.uint8).ravel() for field in batch.values()]
    return entropy(np.concatenate(data))
