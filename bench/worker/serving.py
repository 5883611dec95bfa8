"""A process that answers requests through its pipes, a line each, until there are no more."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from bench.system.lifetime import end_with_parent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import BinaryIO


def prepare() -> BinaryIO:
    """Prepare this process, which was given the id of its parent; return where answers go."""
    # A Ctrl-C reaches every process of a terminal; the command alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent(int(sys.argv[1]))
    return _way_back()


def serve(answers: Callable[[BinaryIO], Iterable[Any]]) -> int:
    """Answer all requests; return a status.

    Args:
        answers: gives an answer of `bench.worker.protocol` to each line of a stream; it is called
            once signals are handled and stdout is redirected, so that slow imports can wait for it.

    """
    replies = prepare()
    from bench.worker.protocol import line

    for answer in answers(sys.stdin.buffer):
        replies.write(line(answer))
        replies.flush()
    return 0


def _way_back() -> BinaryIO:
    """Return the original stdout, for answers; whatever else is printed goes to stderr."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers
