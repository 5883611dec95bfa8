"""A torch DataLoader as a source of batches, whose workers end with it."""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from torch.utils.data import DataLoader, SequentialSampler

from bench.errors import PipelineError
from bench.pipeline.dataset import Item, as_it_is, one_batch

if TYPE_CHECKING:
    from bench.pipeline.configuration import Configuration

_PATIENCE_S = 5.0


def _reason(error: RuntimeError) -> str:
    """Return what a worker said last; the lines before are its traceback."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else "it gave no reason"


class Feed:
    """The batches of a DataLoader. A context manager; its workers are gone afterwards."""

    def __init__(self, found: Configuration, dataset: Any) -> None:
        many = found.items == "sample" and found.control is None
        with warnings.catch_warnings():
            # More workers than cores: told in the outcome.
            warnings.filterwarnings("ignore", "This DataLoader will create", UserWarning)
            self._loader: Any = DataLoader(
                dataset,
                batch_size=found.samples if many else None,
                sampler=SequentialSampler(dataset),
                num_workers=found.workers,
                collate_fn=one_batch if many else as_it_is,
                pin_memory=found.pin,
                prefetch_factor=found.prefetch if found.workers else None,
                multiprocessing_context=found.start_method if found.workers else None,
            )
        self._batches: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Dropping the iterator would do, but a traceback may hold on to it.
        if hasattr(self._batches, "_shutdown_workers"):
            workers = list(self._batches._workers)
            # A library may abort when its process ends; there is nothing left that it could spoil.
            with suppress(RuntimeError):
                self._batches._shutdown_workers()
            for worker in workers:
                worker.join(_PATIENCE_S)
                if worker.is_alive():
                    worker.kill()
                    worker.join()
        self._batches = None

    def next(self) -> Item:
        """Return the next batch; the first call starts the workers.

        Raises:
            PipelineError: a worker broke.

        """
        try:
            if self._batches is None:
                self._batches = iter(self._loader)
            item: Item = next(self._batches)
        except RuntimeError as error:
            raise PipelineError(
                f"a worker of the DataLoader broke: {_reason(error)}. Where it ran out "
                "of shared memory, --sharing file_system, a smaller batch or fewer workers help"
            ) from error
        except (OSError, EOFError) as error:
            reason = getattr(error, "strerror", None) or str(error) or "it went away"
            raise PipelineError(
                f"a worker of the DataLoader broke: {reason}; fewer workers, or "
                "--sharing file_system, take fewer open files"
            ) from error
        return item
