"""Refuse a configuration that does not fit into memory, before anything is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.errors import ConfigurationError, PipelineError
from bench.system.limits import SHARED_MEMORY, free_memory, shared_memory, total_memory

if TYPE_CHECKING:
    from bench.pipeline.configuration import Configuration

_TRANSFORM_GROWTH = 4
"""Bytes after a transform for each byte before it: 8-bit integers become 32-bit floats."""
_OTHER_BATCHES = 10
"""Batches beside those in flight: the consumer's, and cached or generated ones."""


def check_memory(configuration: Configuration) -> None:
    """Refuse a configuration whose batches do not fit into free or shared memory.

    Raises:
        ConfigurationError: this machine, or its container, has too little.
        PipelineError: others take too much of it just now.

    """
    batch_bytes = configuration.data.sample_bytes * configuration.samples * _TRANSFORM_GROWTH
    ahead = configuration.workers * configuration.prefetch
    needed_bytes = batch_bytes * (ahead + _OTHER_BATCHES)
    if needed_bytes > (free_bytes := free_memory()) // 2:
        raise _too_little(
            "batch",
            f"{ahead + _OTHER_BATCHES} batches of {configuration.samples} samples take "
            f"{needed_bytes / 1e9:.1f} GB, and {free_bytes / 1e9:.1f} GB are free; use a smaller "
            "batch or size",
            needed_bytes > total_memory() // 2,
        )
    _check_heap(configuration)
    shared = shared_memory()
    in_flight_bytes = batch_bytes * (ahead + 2)
    if configuration.workers and shared and in_flight_bytes > shared.free:
        raise _too_little(
            "workers",
            f"{ahead + 2} batches in flight take {in_flight_bytes / 1e6:.0f} MB of shared memory, "
            f"and {SHARED_MEMORY} has {shared.free / 1e6:.0f} MB; use a smaller batch, fewer "
            "workers or --prefetch 1, or give the container more (--shm-size)",
            in_flight_bytes > shared.total,
        )


def _check_heap(configuration: Configuration) -> None:
    """Refuse a heap of which not every process can hold a copy, as each does in the end."""
    copies = 1 + configuration.workers
    needed_bytes = copies * configuration.heap << 20
    if needed_bytes > (free_bytes := free_memory()) // 2:
        raise _too_little(
            "heap",
            f"{copies} processes with {configuration.heap} MiB each take "
            f"{needed_bytes / 1e9:.1f} GB, and {free_bytes / 1e9:.1f} GB are free; use a smaller "
            "heap or fewer workers",
            needed_bytes > total_memory() // 2,
        )


def _too_little(field: str, text: str, always: bool) -> ConfigurationError | PipelineError:
    """Return the error of a configuration that needs more memory than is free.

    always: it needs more than there is.
    """
    if always:
        return ConfigurationError(f"{field}: {text}")
    return PipelineError(text, outside="too little memory was free")
