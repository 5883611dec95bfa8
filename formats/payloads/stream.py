"""A stream of random integers that is the same on every machine.

Counter-mode SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) keyed by SHA-256 of a nonce and a label.
Integer arithmetic alone: exp, pow and float sums differ between processors, these do not.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


@cache
def _zipf_steps(vocabulary: int) -> NDArray[np.int64]:
    """Return cumulative integer weights of a Zipf law with exponent 1, shape (vocabulary,)."""
    ranks = np.arange(1, vocabulary + 1, dtype=np.int64)
    return np.cumsum((1 << 40) // ranks)


class Stream:
    """Random integers from a nonce and a label; each draw moves the counter on."""

    def __init__(self, nonce: str, label: str) -> None:
        key = hashlib.sha256(f"{nonce}\0{label}".encode()).digest()[:8]
        self._key = np.array(int.from_bytes(key, "little"), dtype=np.uint64)
        self._counter = 0

    def uint64(self, *shape: int) -> NDArray[np.uint64]:
        """Draw uniform 64-bit integers of a shape."""
        size = int(np.prod(shape, dtype=np.int64))
        counter = np.arange(self._counter + 1, self._counter + size + 1, dtype=np.uint64)
        self._counter += size
        z = self._key + counter * _GAMMA
        z = (z ^ (z >> np.uint64(30))) * _MIX_1
        z = (z ^ (z >> np.uint64(27))) * _MIX_2
        mixed: NDArray[np.uint64] = z ^ (z >> np.uint64(31))
        return mixed.reshape(shape)

    def below(self, bound: int, *shape: int) -> NDArray[np.int64]:
        """Draw integers of a shape in [0, bound), bound at most 2**31, by multiply and shift."""
        high = self.uint64(*shape) >> np.uint64(32)
        return ((high * np.uint64(bound)) >> np.uint64(32)).astype(np.int64)

    def zipf(self, vocabulary: int, *shape: int) -> NDArray[np.int64]:
        """Draw ids in [0, vocabulary) of a shape, id k as often as 1 / (k + 1): a Zipf law."""
        steps = _zipf_steps(vocabulary)
        target = (self.uint64(*shape) % np.uint64(steps[-1])).astype(np.int64)
        return np.searchsorted(steps, target, side="right")

    def heavy_tailed(self, bits: int, *shape: int) -> NDArray[np.int64]:
        """Draw counts below 2**bits of a shape, their magnitude uniform on a log scale."""
        shift = self.below(bits + 1, *shape).astype(np.uint64)
        mask = np.uint64((1 << bits) - 1)
        return ((self.uint64(*shape) & mask) >> shift).astype(np.int64)
