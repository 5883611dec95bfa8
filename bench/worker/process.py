"""Start, ask and end a measuring process, from the run's side."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import psutil

from bench.errors import WorkerError
from bench.worker.protocol import Answer, Failed, Job, Measured, Ready, Request, answer, line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "POLARS_MAX_THREADS",
    ),
    "1",
)
"""Each library has its own setting; a codec is compared on one core."""

_OF_ANOTHER_PYTEST = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_XDIST_WORKER")
"""What would change the options of the process's own pytest; under xdist, it would time nothing."""

START_S = 120.0
"""A cold disk takes its time to import torch."""

BLOCK_S = 60.0
"""Far more than any block takes; a decoder that needs longer is taken to hang."""

_PATIENCE_S = 5.0
"""Given to a process, and to its children, to end before it is killed."""


class WorkerLostError(WorkerError):
    """The process ended in the middle of a block."""


class Child:
    """A fresh process that is asked one thing at a time. A context manager; leaving it ends it."""

    def __init__(
        self, module: str, hello: object, settings: Mapping[str, str] | None = None
    ) -> None:
        """Start `python -m module`; hello is the first that it is sent."""
        environment = {**os.environ, **ONE_THREAD, **(settings or {})}
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        for name in _OF_ANOTHER_PYTEST:
            environment.pop(name, None)
        # Kept out of the terminal, and shown only where the process breaks.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  closed in __exit__
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env=environment,
            # Windows sends Ctrl-C to the whole group; elsewhere the process ignores it itself.
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._hello = hello
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        """Pass answers on as they come, so that waiting for one can end; b"" is the last."""
        assert self._process.stdout is not None  # noqa: S101  it is a pipe
        with self._process.stdout as answers:
            for reply in answers:
                self._answers.put(reply)
        self._answers.put(b"")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._end()
        if self._process.stdin:
            with suppress(OSError):
                self._process.stdin.close()
        if not self._is_over():
            self._end()
            self._process.wait()
        self._stderr.close()

    def _end(self) -> None:
        """Have it end by itself, with all that it has started; else end it, and all of that."""
        children = []
        with suppress(psutil.Error):
            children = psutil.Process(self._process.pid).children(recursive=True)
        self._process.terminate()
        if not self._is_over():
            self._process.kill()
        # What manages shared memory removes it once nobody is left who holds it.
        _, alive = psutil.wait_procs(children, _PATIENCE_S)
        for process in alive:
            with suppress(psutil.Error):
                process.kill()

    def _is_over(self) -> bool:
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            return False
        return True

    def start(self) -> Ready:
        """Hand over the job; return once the process can measure.

        Raises:
            WorkerError: it could not start.

        """
        try:
            reply = self.ask(self._hello, START_S)
        except WorkerLostError as error:
            raise WorkerError(f"the measuring process could not start: {error}") from None
        if not isinstance(reply, Ready):
            raise WorkerError("the measuring process answered out of turn")
        return reply

    def ask(self, message: object, limit_s: float) -> Answer:
        """Return the answer to a message.

        Raises:
            WorkerLostError: the process broke, as native code can make it.

        """
        assert self._process.stdin is not None  # noqa: S101  it is a pipe
        try:
            self._process.stdin.write(line(message))
            self._process.stdin.flush()
            reply = self._answers.get(timeout=limit_s)
        except queue.Empty:
            self._end()
            raise WorkerLostError(f"it gave no answer within {limit_s:.0f} s") from None
        except OSError:
            reply = b""
        if not reply:
            raise WorkerLostError(self._last_words())
        return answer(reply)

    def _last_words(self) -> str:
        code = self._process.wait()
        self._stderr.seek(0)
        text = self._stderr.read().decode(errors="replace").strip()
        tail = "\n".join(text.splitlines()[-8:])
        return f"it ended with status {code}" + (f":\n{tail}" if tail else "")


class Worker(Child):
    """A process that measures a block of a case at a time."""

    def __init__(self, job: Job) -> None:
        super().__init__("bench.worker", job)

    def measure(self, request: Request) -> Measured | Failed:
        """Measure one block.

        Raises:
            WorkerLostError: the process broke, as native code can make it.

        """
        reply = self.ask(request, BLOCK_S)
        if not isinstance(reply, Measured | Failed):
            raise WorkerError("the measuring process answered out of turn")
        return reply
