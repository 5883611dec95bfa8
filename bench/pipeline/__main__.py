"""A process that runs the pipeline: `python -m bench.pipeline`, with requests through its pipes."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
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
    """Yield an answer to each request, a line each; the first has the session's options."""
    from bench import energy
    from bench.errors import BenchError
    from bench.pipeline.configuration import configuration
    from bench.pipeline.probes import stage_probe
    from bench.pipeline.session import PipelineSession
    from bench.system.causes import error_reason
    from bench.worker.protocol import Refused, Result
    from bench.worker.threads import ready

    options = orjson.loads(requests.readline())
    meters = energy.find()
    account = None if isinstance(meters, str) else energy.Account(meters)
    with PipelineSession(Path(options["folder"]), options["nonce"], account) as session:
        yield ready()
        for request in map(orjson.loads, requests):
            try:
                if request["is"] == "ProbeRequest":
                    configurations = [configuration(fields) for fields in request["configurations"]]
                    probe = stage_probe(request["name"])
                    records = probe(session, configurations, request["seconds"])
                    yield Result({"records": list(records)})
                else:
                    measured = session.measure(
                        configuration(request["configuration"]),
                        request["kept"],
                        request["canaries"],
                    )
                    yield Result(measured)
            except BenchError as error:
                texts = tuple(getattr(error, "problems", None) or [str(error)])
                yield Refused(type(error).__name__, texts, getattr(error, "outside", None))
            except (MemoryError, OSError, RuntimeError, EOFError) as error:
                reason = error_reason(error)
                if reason is None:
                    raise
                yield Refused("PipelineError", (reason,), outside=reason)


def _end(*_: object) -> NoReturn:
    sys.exit(1)


if __name__ == "__main__":
    sys.exit(main())
