"""A process at the other end of a pipe, for probes that need one."""

from __future__ import annotations

import time
import traceback
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from bench.errors import PipelineError
from bench.system import causes, limits
from bench.system.lifetime import end_with_creator
from bench.system.watch import Patience

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

_PATIENCE_S = 120.0
"""How long an answer may take: a spawned process imports torch first."""
_LOOK_S = 5.0
"""How long a wait is, of several."""


class _Broke(NamedTuple):
    """Sent by a peer in place of an answer: why it ends."""

    reason: str
    known: bool


class Peer:
    """A process that serves one end of a pipe. A context manager; it has ended afterwards."""

    def __init__(self, context: Any, serve: Callable[[Connection], None], name: str) -> None:
        """Start it.

        Args:
            context: of `multiprocessing`.
            serve: what it does with its end of the pipe, until that is closed.
            name: what it is called where it breaks.

        """
        self._name = name
        self._kills = limits.memory_kills()
        self.pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(serve, other), daemon=True)
        self._process.start()
        other.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.pipe.close()
        self._process.kill()
        self._process.join()

    def send(self, message: object) -> None:
        """Send it a message.

        Raises:
            PipelineError: it has ended.

        """
        try:
            self.pipe.send(message)
        except OSError:
            raise self._error() from None

    def receive(self) -> Any:
        """Return its next answer.

        Raises:
            PipelineError: it broke, or gives none.

        """
        self.wait()
        try:
            return self.checked(self.pipe.recv())
        except (EOFError, ConnectionError):
            raise self._error() from None

    def wait(self) -> None:
        """Wait until an answer can be received.

        Raises:
            PipelineError: it broke, or gives none.

        """
        patience = Patience(_PATIENCE_S)
        while not patience.over:
            start_s = time.monotonic()
            ready = wait([self.pipe, self._process.sentinel], _LOOK_S)
            if self.pipe in ready:
                return
            if ready:
                raise self._error()
            patience.spend(time.monotonic() - start_s, _LOOK_S)
        raise PipelineError(f"{self._name} gave no answer in {_PATIENCE_S:.0f} s")

    def checked(self, answer: Any) -> Any:
        """Return an answer.

        Raises:
            PipelineError: it says why the process broke.

        """
        if isinstance(answer, _Broke):
            outside = answer.reason if answer.known else None
            raise PipelineError(f"{self._name} broke: {answer.reason}", outside=outside)
        return answer

    def _error(self) -> PipelineError:
        """Return why it ended: by what it sent last, or else by its status."""
        if self.pipe.poll():
            try:
                self.checked(self.pipe.recv())
            except PipelineError as error:
                return error
            except (EOFError, OSError):
                pass
        self._process.join()
        end = causes.end(self._process.exitcode or 0, self._kills)
        outside = end.reason if end.outside else None
        return PipelineError(f"{self._name} broke: {end.reason}", outside=outside)


def _serve(serve: Callable[[Connection], None], pipe: Connection) -> None:
    end_with_creator()
    try:
        serve(pipe)
    except EOFError:
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, the other side waits for it
        reason = causes.error_reason(error)
        text = reason or traceback.format_exception_only(error)[-1].strip()
        pipe.send(_Broke(text, reason is not None))
