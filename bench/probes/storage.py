"""This disk: in sequence and at random, by request size and number of readers, warm and cold.

Warm is read from the page cache. Cold is read after the cache was told to drop the file; whether it
did is looked at, not believed, since a read from memory passed off as one from disk is the oldest
mistake in this trade. A virtual machine's host may cache all the same; nothing inside can see that.
"""

from __future__ import annotations

import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, BinaryIO

from bench.probe import UnavailableError, ask

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from io import FileIO

KIB, MIB = 1 << 10, 1 << 20
COLD_SHARE = 0.9
"""A read is cold where at least this share of its bytes came from the disk."""

_F_NOCACHE = 48  # macOS: read around the cache


@dataclass(frozen=True)
class Pattern:
    """A way of reading: so many readers, each in requests of so many bytes.

    order: sequential, each reader its own part of one file; random, anywhere in it; files, many
    files as long as a request.
    """

    order: str
    request: int
    readers: int


@dataclass(frozen=True)
class Reads:
    """What a pattern gave: bytes, requests and time, and how many bytes came from the disk.

    disk_bytes is what the system counted, or `unavailable: reason`.
    """

    pattern: Pattern
    state: str
    requests: int
    bytes: int
    ns: int
    disk_bytes: int | str

    @property
    def cold(self) -> bool | None:
        """Tell whether it was read from the disk; None where this system does not say."""
        if isinstance(self.disk_bytes, str):
            return None
        return self.disk_bytes >= COLD_SHARE * self.bytes

    def record(self) -> dict[str, Any]:
        """Return it as `bench.bundle.StorageReads` has it."""
        return {
            "order": self.pattern.order,
            "request_bytes": self.pattern.request,
            "readers": self.pattern.readers,
            "state": self.state,
            "requests": self.requests,
            "us": max(1, round(self.ns / 1000)),
            "disk_bytes": self.disk_bytes,
        }

    @property
    def rate(self) -> float:
        """Return bytes a second."""
        return self.bytes / self.ns * 1e9


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


class Ground:
    """A large file and many small ones, of bytes that no disk can compress, in a folder."""

    def __init__(self, folder: Path, size: int = 64 * MIB, files: int = 256) -> None:
        """Write them, and wait until they are on the disk."""
        block = random.Random(1).randbytes(MIB)  # noqa: S311 - noise, not a secret
        self.size = size
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

    def drop(self) -> None:
        """Tell the system to drop all of it from its cache.

        Raises:
            UnavailableError: this system offers no way that needs no privileges.

        """
        if sys.platform == "darwin":
            return  # each file is read around the cache
        if not hasattr(os, "posix_fadvise"):
            raise UnavailableError("no way to drop a file from the cache here")
        for path in (self.large, *self.small):
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def probe(folder: Path, limit_s: float) -> dict[str, Any] | str:
    """Measure the disk of a folder, as `bench.bundle.Storage` has it, or say why that cannot be.

    Takes 72 MB of it meanwhile, and limit_s for each pattern at most.
    """
    try:
        with TemporaryDirectory(prefix=".disk-", dir=folder) as place:
            ground = Ground(Path(place))
            found = [
                read(ground, pattern, state, limit_s)
                for pattern in PATTERNS
                for state in ("warm", "cold")
            ]
    except OSError as error:
        return f"unavailable: {type(error).__name__}"
    reasons = [reads for reads in found if isinstance(reads, str)]
    return {
        "reads": [reads.record() for reads in found if isinstance(reads, Reads)],
        "cold": reasons[0] if reasons else "measured",
    }


def read(ground: Ground, pattern: Pattern, state: str, limit_s: float) -> Reads | str:
    """Read by a pattern for at most so long, or once through; or say why that cannot be."""
    if state == "cold" and isinstance(reason := ask(ground.drop), str):
        return reason
    if state == "warm":
        _touch(ground, pattern)
    jobs = _jobs(ground, pattern)
    before = ask(_disk_bytes)
    start = time.perf_counter_ns()
    end = start + round(limit_s * 1e9)
    with ThreadPoolExecutor(pattern.readers) as pool:
        counts = [running.result() for running in [pool.submit(job, state, end) for job in jobs]]
    ns = time.perf_counter_ns() - start
    after = ask(_disk_bytes)
    requests = sum(counts)
    return Reads(
        pattern,
        state,
        requests,
        requests * pattern.request,
        ns,
        before if isinstance(before, str) else int(after) - before,
    )


def _jobs(ground: Ground, pattern: Pattern) -> Sequence[Callable[[str, int], int]]:
    """Return for each reader what it does until a time; it returns how many requests it made."""
    if pattern.order == "files":
        mine = [ground.small[reader :: pattern.readers] for reader in range(pattern.readers)]
        return [partial(_whole, paths) for paths in mine]
    places = list(range(0, ground.size - pattern.request + 1, pattern.request))
    if pattern.order == "random":
        random.Random(2).shuffle(places)  # noqa: S311 - an order, not a secret
    cuts = [len(places) * reader // pattern.readers for reader in range(pattern.readers + 1)]
    parts = [places[a:b] for a, b in pairwise(cuts)]
    return [partial(_parts, ground.large, part, pattern) for part in parts]


def _whole(paths: Sequence[Path], state: str, end_ns: int) -> int:
    done = 0
    for path in paths:
        with _open(path, state) as file:
            file.read()
        done += 1
        if time.perf_counter_ns() > end_ns:
            break
    return done


def _parts(path: Path, places: Sequence[int], pattern: Pattern, state: str, end_ns: int) -> int:
    done = 0
    with _open(path, state) as file:
        if pattern.order == "random" and hasattr(os, "posix_fadvise"):
            # What is read ahead of a random request is read in vain.
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
        for place in places:
            file.seek(place)
            file.read(pattern.request)
            done += 1
            if time.perf_counter_ns() > end_ns:
                break
    return done


def _open(path: Path, state: str) -> FileIO:
    file = path.open("rb", buffering=0)
    if state == "cold" and sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(file.fileno(), _F_NOCACHE, 1)
    return file


def _touch(ground: Ground, pattern: Pattern) -> None:
    """Read everything once, so that it is in the cache."""
    with ExitStack() as stack:
        for path in ground.small if pattern.order == "files" else [ground.large]:
            file = stack.enter_context(path.open("rb"))
            while file.read(MIB):
                pass


def _disk_bytes() -> int:
    """Return how many bytes this process has had read from a disk.

    Raises:
        UnavailableError: this system does not count them.

    """
    if sys.platform != "linux":
        raise UnavailableError("this system does not count a process's reads from disk")
    for line in Path("/proc/self/io").read_text(encoding="ascii").splitlines():
        if line.startswith("read_bytes:"):
            return int(line.split()[1])
    raise UnavailableError("not in /proc/self/io")


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
