"""Files and folders that live no longer than the process that made them, however it ends."""

from __future__ import annotations

import errno
import re
import secrets
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from filelock import BaseFileLock

PREFIX = ".data-factory-"
"""Beginning of the names of what is made so."""
_LOCK = ".lock"
_ELSEWHERE = "elsewhere"
"""File of a scratch folder: what the paths of its owner's other files begin with."""
_SHARED = re.compile(r"torch_\d+_")
"""Beginning of the names that torch gives, with the process id: nothing else is removed there."""
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL}
"""How file systems refuse locks, as some of a network do."""


def try_lock(held: BaseFileLock, poll_interval: float | None = None) -> bool:
    """Take a lock; tell whether the file system has locks.

    Args:
        held: the lock.
        poll_interval: how often it is tried, in s, until it can be had; None: it is not waited for.

    Raises:
        Timeout: another process holds it, and it was not to be waited for.
        OSError: its file cannot be written.

    """
    try:
        if poll_interval is None:
            held.acquire(blocking=False)
        else:
            held.acquire(poll_interval=poll_interval)
    except NotImplementedError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return False
    return True


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """Yield a path in a folder, for a file or folder that only this process knows.

    What lies there in the end is removed, and so is what processes have left that were killed. The
    operating system keeps a lock beside the path while this process lives, in another file, since
    Windows neither renames nor removes one that is open.

    Raises:
        OSError: the folder cannot be written.

    """
    from filelock import FileLock  # not at the head: readers of bundles need no lock

    remove_leftovers(folder)
    path = folder / f"{PREFIX}{secrets.token_hex(6)}"
    held = FileLock(f"{path}{_LOCK}", fallback_to_soft=False)
    # Waited for: another process may just be looking whether it is a leftover. On a file system
    # without locks what lies there stays if this process is killed.
    try_lock(held, poll_interval=0.005)
    try:
        yield path
    finally:
        _remove(path)
        _release(path, held)


def remove_leftovers(folder: Path, *, below: bool = False) -> None:
    """Remove what killed processes have left in a folder; what a live one uses stays.

    below: in the folders that lie in it, too.
    """
    name = f"{PREFIX}*{_LOCK}"
    try:
        locks = [*folder.glob(name), *(folder.glob(f"*/{name}") if below else ())]
    except OSError:  # not for this user to look at
        return
    if not locks:
        return
    from filelock import FileLock, Timeout

    for lock in locks:
        held = FileLock(lock, fallback_to_soft=False)
        try:
            if not try_lock(held):
                continue
        except (OSError, Timeout):  # another user's, or in use
            continue
        path = lock.with_name(lock.name.removesuffix(_LOCK))
        _remove(path)
        _release(path, held)


def note_elsewhere(folder: Path, beginning: Path) -> None:
    """Note in a scratch folder what its owner puts into shared memory, to be removed with it.

    Some libraries choose the place and the name of a file themselves.

    Args:
        folder: the scratch folder.
        beginning: of the files' paths, such as `/dev/shm/torch_123_`.

    """
    with suppress(OSError), (folder / _ELSEWHERE).open("a", encoding="utf-8") as file:
        file.write(f"{beginning}\n")


def _remove(path: Path) -> None:
    with suppress(OSError, ValueError):
        for line in (path / _ELSEWHERE).read_text(encoding="utf-8").splitlines():
            beginning = Path(line)
            if _SHARED.fullmatch(beginning.name):
                for file in beginning.parent.glob(f"{beginning.name}*"):
                    file.unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _release(path: Path, held: BaseFileLock) -> None:
    # While it is held: who opened it meanwhile sees that it is gone, and tries again. Windows
    # removes no open file; there the library does on release.
    if not path.exists():
        with suppress(OSError):
            path.with_name(path.name + _LOCK).unlink()
    held.release()
