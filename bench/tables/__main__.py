"""A process that times a user's rows: `python -m bench.tables`, with requests through its pipes."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import orjson

from bench.worker.serving import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


def _answers(requests: BinaryIO) -> Iterator[Any]:
    """Yield an answer to each request, a line each; the first names the file."""
    from bench.errors import BenchError
    from bench.tables.sources import Task
    from bench.tables.timing import TableSession
    from bench.worker.protocol import Refused, Result
    from bench.worker.threads import ready

    fields = orjson.loads(requests.readline())
    del fields["is"]
    fields["file"] = os.fsdecode(bytes.fromhex(fields["file"]))
    yield ready()
    session: TableSession | None = None
    for request in map(orjson.loads, requests):
        try:
            if session is None:
                session = TableSession(Task(**fields))
            if request["is"] == "Look":
                yield Result(session.summary())
            else:
                yield Result(session.measure(request["job"], request["path"]))
        except BenchError as error:
            yield Refused(type(error).__name__, (str(error),))
        except MemoryError:
            yield Refused("TableError", ("there is not enough memory for it",))


if __name__ == "__main__":
    sys.exit(serve(_answers))
