"""What makes a loader slower than its stages say: records of unequal cost.

Each regime is a lever of a configuration, and enters the load by what it costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analysis.model.order import blocking
from bench.bundle.setup import TAIL_EVERY

if TYPE_CHECKING:
    from analysis.model.demands import BatchCost
    from bench.bundle import Setup


class Uneven(NamedTuple):
    """What records of unequal cost do to a loader that hands batches over in order."""

    blocking: float
    """Mean time from batch to batch, over that of batches which all cost the mean."""
    p99: float
    """99th percentile of it, over its mean."""


EVEN = Uneven(1.0, 1.0)


def with_tail(setup: Setup, cost: BatchCost) -> BatchCost:
    """Return what the stages of the mean batch take, where some records are slow."""
    if setup.tail == 1:
        return cost
    mean = 1 + (setup.tail - 1) / TAIL_EVERY
    text = f"{cost.text}; one record in {TAIL_EVERY} costs {setup.tail} times as much"
    return cost._replace(decode=cost.decode * mean, transform=cost.transform * mean, text=text)


def uneven(
    setup: Setup, cores: int, repeated_us: float, others_us: float, consumer_us: float
) -> Uneven:
    """Return what slow records do in a completed configuration.

    Args:
        setup: says how slow they are.
        cores: more workers do not work at a time, but are ahead by more batches.
        repeated_us: what a worker takes to decode and transform the mean batch.
        others_us: what it takes for it beside that.
        consumer_us: what the consumer takes for each.

    """
    if setup.tail == 1:
        return EVEN
    once = repeated_us / (1 + (setup.tail - 1) / TAIL_EVERY)
    usual, slow = once + others_us, once * setup.tail + others_us
    if not setup.workers:
        mean = repeated_us + others_us + consumer_us
        return Uneven(1.0, (slow + consumer_us) / mean)
    times = (round(us, 1) for us in (usual, slow, consumer_us))
    at_a_time = min(setup.workers, cores)
    return Uneven(*blocking(*times, at_a_time, setup.workers * setup.prefetch))
