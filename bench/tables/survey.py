"""Every path of a file timed beside every other, in rounds, for as long as there is time."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.bundle.quality import DRIFT, reference_us
from bench.errors import TableError
from bench.tables.files import recognise
from bench.tables.interval import Estimate, estimate
from bench.worker.process import Child, WorkerLostError
from bench.worker.protocol import Refused, Result
from bench.worker.variables import variables

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from bench.system.watch import Watch
    from bench.tables.sources import Task

    Tell: TypeAlias = Callable[[str], None]

_BLOCK_S = 120.0
"""Far more than any block takes."""
_LEAST_ROUNDS = 2
_CALM_ROUNDS = 0.5
"""Share of blocks that have a calm sample, below which nothing is to be trusted."""


@dataclass(frozen=True, slots=True)
class Look:
    """A request: what the file is."""


@dataclass(frozen=True, slots=True)
class Time:
    """A request: a block of a path."""

    job: str
    """own: decode the file's own bytes; decode; encode."""
    path: str


@dataclass(slots=True)
class Timed:
    """What one job of a path took."""

    job: str
    path: str
    rounds: list[list[float]] = field(default_factory=list)
    """Seconds of the samples of each round; the calm ones, where there are some."""
    bytes: int = 0
    """Encoded bytes of all rows."""
    problem: str | None = None
    """Why it is not measured; None: it is."""
    disturbed: int = 0
    """Rounds without a calm sample."""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    """As they were measured."""

    @property
    def seconds(self) -> Estimate:
        """Return the time of one call."""
        return estimate([median(some) for some in self.rounds])


@dataclass(slots=True)
class Survey:
    """What a file is, and what its paths take."""

    file: str
    summary: dict[str, Any]
    timed: list[Timed]
    slowed_by: tuple[str, ...] = ()
    rounds: int = 0

    def of(self, job: str) -> list[Timed]:
        """Return what was measured of a job, the fastest first."""
        some = [each for each in self.timed if each.job == job and each.rounds]
        return sorted(some, key=lambda each: each.seconds.value)

    @property
    def disturbed(self) -> bool:
        """Whether most blocks were disturbed by other programs."""
        blocks = sum(len(each.rounds) for each in self.timed)
        calm = blocks - sum(each.disturbed for each in self.timed)
        return bool(self.slowed_by) or calm < _CALM_ROUNDS * blocks


def times_as_fast(fast: Timed, slow: Timed) -> Estimate:
    """Return how many times as fast one is as another, by the rounds that both were measured in."""
    pairs = zip(fast.rounds, slow.rounds, strict=False)
    return estimate([median(b) / median(a) for a, b in pairs])


def survey(task: Task, seconds: float, watch: Watch, tell: Tell) -> Survey:
    """Measure a file.

    Args:
        task: the file, and what cannot be inferred of it.
        seconds: how long to measure; two rounds are measured at least.
        watch: notices time in which nobody ran.
        tell: takes a line of progress.

    Raises:
        TableError: the file cannot be read as rows.
        WorkerError: the measuring process cannot start.

    """
    recognise(task)  # before a process is started for it
    process = _Process(task, watch)
    try:
        tell(f"reading {task.file}")
        summary = process.ask(Look())
        result = Survey(task.file, summary, _jobs(summary), process.slowed_by)
        start_s = time.monotonic()
        while True:
            begun_s = time.monotonic()
            for number, each in enumerate(result.timed):
                if each.problem is None:
                    tell(
                        f"round {result.rounds + 1}, {number + 1} of {len(result.timed)}: "
                        f"{time.monotonic() - start_s:.0f} of {seconds:.0f} s"
                    )
                    _block(process, each)
            result.rounds += 1
            now_s = time.monotonic()
            lasts_s = now_s - begun_s
            if result.rounds >= _LEAST_ROUNDS and now_s + lasts_s / 2 > start_s + seconds:
                break
    finally:
        process.close()
    _judge(result)
    return result


def _jobs(summary: dict[str, Any]) -> list[Timed]:
    return [Timed(job, path) for job in ("own", "decode", "encode") for path in summary[job]]


def _block(process: _Process, each: Timed) -> None:
    """Measure a block; a path that breaks, or breaks its process, is left out with its reason."""
    try:
        block = process.ask(Time(each.job, each.path))
    except TableError as error:
        each.problem = str(error)
    except WorkerLostError as error:
        if error.outside:
            raise
        each.problem = f"its process broke: {error}"
        process.restart()
    else:
        each.blocks.append({**block, "process": process.number})
        each.bytes = block["bytes"]


def _judge(result: Survey) -> None:
    """Keep of each block the samples that were taken while the core ran at its full speed."""
    canaries: dict[int, list[int]] = {}
    for each in result.timed:
        for block in each.blocks:
            canaries.setdefault(block["process"], []).extend(block["canary_us"])
    limits = {number: reference_us(times) * (1 + DRIFT) for number, times in canaries.items()}
    for each in result.timed:
        for block in each.blocks:
            around, limit = block["canary_us"], limits[block["process"]]
            calm = [
                seconds
                for index, seconds in enumerate(block["seconds"])
                if max(around[index], around[index + 1]) <= limit
            ]
            each.disturbed += not calm
            each.rounds.append(calm or block["seconds"])


class _Process:
    """A measuring process, which is started again where a path breaks it."""

    def __init__(self, task: Task, watch: Watch) -> None:
        self._task, self._watch = task, watch
        self.number = -1
        self.slowed_by: tuple[str, ...] = ()
        self._child: Child | None = None
        self.restart()

    def restart(self) -> None:
        """Start it anew."""
        self.close()
        # A path may be no text, which JSON cannot hold.
        hello = replace(self._task, file=os.fsencode(self._task.file).hex())
        self._child = Child("bench.tables", hello, variables({}), self._watch)
        self._child.__enter__()
        self.number += 1
        self.slowed_by = self._child.start().slowed_by

    def close(self) -> None:
        """End it."""
        if self._child is not None:
            child, self._child = self._child, None
            child.__exit__(None, None, None)

    def ask(self, request: object) -> dict[str, Any]:
        """Return the answer to a request.

        Raises:
            TableError: it cannot be done.
            WorkerLostError: the process broke.

        """
        assert self._child is not None  # noqa: S101  it is closed last
        reply = self._child.ask(request, _BLOCK_S)
        if isinstance(reply, Refused):
            raise TableError(*reply.texts)
        if not isinstance(reply, Result):
            raise TableError("the measuring process answered out of turn")
        return reply.values
