"""The workers of a torch DataLoader: how they begin, and why one of them ended.

What a worker cannot send, torch only prints, and the consumer waits for it for good. Here such a
worker leaves its reason in shared memory, and ends, which the consumer notices.
"""

from __future__ import annotations

import os
import signal
import threading
import traceback
from contextlib import contextmanager
from functools import partial
from multiprocessing import queues
from typing import TYPE_CHECKING, Any, NoReturn

import torch

from bench.bundle import note_elsewhere
from bench.errors import PipelineError
from bench.system import causes, limits
from bench.system.lifetime import end_with_creator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.context import BaseContext
    from pathlib import Path

_LENGTH = 500
"""Of a reason, in bytes."""
_KNOWN = "system: "
"""Before a reason that is in the user's words already."""


class Reasons:
    """Where workers leave the reason of their end; created before anything can be lacking."""

    def __init__(self, context: BaseContext) -> None:
        self._text: Any = context.Array("c", _LENGTH)
        self._kills = limits.memory_kills()

    def beginning(self, sharing: str | None, folder: Path) -> Callable[[int], None]:
        """Return what a worker calls first, with its number.

        Args:
            sharing: how it shares tensors; None: as torch does by default.
            folder: a scratch folder, where it notes what it shares by name.

        """
        return partial(_begin, self._text, sharing, folder)

    def error(self, error: BaseException, statuses: list[int]) -> PipelineError:
        """Return the error of a loader whose worker broke, in the user's words.

        Args:
            error: what torch raised.
            statuses: of the workers that have ended, as `multiprocessing.Process.exitcode`.

        """
        text = bytes(self._text.value).decode(errors="replace")
        known, text = text.startswith(_KNOWN), text.removeprefix(_KNOWN) or str(error)
        part = "a worker of the DataLoader broke"
        reason = text if known else causes.error_reason(error) or causes.text_reason(text)
        if reason:
            return PipelineError(f"{part}: {reason}", outside=reason)
        for status in statuses:
            end = causes.end(status, self._kills)
            if end.outside or status < 0:
                outside = end.reason if end.outside else None
                return PipelineError(f"{part}: {end.reason}", outside=outside)
        return PipelineError(f"{part}: {last_line(text)}")


class EndedWorkers:
    """Has torch raise that a worker has ended only while a batch is waited for.

    It raises that in the handler of a signal, wherever this process is by then: in a step, in the
    cleaning up after it, between two tasks.
    """

    _waiting = False

    @classmethod
    @contextmanager
    def raised(cls) -> Iterator[None]:
        """Let torch raise it within; for the main thread, which alone handles signals."""
        cls._waiting = True
        try:
            yield
        finally:
            cls._waiting = False

    @classmethod
    def take_over(cls) -> None:
        """Stand before torch's handler, which it sets with the first iterator of a process."""
        if os.name == "nt" or threading.current_thread() is not threading.main_thread():
            return
        torch_handler = signal.getsignal(signal.SIGCHLD)
        if not callable(torch_handler) or hasattr(torch_handler, "is_guarded"):
            return

        def handler(number: int, frame: Any) -> None:
            if cls._waiting:
                torch_handler(number, frame)

        handler.is_guarded = True  # type: ignore[attr-defined]
        signal.signal(signal.SIGCHLD, handler)


def last_line(text: str) -> str:
    """Return the last line of an error; those before it are a traceback."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else "it ended without a message"


def share_by(sharing: str, folder: Path) -> None:
    """Have this process share tensors in a way; note in a scratch folder what has a name.

    Such a file stays if all processes are killed that know it.
    """
    torch.multiprocessing.set_sharing_strategy(sharing)
    if sharing == "file_system":
        note_elsewhere(folder, limits.SHARED_MEMORY / f"torch_{os.getpid()}_")


def _begin(text: Any, sharing: str | None, folder: Path, _: int) -> None:
    """Prepare a worker: it ends with its parent, and says why where it cannot send."""
    end_with_creator()
    if sharing:  # a spawned one does not inherit it
        share_by(sharing, folder)
    queues.Queue._on_queue_feeder_error = staticmethod(  # type: ignore[attr-defined]
        partial(_end, text)
    )


def _end(text: Any, error: BaseException, _: object) -> NoReturn:
    """End this worker: what it loaded cannot be sent."""
    known = causes.error_reason(error)
    reason = f"{_KNOWN}{known}" if known else traceback.format_exception_only(error)[-1]
    text.value = reason.encode()[: _LENGTH - 1]
    os._exit(1)
