"""Why a process ended, and what an error of the operating system means, in the user's words."""

from __future__ import annotations

import errno
import os
import re
import signal
from contextlib import ExitStack
from typing import NamedTuple

from bench.system import limits

_WINDOWS = {
    0xC0000005: "it used memory that is not its own (access violation)",
    0xC0000017: "there was no memory left",
    0xC00000FD: "its stack was full",
    0xC000013A: "it was ended by Ctrl-C",
    0xC0000135: "a library that it needs is missing",
    0xC0000409: "it was aborted by its own checks",
}
"""Windows' statuses of a process that was ended."""

_CRASHES = ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT", "SIGTRAP", "SIGSYS")
"""Signals that a process brings upon itself."""

_FULL = "there is no space left in shared memory or on the disk of temporary files"
_ERRNOS = {
    errno.EMFILE: "too many files are open for the limit of {files} (`ulimit -n`)",
    errno.ENFILE: "too many files are open on this machine",
    errno.ENOSPC: _FULL,
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "a file system that must be written to is read-only",
    errno.ENOMEM: "there is no memory left",
    errno.EAGAIN: "no more processes or threads are allowed (`ulimit -u`)",
    errno.ENAMETOOLONG: "the path of the temporary folder is too long",
    errno.EIO: "a disk gave an error",
    errno.ENOENT: "a file or folder that is needed is missing",
    errno.EACCES: "access to a file that is needed is not allowed",
    errno.EPERM: "access to a file that is needed is not allowed",
}
_REMEDIES = {
    errno.EMFILE: "raise it, use --sharing file_system, a smaller batch or fewer workers",
    errno.ENFILE: "close other programs",
    errno.ENOSPC: "free some, give the container more (--shm-size), use a smaller batch, fewer "
    "workers or --prefetch 1",
    errno.EDQUOT: "free some space",
    errno.EROFS: "make shared memory (/dev/shm) and the temporary folder (TMPDIR) writable",
    errno.ENOMEM: "use a smaller batch or fewer workers, or raise the limit of memory",
    errno.EAGAIN: "raise it, or use fewer workers",
    errno.ENAMETOOLONG: "set TMPDIR to a shorter one",
    errno.EIO: "look at the disk",
    errno.ENOENT: "was it removed?",
    errno.EACCES: "look at the permissions of shared memory (/dev/shm) and of TMPDIR",
    errno.EPERM: "look at the permissions of shared memory (/dev/shm) and of TMPDIR",
}

_TEXTS = (
    (r"AF_UNIX path too long|path too long", errno.ENAMETOOLONG),
    (r"Too many open files|received 0 items of ancdata|too many fds", errno.EMFILE),
    (r"No space left on device|out of shared memory|Bus error|insufficient shared", errno.ENOSPC),
    (r"Read-only file system", errno.EROFS),
    (
        r"Cannot allocate memory|can't allocate memory|std::bad_alloc|MemoryError|failed to map",
        errno.ENOMEM,
    ),
    (r"Resource temporarily unavailable|can't start new thread", errno.EAGAIN),
    (r"quota exceeded", errno.EDQUOT),
)
"""Errors that libraries tell as text, by what they say."""
_FEW_FILES = 4
"""As many as sending a tensor takes, about."""


class End(NamedTuple):
    """Why a process ended."""

    reason: str
    outside: bool
    """Whether something outside ended it, so that it would not happen again."""


def error_reason(error: BaseException) -> str | None:
    """Return what an error of the system means, and the remedy; None: it is none of those known."""
    number = errno.ENOMEM if isinstance(error, MemoryError) else getattr(error, "errno", None)
    if "No usable temporary directory" in str(error):
        # Python tried to write to each, and tells no error of those that it met.
        number = errno.EMFILE if _is_out_of_files() else errno.ENOSPC
    return reason(number) if number in _ERRNOS else text_reason(str(error))


def _is_out_of_files() -> bool:
    """Whether this process can open only a few files more."""
    with ExitStack() as stack:
        try:
            for _ in range(_FEW_FILES):
                stack.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        except OSError as error:
            return error.errno in {errno.EMFILE, errno.ENFILE}
    return False


def text_reason(text: str) -> str | None:
    """Return what the text of an error means, and the remedy; None: none of those known.

    A worker's error comes as the text of its traceback.
    """
    for pattern, number in _TEXTS:
        if re.search(pattern, text, re.IGNORECASE):
            return reason(number)
    return None


def reason(number: int) -> str:
    """Return what an errno means, and what to do: one of those that are known."""
    what = _ERRNOS[number].format(files=limits.open_files())
    return f"{what}; {_REMEDIES[number]}"


def end(status: int, kills_before: int | None = None) -> End:
    """Return why a process ended.

    Args:
        status: as `subprocess.Popen.returncode` has it: negative for a signal.
        kills_before: what `limits.memory_kills` gave before it ended; None: not known.

    """
    if status >= 0:
        known = _WINDOWS.get(status & 0xFFFFFFFF) if os.name == "nt" else None
        # A shell's, and a container's, way to tell a signal.
        if known is None and 128 < status < 160 and os.name != "nt":
            return end(128 - status, kills_before)
        return End(known or f"it ended with status {status}", outside=False)
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    if name in _CRASHES:
        return End(f"it crashed in native code ({name}){_of_bus(name)}", outside=False)
    if name != "SIGKILL":
        return End(f"it was ended from outside ({name})", outside=True)
    limit = limits.ControlGroups.of_this_process().memory_bytes()
    at = f" (the limit of this container is {limit / 2**30:.3g} GiB)" if limit else ""
    if kills_before is not None and limits.memory_kills() > kills_before:
        why = f"it was killed because memory ran out{at}; use a smaller batch or fewer workers"
        return End(why, outside=True)
    return End(f"it was killed from outside (SIGKILL), as a user or a lack of memory{at} may do",
               outside=True)  # fmt: skip


def _of_bus(name: str) -> str:
    return f": {_FULL}, as a rule" if name == "SIGBUS" else ""
