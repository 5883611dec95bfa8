"""Work beside open pages, and its processes: ended with all that they started, however we end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import psutil

from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LOOK_S = 0.2
"""How often it is looked whether something has ended, or is to end."""
_PATIENCE_S = 5.0
"""Given to a process to remove its files, before it is killed."""
_open: set[Work] = set()


class ChildError(AnalysisError):
    """A process cannot be started."""


class Work:
    """What goes on in a thread of its own, and can be ended."""

    def __init__(self) -> None:
        """Get ready."""
        self._cancelled = threading.Event()
        self._over = threading.Event()

    def begin(self, thread: Callable[..., threading.Thread] = threading.Thread) -> None:
        """Begin it.

        Args:
            thread: what makes threads, of which one can be called.

        """
        _open.add(self)
        thread(target=self._whole, daemon=True).start()

    def cancel(self) -> None:
        """Have it end soon, with all that it has started."""
        self._cancelled.set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it is over, and nothing of it is left; return whether it is."""
        return self._over.wait(timeout_s)

    def run(self) -> None:
        """Do it, in its thread."""
        raise NotImplementedError

    def _whole(self) -> None:
        try:
            self.run()
        finally:
            _open.discard(self)
            self._over.set()

    def answer_of(
        self,
        code: str,
        arguments: Sequence[str],
        data: bytes = b"",
        look: Callable[[], None] = lambda: None,
    ) -> Answer | None:
        """Run a program of Python's, and return how it has ended; None: this was cancelled.

        Args:
            code: of the program; its first argument is this process.
            arguments: that follow it.
            data: that it reads.
            look: is called while it runs.

        Raises:
            ChildError: it cannot be started.

        """
        process = _started([sys.executable, "-c", code, str(os.getpid()), *arguments])
        left: bytes | None = data
        try:
            while not self._cancelled.is_set():
                try:
                    printed, errors = process.communicate(left, timeout=LOOK_S)
                except subprocess.TimeoutExpired:
                    left = None
                    look()
                    continue
                return Answer(process.returncode, printed, errors)
            return None
        finally:
            _end(process)


class Answer(NamedTuple):
    """What a process has printed, and its status."""

    status: int
    printed: bytes
    errors: bytes


def end_all(timeout_s: float) -> None:
    """Cancel all that runs beside pages, and wait for it, but no longer than is given."""
    left = list(_open)
    for work in left:
        work.cancel()
    end_s = time.monotonic() + timeout_s
    for work in left:
        work.wait(max(0.0, end_s - time.monotonic()))


def module(name: str) -> str:
    """Return `python -m` as a program that ends with its first argument, however that ends."""
    return (
        "import runpy, sys; from bench.system.lifetime import end_with_parent; "
        "end_with_parent(int(sys.argv.pop(1))); "
        f"runpy.run_module({name!r}, run_name='__main__', alter_sys=True)"
    )


def _started(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a process that Ctrl-C in a terminal does not reach.

    Raises:
        ChildError: no process can be started.

    """
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    except OSError as error:
        raise ChildError(f"no process can be started: {error.strerror or error}") from error


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that is not over, and all that it has started: politely, then for certain."""
    if process.poll() is not None:
        return
    family = _family(process)
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=_PATIENCE_S)
    family |= _family(process)
    if sys.platform != "win32":
        # Of the group that it leads: those, too, whose parent has ended.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    for child in family:
        with suppress(psutil.Error):
            child.kill()
    psutil.wait_procs(family, timeout=_PATIENCE_S)
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=_PATIENCE_S)


def _family(process: subprocess.Popen[bytes]) -> set[psutil.Process]:
    """Return what a process has started, and what that has."""
    try:
        return set(psutil.Process(process.pid).children(recursive=True))
    except psutil.Error:
        return set()
