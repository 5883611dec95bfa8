"""What a configuration will do: throughput, feeding tax, bottleneck, with intervals that hold."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import OutOfRangeError
from analysis.model.draws import mean_period_draws, period_draws
from analysis.model.equation import NAMES, PARTS, Load, Terms, crowding, terms
from analysis.model.memory import check_memory, crowding_remark
from analysis.model.stage_model import ResolvedConfigurations
from analysis.model.tails import chance_over, p99, similar
from analysis.statistics.number import PREDICTED_LEVEL, Number, number_of_draws
from hardware_profiles.numerals import counted
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.model.calibration import Calibration
    from analysis.model.fit import Array
    from analysis.model.stage_model import ResolvedConfiguration
    from analysis.model.tails import Tails
    from bench.bundle import Setup

TAIL = (1 - PREDICTED_LEVEL) / 2
"""Probability below an interval, and above it."""
_FEW = 3
"""With fewer like windows than these, first batches of all are taken."""
REMOVAL_CORRELATION = 0.8
"""Between what nothing explains of a configuration and of the same without a stage, or with another
disk: measured on 34 removals of a rigorous run that were predicted without their format. Other
changes, such as of the workers, had 0.2 or less, and are drawn independently."""


@dataclass(frozen=True)
class Prediction:
    """What a configuration will do, in a window of a second or more."""

    resolved: ResolvedConfiguration
    samples_per_s: Number
    period_ms: Number
    """Time from batch to batch."""
    p99_ms: Number
    """Its 99th percentile."""
    first_batch_s: Number
    """When the first batch is ready, once the workers are."""
    feeding_tax: Number | None
    """Share of the time in which no step runs; None: without an accelerator."""
    gpu_busy: Number | None
    """The rest of it."""
    mfu: Number | None
    """Share of the accelerator's peak; None where the work or the peak is not known."""
    missed_deadlines: Number | None
    """Share of batches that come later than the deadline; None: there is none."""
    utilisation: dict[str, float]
    """Share of its time that each part of the machine works."""
    stages: dict[str, float]
    """Share of its time that each stage takes of a worker (receive, step: of the consumer)."""
    gains: dict[str, Number]
    """By how much the rate would grow without a stage."""
    bottleneck: str | None
    """The stage that gains most; None where one is taken out already."""
    bottleneck_probability: float
    kind: Kind
    basis: str
    """What the time of making a batch rests on."""
    remark: str | None
    """What its workers take beside time; None: no more than the machine has cores, or has run."""

    @property
    def setup(self) -> Setup:
        """The configuration, with all defaults filled in."""
        return self.resolved.setup


def predict_many(calibration: Calibration, configurations: ResolvedConfigurations) -> Array:
    """Return what windows of n configurations will measure, in samples a second.

    Returns:
        shape (n, 3): the value, the 5th and the 95th percentile.

    """
    beyond = calibration.extrapolation(configurations.configurations)
    draws = period_draws(calibration, configurations.load, beyond)
    slow, fast = np.quantile(draws[:, 1:], (1 - TAIL, TAIL), axis=1, method="hazen")
    value = draws[:, 0]
    periods = np.stack([value, np.maximum(slow, value), np.minimum(fast, value)], axis=1)
    return np.asarray(configurations.samples[:, None] * 1e6 / periods, np.float64)


def predict(calibration: Calibration, setup: Setup, deadline_ms: float | None = None) -> Prediction:
    """Return what a configuration will do.

    Raises:
        OutOfRangeError: nothing near it was measured, or the model does not know such a one.

    """
    if deadline_ms is not None and (setup.tail != 1 or setup.epoch):
        raise OutOfRangeError(
            "deadline: how many batches are late where some are slow, or begin an epoch, is not in "
            "the model; measure it with bench experiment, or leave out --tail and --epoch"
        )
    resolved = calibration.stage_model.resolve(setup)
    check_memory(calibration, resolved)
    (prediction,) = predict_each(calibration, [resolved], deadline_ms)
    return prediction


def predict_each(
    calibration: Calibration,
    configurations: Sequence[ResolvedConfiguration],
    deadline_ms: float | None = None,
) -> tuple[Prediction, ...]:
    """Return what each of many configurations will do: as `predict` does, and faster."""
    first = ResolvedConfigurations(tuple(configurations))
    periods = period_draws(calibration, first.load, calibration.extrapolation(configurations))
    gains: dict[int, tuple[dict[str, Array], str | None, float]] = {}
    by_count: dict[int, list[int]] = {}
    for at, resolved in enumerate(configurations):
        by_count.setdefault(len(resolved.removable), []).append(at)
    for count, places in by_count.items():
        alike = [configurations[at] for at in places]
        gains |= zip(places, _gains_of_alike(calibration, alike, count), strict=True)
    return tuple(
        _prediction(calibration, resolved, periods[at], gains[at], deadline_ms)
        for at, resolved in enumerate(configurations)
    )


def _gains_of_alike(
    calibration: Calibration, configurations: Sequence[ResolvedConfiguration], count: int
) -> Iterator[tuple[dict[str, Array], str | None, float]]:
    """Yield what configurations that have as many stages gain without each."""
    model = calibration.stage_model
    everyone = []
    for resolved in configurations:
        without = (resolved.setup.model_copy(update={"remove": s}) for s in resolved.removable)
        everyone += [resolved, *map(model.resolve, without)]
    load = ResolvedConfigurations(tuple(everyone)).load
    correlations = np.tile([1.0, *[REMOVAL_CORRELATION] * count], len(configurations))
    beyond = calibration.extrapolation(everyone)
    means = mean_period_draws(calibration, load, beyond, correlations, 1 + count)
    for at, resolved in enumerate(configurations):
        yield _gains(means[at * (1 + count) : (at + 1) * (1 + count)], resolved.removable)


def _prediction(
    calibration: Calibration,
    resolved: ResolvedConfiguration,
    period: Array,
    gains: tuple[dict[str, Array], str | None, float],
    deadline_ms: float | None,
) -> Prediction:
    """Return a prediction from draws of the period, and of what the stages would gain."""
    kind, basis = _kind_and_basis(calibration, resolved)
    central = terms(calibration.fit.parameters, resolved.load)
    step = float(central.step)
    steps = np.full(len(period), step)
    busy = np.minimum(steps / period, 1.0)
    with_step = resolved.load.step > 0
    similar_tails = (resolved.setup.workers, step / float(period[0]))
    slow = p99_draws(calibration.tails, *similar_tails, period / 1e3, steps / 1e3)
    slow = np.maximum(slow, resolved.slow_over_mean * period / 1e3)
    slow = np.maximum(slow, resolved.slow_us / 1e3)
    mfu, missed = None, None
    if resolved.flop and resolved.peak_flop_s and with_step:
        rate = resolved.flop / (period * 1e-6) / resolved.peak_flop_s
        mfu = number_of_draws(rate, "1", kind)
    if deadline_ms is not None:
        excess, longest = similar(calibration.tails, *similar_tails, len(period))
        late = chance_over(deadline_ms * 1e3, period, steps, excess, longest)
        late[0] = late[1:].mean()
        missed = number_of_draws(late, "1", kind)
    by_stage, bottleneck, probability = gains
    return Prediction(
        resolved=resolved,
        samples_per_s=number_of_draws(resolved.samples / period * 1e6, "samples/s", kind),
        period_ms=number_of_draws(period / 1e3, "ms", kind),
        p99_ms=number_of_draws(slow, "ms", kind),
        first_batch_s=_first_batch(calibration, resolved, kind),
        feeding_tax=number_of_draws(1 - busy, "1", kind) if with_step else None,
        gpu_busy=number_of_draws(busy, "1", kind) if with_step else None,
        mfu=mfu,
        missed_deadlines=missed,
        utilisation=_utilisation(central, resolved),
        stages=_stages(calibration, resolved, float(central.period)),
        gains={stage: number_of_draws(gain, "1", kind) for stage, gain in by_stage.items()},
        bottleneck=bottleneck,
        bottleneck_probability=probability,
        kind=kind,
        basis=basis,
        remark=crowding_remark(calibration, resolved),
    )


def _gains(means: Array, removed: Sequence[str]) -> tuple[dict[str, Array], str | None, float]:
    """Return by how much the rate grows without each stage, which gains most, how probably.

    Args:
        means: draws of periods, with all stages and then without each: shape (1 + n, 1 + DRAWS).
        removed: the stages that were taken out.

    """
    if not removed:
        return {}, None, 0.0
    # Without a stage there is less to do: what is drawn as slower is only what nothing explains.
    gains = np.maximum(means[0] / means[1:] - 1, 0.0)
    winners = np.argmax(gains, axis=0)
    probability = float(np.mean(winners[1:] == winners[0]))
    by_stage = {str(stage): gain for stage, gain in zip(removed, gains, strict=True)}
    return by_stage, str(removed[winners[0]]), probability


def p99_draws(tails: Tails, workers: int, share: float, periods: Array, steps: Array) -> Array:
    """Return the 99th percentile of the time from batch to batch, the value first.

    Args:
        tails: how the periods of measured windows are distributed.
        workers: of the configuration.
        share: that of the step in the period.
        periods: draws of the mean period, shape (1 + draws,), in any unit.
        steps: of the step, in the same unit.

    """
    excess, _ = similar(tails, workers, share, len(periods))
    # The value is that of the windows in the middle; draws are one window each.
    excess[0] = np.median(excess[1:], axis=0)
    return p99(periods, steps, excess)


def _kind_and_basis(calibration: Calibration, resolved: ResolvedConfiguration) -> tuple[Kind, str]:
    """Return how a prediction is known, and what the time of making a batch rests on."""
    if resolved.setup.workers > max(calibration.most_workers, 1):
        most = counted(calibration.most_workers, "worker")
        text = f"beyond {most}; a batch's making: {resolved.cost.text}"
        return Kind.EXTRAPOLATED, text
    kind = Kind.CALIBRATED if resolved.cost.basis.within else Kind.EXTRAPOLATED
    return kind, resolved.cost.text


def _utilisation(central: Terms, resolved: ResolvedConfiguration) -> dict[str, float]:
    """Return the share of its time that each part of the machine works."""
    period = float(central.period)
    times = {part: float(central.parts[at]) for at, part in enumerate(PARTS)}
    times["accelerator"] = float(resolved.load.step)
    return {part: min(1.0, us / period) for part, us in times.items() if us > 0}


def _stages(
    calibration: Calibration, resolved: ResolvedConfiguration, period: float
) -> dict[str, float]:
    """Return the share of its time that each stage takes of whoever does it."""
    at = dict(zip(NAMES, np.exp(calibration.fit.parameters), strict=True))
    load, cost, workers = resolved.load, resolved.cost, resolved.setup.workers
    busier = 1 + at["oversubscription"] * float(crowding(load))
    factor = at["k_make"] * busier / workers if workers else at["k_alone"]
    took = {
        "storage": cost.storage * factor + float(load.held) / max(workers, 1),
        "decode": cost.decode * factor,
        "transform": cost.transform * factor,
    }
    took.pop(resolved.setup.remove or "", None)
    if workers:
        took["send"] = (at["k_send"] * float(load.send) + at["o_send"]) * busier / workers
        took["receive"] = at["k_receive"] * float(load.receive) + at["o_receive"]
    if float(load.step) > 0:
        took["step"] = float(load.step)
    return {stage: min(1.0, float(us) / period) for stage, us in took.items()}


def _first_batch(calibration: Calibration, resolved: ResolvedConfiguration, kind: Kind) -> Number:
    """Return when the first batch is ready, once the workers are.

    It is made and handed over by itself, while other workers make theirs: how much longer that
    takes is taken from the first batches that were measured.
    """
    observations = calibration.observations
    parameters = calibration.fit.parameters
    first_us = [
        fmean(window.first_batch_us for window in record.windows)
        for record in observations.configurations
    ]
    like = (observations.load.workers > 0) == (resolved.setup.workers > 0)
    if np.count_nonzero(like) < _FEW:
        like[:] = True
    longer = (np.maximum(first_us, 1.0) / _single_batch_us(parameters, observations.load))[like]
    low, middle, high = np.quantile(longer, (TAIL, 0.5, 1 - TAIL), method="hazen")
    seconds = float(_single_batch_us(parameters, resolved.load)) / 1e6
    value, low, high = (seconds * float(factor) for factor in (middle, low, high))
    return Number(value, low, high, PREDICTED_LEVEL, "s", kind)


def _single_batch_us(log_parameters: Array, load: Load) -> Array:
    """Return how long a batch takes from request to consumer, nothing beside it: shape (n,)."""
    at = dict(zip(NAMES, np.exp(log_parameters), strict=True))
    sent = at["k_make"] * load.make + at["k_send"] * load.send + at["o_send"]
    received = at["k_receive"] * load.receive + at["o_receive"]
    alone = at["k_alone"] * load.make + at["o_alone"]
    return np.asarray(load.held + np.where(load.workers > 0, sent + received, alone), np.float64)
