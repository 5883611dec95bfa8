"""Bytes of a stranger's file: a regular file of a plausible size, read once, never run, unpacked.

What is named may be anything: a link, a device, a pipe that never ends, a bomb. Nothing is opened
that is no regular file, and no more is read or unpacked than a submission can have.
"""

from __future__ import annotations

import os
import stat
import zlib
from typing import TYPE_CHECKING

from analysis.course.remark import Remark, Severity
from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from pathlib import Path

MOST_FILE_BYTES = 4 << 20
"""Of a file as it is handed in. A standard run has at most 400 KB before it is compressed."""
MOST_BYTES = 16 << 20
"""Of what it unpacks to."""
_GZIP = b"\x1f\x8b"
_WITH_GZIP_HEADER = 31
"""zlib's window bits for a gzip stream."""
_OPEN = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_KINDS = (
    (stat.S_ISLNK, "a link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


class IntakeError(AnalysisError):
    """A file cannot be taken; it holds the remark that says why."""

    def __init__(self, remark: Remark) -> None:
        self.remark = remark
        super().__init__(remark.line())


def refusal(rule: str, expected: str, actual: str, remedy: str, path: str = "") -> IntakeError:
    """Return the error of a file that a rule of reading refuses."""
    return IntakeError(Remark(rule, Severity.REJECT, path, expected, actual, remedy))


def read_file(path: Path) -> bytes:
    """Return the bytes of a regular file, if it stays as it is meanwhile.

    Raises:
        IntakeError: it is no regular file, too large, cannot be read, or changes.

    """
    try:
        _require_regular(os.lstat(path).st_mode)
        handle = os.open(path, _OPEN)
        try:
            return _read(handle)
        finally:
            os.close(handle)
    except OSError as error:
        why = error.strerror or str(error)
        raise refusal("file", "a file that can be read", why, "name another file") from error
    except ValueError as error:  # a null in its name
        raise refusal("file", "a file's name", str(error), "name another file") from error


def _require_regular(mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    kind = next((words for fits, words in _KINDS if fits(mode)), "something else")
    raise refusal("file", "a regular file", kind, "hand in the file itself, written by submit")


def _read(handle: int) -> bytes:
    before = os.fstat(handle)
    _require_regular(before.st_mode)
    if before.st_size > MOST_FILE_BYTES:
        raise too_large(before.st_size)
    chunks = []
    left = MOST_FILE_BYTES + 1
    while left and (chunk := os.read(handle, min(left, 1 << 20))):
        chunks.append(chunk)
        left -= len(chunk)
    if not left:
        raise too_large(MOST_FILE_BYTES + 1)
    after = os.fstat(handle)
    data = b"".join(chunks)
    state = (before.st_size, before.st_mtime_ns)
    if state != (after.st_size, after.st_mtime_ns) or len(data) != before.st_size:
        raise refusal(
            "file",
            "a file that stays as it is",
            "it changed while it was read",
            "wait until it is written, and check it again",
        )
    return data


def too_large(size: int) -> IntakeError:
    """Return the error of a file that is too large to be read."""
    return refusal(
        "size",
        f"at most {MOST_FILE_BYTES:,} bytes",
        f"{size:,}" if size <= MOST_FILE_BYTES else f"{size:,} or more",
        "hand in what submit writes; a standard run has less than a tenth of that",
    )


def unpacked(data: bytes) -> bytes:
    """Return what gzip has packed, no more than `MOST_BYTES`; other bytes as they are.

    Raises:
        IntakeError: it unpacks to more, is cut off, damaged, or followed by something else.

    """
    if not data.startswith(_GZIP):
        return data
    unpacker = zlib.decompressobj(_WITH_GZIP_HEADER)
    remedy = "write it again with submit"
    try:
        result = unpacker.decompress(data, MOST_BYTES)
    except zlib.error as error:
        raise refusal("compression", "a gzip file", str(error), remedy) from error
    if unpacker.unconsumed_tail:
        more = f"more than {MOST_BYTES:,}"
        raise refusal("compression", f"at most {MOST_BYTES:,} bytes unpacked", more, remedy)
    if not unpacker.eof:
        raise refusal("compression", "a whole gzip file", "it is cut off", remedy)
    if unpacker.unused_data:
        rest = f"{len(unpacker.unused_data):,} bytes after its end"
        raise refusal("compression", "one gzip file", rest, remedy)
    return result
