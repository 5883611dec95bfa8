"""What holds a loader back: the part that it loses most to, and what the changes that ran say."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from analysis.diagnosis.evidence import FED, Evidence, Part, as_is, evidence
from analysis.diagnosis.growth import Growth, growth

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analysis.statistics.number import Number
    from bench.diagnosis.record import Diagnosis, LoaderRun

_RESAMPLED = 200
"""How often the batches are drawn anew, to see how sure the answer is."""
_CLEAR = 1.1
"""A change that gains a tenth at least, by the lower end of its interval, shows its cause."""
_WAITING = 0.4
"""A fetch that waits for more of its time than this waits for something outside its code."""
_HELD = 0.75
"""Of a fetch's time, what it takes with fewer workers, where they wait for each other."""


class Cause(StrEnum):
    """What holds a loader back."""

    STEP = "step"
    DECODE = "decode"
    STORAGE = "slow disk"
    COLLATE = "collate"
    CROSSING = "crossing"
    WORKERS = "too few workers"
    SLOW_SAMPLES = "slow samples"
    THREADS = "thread oversubscription"
    LOCK = "lock"
    GROWTH = "memory growth"
    SAMPLER = "sampler"
    FIRST_BATCH = "first batch"


MEANING = {
    Cause.STEP: "the step itself: the loader keeps up with it",
    Cause.DECODE: "the code of the data set, which keeps the cores busy",
    Cause.STORAGE: "the data set waits, as for a disk or a network",
    Cause.COLLATE: "the collate, which makes a batch of samples",
    Cause.CROSSING: "handing batches over from the workers to the consumer",
    Cause.WORKERS: "too few workers: a core is idle while the step waits",
    Cause.SLOW_SAMPLES: "single slow samples: batches behind them are ready, and wait in order",
    Cause.THREADS: "too many threads: those of the workers' libraries fight for the cores",
    Cause.LOCK: "a lock: the workers wait for each other",
    Cause.GROWTH: "memory that grows with every batch, and will run out",
    Cause.SAMPLER: "the sampler, which runs in the consumer for every batch",
    Cause.FIRST_BATCH: "the beginning of each epoch: starting workers, and their first batch",
}
"""Each cause in plain words."""


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """What holds a loader back, and how sure that is."""

    cause: Cause
    share: float
    """Of the loader's time, what is lost to it; of the step, what it takes."""
    probability: float
    """How often the same cause comes out when the batches are drawn anew."""
    evidence: Evidence
    growth: Growth | None
    """Of memory; None: it does not grow."""
    others: Mapping[Cause, float] = field(default_factory=dict)
    """Shares of the time that are lost to other causes."""


def bottleneck(diagnosis: Diagnosis, gains: Mapping[str, Number]) -> Bottleneck:
    """Return what holds a loader back.

    Args:
        diagnosis: what was measured.
        gains: throughput over that of the loader as it is, of the changes that ran, by name.

    """
    whole = evidence(diagnosis)
    shares = causes(diagnosis, whole, gains)
    cause = next(iter(shares))
    count = len(next(iter(whole.times.values())))
    draws = np.random.default_rng(0)
    same = 0
    for _ in range(_RESAMPLED):
        weights = draws.multinomial(count, np.full(count, 1 / count)).astype(float)
        drawn = causes(diagnosis, evidence(diagnosis, weights), gains)
        same += next(iter(drawn)) == cause
    grown = growth(as_is(diagnosis))
    others = {name: share for name, share in shares.items() if name != cause}
    return Bottleneck(cause, shares[cause], same / _RESAMPLED, whole, grown, others)


def causes(
    diagnosis: Diagnosis, whole: Evidence, gains: Mapping[str, Number]
) -> dict[Cause, float]:
    """Return the causes with the shares of time lost to them, what holds the loader back first."""
    grown = growth(as_is(diagnosis))
    fed = diagnosis.has_step and whole.tax < FED
    shares = dict(sorted(_lost(diagnosis, whole, gains), key=lambda pair: -pair[1]))
    if fed:
        shares = {Cause.STEP: 1 - whole.tax, **shares}
    if grown and (fed or grown.runs_out_soon):
        shares = {Cause.GROWTH: 0.0, **shares}  # it costs memory, and no time so far
    return shares


def _lost(
    diagnosis: Diagnosis, whole: Evidence, gains: Mapping[str, Number]
) -> Iterator[tuple[Cause, float]]:
    lost = {part: time / whole.period for part, time in whole.lost.items()}
    fetched = {p: lost.get(p, 0.0) for p in (Part.FETCH_CPU, Part.FETCH_WAIT, Part.NO_CORE)}
    total = sum(fetched.values())
    cause = _fetching(diagnosis, fetched, gains)
    if cause is Cause.LOCK:
        # A lock is not given in turn: who waits for it longer is late, and holds up what is ready.
        total += lost.pop(Part.SLOW_SAMPLES, 0.0)
    yield cause, total
    for part, cause in _CAUSES.items():
        if part in lost:
            yield cause, lost[part]


_CAUSES = {
    Part.FIRST_BATCH: Cause.FIRST_BATCH,
    Part.SAMPLER: Cause.SAMPLER,
    Part.CROSSING: Cause.CROSSING,
    Part.SLOW_SAMPLES: Cause.SLOW_SAMPLES,
    Part.COLLATE: Cause.COLLATE,
}


def _fetching(
    diagnosis: Diagnosis, fetched: Mapping[Part, float], gains: Mapping[str, Number]
) -> Cause:
    """Return why fetching takes the time that it takes."""
    fields = {run.name: run.field for run in diagnosis.runs}
    values = {run.name: run.value for run in diagnosis.runs}
    if any(fields.get(name) == "threads" and gain.low > _CLEAR for name, gain in gains.items()):
        return Cause.THREADS
    workers = diagnosis.facts.workers
    more = [
        gain.low > _CLEAR
        for name, gain in gains.items()
        if fields.get(name) == "workers" and values[name] > max(workers, 1)
    ]
    if fetched[Part.FETCH_WAIT] > _WAITING * (fetched[Part.FETCH_WAIT] + fetched[Part.FETCH_CPU]):
        return Cause.LOCK if _waits_for_others(diagnosis) and not any(more) else Cause.STORAGE
    return Cause.WORKERS if any(more) else Cause.DECODE


def _waits_for_others(diagnosis: Diagnosis) -> bool:
    """Whether a fetch that waits takes less where fewer workers run, and reads no disk."""
    fewer = [
        _usual_fetch_s(run)
        for run in diagnosis.runs
        if run.field == "workers" and run.value < diagnosis.facts.workers and run.times
    ]
    usual = float(np.mean([_usual_fetch_s(run) for run in as_is(diagnosis) if run.times] or [0.0]))
    return bool(fewer) and min(fewer) < _HELD * usual


def _usual_fetch_s(run: LoaderRun) -> float:
    """Return the median time of a fetch on a core, or waiting: a few slow samples are no lock."""
    return float(np.median([time.fetch - time.delay for time in run.times]))
