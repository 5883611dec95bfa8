"""What commands over many files share: who does the work, and how far it is."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from analysis.course.places import File

Result = TypeVar("Result")

_FEW = 2
"""Chunks that are done here, sooner than another process starts."""


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add the options that say who does the work."""
    parser.add_argument(
        "--cores", type=count, metavar="N", help="processes at once (default: one a core)"
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="let the workers of a dask.distributed scheduler do it, such as tcp://host:8786",
    )


def count(text: str) -> int:
    """Read how many; argparse names this function where it cannot."""
    value = int(text)
    if not 1 <= value <= 8192:
        raise argparse.ArgumentTypeError("cores are a whole number from 1 to 8192")
    return value


def outcomes(
    options: argparse.Namespace,
    work: Callable[[list[File]], list[Result]],
    chunks: Sequence[list[File]],
    what: str = "files checked",
) -> Iterator[list[Result]]:
    """Yield what chunks of files come to, with a bar on stderr where somebody looks at it.

    Raises:
        AnalysisError: processes or the cluster fail again and again.

    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from hardware_profiles.console import Console

    total = sum(map(len, chunks))
    bar = Progress(
        what,
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=len(chunks) <= _FEW,
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=total)
        for result in _engine(options, work, chunks):
            bar.advance(task, len(result))
            yield result


def _engine(
    options: argparse.Namespace,
    work: Callable[[list[File]], list[Result]],
    chunks: Sequence[list[File]],
) -> Iterator[list[Result]]:
    from analysis.course import engines
    from analysis.course.batch import cores

    if options.scheduler:
        return engines.on_cluster(work, chunks, options.scheduler)
    count = options.cores or cores()
    if count == 1 or len(chunks) <= _FEW:
        return engines.serial(work, chunks)
    return engines.on_cores(work, chunks, count)
