"""A torch DataLoader that serves one configuration after another, whose workers end with it."""

from __future__ import annotations

import multiprocessing
import time
import warnings
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import torch
from torch.utils.data import DataLoader

from bench.errors import PipelineError
from bench.pipeline.dataset import REST, Item, Records, as_it_is, index, one_batch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.pipeline.loader_options import Shape

_PATIENCE_S = 5.0


class Feed:
    """The batches of a DataLoader. A context manager; its workers are gone afterwards.

    `begin` says of which task batches are to be; between tasks it rests: what workers make ahead
    then is nothing.
    """

    def __init__(self, made: Shape, folder: Path) -> None:
        context = multiprocessing.get_context(made.start)
        self.shape = made
        self._turn = context.Value("q", 0)
        self._dataset = Records(folder, self._turn)
        self._indices = _Indices(made.samples or 1, made.epoch)
        self._batches: Any = None
        self._workers: list[Any] = []
        with warnings.catch_warnings():
            # More workers than cores: told in the outcome.
            warnings.filterwarnings("ignore", "This DataLoader will create", UserWarning)
            self._loader: Any = DataLoader(
                self._dataset,
                batch_size=made.samples,
                sampler=self._indices,
                num_workers=made.workers,
                collate_fn=one_batch if made.samples else as_it_is,
                pin_memory=made.pin,
                prefetch_factor=made.prefetch if made.workers else None,
                persistent_workers=made.persistent,
                multiprocessing_context=context if made.workers else None,
                worker_init_fn=partial(_share, made.sharing) if made.sharing else None,
            )

    def __enter__(self) -> Self:
        """Start the workers; they have answered once this returns."""
        if self.shape.sharing:
            torch.multiprocessing.set_sharing_strategy(self.shape.sharing)
        start = time.perf_counter()
        try:
            self._next()
        except BaseException:
            self.__exit__()
            raise
        self.started_s: float | None = time.perf_counter() - start if self.shape.workers else None
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._dataset.close()

    def _end(self) -> None:
        # Dropping the iterator would do, but a traceback may hold on to it.
        if hasattr(self._batches, "_shutdown_workers"):
            # A library may abort when its process ends; there is nothing left that it could spoil.
            with suppress(RuntimeError):
                self._batches._shutdown_workers()
            for worker in self._workers:
                worker.join(_PATIENCE_S)
                if worker.is_alive():
                    worker.kill()
                    worker.join()
        self._batches = None

    @property
    def ahead(self) -> int:
        """How many batches are made ahead."""
        return self.shape.workers * self.shape.prefetch

    @property
    def pids(self) -> list[int]:
        """The processes of the workers."""
        return [worker.pid for worker in self._workers]

    def begin(self, task: int) -> None:
        """Have batches of this task made from now on."""
        self._turn.value = 0
        self._indices.begin(task)

    def rest(self) -> None:
        """Have nothing made; returns once what was under way is over."""
        self._indices.begin(REST)
        for _ in range(self.ahead):
            self._next()
        self._dataset.close()

    def next(self) -> Item:
        """Return the next batch of the task.

        Raises:
            PipelineError: a worker broke.

        """
        while (item := self._next()).task != self._indices.task:
            pass
        return item

    def _next(self) -> Item:
        try:
            if self._batches is None:
                self._begin_epoch()
            try:
                item: Item = next(self._batches)
            except StopIteration:
                self._begin_epoch()
                item = next(self._batches)
        except PipelineError as error:
            # A worker's, whose traceback is of no use to the user.
            raise PipelineError(_reason(error).partition("PipelineError: ")[2] or error) from None
        except (MemoryError, RuntimeError, OSError, EOFError) as error:
            place = "a worker of the DataLoader" if self.shape.workers else "the data set"
            remedy = (
                "Where it ran out of shared memory or open files, --sharing file_system, a smaller "
                "batch or fewer workers help"
                if self.shape.workers
                else "Where it ran out of memory, a smaller batch or size helps"
            )
            raise PipelineError(f"{place} broke: {_reason(error)}. {remedy}") from error
        return item

    def _begin_epoch(self) -> None:
        if not self.shape.persistent:
            self._end()
        self._batches = iter(self._loader)
        self._workers = list(getattr(self._batches, "_workers", []))


class _Indices:
    """The sampler: indices of a task for as many batches as an epoch has, or without an end."""

    def __init__(self, items: int, epoch: int | None) -> None:
        self._limit = items * epoch if epoch else None
        self.task = REST
        self._record = 0

    def begin(self, task: int) -> None:
        self.task, self._record = task, 0

    def __iter__(self) -> Iterator[int]:
        given = 0
        while self._limit is None or given < self._limit:
            given += 1
            if self.task == REST:
                yield REST
                continue
            yield index(self.task, self._record)
            self._record += 1


def _share(sharing: str, _: int) -> None:
    """Have a worker share tensors so: one that is spawned does not inherit it."""
    torch.multiprocessing.set_sharing_strategy(sharing)


def _reason(error: BaseException) -> str:
    """Return what a worker said last; the lines before are its traceback."""
    text = getattr(error, "strerror", None) or str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else "it went away"
