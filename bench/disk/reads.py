"""Read speed of a disk: sequential and random, by request size and number of readers.

Reads are measured in four states:

- warm: from the page cache.
- cold: after the system was asked to drop the files from its cache. Whether it did is checked by
  two counts, since a read from memory must not pass for one from the disk.
- direct: around the cache (O_DIRECT), which holds the file meanwhile: a file system that ignores
  the flag shows as one that reads nothing from the disk.
- tmpfs: from a file system in memory, without a disk.

A virtual machine's host may cache reads as well, which cannot be seen from inside.
"""

from __future__ import annotations

import errno
import mmap
import os
import random
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import psutil

from bench.availability import UnavailableError, available_or_reason
from bench.bundle import StorageReads, scratch
from bench.disk import cache
from bench.disk.sample_files import MIB, PATTERNS, Pattern, SampleFiles
from bench.system.limits import SHARED_MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from io import FileIO
    from pathlib import Path

_NO_DIRECT = (errno.EINVAL, errno.EOPNOTSUPP)
"""How file systems refuse O_DIRECT."""

_MEMORY_BYTES = 12 * MIB
"""Size of the large file in memory: 16 MiB with the small ones, of a container's 64 MiB."""
_MEMORY_ROUNDS = 3
"""Read only once, it would be over before all readers have started."""


def probe(folder: Path, limit_s: float) -> dict[str, Any] | str:
    """Measure the disk of a folder; it takes 72 MB of it meanwhile, and 16 MB of memory.

    Args:
        folder: a folder on the disk.
        limit_s: longest time for each pattern in each state, in s.

    Returns:
        The fields of `bench.bundle.Storage`, or `unavailable: reason`.

    """
    try:
        with scratch(folder) as path:
            path.mkdir()
            files = SampleFiles(path)
            sweeps = {state: _sweep(files, state, limit_s) for state in ("warm", "direct", "cold")}
    except OSError as error:
        return f"unavailable: {type(error).__name__}"
    if isinstance(sweeps["warm"], str):
        return sweeps["warm"]
    sweeps["tmpfs"] = available_or_reason(partial(_sweep_memory, limit_s))
    measured = [reads for sweep in sweeps.values() if not isinstance(sweep, str) for reads in sweep]
    return {
        "reads": [reads.model_dump(mode="json") for reads in measured],
        **{
            state: sweep if isinstance(sweep, str) else "measured"
            for state, sweep in sweeps.items()
            if state != "warm"
        },
    }


def memory_folder() -> Path:
    """Return a folder in a file system in memory.

    Raises:
        UnavailableError: there is none, or it is nearly full.

    """
    folder = str(SHARED_MEMORY)
    if not SHARED_MEMORY.is_dir() or not any(
        partition.mountpoint == folder and partition.fstype == "tmpfs"
        for partition in psutil.disk_partitions(all=True)
    ):
        raise UnavailableError("no memory file system here")
    if shutil.disk_usage(folder).free < 3 * _MEMORY_BYTES:
        raise UnavailableError("the memory file system is nearly full")
    return SHARED_MEMORY


def _sweep_memory(limit_s: float) -> list[StorageReads] | str:
    """Read by all patterns in a file system in memory; return why not where that is impossible."""
    with scratch(memory_folder()) as path:
        path.mkdir()
        files = SampleFiles(path, _MEMORY_BYTES, rounds=_MEMORY_ROUNDS)
        return _sweep(files, "tmpfs", limit_s)


def _sweep(files: SampleFiles, state: str, limit_s: float) -> list[StorageReads] | str:
    """Read by all patterns of a state; return why not where that is impossible."""
    measured = []
    for pattern in PATTERNS:
        if pattern.order in STATES[state].orders:
            reads = read(files, pattern, state, limit_s)
            if isinstance(reads, str):
                return reads
            measured.append(reads)
    return measured


def read(files: SampleFiles, pattern: Pattern, state: str, limit_s: float) -> StorageReads | str:
    """Read by a pattern in a state.

    Args:
        files: the files to read.
        pattern: how to read them.
        state: where the bytes come from, of `STATES`.
        limit_s: longest time, in s; it ends earlier once everything is read.

    Returns:
        The measured reads, or `unavailable: reason`.

    """
    method = STATES[state]
    if isinstance(reason := available_or_reason(partial(method.prepare, files, pattern)), str):
        return reason
    resident = (
        available_or_reason(partial(cache.resident_percent, files.of(pattern)))
        if method.drops
        else None
    )
    jobs = _jobs(files, pattern)
    before = available_or_reason(cache.disk_bytes)
    start = time.perf_counter_ns()
    end = start + round(limit_s * 1e9)
    with ThreadPoolExecutor(pattern.readers) as pool:
        counts = [running.result() for running in [pool.submit(job, method, end) for job in jobs]]
    elapsed_ns = time.perf_counter_ns() - start
    after = available_or_reason(cache.disk_bytes)
    return StorageReads.model_validate(
        {
            "order": pattern.order,
            "request_bytes": pattern.request,
            "readers": pattern.readers,
            "state": state,
            "requests": sum(counts),
            "us": max(1, round(elapsed_ns / 1000)),
            "disk_bytes": before if isinstance(before, str) else int(after) - before,
            "resident_percent": resident,
        }
    )


def _jobs(files: SampleFiles, pattern: Pattern) -> Sequence[Callable[[ReadMethod, int], int]]:
    """Return a function for each reader: it reads until a time and returns its requests."""
    if pattern.order == "files":
        shares = [files.small[reader :: pattern.readers] for reader in range(pattern.readers)]
        return [partial(_read_whole, paths) for paths in shares]
    offsets = list(range(0, files.size - pattern.request + 1, pattern.request))
    if pattern.order == "random":
        random.Random(2).shuffle(offsets)  # noqa: S311 - an order, not a secret
    cuts = [len(offsets) * reader // pattern.readers for reader in range(pattern.readers + 1)]
    parts = [offsets[start:stop] * files.rounds for start, stop in pairwise(cuts)]
    return [partial(_read_parts, files.large, part, pattern) for part in parts]


def _read_whole(paths: Sequence[Path], method: ReadMethod, end_ns: int) -> int:
    requests = 0
    for path in paths:
        with method.open(path) as file:
            file.read()
        requests += 1
        if time.perf_counter_ns() > end_ns:
            break
    return requests


def _read_parts(
    path: Path, offsets: Sequence[int], pattern: Pattern, method: ReadMethod, end_ns: int
) -> int:
    requests = 0
    with method.open(path) as file:
        if pattern.order == "random" and hasattr(os, "posix_fadvise"):
            # Reading ahead of a random request would be in vain.
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
        request = method.request(file, pattern.request)
        for offset in offsets:
            file.seek(offset)
            request()
            requests += 1
            if time.perf_counter_ns() > end_ns:
                break
    return requests


def _open(path: Path) -> FileIO:
    return path.open("rb", buffering=0)


def _open_uncached(path: Path) -> FileIO:
    file = _open(path)
    cache.read_uncached(file)
    return file


def _open_direct(path: Path) -> FileIO:
    if not hasattr(os, "O_DIRECT"):
        raise UnavailableError("no O_DIRECT here")
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_DIRECT), "rb", buffering=0)


def _read_new(file: FileIO, size: int) -> Callable[[], object]:
    """Return a request of so many bytes, to new memory each time."""
    return partial(file.read, size)


def _read_aligned(file: FileIO, size: int) -> Callable[[], object]:
    """Return a request of so many bytes, to one buffer aligned to a page, as O_DIRECT needs."""
    return partial(file.readinto, mmap.mmap(-1, size))


def _fill_cache(files: SampleFiles, pattern: Pattern) -> None:
    for path in files.of(pattern):
        with _open(path) as file:
            while file.read(MIB):
                pass


def _drop_cache(files: SampleFiles, pattern: Pattern) -> None:
    cache.drop(files.of(pattern))


def _try_direct(files: SampleFiles, pattern: Pattern) -> None:
    """Fill the cache, and make one request around it.

    Raises:
        UnavailableError: the system or the file system cannot read around the cache.

    """
    _fill_cache(files, pattern)
    try:
        with _open_direct(files.large) as file:
            _read_aligned(file, pattern.request)()
    except OSError as error:
        if error.errno in _NO_DIRECT:
            raise UnavailableError("the file system refuses O_DIRECT") from None
        raise


@dataclass(frozen=True)
class ReadMethod:
    """How files are read in a state."""

    prepare: Callable[[SampleFiles, Pattern], None]
    """What is done before; it raises UnavailableError where the state is impossible."""
    open: Callable[[Path], FileIO] = _open
    """Opens a file."""
    request: Callable[[FileIO, int], Callable[[], object]] = _read_new
    """Returns a function that reads so many bytes of a file, at its position."""
    orders: tuple[str, ...] = ("sequential", "random", "files")
    """Orders of the patterns to read by."""
    drops: bool = False
    """Whether the files were dropped from the cache, so that what is left in it is counted."""


STATES = {
    "warm": ReadMethod(_fill_cache),
    "cold": ReadMethod(_drop_cache, _open_uncached, drops=True),
    "direct": ReadMethod(_try_direct, _open_direct, _read_aligned, ("sequential", "random")),
    "tmpfs": ReadMethod(_fill_cache),
}
"""How files are read, by where the bytes come from."""
