"""What this machine cannot run, told before anything is started."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from bench.errors import ConfigurationError

if TYPE_CHECKING:
    from bench.pipeline.configuration import Configuration

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux shares memory; looked at, not written
_CONTAINER = Path("/sys/fs/cgroup")
_ASIDE = 10
"""Batches that are there beside those in flight: the consumer's, and cached or generated ones."""


def check_memory(found: Configuration) -> None:
    """Refuse what would not fit.

    Raises:
        ConfigurationError: it says how much is needed and how much there is.

    """
    batch = found.data.sample_bytes * found.samples * 4  # a transform makes floats of bytes
    ahead = found.workers * found.prefetch
    need = batch * (ahead + _ASIDE)
    free = free_memory()
    if need > free // 2:
        raise ConfigurationError(
            f"batch: {ahead + _ASIDE} batches of {found.samples} samples take {need / 1e9:.1f} "
            f"GB, and {free / 1e9:.1f} GB are free; use a smaller batch or size"
        )
    if found.workers and _SHARED_MEMORY.is_dir():
        shared = shutil.disk_usage(_SHARED_MEMORY).free
        in_flight = ahead + 2
        if batch * in_flight > shared:
            raise ConfigurationError(
                f"workers: {in_flight} batches in flight take {batch * in_flight / 1e6:.0f} MB of "
                f"shared memory, and {_SHARED_MEMORY} has {shared / 1e6:.0f} MB; use a smaller "
                "batch, fewer workers or --prefetch 1, or give the container more (--shm-size)"
            )


def free_memory() -> int:
    """Return the bytes that are free, of the machine or of a container's part of it."""
    free: int = psutil.virtual_memory().available
    try:
        limit = (_CONTAINER / "memory.max").read_text(encoding="ascii").strip()
        used = int((_CONTAINER / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return free
    return free if limit == "max" else min(free, max(0, int(limit) - used))
