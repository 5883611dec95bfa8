"""A torch DataLoader that serves one configuration after another."""

from __future__ import annotations

import multiprocessing
import time
import warnings
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import torch
from torch.utils.data import DataLoader
from torch.utils.data._utils import MP_STATUS_CHECK_INTERVAL

from bench.errors import PipelineError
from bench.pipeline.dataset import IDLE, Item, TaskDataset, collate_nothing, collate_samples, index
from bench.pipeline.link import LocalValue
from bench.pipeline.loader_workers import EndedWorkers, Reasons, last_line
from bench.system.causes import error_reason
from bench.system.watch import Patience

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.pipeline.loader_options import LoaderOptions

_PATIENCE_S = 5.0
"""How long a worker may take to end before it is killed."""
_BATCH_S, _FIRST_BATCH_S = 60.0, 120.0
"""How long a batch may take: far longer than any does. At first, workers import torch."""


class Feed:
    """The batches of a DataLoader. A context manager; its workers have ended afterwards.

    `begin` starts the batches of a task, `pause` ends them: between tasks workers load empty items.
    """

    def __init__(self, options: LoaderOptions, folder: Path) -> None:
        """Create the DataLoader; folder: where tasks are saved."""
        context = multiprocessing.get_context(options.start)
        self.options = options
        # Without workers nothing is shared: shared memory may be missing.
        self._link_free_at = context.Value("q", 0) if options.workers else LocalValue()
        self._reasons = Reasons(context) if options.workers else None
        self._dataset = TaskDataset(folder, self._link_free_at, options.heap)
        self._indices = _Indices(options.samples or 1, options.epoch)
        self._batches: Any = None
        self._workers: list[Any] = []
        self._patience = Patience(_FIRST_BATCH_S)
        with warnings.catch_warnings():
            # More workers than cores: a warning of the experiment's result.
            warnings.filterwarnings("ignore", "This DataLoader will create", UserWarning)
            self._loader: Any = DataLoader(
                self._dataset,
                batch_size=options.samples,
                sampler=self._indices,
                num_workers=options.workers,
                collate_fn=collate_samples if options.samples else collate_nothing,
                pin_memory=options.pin,
                prefetch_factor=options.prefetch if options.workers else None,
                persistent_workers=options.persistent,
                multiprocessing_context=context if options.workers else None,
                worker_init_fn=(
                    self._reasons.beginning(options.sharing, folder) if self._reasons else None
                ),
            )

    def __enter__(self) -> Self:
        """Start the workers, and wait until they answer."""
        if self.options.sharing:
            torch.multiprocessing.set_sharing_strategy(self.options.sharing)
        start = time.perf_counter()
        try:
            self._next()
        except BaseException:
            self.__exit__()
            raise
        self.started_s: float | None = time.perf_counter() - start if self.options.workers else None
        return self

    def __exit__(self, *_: object) -> None:
        self._end_workers()
        self._dataset.close()

    def _end_workers(self) -> None:
        # Dropping the iterator would do, but a traceback may hold on to it.
        if hasattr(self._batches, "_shutdown_workers"):
            # A library may abort when its process ends; nothing is left that this could spoil.
            with suppress(RuntimeError):
                self._batches._shutdown_workers()
            for worker in self._workers:
                worker.join(_PATIENCE_S)
                if worker.is_alive():
                    worker.kill()
                    worker.join()
        self._batches = None

    @property
    def batches_ahead(self) -> int:
        """How many batches the workers load ahead."""
        return self.options.workers * self.options.prefetch

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers."""
        return [worker.pid for worker in self._workers]

    def begin(self, task: int) -> None:
        """Start the batches of a task."""
        self._link_free_at.value = 0
        self._indices.begin(task)

    def pause(self) -> None:
        """End the task's batches; return once those that were being loaded are complete."""
        self._indices.begin(IDLE)
        for _ in range(self.batches_ahead):
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
                item = self._wait()
            except StopIteration:
                self._begin_epoch()
                item = self._wait()
        except PipelineError as error:
            # A worker's, whose traceback is of no use to the user.
            text = last_line(str(error)).partition("PipelineError: ")[2]
            raise PipelineError(text or str(error), outside=error.outside) from None
        except (MemoryError, RuntimeError, OSError, EOFError) as error:
            raise self._error(error) from error
        self._patience = Patience(_BATCH_S)
        return item

    def _wait(self) -> Item:
        with EndedWorkers.raised():
            item: Item = next(self._batches)
        return item

    def _error(self, error: BaseException) -> PipelineError:
        if self._reasons:
            ended = [worker for worker in self._workers if not worker.is_alive()]
            return self._reasons.error(error, [worker.exitcode or 0 for worker in ended])
        if known := error_reason(error):
            return PipelineError(known, outside=known)
        return PipelineError(f"the data set broke: {last_line(str(error))}")

    def _begin_epoch(self) -> None:
        if not self.options.persistent:
            self._end_workers()
        before, self._batches = self._batches, iter(self._loader)
        EndedWorkers.take_over()
        self._workers = list(getattr(self._batches, "_workers", []))
        self._patience = Patience(_FIRST_BATCH_S)
        if self._workers and self._batches is not before:
            self._batches._try_get_data = partial(self._try, self._batches._try_get_data)

    def _try(self, try_get_data: Any, *timeout: float) -> tuple[bool, Any]:
        """Wait some seconds for a batch, as torch does again and again, but not for ever."""
        start_s = time.monotonic()
        done: tuple[bool, Any] = try_get_data(*timeout)
        waited_s = time.monotonic() - start_s
        if not done[0]:
            self._patience.spend(waited_s, MP_STATUS_CHECK_INTERVAL)
        if self._patience.over:
            raise PipelineError(f"the workers of the DataLoader gave no batch in {_BATCH_S:.0f} s")
        return done


class _Indices:
    """The sampler: indices of a task's records, for an epoch of so many batches or without end."""

    def __init__(self, items_per_batch: int, epoch: int | None) -> None:
        self._limit = items_per_batch * epoch if epoch else None
        self.task = IDLE
        self._record = 0

    def begin(self, task: int) -> None:
        self.task, self._record = task, 0

    def __iter__(self) -> Iterator[int]:
        count = 0
        while self._limit is None or count < self._limit:
            count += 1
            if self.task == IDLE:
                yield IDLE
                continue
            yield index(self.task, self._record)
            self._record += 1
