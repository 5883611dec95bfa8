"""Files that other processes read and write too: replaced whole, and locked by folder."""

from __future__ import annotations

import errno
import os
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from bench.bundle.scratch import scratch, try_lock
from bench.errors import BusyError, StoreError
from hardware_profiles import streams

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOCK_NAME = ".lock"
_NO_SYNC = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
"""How file systems refuse to sync."""
_REMEDIES = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EACCES: "writing there is not allowed; allow it, or write elsewhere",
    errno.EPERM: "writing there is not allowed; allow it, or write elsewhere",
    errno.EEXIST: "a file is in its place; move it away, or write elsewhere",
    errno.ENOTDIR: "a file is where a folder must be; move it away, or write elsewhere",
    errno.EROFS: "that file system is read-only; write elsewhere",
}


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a reader finds the old content or the new, never a part of it.

    Several processes may write the same file: one of them is the last. A link is followed.

    Raises:
        StoreError: it cannot be written; a file that was there is unchanged.

    """
    require_writable(path)
    target = path.resolve()
    try:
        with scratch(target.parent) as temporary:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                sync(file.fileno())
            _replace(temporary, target)
    except OSError as error:
        raise store_error(path, error) from error


def sync(handle: int) -> None:
    """Wait until what was written to a file, or a folder, is on the disk.

    A file system that has no such call is not asked to: what is written there is as safe as it can
    be.

    Raises:
        OSError: it could not be written.

    """
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


def sync_folder(folder: Path) -> None:
    """Wait until a new name in a folder is on the disk, where the system can.

    Raises:
        OSError: it could not be written.

    """
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        sync(handle)
    finally:
        os.close(handle)


def require_writable(path: Path) -> None:
    """Refuse a path at which no file can be; a command does so before it takes its time.

    Raises:
        StoreError: it is a folder or a device, or in no folder.

    """
    try:
        if path.is_dir():
            raise StoreError(f"cannot write {path}: it is a folder; name a file")
        if path.exists() and not path.is_file():
            raise StoreError(f"cannot write {path}: it is no plain file; name another")
        folder = path.resolve().parent
        if not folder.is_dir():
            raise StoreError(
                f"cannot write {path}: there is no folder {folder}; create it, or name another file"
            )
    except OSError as error:
        raise store_error(path, error) from error


def make_folder(folder: Path) -> None:
    """Create a folder, and those that it lies in, where they are missing.

    Raises:
        StoreError: that cannot be done.

    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise store_error(folder, error) from error


def store_error(path: Path, error: OSError) -> StoreError:
    """Return what an error of the system means for a path that is to be written."""
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
    held = FileLock(path, fallback_to_soft=False)
    try:
        locked = try_lock(held)
    except Timeout:
        raise BusyError(
            f"another process is {use} in {folder}; wait for it, or use another folder"
        ) from None
    except OSError as error:
        raise store_error(path, error) from error
    if not locked:
        streams.say(
            f"{folder} lies on a file system without locks: see to it that no other command is "
            f"{use} there"
        )
    try:
        yield
    finally:
        # Removed while it is held: who opened it meanwhile sees that it is gone, and tries again.
        # Windows removes no open file; there the library does on release.
        with suppress(OSError):
            path.unlink()
        held.release()
