"""This disk: in sequence and at random, by request size and number of readers, in four states.

Warm is read from the page cache. Cold is read after the cache was told to drop the file; whether it
did is looked at, not believed, since a read from memory passed off as one from disk is the oldest
mistake in this trade. Direct is read around the cache, which is full meanwhile, so that a file
system that goes through it all the same gives itself away. The fourth is no disk: a file system in
memory. A virtual machine's host may cache whatever is read; nothing inside can see that.
"""

from __future__ import annotations

import errno
import mmap
import os
import random
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, BinaryIO

import psutil

from bench.availability import UnavailableError, ask
from bench.bundle import StorageReads
from bench.disk import cache

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from io import FileIO

KIB, MIB = 1 << 10, 1 << 20

_F_NOCACHE = 48  # macOS: what is read is not kept in the cache
_REFUSED = (errno.EINVAL, errno.EOPNOTSUPP)  # how file systems say that they have no O_DIRECT

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - files go to a folder of their own in it
_MEMORY_FILE = 12 * MIB  # with the small ones 16 MiB: a container has 64 MiB of it
_MEMORY_ROUNDS = 3  # read once through, it would be over before all readers are there


@dataclass(frozen=True)
class Pattern:
    """A way of reading: so many readers, each in requests of so many bytes.

    order: sequential, each reader its own part of one file; random, anywhere in it; files, many
    files as long as a request.
    """

    order: str
    request: int
    readers: int


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
    """A large file and many small ones, of bytes that no disk can compress, in a folder.

    rounds: how often each reader goes through its part of the large one.
    """

    def __init__(
        self, folder: Path, size: int = 64 * MIB, files: int = 256, rounds: int = 1
    ) -> None:
        """Write them, and wait until they are on the disk."""
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

    def files(self, pattern: Pattern) -> Sequence[Path]:
        """Return the files that a pattern reads."""
        return self.small if pattern.order == "files" else [self.large]


def probe(folder: Path, limit_s: float) -> dict[str, Any] | str:
    """Measure the disk of a folder, as `bench.bundle.Storage` has it, or say why that cannot be.

    Takes 72 MB of it meanwhile, and 16 MB of memory; limit_s for each pattern in each state at
    most.
    """
    try:
        with TemporaryDirectory(prefix=".disk-", dir=folder) as place:
            ground = Ground(Path(place))
            found = {state: _sweep(ground, state, limit_s) for state in ("warm", "direct", "cold")}
    except OSError as error:
        return f"unavailable: {type(error).__name__}"
    if isinstance(found["warm"], str):
        return found["warm"]
    found["tmpfs"] = ask(partial(_in_memory, limit_s))
    measured = [reads for some in found.values() if not isinstance(some, str) for reads in some]
    return {
        "reads": [reads.model_dump(mode="json") for reads in measured],
        **{
            state: some if isinstance(some, str) else "measured"
            for state, some in found.items()
            if state != "warm"
        },
    }


def memory_folder() -> Path:
    """Return where a memory file system takes files.

    Raises:
        UnavailableError: there is none, or it is nearly full.

    """
    place = str(_SHARED_MEMORY)
    if not _SHARED_MEMORY.is_dir() or not any(
        found.mountpoint == place and found.fstype == "tmpfs"
        for found in psutil.disk_partitions(all=True)
    ):
        raise UnavailableError("no memory file system here")
    if shutil.disk_usage(place).free < 3 * _MEMORY_FILE:
        raise UnavailableError("the memory file system is nearly full")
    return _SHARED_MEMORY


def _in_memory(limit_s: float) -> list[StorageReads] | str:
    """Read on a memory file system, or say why that cannot be; leave nothing there."""
    with TemporaryDirectory(prefix=".disk-", dir=memory_folder()) as place:
        ground = Ground(Path(place), _MEMORY_FILE, rounds=_MEMORY_ROUNDS)
        return _sweep(ground, "tmpfs", limit_s)


def _sweep(ground: Ground, state: str, limit_s: float) -> list[StorageReads] | str:
    """Read in a state by all patterns that it has; or say why that cannot be."""
    found = []
    for pattern in PATTERNS:
        if pattern.order in STATES[state].orders:
            reads = read(ground, pattern, state, limit_s)
            if isinstance(reads, str):
                return reads
            found.append(reads)
    return found


def read(ground: Ground, pattern: Pattern, state: str, limit_s: float) -> StorageReads | str:
    """Read by a pattern for at most so long, or all of it; or say why that cannot be."""
    how = STATES[state]
    if isinstance(reason := ask(partial(how.prepare, ground, pattern)), str):
        return reason
    files = ground.files(pattern)
    resident = ask(partial(cache.resident_percent, files)) if how.drops else None
    jobs = _jobs(ground, pattern)
    before = ask(cache.disk_bytes)
    start = time.perf_counter_ns()
    end = start + round(limit_s * 1e9)
    with ThreadPoolExecutor(pattern.readers) as pool:
        counts = [running.result() for running in [pool.submit(job, how, end) for job in jobs]]
    ns = time.perf_counter_ns() - start
    after = ask(cache.disk_bytes)
    return StorageReads.model_validate(
        {
            "order": pattern.order,
            "request_bytes": pattern.request,
            "readers": pattern.readers,
            "state": state,
            "requests": sum(counts),
            "us": max(1, round(ns / 1000)),
            "disk_bytes": before if isinstance(before, str) else int(after) - before,
            "resident_percent": resident,
        }
    )


def _jobs(ground: Ground, pattern: Pattern) -> Sequence[Callable[[State, int], int]]:
    """Return for each reader what it does until a time; it returns how many requests it made."""
    if pattern.order == "files":
        mine = [ground.small[reader :: pattern.readers] for reader in range(pattern.readers)]
        return [partial(_whole, paths) for paths in mine]
    places = list(range(0, ground.size - pattern.request + 1, pattern.request))
    if pattern.order == "random":
        random.Random(2).shuffle(places)  # noqa: S311 - an order, not a secret
    cuts = [len(places) * reader // pattern.readers for reader in range(pattern.readers + 1)]
    parts = [places[a:b] * ground.rounds for a, b in pairwise(cuts)]
    return [partial(_parts, ground.large, part, pattern) for part in parts]


def _whole(paths: Sequence[Path], how: State, end_ns: int) -> int:
    done = 0
    for path in paths:
        with how.open(path) as file:
            file.read()
        done += 1
        if time.perf_counter_ns() > end_ns:
            break
    return done


def _parts(path: Path, places: Sequence[int], pattern: Pattern, how: State, end_ns: int) -> int:
    done = 0
    with how.open(path) as file:
        if pattern.order == "random" and hasattr(os, "posix_fadvise"):
            # What is read ahead of a random request is read in vain.
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
        take = how.taking(file, pattern.request)
        for place in places:
            file.seek(place)
            take()
            done += 1
            if time.perf_counter_ns() > end_ns:
                break
    return done


def _open(path: Path) -> FileIO:
    return path.open("rb", buffering=0)


def _open_uncached(path: Path) -> FileIO:
    file = _open(path)
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(file.fileno(), _F_NOCACHE, 1)
    return file


def _open_direct(path: Path) -> FileIO:
    if not hasattr(os, "O_DIRECT"):
        raise UnavailableError("no O_DIRECT here")
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_DIRECT), "rb", buffering=0)


def _copying(file: FileIO, request: int) -> Callable[[], object]:
    return partial(file.read, request)


def _filling(file: FileIO, request: int) -> Callable[[], object]:
    """Read into one buffer that begins at a page, as O_DIRECT asks for."""
    return partial(file.readinto, mmap.mmap(-1, request))


def _touch(ground: Ground, pattern: Pattern) -> None:
    """Read everything once, so that it is in the cache."""
    for path in ground.files(pattern):
        with _open(path) as file:
            while file.read(MIB):
                pass


def _drop(ground: Ground, pattern: Pattern) -> None:
    cache.drop(ground.files(pattern))


def _try_direct(ground: Ground, pattern: Pattern) -> None:
    """Fill the cache, and make one request around it.

    Raises:
        UnavailableError: the file system, or the whole system, has no way around it.

    """
    _touch(ground, pattern)
    try:
        with _open_direct(ground.large) as file:
            _filling(file, pattern.request)()
    except OSError as error:
        if error.errno in _REFUSED:
            raise UnavailableError("the file system refuses O_DIRECT") from None
        raise


@dataclass(frozen=True)
class State:
    """Where bytes come from: what goes before, how a file is opened, and how a request is made.

    drops: the cache was told to drop the files, and is asked whether it did.
    """

    prepare: Callable[[Ground, Pattern], None]
    open: Callable[[Path], FileIO] = _open
    taking: Callable[[FileIO, int], Callable[[], object]] = _copying
    orders: tuple[str, ...] = ("sequential", "random", "files")
    drops: bool = False


STATES = {
    "warm": State(_touch),
    "cold": State(_drop, _open_uncached, drops=True),
    "direct": State(_try_direct, _open_direct, _filling, ("sequential", "random")),
    "tmpfs": State(_touch),
}


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
