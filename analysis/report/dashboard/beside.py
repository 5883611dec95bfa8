"""Work that is done beside this process, by one of its own: a page has two cores' worth of it."""

from __future__ import annotations

import os
import signal
import threading
from multiprocessing import connection, get_context, parent_process
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from types import TracebackType
    from typing import Self

T = TypeVar("T")


class Beside(Generic[T]):
    """A function that runs in another process, until its result is wanted.

    It is spawned, so that it is the same on all systems. Where it ends without a result, such as
    for want of memory, the function runs here in its place.
    """

    def __init__(self, function: Callable[[], T]) -> None:
        """Begin; function: at the top of a module, with a result that can be pickled."""
        context = get_context("spawn")
        self._function = function
        self._receiver, sender = context.Pipe(duplex=False)
        self._process = context.Process(target=_send, args=(sender, function), daemon=True)
        self._process.start()
        sender.close()

    def result(self) -> T:
        """Return the function's result, once it is there."""
        try:
            result: T = self._receiver.recv()
        except EOFError:
            return self._function()
        self._process.join()
        return result

    def __enter__(self) -> Self:
        """Let it run until the end of the context."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it, if it runs still."""
        self._receiver.close()
        if self._process.is_alive():
            self._process.terminate()
        self._process.join()


def _send(sender: Connection, function: Callable[[], object]) -> None:
    # A Ctrl-C is for the process that waits, which then ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    result = function()
    try:
        sender.send(result)
    except BrokenPipeError:
        return


def _end_with_parent() -> None:
    """End this process once the one that waits for it has ended, however that did."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
