"""Start, ask and end a measuring process, from the run's side."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, suppress
from math import inf
from typing import TYPE_CHECKING, Self

import psutil

from bench.errors import WorkerError
from bench.system import causes, limits
from bench.system.watch import STOPPED_S, Watch
from bench.worker.protocol import Answer, Failed, Job, Measured, Ready, Request, answer, line
from bench.worker.variables import variables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

START_S = 120.0
"""A cold disk takes its time to import torch."""

BLOCK_S = 60.0
"""Far more than any block takes; a decoder that needs longer is taken to hang."""

_PATIENCE_S = 5.0
"""Given to a process, and to its children, to end before it is killed."""
_LEAST_S, _OVERTIME_S = 15.0, 10.0
"""What a request may take whatever the deadline, and beyond it."""
_LOOK_S = 0.5
"""How often it is looked whether there is still patience."""


class WorkerLostError(WorkerError):
    """The process ended in the middle of a block."""

    def __init__(self, reason: str, *, outside: bool = False, hung: bool = False) -> None:
        """Take why it ended.

        Args:
            reason: in the user's words.
            outside: something outside ended it, so that it may be tried again.
            hung: it gave no answer, and would cost as much time again.

        """
        super().__init__(reason)
        self.outside = outside
        self.hung = hung


class Child:
    """A fresh process that is asked one thing at a time. A context manager; leaving it ends it."""

    def __init__(
        self,
        module: str,
        hello: object,
        environment: Mapping[str, str],
        watch: Watch | None = None,
    ) -> None:
        """Start `python -m module`; hello is the first that it is sent.

        Args:
            module: reads requests from stdin, and answers to stdout.
            hello: its first request.
            environment: all of its environment variables.
            watch: notices time in which the process could not run; None: it makes its own.

        """
        self.deadline_s = inf
        """When all is to be over, by the watch; a request may take a little longer."""
        self.lost_s = 0.0
        """Time of the last request in which it, or this process, could not run."""
        self._stack = ExitStack()
        with self._stack:
            # Kept out of the terminal, and shown only where the process breaks.
            self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the stack
            self._stack.callback(self._stderr.close)
            self._watch = watch or self._stack.enter_context(Watch())
            self._kills = limits.memory_kills()
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                env=dict(environment),
                # Windows sends Ctrl-C to the whole group; elsewhere the process ignores it itself.
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
            self._stack.enter_context(self._watch.following(self._process.pid))
            self._stack = self._stack.pop_all()
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
        self._stack.close()

    def _end(self) -> None:
        """Have it end by itself, with all that it has started; else end it, and all of that."""
        children = []
        with suppress(psutil.Error):
            process = psutil.Process(self._process.pid)
            process.resume()
            children = process.children(recursive=True)
        self._process.terminate()
        for process in children:  # who is stopped heeds no other signal
            with suppress(psutil.Error):
                process.resume()
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
            WorkerLostError: something outside ended it.

        """
        try:
            reply = self.ask(self._hello, START_S)
        except WorkerLostError as error:
            text = f"the measuring process could not start: {error}"
            if error.outside:
                raise WorkerLostError(text, outside=True) from None
            raise WorkerError(text) from None
        if not isinstance(reply, Ready):
            raise WorkerError("the measuring process answered out of turn")
        return reply

    def ask(self, message: object, limit_s: float) -> Answer:
        """Return the answer to a message.

        Args:
            message: the request.
            limit_s: how long it may take, without time in which nobody ran.

        Raises:
            WorkerLostError: the process broke, as native code can make it.

        """
        assert self._process.stdin is not None  # noqa: S101  it is a pipe
        before_s = self._watch.lost_s
        try:
            self._process.stdin.write(line(message))
            self._process.stdin.flush()
            reply = self._wait(limit_s)
        except OSError:
            reply = b""
        finally:
            self.lost_s = self._watch.lost_s - before_s
        if not reply:
            raise self._lost()
        return answer(reply)

    def _wait(self, limit_s: float) -> bytes:
        """Wait for an answer; b"" if the process has ended."""
        now_s = self._watch.clock_s()
        limit_s = min(limit_s, max(_LEAST_S, self.deadline_s - now_s + _OVERTIME_S))
        end_s = now_s + limit_s
        while True:
            with suppress(queue.Empty):
                return self._answers.get(timeout=_LOOK_S)
            if self._watch.stopped_s(self._process.pid) > STOPPED_S:
                self._end()
                why = f"it, or a worker of it, was stopped from outside for {STOPPED_S:.0f} s"
                raise WorkerLostError(why, outside=True)
            if self._watch.clock_s() > end_s:
                self._end()
                raise WorkerLostError(f"it gave no answer within {limit_s:.0f} s", hung=True)

    def _lost(self) -> WorkerLostError:
        """Return why the process has ended, with its last words where nothing better is known."""
        why = causes.end(self._process.wait(), self._kills)
        self._stderr.seek(0)
        text = self._stderr.read().decode(errors="replace").strip()
        tail = "\n".join(text.splitlines()[-8:])
        if why.outside:
            return WorkerLostError(why.reason, outside=True)
        if known := causes.text_reason(tail):
            return WorkerLostError(known, outside=True)
        return WorkerLostError(why.reason + (f":\n{tail}" if tail else ""))


class Worker(Child):
    """A process that measures a block of a case at a time."""

    def __init__(self, job: Job, watch: Watch | None = None) -> None:
        # A plug-in of another project would be loaded into the process that measures.
        settings = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        super().__init__("bench.worker", job, variables(settings), watch)

    def measure(self, request: Request) -> Measured | Failed:
        """Measure one block.

        Raises:
            WorkerLostError: the process broke, as native code can make it.

        """
        reply = self.ask(request, BLOCK_S)
        if not isinstance(reply, Measured | Failed):
            raise WorkerError("the measuring process answered out of turn")
        return reply
