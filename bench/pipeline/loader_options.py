"""The options of the DataLoader that a configuration needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bench.pipeline.configuration import Configuration


class LoaderOptions(NamedTuple):
    """What a DataLoader is created with; configurations with equal options share its workers."""

    workers: int
    """Number of worker processes; 0: batches are loaded in the consumer."""
    prefetch: int
    """Batches that each worker loads ahead."""
    start: str
    """Start method of the workers."""
    sharing: str | None
    """torch's sharing strategy for tensors; None: its default."""
    epoch: int | None
    """Batches in an epoch; None: a single endless one."""
    persistent: bool
    """Whether workers outlive an epoch."""
    pin: bool
    """Whether batches are copied to pinned memory."""
    heap: int
    """MiB of Python objects that the data set holds."""
    samples: int | None
    """Samples that are collated to a batch; None: an item is a whole batch."""


def loader_options(configuration: Configuration) -> LoaderOptions:
    """Return the options of the DataLoader that a configuration needs."""
    return LoaderOptions(
        workers=configuration.workers,
        prefetch=configuration.prefetch if configuration.workers else 1,
        start=configuration.start_method,
        sharing=configuration.sharing,
        epoch=configuration.epoch,
        persistent=configuration.persistent,
        pin=configuration.pin,
        heap=configuration.heap,
        samples=configuration.samples if configuration.loads_single_samples else None,
    )
