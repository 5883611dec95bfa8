"""What makes a loader slower than its stages say: records of unequal cost, ends of epochs.

Each regime is a lever of a configuration, and enters the load by what it costs.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.errors import OutOfRangeError
from analysis.model.fit import rising
from analysis.model.order import blocking, timeline
from bench.bundle.setup import RECORDS, TAIL_EVERY

if TYPE_CHECKING:
    from analysis.model.demands import BatchCost
    from bench.bundle import Pipeline, Setup


_RESTART = 2.3
"""Ending workers and starting others, over starting them up to the first answer: they end one after
another, and the first answer is that of the first worker. Measured with two workers: 2.0 and 2.4 by
spawn in epochs of 10 and 40 batches on two busy cores; 1.9 and 2.4 by fork in epochs of 10 and 20
in a rigorous run."""
MOST_BATCHES_BESIDE_P99 = 100
"""In longer epochs the batch that begins one is beyond the 99th percentile."""
_RAMP = 200
"""Batches after which a loader that has just begun is in its steady state, and many more."""


class Uneven(NamedTuple):
    """What records of unequal cost do to a loader that hands batches over in order."""

    blocking: float
    """Mean time from batch to batch, over that of batches which all cost the mean."""
    p99: float
    """99th percentile of it, over its mean."""


EVEN = Uneven(1.0, 1.0)


def opened(setup: Setup) -> float:
    """Return how many files a worker opens for a batch, where the data set is in several.

    Records are read in turn, so that each worker goes on by as many as there are workers; records
    of a file follow each other.
    """
    if setup.shards == 1:
        return 0.0
    records_a_file = -(-RECORDS // setup.shards)
    return min(1.0, max(setup.workers, 1) / records_a_file)


class Epochs:
    """What lies between the last batch of an epoch and the first of the next."""

    def __init__(self, pipeline: Pipeline) -> None:
        """Gather how long workers took to start, by start method and number."""
        self._started: dict[str | None, dict[int, list[float]]] = {}
        for record in pipeline.configurations:
            by_number = self._started.setdefault(record.setup.start, {})
            for window in record.windows:
                if window.started_us:
                    by_number.setdefault(record.setup.workers, []).append(window.started_us)

    def __call__(self, setup: Setup, cores: int, making_us: float, consumer_us: float) -> float:
        """Return how much longer an epoch takes than its batches in the steady state, in us.

        Args:
            setup: a completed configuration.
            cores: more workers do not work at a time.
            making_us: what a worker takes for a batch.
            consumer_us: what the consumer takes for it.

        Raises:
            OutOfRangeError: how long workers take to start was not measured in this run.

        """
        if not setup.epoch or not setup.workers:
            return 0.0
        at_a_time, batches = min(setup.workers, cores), min(setup.epoch, _RAMP)
        ahead = setup.workers * setup.prefetch
        whole = timeline([making_us] * batches, consumer_us, at_a_time, ahead)[-1]
        ramp = max(0.0, whole - batches * max(making_us / at_a_time, consumer_us))
        return ramp if setup.persistent else ramp + _RESTART * self._start_us(setup)

    def _start_us(self, setup: Setup) -> float:
        methods: list[str | None] = [setup.start, *self._started]
        method = next(filter(None, methods), None)
        by_number = self._started.get(method)
        if not by_number:
            raise OutOfRangeError(
                f"epoch: how long workers take to start by {method} was not measured in this run; "
                "measure it with bench experiment --add-to RUN, or have workers be persistent"
            )
        numbers = np.array(list(by_number), np.float64)
        columns = np.stack([np.ones(len(numbers)) * (len(numbers) > 1), numbers], axis=1)
        line = rising(columns, np.array([median(times) for times in by_number.values()]))
        return float(line @ [1.0, setup.workers])


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
