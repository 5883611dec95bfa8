"""Refuse a configuration that does not fit into memory, before anything is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.errors import ConfigurationError
from bench.system.limits import SHARED_MEMORY, free_memory, shared_memory_free

if TYPE_CHECKING:
    from bench.pipeline.configuration import Configuration

_TRANSFORM_GROWTH = 4
"""Bytes after a transform for each byte before it: 8-bit integers become 32-bit floats."""
_OTHER_BATCHES = 10
"""Batches beside those in flight: the consumer's, and cached or generated ones."""


def check_memory(configuration: Configuration) -> None:
    """Refuse a configuration whose batches do not fit into free or shared memory.

    Raises:
        ConfigurationError: it names how much is needed and how much is free.

    """
    batch_bytes = configuration.data.sample_bytes * configuration.samples * _TRANSFORM_GROWTH
    ahead = configuration.workers * configuration.prefetch
    needed_bytes = batch_bytes * (ahead + _OTHER_BATCHES)
    free_bytes = free_memory()
    if needed_bytes > free_bytes // 2:
        raise ConfigurationError(
            f"batch: {ahead + _OTHER_BATCHES} batches of {configuration.samples} samples take "
            f"{needed_bytes / 1e9:.1f} GB, and {free_bytes / 1e9:.1f} GB are free; use a smaller "
            "batch or size"
        )
    shared_bytes = shared_memory_free()
    if configuration.workers and shared_bytes is not None:
        in_flight = ahead + 2
        if batch_bytes * in_flight > shared_bytes:
            raise ConfigurationError(
                f"workers: {in_flight} batches in flight take "
                f"{batch_bytes * in_flight / 1e6:.0f} MB of shared memory, and {SHARED_MEMORY} has "
                f"{shared_bytes / 1e6:.0f} MB; use a smaller batch, fewer workers or --prefetch 1, "
                "or give the container more (--shm-size)"
            )
