"""Who does the work of many files: this process, all cores, or a cluster. One function each.

Work comes in chunks, each done whole or not at all, so that one that is lost is done again.
"""

from __future__ import annotations

import multiprocessing
import signal
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")

_AHEAD = 2
"""Chunks under way for each core, so that none waits and few are held."""
_MOST_LOSSES = 3
"""Of processes in a row, after which something is wrong with the machine."""


def serial(work: Callable[[Chunk], Result], chunks: Iterable[Chunk]) -> Iterator[Result]:
    """Yield the results of chunks, done here, in order."""
    yield from map(work, chunks)


def on_cores(
    work: Callable[[Chunk], Result], chunks: Iterable[Chunk], cores: int
) -> Iterator[Result]:
    """Yield the results of chunks, done by processes, as they come.

    A process that is killed loses the chunks under way, which are done again.

    Raises:
        AnalysisError: processes are killed again and again.

    """
    left = iter(chunks)
    again: list[Chunk] = []
    losses = 0
    while True:
        under_way: dict[Future[Result], Chunk] = {}
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(cores, mp_context=context, initializer=_end_at_once) as pool:
            try:
                while True:
                    while len(under_way) < _AHEAD * cores:
                        chunk = again.pop() if again else next(left, None)
                        if chunk is None:
                            break
                        with _interrupts_held():
                            future = pool.submit(work, chunk)
                        under_way[future] = chunk
                    if not under_way:
                        return
                    done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                    for future in done:
                        result = future.result()
                        del under_way[future]
                        losses = 0
                        yield result
            except BrokenProcessPool as error:
                losses += 1
                again += under_way.values()
                if losses >= _MOST_LOSSES:
                    raise AnalysisError(
                        "a process at work was killed, and so were those after it; is there memory "
                        "enough? What was done is kept: run the command again"
                    ) from error
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Keep a Ctrl-C from a process that starts meanwhile, which would fill the screen with it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_at_once() -> None:
    """Let a Ctrl-C end this process without a word: chunks are whole or not there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def on_cluster(
    work: Callable[[Chunk], Result], chunks: Iterable[Chunk], address: str
) -> Iterator[Result]:
    """Yield the results of chunks, done by the workers of a dask.distributed scheduler.

    A worker that is killed loses what was under way on it; the scheduler gives it to another.

    Raises:
        AnalysisError: dask is not installed, the scheduler does not answer, or work is lost often.

    """
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise AnalysisError(
            "--scheduler needs dask: pip install -c constraints.txt -e '.[class]'"
        ) from error
    left = iter(chunks)
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except Exception as error:
        # A library's own words, and its errors, for what is no address.
        why = str(error) or type(error).__name__
        raise AnalysisError(f"--scheduler {address}: it does not answer: {why}") from error
    with client:
        cores = max(1, sum(client.ncores().values()))
        submit = partial(client.submit, work, pure=False, retries=2)
        running = as_completed(loop=client.loop)
        for chunk in islice(left, _AHEAD * cores):
            running.add(submit(chunk))
        for future in running:
            try:
                result = future.result()
            except Exception as error:
                raise AnalysisError(f"--scheduler {address}: {error}") from error
            future.release()
            yield result
            for chunk in islice(left, 1):
                running.add(submit(chunk))
