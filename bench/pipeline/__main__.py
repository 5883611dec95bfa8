"""A process that runs the pipeline: `python -m bench.pipeline`, asked through its pipes."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import orjson

from bench.worker.pipes import way_back

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


def main() -> int:
    """Serve one run until it asks for no more."""
    # A Ctrl-C reaches every process of a terminal; the run alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    answers = way_back()

    from bench.worker.protocol import line

    for answer in _answers(sys.stdin.buffer):
        answers.write(line(answer))
        answers.flush()
    return 0


def _answers(requests: BinaryIO) -> Iterator[Any]:
    """Yield an answer to each request as it comes; the first says where, and of which data."""
    from bench import energy
    from bench.errors import BenchError
    from bench.pipeline.configuration import configuration
    from bench.pipeline.probes import PROBES
    from bench.pipeline.session import Session
    from bench.worker.protocol import Found, Refused
    from bench.worker.threads import ready

    hello = orjson.loads(requests.readline())
    meters = energy.find()
    account = None if isinstance(meters, str) else energy.Account(meters)
    with Session(Path(hello["folder"]), hello["nonce"], account) as session:
        yield ready()
        for request in map(orjson.loads, requests):
            try:
                if request["is"] == "Probe":
                    asked = [configuration(fields) for fields in request["configurations"]]
                    records = PROBES[request["name"]](session, asked, request["seconds"])
                    yield Found({"records": list(records)})
                else:
                    found = configuration(request["configuration"])
                    yield Found(session.measure(found, request["kept"]))
            except (BenchError, MemoryError) as error:
                texts = tuple(getattr(error, "problems", None) or [str(error) or "no memory"])
                yield Refused(type(error).__name__, texts)


def _end(*_: object) -> NoReturn:
    sys.exit(1)


if __name__ == "__main__":
    sys.exit(main())
