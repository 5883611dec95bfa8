"""The answer to a diagnosis: what holds the loader back, how many workers, what to change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analysis.diagnosis.evidence import FED, as_is, epoch_batches
from analysis.diagnosis.expectation import expected_gain, simulated_loader, with_workers
from analysis.diagnosis.simulation import period_s
from analysis.diagnosis.verdict import Bottleneck, bottleneck
from analysis.statistics.interval import PooledSpread, log_t_interval
from analysis.statistics.number import Number
from bench.diagnosis.record import CHANGE, CONTROL
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.diagnosis.record import Diagnosis, LoaderRun, Variant

_MOST_WORKERS = 64
_SPREAD = 0.15
"""Half the width of the interval of a gain that was predicted, or measured once. Assumed;
`nox -s loaders` shows how often what was said comes within it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the loader."""

    name: str
    gain: Number
    """Throughput over an epoch, over that of the loader as it is; measured or predicted."""
    failure: str = ""
    """Why it could not be run; "": it could, or was not tried."""


@dataclass(frozen=True, slots=True)
class WorkersAnswer:
    """The smallest number of workers that feeds the step."""

    count: int | None
    """None: none does."""
    kind: Kind
    """Whether a run with so many has shown it."""
    limit: str = ""
    """Why none does."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a diagnosis says."""

    diagnosis: Diagnosis
    bottleneck: Bottleneck
    samples_per_s: Number
    tax: Number | None
    """Feeding tax, over the runs as it is; None: there is no step."""
    changes: tuple[Change, ...]
    """What gains most for sure, by the lower end of its interval, first."""
    controls: tuple[Change, ...]
    """What would be gained if a part took no time at all: no advice."""
    workers: WorkersAnswer | None
    """None: there is no step to feed."""


def answer(diagnosis: Diagnosis, variants: Sequence[Variant]) -> Answer:
    """Return what a diagnosis says.

    Args:
        diagnosis: what was measured.
        variants: all that could be run, whether it was or not.

    """
    gains = measured_gains(diagnosis)
    changes = [
        Change(variant.name, gains[variant.name])
        if variant.name in gains
        else _predicted(diagnosis, variant)
        for variant in variants
        if variant.role == CHANGE
    ]
    known = [change for change in changes if change is not None]
    known.sort(key=lambda change: -change.gain.low)
    controls = [Change(v.name, gains[v.name]) for v in variants if v.role == CONTROL
                and v.name in gains]  # fmt: skip
    runs = as_is(diagnosis)
    measured = bottleneck(diagnosis, {change.name: change.gain for change in known
                                      if change.gain.kind is Kind.MEASURED})  # fmt: skip
    return Answer(
        diagnosis,
        measured,
        samples_per_s=log_t_interval([_samples_per_s(run, diagnosis) for run in runs]),
        tax=_tax(runs) if diagnosis.has_step else None,
        changes=tuple(known),
        controls=tuple(controls),
        workers=_workers(diagnosis) if diagnosis.has_step else None,
    )


def measured_gains(diagnosis: Diagnosis) -> Mapping[str, Number]:
    """Return throughput over that of the loader as it is, by name, paired by round.

    Each variant has few rounds; how far rounds lie apart is known from all of them together.
    """
    epoch = epoch_batches(diagnosis)
    reference: dict[int, list[LoaderRun]] = {}
    for run in as_is(diagnosis):
        reference.setdefault(run.round, []).append(run)
    ratios: dict[str, list[float]] = {}
    for run in diagnosis.runs:
        beside = reference.get(run.round, [])
        if not run.field or not beside:
            continue
        as_it_is = sum(other.epoch_period_s(epoch) for other in beside) / len(beside)
        ratios.setdefault(run.name, []).append(as_it_is / run.epoch_period_s(epoch))
    spread = PooledSpread.of(ratios.values())
    if spread is None:  # each ran once
        return {name: _assumed(values[0], Kind.MEASURED) for name, values in ratios.items()}
    return {name: spread.interval(values) for name, values in ratios.items()}


def _predicted(diagnosis: Diagnosis, variant: Variant) -> Change | None:
    if failure := diagnosis.failures.get(variant.name):
        return Change(variant.name, Number(0.0, 0.0, 0.0), failure)
    gain = expected_gain(diagnosis, variant.field, variant.value)
    if gain is None:
        return None
    return Change(variant.name, _assumed(gain, Kind.CALIBRATED))


def _assumed(gain: float, kind: Kind) -> Number:
    """Return a gain whose spread nothing has shown."""
    return Number(gain, gain * (1 - _SPREAD), gain * (1 + _SPREAD), kind=kind)


def _samples_per_s(run: LoaderRun, diagnosis: Diagnosis) -> float:
    return run.samples / run.batches / run.epoch_period_s(epoch_batches(diagnosis))


def _tax(runs: Sequence[LoaderRun]) -> Number:
    """Return the feeding tax: what the share of time with a step leaves."""
    step = log_t_interval([max(run.mean("step") / run.period_s, 1e-9) for run in runs])
    value, low, high = (
        min(1.0, max(0.0, 1 - share)) for share in (step.value, step.high, step.low)
    )
    return replace(step, value=value, low=low, high=high)


def _workers(diagnosis: Diagnosis) -> WorkersAnswer:
    """Return how many workers feed the step: the fewest that a run, or the model, shows to."""
    model = simulated_loader(diagnosis)
    limit_s = model.step / (1 - FED)
    counts = {diagnosis.facts.workers: _best_period(as_is(diagnosis))}
    for run in diagnosis.runs:
        if run.field == "workers":
            counts[run.value] = min(run.period_s, counts.get(run.value, run.period_s))
    feeding = [count for count, period in counts.items() if period <= limit_s]
    for count in range(min(feeding, default=_MOST_WORKERS)):
        if count not in counts and period_s(with_workers(diagnosis, model, count)) <= limit_s:
            return WorkersAnswer(count, Kind.CALIBRATED)
    if feeding:
        return WorkersAnswer(min(feeding), Kind.MEASURED)
    return WorkersAnswer(None, Kind.CALIBRATED, _limit(diagnosis, limit_s))


def _best_period(runs: Sequence[LoaderRun]) -> float:
    return min(run.period_s for run in runs)


def _limit(diagnosis: Diagnosis, limit_s: float) -> str:
    """Return why no number of workers feeds the step."""
    model = simulated_loader(diagnosis)
    if model.receiving + model.step > limit_s:
        return (
            f"the consumer alone takes {model.receiving * 1e3:.3g} ms to receive a batch, beside "
            f"a step of {model.step * 1e3:.3g} ms"
        )
    if model.cpu / model.cores > limit_s:
        return (
            f"a batch takes {model.cpu * 1e3:.3g} ms of CPU time: {model.cores} cores give one "
            f"every {model.cpu / model.cores * 1e3:.3g} ms, and the step takes "
            f"{model.step * 1e3:.3g} ms"
        )
    return "more workers did not make batches come faster"
