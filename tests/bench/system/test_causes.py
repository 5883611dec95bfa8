"""Ends of processes and errors of the system, in the user's words."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys

import pytest

from bench.system import causes, limits

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EMFILE, "x"), "too many files are open"),
        (OSError(errno.ENOSPC, "x"), "no space left in shared memory"),
        (OSError(errno.EROFS, "x"), "read-only"),
        (MemoryError(), "no memory left"),
        (OSError("AF_UNIX path too long"), "the temporary folder is too long"),
        (RuntimeError("received 0 items of ancdata"), "too many files are open"),
        (RuntimeError("worker is killed by signal: Bus error."), "no space left"),
        (RuntimeError("unable to allocate shared memory: No space left on device (28)"), "space"),
        (RuntimeError("can't start new thread"), "no more processes or threads"),
        (FileNotFoundError(2, "No usable temporary directory found in [...]"), "no space left"),
    ],
)
def test_errors_of_the_system_are_worded_with_a_remedy(error: BaseException, words: str) -> None:
    reason = causes.error_reason(error)
    assert reason
    assert words in reason
    assert "; " in reason


@pytest.mark.parametrize("error", [ValueError("no"), OSError(12345, "no"), RuntimeError("CUDA")])
def test_other_errors_are_left_as_they_are(error: BaseException) -> None:
    assert causes.error_reason(error) is None


@posix
@pytest.mark.process
@pytest.mark.parametrize(
    ("sent", "outside", "words"),
    [
        ("SIGKILL", True, "killed from outside (SIGKILL)"),
        ("SIGTERM", True, "ended from outside (SIGTERM)"),
        ("SIGHUP", True, "ended from outside (SIGHUP)"),
        ("SIGSEGV", False, "crashed in native code (SIGSEGV)"),
        ("SIGABRT", False, "crashed in native code (SIGABRT)"),
        ("SIGBUS", False, "no space left in shared memory"),
    ],
)
def test_signals_are_named(sent: str, outside: bool, words: str) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        process.send_signal(getattr(signal, sent))
        status = process.wait()
        end = causes.end(status, limits.memory_kills())
        assert process.stdin
    assert end.outside is outside
    assert words in end.reason
    assert causes.end(128 - status) == end or os.name != "posix"


def test_a_kill_for_memory_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "memory_kills", lambda: 5)
    assert "because memory ran out" in causes.end(-9, 4).reason
    assert "because memory ran out" not in causes.end(-9, 5).reason


def test_a_status_is_a_status() -> None:
    assert causes.end(3) == causes.End("it ended with status 3", outside=False)
