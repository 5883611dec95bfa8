"""Decodes in child processes: a crash, a hang or a hunger for memory is a result like another."""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from formats.batch import mismatch
from formats.registry import DECODERS, bind
from tests.hostile import bombs, corpus
from tests.hostile.judge import Meter, judge, plain_allocators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection

PATIENCE_S = 10
"""Seconds that a decode may take, and two more for each MiB of its bytes."""

_START_S = 120
"""Seconds that a child may take to import every library and decode once with each codec."""


@dataclass(frozen=True)
class Round:
    """Some decodes of mutated bytes by one codec, then one of valid bytes, which must be right."""

    codec: str
    payload: str
    seed: int
    number: int
    steps: int

    def inputs(self) -> Iterator[bytes]:
        """Yield the bytes of each decode."""
        value = corpus.mutated(self.seed, self.codec, self.payload, self.number)
        return islice(value, self.steps)

    @property
    def again(self) -> str:
        """Arguments that repeat this round alone."""
        return (
            f"--seed {self.seed} --codec {self.codec} --payload {self.payload} "
            f"--round {self.number} --steps {self.steps}"
        )


@dataclass(frozen=True)
class Blast:
    """One bomb for one codec, then valid bytes."""

    codec: str
    payload: str
    name: str
    scale: int

    def inputs(self) -> Iterator[bytes]:
        """Yield the bomb."""
        yield bombs.build(self.name, DECODERS[self.codec].layout, self.payload, self.scale)

    @property
    def again(self) -> str:
        """Arguments that repeat this bomb alone."""
        return (
            f'--bomb "{self.name}" --codec {self.codec} --payload {self.payload} '
            f"--scale {self.scale}"
        )


Job = Round | Blast


@dataclass
class Result:
    """What became of a job's decodes."""

    job: Job
    refused: int = 0
    returned: int = 0
    seconds: float = 0.0
    problems: list[tuple[int, str]] = field(default_factory=list)
    """Step and what was wrong."""
    messages: list[str] = field(default_factory=list)
    """The refusals of a bomb."""

    @property
    def decodes(self) -> int:
        """Number of decodes, a fatal one included."""
        return self.refused + self.returned


class _Place:
    """Where a child is, in memory that outlives it."""

    def __init__(self, numbers: Any) -> None:
        self.numbers = numbers

    def job(self, index: int) -> None:
        """Note that a job begins."""
        self.numbers[:] = [index, 0, 0, 0, 0]

    def step(self, number: int, size: int) -> None:
        """Note that a decode of so many bytes begins."""
        self.numbers[1], self.numbers[2] = number, size

    def count(self, *, returned: bool) -> None:
        """Note how a decode ended."""
        self.numbers[3 if returned else 4] += 1


def warm_up() -> None:
    """Decode once with every codec, so that what is loaded but once is loaded."""
    for codec, name in corpus.pairs():
        bound = bind(DECODERS[codec], corpus.subject(name))
        bound.decode(corpus.valid(DECODERS[codec].layout, name, 2))


def examine(job: Job, decode: Callable[..., Any] = judge, place: _Place | None = None) -> Result:
    """Run a job, each decode by `decode`."""
    result = Result(job)
    rng = Random(job.codec)
    payload = corpus.subject(job.payload)
    layout = DECODERS[job.codec].layout
    bound = bind(DECODERS[job.codec], payload)
    out, kept = None, None
    for step, data in enumerate(job.inputs()):
        if place:
            place.step(step, len(data))
        verdict = decode(bound, data, out if rng.random() < 0.5 else None)
        if verdict.problem:
            result.problems.append((step, verdict.problem))
        result.refused += verdict.batch is None
        result.returned += verdict.batch is not None
        if place:
            place.count(returned=verdict.batch is not None)
        out, kept = verdict.batch or out, verdict.error or kept
        if isinstance(job, Blast) and verdict.error:
            result.messages.append(str(verdict.error))
    # The last error is still there, as a program that logs it might keep it.
    verdict = decode(bound, corpus.valid(layout, job.payload, 2), out)
    wrong = verdict.problem or str(verdict.error or "")
    if verdict.batch is not None and not wrong:
        wrong = mismatch(payload, verdict.batch, corpus.kept(layout, job.payload, 2)) or ""
    if wrong:
        result.problems.append((-1, f"valid bytes after these: {wrong[:300]}"))
    del kept
    return result


def _child(
    pipe: Connection, numbers: Any, log: str, jobs: Sequence[Job], first: int, warm: bool
) -> None:
    with Path(log).open("a", encoding="utf-8") as file:
        os.dup2(file.fileno(), 2)
    faulthandler.enable(sys.__stderr__ or 2)
    if warm:
        warm_up()
    meter = Meter()
    place = _Place(numbers)
    pipe.send(meter.how)
    for index in range(first, len(jobs)):
        place.job(index)
        meter.rest()
        start = time.perf_counter()
        result = examine(jobs[index], meter.judge, place)
        result.seconds = time.perf_counter() - start
        pipe.send((index, result))
    pipe.send(None)


def run(jobs: Sequence[Job], note: Callable[[Result], None], *, warm: bool = True) -> str:
    """Run jobs one after the other, in as many children as it takes; return how memory is bounded.

    note is told each result as it comes. warm: every codec decodes once before.
    """
    plain_allocators()
    context = multiprocessing.get_context("spawn")
    how, first = "", 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        while first < len(jobs):
            log = Path(folder) / f"{first}.log"
            log.touch()
            numbers = context.Array("q", [-1, 0, 0, 0, 0], lock=False)
            ours, theirs = context.Pipe(duplex=False)
            arguments = (theirs, numbers, str(log), jobs, first, warm)
            child = context.Process(target=_child, args=arguments)
            child.start()
            theirs.close()
            ended, how = _watch(child, ours, numbers, note, how)
            index, step, size, returned, refused = numbers[:]
            if ended is None:
                return how
            if index < 0:
                raise RuntimeError(f"a child {ended} before its first decode: {_tail(log)}")
            result = Result(jobs[index], refused=refused + 1, returned=returned)
            result.problems.append((step, f"{ended} on {size} bytes: {_tail(log)}"))
            note(result)
            first = index + 1
    return how


def _watch(
    child: Any, pipe: Connection, numbers: Any, note: Callable[[Result], None], how: str
) -> tuple[str | None, str]:
    """Wait for a child, and return how it ended before its work was done, None if it was."""
    last, since = list(numbers), time.monotonic()
    while True:
        try:
            while pipe.poll(0.2):
                match pipe.recv():
                    case None:
                        child.join()
                        return None, how
                    case str(how):
                        pass
                    case (_, result):
                        note(result)
        except (EOFError, OSError):
            child.join()
            return f"died with exit code {child.exitcode}", how
        now = list(numbers)
        if now != last:
            last, since = now, time.monotonic()
        patience = PATIENCE_S + (now[2] >> 19) if now[0] >= 0 else _START_S
        if time.monotonic() - since > patience:
            child.kill()
            child.join()
            return f"hung for {patience} s", how


def _tail(log: Path) -> str:
    lines = [line.strip() for line in log.read_text("utf-8", errors="replace").splitlines()]
    return " | ".join(line for line in lines if line)[-3000:]
