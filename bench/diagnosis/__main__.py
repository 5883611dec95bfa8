"""A process that runs a user's loader: `python -m bench.diagnosis`, with requests on stdin."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import orjson

from bench.worker.serving import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


def main() -> int:
    """Answer requests until there are no more."""
    signal.signal(signal.SIGTERM, _end)
    return serve(_answers)


def _answers(requests: BinaryIO) -> Iterator[Any]:
    """Yield an answer to each request, a line each; the first names the loader."""
    session = None
    for request in map(orjson.loads, requests):
        session, answer = _answer(session, request)
        yield answer


def _answer(session: Any, request: dict[str, Any]) -> tuple[Any, Any]:
    """Return the session, which the first request begins, and the answer to a request."""
    from bench.diagnosis.session import LoaderSession
    from bench.errors import BenchError
    from bench.worker.protocol import Refused, Result

    kind = request.pop("is")
    try:
        if kind == "LoaderRequest":
            names = (request["target"], request["step"])
            target, step = (name and os.fsdecode(name.encode("latin-1")) for name in names)
            session = LoaderSession(target, step, request["folder"])
            return session, Result(session.facts())
        return session, Result(session.run(**request))
    except BenchError as error:
        # A path may be no text.
        text = str(error).encode("utf-8", "backslashreplace").decode()
        return session, Refused(type(error).__name__, (text,))


def _end(*_: object) -> NoReturn:
    # At once: a loader's own threads and workers may hold the ordinary way out.
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
