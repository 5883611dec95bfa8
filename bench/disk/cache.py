"""The page cache: drop files from it, read without it, and check by two counts what it held."""

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
    from io import FileIO

_MS_INVALIDATE = 2  # macOS: with msync, drop pages that are on the disk
_F_NOCACHE = 48  # macOS: with fcntl, do not keep what is read in the page cache


def drop(paths: Iterable[Path]) -> None:
    """Ask the system to drop files from the page cache. They must be on the disk already.

    Raises:
        UnavailableError: this system cannot, or not without privileges.

    """
    require_droppable()
    for path in paths:
        if sys.platform == "darwin":
            with _mapped(path) as (address, length):
                _call("msync", address, length, ctypes.c_int(_MS_INVALIDATE))
        else:
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def require_droppable() -> None:
    """Check that files can be dropped from the page cache.

    Raises:
        UnavailableError: this system cannot, or not without privileges.

    """
    if sys.platform != "darwin" and not hasattr(os, "posix_fadvise"):
        raise UnavailableError("no way to drop a file from the cache here")


def read_uncached(file: FileIO) -> None:
    """Have a file's reads not kept in the page cache, on macOS; do nothing on other systems."""
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(file.fileno(), _F_NOCACHE, 1)


def resident_percent(paths: Iterable[Path]) -> int:
    """Return the share of files' pages that are in memory by mincore, in percent, rounded up.

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
    """Return the bytes that this process has read from a disk so far.

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
    """Map a file to memory, which reads nothing of it; return its address and length."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as view:
        first = ctypes.c_char.from_buffer(view)
        try:
            yield ctypes.addressof(first), len(view)
        finally:
            del first  # it holds the map open


def _call(name: str, address: int, length: int, last: object) -> None:
    """Call a function of the C library on a range of memory.

    Raises:
        OSError: it failed.

    """
    function = getattr(ctypes.CDLL(None, use_errno=True), name)
    if function(ctypes.c_void_p(address), ctypes.c_size_t(length), last):
        raise OSError(ctypes.get_errno(), name)
