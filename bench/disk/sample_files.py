"""The files that a disk is measured with, and the ways of reading them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from bench.bundle.files import sync

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KIB, MIB = 1 << 10, 1 << 20


@dataclass(frozen=True)
class Pattern:
    """A way of reading."""

    order: str
    """sequential: each reader its own part of one file; random: anywhere in it; files: many files
    as long as a request."""
    request: int
    """Bytes of a request."""
    readers: int
    """Readers at the same time."""


PATTERNS = (
    Pattern("sequential", MIB, 1),
    Pattern("sequential", MIB, 4),
    Pattern("random", 4 * KIB, 1),
    Pattern("random", 4 * KIB, 8),
    Pattern("random", 128 * KIB, 1),
    Pattern("random", 128 * KIB, 8),
    Pattern("files", 16 * KIB, 1),
    Pattern("files", 16 * KIB, 8),
)


class SampleFiles:
    """A large file and many small ones in a folder, of random bytes, which no disk can compress."""

    def __init__(
        self, folder: Path, size: int = 64 * MIB, files: int = 256, rounds: int = 1
    ) -> None:
        """Write them, and wait until they are on the disk.

        Args:
            folder: where to write them.
            size: bytes of the large file.
            files: number of small files, of 16 KiB each.
            rounds: how often each reader reads its part of the large file.

        """
        block = random.Random(1).randbytes(MIB)  # noqa: S311 - noise, not a secret
        self.size = size
        self.rounds = rounds
        self.large = folder / "large"
        with self.large.open("wb") as file:
            for start in range(0, size, MIB):
                file.write(block[: size - start])
            _sync(file)
        self.small = [folder / f"small-{number}" for number in range(files)]
        for number, path in enumerate(self.small):
            with path.open("wb") as file:
                file.write(block[number : number + 16 * KIB])
                _sync(file)

    def of(self, pattern: Pattern) -> Sequence[Path]:
        """Return the files that a pattern reads."""
        return self.small if pattern.order == "files" else [self.large]


def _sync(file: BinaryIO) -> None:
    file.flush()
    sync(file.fileno())
