"""Files that other processes read and write too: replaced whole, and locked by folder."""

from __future__ import annotations

import errno
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from bench.errors import BusyError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOCK_NAME = ".lock"
_REMEDIES = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EACCES: "writing there is not allowed; name another folder with --out",
    errno.EPERM: "writing there is not allowed; name another folder with --out",
    errno.EROFS: "that file system is read-only; name another folder with --out",
}


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a reader finds the old content or the new, never a part of it.

    Raises:
        StoreError: it cannot be written; a file that was there is unchanged.

    """
    # Without the process's number: what a killed run left behind is overwritten by the next.
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _replace(temporary, path)
    except BaseException as error:
        with suppress(OSError):  # the folder itself cannot be written; the first error says so
            temporary.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        raise _store_error(path, error) from error


def _store_error(path: Path, error: OSError) -> StoreError:
    remedy = _REMEDIES.get(error.errno or 0, error.strerror or str(error))
    return StoreError(f"cannot write {path}: {remedy}")


def _replace(temporary: Path, path: Path) -> None:
    """Rename over a file; on Windows wait a while for a virus scanner to let go of it."""
    for _ in range(20 if os.name == "nt" else 0):
        try:
            temporary.replace(path)
        except PermissionError:
            time.sleep(0.05)
        else:
            return
    temporary.replace(path)


@contextmanager
def lock(folder: Path, use: str = "measuring") -> Iterator[None]:
    """Hold a folder: two processes that wrote the same file would lose each other's data.

    The operating system keeps the lock, and releases it when the process ends, however it ends. It
    is not waited for. use is what the lock is held for, as the message names it.

    Raises:
        BusyError: another process holds it.
        StoreError: the folder cannot be written.

    """
    from filelock import FileLock, Timeout  # not at the head: readers of bundles need no lock

    path = folder / _LOCK_NAME
    held = FileLock(path)
    try:
        held.acquire(blocking=False)
    except Timeout:
        raise BusyError(
            f"another process is {use} in {folder}; wait for it, or name another folder with --out"
        ) from None
    except OSError as error:
        raise _store_error(path, error) from error
    try:
        yield
    finally:
        # Removed while it is held: who opened it meanwhile sees that it is gone, and tries again.
        # Windows removes no open file; there the library does on release.
        with suppress(OSError):
            path.unlink()
        held.release()
