"""One run a folder: two that wrote the same bundle would lose each other's blocks."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil

from bench.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAME = ".lock"


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Hold a folder; a lock whose process is gone, as after kill -9, does not count.

    Raises:
        BusyError: another process holds it.

    """
    path = folder / _NAME
    try:
        holder = int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        holder = 0
    if holder and holder != os.getpid() and psutil.pid_exists(holder):
        raise BusyError(
            f"process {holder} is measuring in {folder}; wait for it, or name another folder with "
            f"--out (if no such run is under way, delete {path})"
        )
    path.write_text(str(os.getpid()), encoding="ascii")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
