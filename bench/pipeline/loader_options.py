"""Which DataLoader a configuration needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bench.pipeline.configuration import Configuration


class Shape(NamedTuple):
    """All of a configuration that a DataLoader is made for; the rest can change while it lives.

    samples is how many items a batch is collated of; None: an item is a batch.
    """

    workers: int
    prefetch: int
    start: str
    sharing: str | None
    epoch: int | None
    persistent: bool
    pin: bool
    samples: int | None


def shape(found: Configuration) -> Shape:
    """Return the loader that a configuration needs."""
    return Shape(
        found.workers,
        found.prefetch if found.workers else 1,
        found.start_method,
        found.sharing,
        found.epoch,
        found.persistent,
        found.pin,
        found.samples if found.single_items else None,
    )
