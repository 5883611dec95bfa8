"""What a configuration will do: throughput, feeding tax, bottleneck, with intervals that hold."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from analysis.model.calibration import sensitivity, unsure
from analysis.model.demands import AS_MEASURED
from analysis.model.equation import NAMES, PARTS, Load, Terms, terms
from analysis.model.stage_model import stacked
from analysis.model.tails import alike, chance_over, p99
from analysis.statistics.number import PREDICTED_LEVEL, Number, number_of_draws
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from analysis.model.calibration import Calibration
    from analysis.model.fit import Array
    from analysis.model.stage_model import Asked
    from analysis.model.tails import Tails
    from bench.bundle import Setup

TAIL = (1 - PREDICTED_LEVEL) / 2
"""Probability below an interval, and above it: intervals hold 90 %."""

REMOVABLE = ("storage", "decode", "transform", "step")
"""Stages that can be taken out; the bottleneck is the one whose removal gains most."""

_WITHIN = (AS_MEASURED, "between", "the decode")
_FEW = 3
_AT_ONCE = 100
"""So many configurations with all their draws fit a processor's cache."""


@dataclass(frozen=True)
class Prediction:
    """What a configuration will do, in a window of a second or more.

    tax, busy and mfu are None without an accelerator (mfu also where the work or the peak is not
    known). utilisation is the share of its time that a part of the machine works, stages that of a
    worker's (receive, step: the consumer's) that a stage takes; gains by how much the rate would
    grow without a stage; bottleneck is the stage that gains most, and sure how probable that is:
    none and 0 where one is taken out already. p99_ms is of the time from batch to batch, missed the
    share of batches that come later than the deadline. basis says where the time of making a batch
    comes from.
    """

    asked: Asked
    samples_per_s: Number
    period_ms: Number
    tax: Number | None
    busy: Number | None
    mfu: Number | None
    utilisation: dict[str, float]
    stages: dict[str, float]
    gains: dict[str, Number]
    bottleneck: str | None
    sure: float
    p99_ms: Number
    missed: Number | None
    first_batch_s: Number
    kind: Kind
    basis: str

    @property
    def setup(self) -> Setup:
        """The configuration, with all that is usual named."""
        return self.asked.setup


def drawn_periods(found: Calibration, load: Load, more: Array | float = 0.0) -> Array:
    """Return what windows of n configurations will measure, in us a batch: shape (n, 1 + draws).

    The value first, then draws of how far measurements lay from predictions that had not seen
    their like, which holds the parameters' uncertainty too.

    Args:
        found: the machine.
        load: of the configurations, arrays of shape (n,).
        more: sd of the logarithm of work that was reckoned and not measured, shape (n,).

    """
    central = found.fit.parameters[:, None]
    sd = np.hypot(found.spread.sd(sensitivity(central, load), more), unsure(found.fit, load))
    order = np.random.default_rng(1).permutation(len(found.spread.shape))
    off = np.concatenate([[0.0], found.spread.shape[order]])
    drawn = terms(central, load).period[:, None] * np.exp(sd[:, None] * off)
    return np.asarray(np.maximum(drawn, load.step[:, None]), np.float64)


def drawn_means(found: Calibration, load: Load, more: Array | float = 0.0) -> Array:
    """Return what n configurations take in the long run, in us a batch: shape (n, 1 + draws).

    What two configurations are compared by: draws of the parameters are the same for all, and of
    what no parameter explains each has its own, so far as that stays with a configuration.

    Args:
        found: the machine.
        load: of the configurations, arrays of shape (n,).
        more: sd of the logarithm of work that was reckoned and not measured, shape (n,).

    """
    wider = np.broadcast_to(more, load.make.shape)
    parts = [slice(at, at + _AT_ONCE) for at in range(0, len(wider), _AT_ONCE)]
    rng = np.random.default_rng(1)
    return np.concatenate([_drawn_means(found, load[part], wider[part], rng) for part in parts])


def _drawn_means(found: Calibration, load: Load, more: Array, rng: np.random.Generator) -> Array:
    periods = terms(found.draws[:, None, :], load[..., None]).period
    sd = found.spread.sd(sensitivity(found.fit.parameters[:, None], load), more)
    own = rng.permuted(np.tile(found.spread.shape, (len(sd), 1)), axis=1)
    off = found.spread.lasting * sd[:, None] * own
    periods[:, 1:] *= np.exp(off)
    return np.asarray(np.maximum(periods, load.step[:, None]), np.float64)


def predict(found: Calibration, setup: Setup, deadline_ms: float | None = None) -> Prediction:
    """Return what a configuration will do.

    Raises:
        OutOfRangeError: nothing near it was measured, or the model does not know such a one.

    """
    asked = found.machine.ask(setup)
    removable = [stage for stage in REMOVABLE if _removable(asked, stage)]
    without = [found.machine.ask(asked.setup.model_copy(update={"remove": s})) for s in removable]
    load = stacked(one.load for one in [asked, *without])
    more = found.reckoned([asked])
    period = drawn_periods(found, load[:1], more)[0]
    means = drawn_means(found, load, more)
    steps = np.full(len(period), float(terms(found.fit.parameters[:, None], load).step[0]))
    busy = np.minimum(steps / period, 1.0)
    gains = means[0] / means[1:] - 1
    bottleneck, sure = None, 0.0
    if removable:
        winners = np.argmax(gains, axis=0)
        bottleneck, sure = removable[winners[0]], float(np.mean(winners[1:] == winners[0]))
    share = float(steps[0] / period[0])
    kind, basis = _kind_and_basis(found, asked)
    slow = p99_draws(found.tails, asked.setup.workers, share, period / 1e3, steps / 1e3)
    missed = None
    if deadline_ms is not None:
        excess, longest = alike(found.tails, asked.setup.workers, share, len(period))
        missed_by = chance_over(deadline_ms * 1e3, period, steps, excess, longest)
        missed_by[0] = missed_by[1:].mean()
        missed = number_of_draws(missed_by, "1", kind)
    here = terms(found.fit.parameters[:, None], load)
    with_step = float(asked.load.step) > 0
    mfu = None
    if asked.flop and asked.peak_flop_s and with_step:
        mfu = number_of_draws(asked.flop / (period * 1e-6) / asked.peak_flop_s, "1", kind)
    return Prediction(
        asked=asked,
        samples_per_s=number_of_draws(asked.samples / period * 1e6, "samples/s", kind),
        period_ms=number_of_draws(period / 1e3, "ms", kind),
        tax=number_of_draws(1 - busy, "1", kind) if with_step else None,
        busy=number_of_draws(busy, "1", kind) if with_step else None,
        mfu=mfu,
        utilisation=_utilisation(here, asked),
        stages=_stages(found, asked, float(here.period[0])),
        gains={
            stage: number_of_draws(gain, "1", kind)
            for stage, gain in zip(removable, gains, strict=True)
        },
        bottleneck=bottleneck,
        sure=sure,
        p99_ms=number_of_draws(slow, "ms", kind),
        missed=missed,
        first_batch_s=_first_batch(found, asked, kind),
        kind=kind,
        basis=basis,
    )


def p99_draws(tails: Tails, workers: int, share: float, periods: Array, steps: Array) -> Array:
    """Return the 99th percentile of the time from batch to batch, the value first.

    Args:
        tails: how the periods of measured windows are distributed.
        workers: of the configuration.
        share: that of the step in the period.
        periods: draws of the mean period, shape (1 + draws,), in any unit.
        steps: of the step, in the same unit.

    """
    excess, _ = alike(tails, workers, share, len(periods))
    # The value is that of the windows in the middle; draws are one window each.
    excess[0] = np.median(excess[1:], axis=0)
    return p99(periods, steps, excess)


def _kind_and_basis(found: Calibration, asked: Asked) -> tuple[Kind, str]:
    """Return how a prediction is known, and what the time of making a batch rests on."""
    if asked.setup.workers > max(found.most_workers, 1):
        text = f"beyond {found.most_workers} workers; a batch's making: {asked.making.basis}"
        return Kind.EXTRAPOLATED, text
    within = asked.making.basis.startswith(_WITHIN)
    return Kind.CALIBRATED if within else Kind.EXTRAPOLATED, asked.making.basis


def _removable(asked: Asked, stage: str) -> bool:
    if asked.setup.remove is not None:
        return False  # without two stages is what the model does not know
    return stage != "step" or float(asked.load.step) > 0


def _utilisation(here: Terms, asked: Asked) -> dict[str, float]:
    """Return the share of its time that each part of the machine works."""
    period = float(here.period[0])
    found = {
        part: min(1.0, float(here.parts[at][0]) / period)
        for at, part in enumerate(PARTS)
        if float(here.parts[at][0]) > 0
    }
    if float(asked.load.step) > 0:
        found["accelerator"] = min(1.0, float(asked.load.step) / period)
    return found


def _stages(found: Calibration, asked: Asked, period: float) -> dict[str, float]:
    """Return the share of its time that each stage takes of whoever does it."""
    at = dict(zip(NAMES, np.exp(found.fit.parameters), strict=True))
    load, making, workers = asked.load, asked.making, asked.setup.workers
    busier = 1 + at["crowd"] if workers >= float(load.cores) else 1.0
    factor = at["k_make"] * busier / workers if workers else at["k_alone"]
    took = {
        "storage": making.storage * factor + float(load.held) / max(workers, 1),
        "decode": making.decode * factor,
        "transform": making.transform * factor,
    }
    took.pop(asked.setup.remove or "", None)
    if workers:
        took["send"] = (at["k_send"] * float(load.send) + at["o_send"]) * busier / workers
        took["receive"] = at["k_receive"] * float(load.receive) + at["o_receive"]
    if float(load.step) > 0:
        took["step"] = float(load.step)
    return {stage: min(1.0, float(us) / period) for stage, us in took.items()}


def _first_batch(found: Calibration, asked: Asked, kind: Kind) -> Number:
    """Return when the first batch is there, once the workers are.

    It is made and handed over by itself, while other workers make theirs: how much longer that
    takes is taken from the first batches that were seen.
    """
    seen = found.observed
    first_us = [fmean(w.first_batch_us for w in c.windows) for c in seen.configurations]
    alike = (seen.load.workers > 0) == (asked.setup.workers > 0)
    if np.count_nonzero(alike) < _FEW:
        alike[:] = True
    said_us = _by_itself(found.fit.parameters, seen.load)
    longer = (np.maximum(first_us, 1.0) / said_us)[alike]
    low, middle, high = np.quantile(longer, (TAIL, 0.5, 1 - TAIL), method="hazen")
    seconds = float(_by_itself(found.fit.parameters, asked.load)) / 1e6
    value, low, high = (seconds * float(x) for x in (middle, low, high))
    return Number(value, low, high, PREDICTED_LEVEL, "s", kind)


def _by_itself(log_parameters: Array, load: Load) -> Array:
    """Return how long a batch takes from being asked for to being there, nothing beside it."""
    at = dict(zip(NAMES, np.exp(log_parameters), strict=True))
    made = at["k_make"] * load.make + at["k_send"] * load.send + at["o_send"]
    handed = at["k_receive"] * load.receive + at["o_receive"]
    alone = at["k_alone"] * load.make + at["o_alone"]
    return np.asarray(load.held + np.where(load.workers > 0, made + handed, alone), np.float64)
