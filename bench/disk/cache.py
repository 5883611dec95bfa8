"""What the system keeps of files in memory: dropped, and asked about from two sides."""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.availability import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MS_INVALIDATE = 2  # macOS; without MS_SYNC it drops what is clean


def drop(paths: Iterable[Path]) -> None:
    """Tell the system to drop files from its cache. They must be on the disk already.

    Raises:
        UnavailableError: this system offers no way that needs no privileges.

    """
    for path in paths:
        if sys.platform == "darwin":
            with _mapped(path) as (address, length):
                _call("msync", address, length, ctypes.c_int(_MS_INVALIDATE))
        elif hasattr(os, "posix_fadvise"):
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        else:
            raise UnavailableError("no way to drop a file from the cache here")


def resident_percent(paths: Iterable[Path]) -> int:
    """Return how much of files lies in memory by mincore, rounded up: 0 is not a single page.

    Raises:
        UnavailableError: this system has no such call.

    """
    if sys.platform not in {"linux", "darwin"}:
        raise UnavailableError("no mincore here")
    pages = resident = 0
    for path in paths:
        with _mapped(path) as (address, length):
            states = (ctypes.c_ubyte * -(-length // mmap.PAGESIZE))()
            _call("mincore", address, length, states)
        pages += len(states)
        resident += sum(state & 1 for state in states)
    return -(-100 * resident // pages)


def disk_bytes() -> int:
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


@contextmanager
def _mapped(path: Path) -> Iterator[tuple[int, int]]:
    """Map a file, which reads nothing of it, and give its address and length."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as view:
        first = ctypes.c_char.from_buffer(view)
        try:
            yield ctypes.addressof(first), len(view)
        finally:
            del first  # it holds the map open


def _call(name: str, address: int, length: int, last: object) -> None:
    """Call a function of the C library on a part of memory; it returns 0 where all went well.

    Raises:
        OSError: it did not.

    """
    function = getattr(ctypes.CDLL(None, use_errno=True), name)
    if function(ctypes.c_void_p(address), ctypes.c_size_t(length), last):
        raise OSError(ctypes.get_errno(), name)
