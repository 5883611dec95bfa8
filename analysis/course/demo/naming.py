"""What a student of a made-up class draws from, and is called."""

from __future__ import annotations

import hashlib

import numpy as np


def generator(seed: int, number: int, part: str) -> np.random.Generator:
    """Return the random numbers of a part of a student: the same whatever else is drawn."""
    digest = hashlib.sha256(f"{seed}/{number}/{part}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "little"))


def pseudonym(seed: int, number: int) -> str:
    """Return a student's pseudonym: 12 hexadecimal digits."""
    return hashlib.sha256(f"{seed}/{number}/pseudonym".encode()).hexdigest()[:12]
