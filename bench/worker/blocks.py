"""The benchmark test of a measuring process: each of its items times the block asked for next."""

from __future__ import annotations

import time
import traceback
from typing import TYPE_CHECKING

import pytest

from bench.bundle.schema import Problem
from bench.worker.protocol import Failed

if TYPE_CHECKING:
    from bench.worker.plugin import Session


@pytest.mark.benchmark(timer=time.perf_counter_ns)
def test_block(request: pytest.FixtureRequest, session: Session, turn: int) -> None:  # noqa: ARG001
    """Time one block and answer with its numbers; end the process when no more is asked for."""
    order = session.receive()
    if order is None:
        request.session.shouldstop = "no more blocks"
        return
    try:
        # Asked for only now, because pytest-benchmark warns of a fixture that was not used.
        answer = session.measure(request.getfixturevalue("benchmark"), order)
    except BaseException as error:  # noqa: BLE001  a codec may raise anything, SystemExit too
        trace = "".join(traceback.format_exception(error)[-2:])
        answer = Failed(Problem.RAISED.value, trace.encode(errors="backslashreplace").decode())
    session.send(answer)
