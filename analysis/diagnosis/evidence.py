"""Where a loader's time goes: each batch's wait, taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bench.diagnosis.record import Diagnosis, LoaderRun

_STAGES = (
    "fetch",
    "collate",
    "send",
    "receive",
    "index",
    "step",
    "wait",
    "cpu",
    "delay",
    "blocked",
    "slowest",
)

FED = 0.1
"""A step is fed where less of the time than this has no step."""


class Part(StrEnum):
    """What the consumer can lose time to."""

    FIRST_BATCH = "first batch"
    SAMPLER = "sampler"
    CROSSING = "crossing"
    SLOW_SAMPLES = "slow samples"
    COLLATE = "collate"
    FETCH_CPU = "fetch, on a core"
    FETCH_WAIT = "fetch, waiting"
    NO_CORE = "waiting for a core"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a batch of the loader as it is takes, in s, over all of its runs."""

    period: float
    """From batch to batch over an epoch, with its beginning."""
    step: float
    lost: Mapping[Part, float]
    """How long the consumer waits for each part; together with the step the period."""
    times: Mapping[str, NDArray[np.float64]]
    """Of shape (batches,): a batch's times by stage."""

    @property
    def tax(self) -> float:
        """Share of the time in which no step runs."""
        return max(0.0, 1 - self.step / self.period)


def as_is(diagnosis: Diagnosis) -> tuple[LoaderRun, ...]:
    """Return the runs of the loader as it is."""
    return tuple(run for run in diagnosis.runs if not run.field)


def evidence(diagnosis: Diagnosis, weights: NDArray[np.float64] | None = None) -> Evidence:
    """Return where the loader's time goes.

    Args:
        diagnosis: what was measured.
        weights: of the batches, to resample them; None: all alike.

    """
    runs = as_is(diagnosis)
    times = batch_times(runs)
    epoch = epoch_batches(diagnosis)
    steady = float(np.mean([run.period_s for run in runs]))
    period = float(np.mean([run.epoch_period_s(epoch) for run in runs]))
    mean = {name: float(np.average(values, weights=weights)) for name, values in times.items()}
    lost = _lost(mean, diagnosis.facts.workers, crossing_alone(diagnosis))
    step = min(mean["step"], period) if diagnosis.has_step else 0.0
    start = 0.0
    if epoch:
        first = float(np.mean([run.start_s for run in runs]))
        start = min(max(0.0, first - (steady - mean["step"])) / epoch, period - step)
    # Batches are timed one by one only now and then; over an epoch, the parts come to all of it.
    scale = (period - step - start) / (sum(lost.values()) or 1.0)
    lost = {part: time * scale for part, time in lost.items()}
    if epoch:
        lost[Part.FIRST_BATCH] = start
    return Evidence(period, step, lost, times)


def crossing_alone(diagnosis: Diagnosis) -> Mapping[str, float]:
    """Return what sending and receiving take where workers do nothing else, in s.

    A worker's thread that hands tensors over waits for Python's lock, and for a core, while the
    data set's code holds them: that is no cost of crossing. Empty: no such run.
    """
    runs = [run for run in diagnosis.runs if run.field == "batches"]
    if not runs:
        return {}
    return {name: min(run.mean(name) for run in runs) for name in ("send", "receive")}


def _lost(mean: Mapping[str, float], workers: int, alone: Mapping[str, float]) -> dict[Part, float]:
    fetch = mean["fetch"] or 1e-12
    delay = min(mean["delay"], fetch)
    on_core = min(mean["cpu"] * fetch / (fetch + mean["collate"]), fetch - delay)
    fetched = {
        Part.FETCH_CPU: on_core,
        Part.NO_CORE: delay,
        Part.FETCH_WAIT: fetch - on_core - delay,
    }
    if not workers:
        return {Part.SAMPLER: mean["index"], Part.COLLATE: mean["collate"], **fetched}
    send, receive = (min(mean[name], alone.get(name, mean[name])) for name in ("send", "receive"))
    starved = max(0.0, mean["wait"] - receive - mean["index"])
    blocked = min(mean["blocked"], starved)
    making = {**fetched, Part.COLLATE: mean["collate"], Part.CROSSING: send}
    scale = (starved - blocked) / (sum(making.values()) or 1.0)
    lost = {part: time * scale for part, time in making.items()}
    lost[Part.CROSSING] += receive
    lost[Part.SAMPLER] = mean["index"]
    lost[Part.SLOW_SAMPLES] = blocked
    return lost


def batch_times(runs: Sequence[LoaderRun]) -> dict[str, NDArray[np.float64]]:
    """Return what each batch took, by stage, in s, each of shape (batches,)."""
    return {
        name: np.array([getattr(time, name) for run in runs for time in run.times] or [0.0])
        for name in _STAGES
    }


def epoch_batches(diagnosis: Diagnosis) -> int | None:
    """Return how many batches an epoch has; None: it is not known."""
    seen = [run.epoch_batches for run in as_is(diagnosis) if run.epoch_batches]
    return diagnosis.facts.batches or (seen[0] if seen else None)
