"""Predicted against measured, on what the fit has not seen.

Left out means that none of its runs end to end is used; its stages alone may be, since measuring
those is what a prediction is made from. Where batches are "never calibrated" not even that.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import AnalysisError
from analysis.model.baselines import BASELINES
from analysis.model.calibration import Calibration, fitted, pipeline_of
from analysis.model.demands import Demands
from analysis.model.equation import terms
from analysis.model.interventions import Interventions, interventions
from analysis.model.observations import Observed, observe
from analysis.model.prediction import TAIL, drawn_periods, p99_draws
from analysis.model.stage_model import Machine
from analysis.statistics.number import number_of_draws
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from analysis.model.fit import Array
    from bench.bundle import Bundle, Configured, Isolated, Pipeline

_FEWEST = 2
"""Groups that there must be, so that one can be left out."""


@dataclass(frozen=True)
class Errors:
    """How far predictions lie from measurements, as shares; bias is the mean with its sign."""

    mape: float
    median: float
    p90: float
    bias: float
    count: int


@dataclass(frozen=True)
class Intervals:
    """How well 90 % prediction intervals hold, window by window.

    half_width is the mean half width on the log scale; score the mean interval score there
    (Gneiting and Raftery, 2007): the width, and a penalty for each that lies outside.
    """

    coverage: float
    half_width: float
    score: float
    count: int


@dataclass(frozen=True)
class Slowest:
    """How well the 99th percentile of a window's periods was predicted, and its interval held."""

    errors: Errors
    coverage: float


@dataclass(frozen=True)
class Point:
    """A configuration that was left out: what was predicted, and what was measured.

    Rates in samples a second; taxes as shares, None without an emulated accelerator.
    """

    label: str
    format: str
    predicted: float
    low: float
    high: float
    measured: float
    predicted_tax: float | None
    measured_tax: float | None


@dataclass(frozen=True)
class Scheme:
    """One way of leaving out, with all that came of it.

    idle is the error of the feeding tax in percentage points. baselines are errors on the same
    configurations; baseline_widths the half widths that their intervals would need to cover as
    many windows as the model's.
    """

    name: str
    points: tuple[Point, ...]
    throughput: Errors
    idle: Errors | None
    intervals: Intervals
    slowest: Slowest
    baselines: dict[str, Errors]
    baseline_widths: dict[str, float]
    skipped: dict[str, str]


@dataclass(frozen=True)
class Floor:
    """How far a configuration lies from itself, measured again: what no prediction can pass."""

    throughput: Errors
    idle: Errors | None


@dataclass(frozen=True)
class Validation:
    """All schemes of a run, the floor beside them, and what changes were predicted to gain."""

    floor: Floor | None
    schemes: tuple[Scheme, ...]
    interventions: Interventions


def _format(found: Configured) -> Hashable:
    return found.setup.codec.partition("/")[0]


ONE_FORMAT = "one format"
HELD_OUT = "the held-out set"
NEVER = "batch sizes never calibrated"

# What is left out together, by the name of the scheme.
GROUPS: dict[str, Callable[[Configured], Hashable]] = {
    "one configuration": lambda c: c.setup,
    ONE_FORMAT: _format,
    "one number of workers": lambda c: c.setup.workers,
    "one batch size": lambda c: (c.setup.payload, c.setup.batch),
    "one payload": lambda c: c.setup.payload,
    "one storage": lambda c: c.setup.storage,
}
SCHEMES = (HELD_OUT, *GROUPS, NEVER)


def validate(bundle: Bundle, names: Sequence[str] = SCHEMES) -> Validation:
    """Return how predictions of a run compare with what it measured.

    Args:
        bundle: a run with its pipeline.
        names: which ways of leaving out.

    Raises:
        AnalysisError: there is too little to leave anything out.

    """
    pipeline = pipeline_of(bundle)
    machine = Machine(bundle, pipeline, Demands(bundle, pipeline, lambda _: True))
    seen, skipped = observe(machine, list(pipeline.configurations))
    schemes = [_held_out(machine, seen, skipped)] if HELD_OUT in names else []
    chosen = [name for name in names if name in GROUPS]
    schemes += [_left_out(name, machine, seen, GROUPS[name], skipped) for name in chosen]
    if NEVER in names:
        schemes.append(_never(bundle, pipeline, seen))
    found = tuple(scheme for scheme in schemes if scheme)
    if not found:
        raise AnalysisError(
            "this run has too few configurations to leave any out; take a longer preset: "
            "nox -s bench -- --preset standard"
        )
    return Validation(_floor(pipeline), found, interventions(machine, pipeline, seen))


def _held_out(machine: Machine, seen: Observed, skipped: dict[str, str]) -> Scheme | None:
    held = np.array([c.held_out for c in seen.configurations])
    if not held.any() or held.all():
        return None
    return scheme(HELD_OUT, [(fitted(machine, seen.where(~held)), seen.where(held))], skipped)


def _left_out(
    name: str,
    machine: Machine,
    seen: Observed,
    group: Callable[[Configured], Hashable],
    skipped: dict[str, str],
) -> Scheme | None:
    names = [group(c) for c in seen.configurations]
    if len(set(names)) < _FEWEST:
        return None
    tried = []
    near = fitted(machine, seen).fit.parameters
    for one in dict.fromkeys(names):
        out = np.array([name == one for name in names])
        tried.append((fitted(machine, seen.where(~out), start=near), seen.where(out)))
    return scheme(name, tried, skipped)


def _never(bundle: Bundle, pipeline: Pipeline, seen: Observed) -> Scheme | None:
    """Leave a size of batch out altogether, its stages alone too."""

    def key(found: Configured) -> tuple[str, int | None]:
        return found.setup.payload, found.setup.batch

    names = [key(c) for c in seen.configurations]
    tried: list[tuple[Calibration, Observed]] = []
    skipped: dict[str, str] = {}
    for one in dict.fromkeys(names):
        if sum(payload == one[0] for payload, _ in set(names)) < _FEWEST:
            continue

        def keep(alone: Isolated, out: tuple[str, int | None] = one) -> bool:
            return (alone.payload, alone.batch) != out

        machine = Machine(bundle, pipeline, Demands(bundle, pipeline, keep))
        inside = np.array([name == one for name in names])
        test, left = observe(machine, [c for c in seen.configurations if key(c) == one])
        skipped |= left
        if test.configurations:
            tried.append((fitted(machine, seen.where(~inside)), test))
    return scheme(NEVER, tried, skipped) if tried else None


def scheme(name: str, tried: list[tuple[Calibration, Observed]], skipped: dict[str, str]) -> Scheme:
    """Return how calibrations predict what each has not seen."""
    points, off, widths, scores, inside = [], [], [], [], []
    others: dict[str, list[float]] = {baseline: [] for baseline in BASELINES}
    windows_off: dict[str, list[float]] = {baseline: [] for baseline in BASELINES}
    slow: list[tuple[float, bool]] = []
    for found, test in tried:
        periods = drawn_periods(found, test.load, found.reckoned(test.asked))
        low, high = np.log(np.quantile(periods[:, 1:], (TAIL, 1 - TAIL), axis=1, method="hazen"))
        measured = _mean_periods(test)
        points += list(_points(found, test, np.stack([periods[:, 0], *np.exp([low, high])])))
        # Of rates, as they are shown: predicted over measured.
        off.append(measured / periods[:, 0] - 1)
        slow += _slowest(found, test, periods)
        here = test.log_period
        widths.append((high - low)[test.of] / 2)
        below = np.maximum(low[test.of] - here, 0)
        above = np.maximum(here - high[test.of], 0)
        inside.append((below == 0) & (above == 0))
        scores.append((high - low)[test.of] + (below + above) / TAIL)
        for baseline, period_of in BASELINES.items():
            said = np.maximum(period_of(test.load), 1.0)
            others[baseline] += list(measured / said - 1)
            windows_off[baseline] += list(np.abs(here - np.log(said[test.of])))
    covered = float(np.mean(np.concatenate(inside)))
    return Scheme(
        name,
        tuple(points),
        errors(np.concatenate(off)),
        _idle(points),
        Intervals(
            covered,
            float(np.mean(np.concatenate(widths))),
            float(np.mean(np.concatenate(scores))),
            sum(map(len, inside)),
        ),
        Slowest(errors(np.array([off for off, _ in slow])), fmean(held for _, held in slow)),
        {baseline: errors(np.array(found)) for baseline, found in others.items()},
        {b: float(np.quantile(found, covered)) for b, found in windows_off.items()},
        skipped,
    )


def _slowest(found: Calibration, test: Observed, periods: Array) -> Iterator[tuple[float, bool]]:
    """Yield how far each window's 99th percentile is off, and if it lies in its interval."""
    steps = terms(found.fit.parameters[:, None], test.load).step
    for one, drawn, step in zip(test.configurations, periods, steps, strict=True):
        workers, share = one.setup.workers, float(step / drawn[0])
        same = np.full(len(drawn), float(step))
        slow = p99_draws(found.tails, workers, share, drawn, same)
        said = number_of_draws(slow, "us", Kind.CALIBRATED)
        for window in one.windows:
            measured = window.period.p99
            yield measured / said.value - 1, said.low <= measured <= said.high


def _mean_periods(test: Observed) -> Array:
    """Return the mean of each configuration's windows, in us."""
    total = np.bincount(test.of, np.exp(test.log_period), len(test.configurations))
    return np.asarray(total / np.bincount(test.of, minlength=len(test.configurations)), np.float64)


def _points(found: Calibration, test: Observed, periods: Array) -> Iterator[Point]:
    """Yield what was predicted and measured; periods: value, low and high, in us."""
    steps = terms(found.fit.parameters[:, None], test.load).step
    measured = _mean_periods(test)
    for at, one in enumerate(test.configurations):
        taxes = [w.tax for w in one.windows if w.tax is not None and one.true_steps(w)]
        tax = fmean(taxes) if taxes and test.load.waited[at] else None
        value, high, low = (one.samples * 1e6 / periods[:, at]).tolist()
        yield Point(
            label=one.setup.label,
            format=one.setup.codec.partition("/")[0],
            predicted=value,
            low=low,
            high=high,
            measured=one.samples * 1e6 / float(measured[at]),
            predicted_tax=None if tax is None else max(0.0, 1 - float(steps[at] / periods[0, at])),
            measured_tax=tax,
        )


def _idle(points: list[Point]) -> Errors | None:
    off = [
        100 * (p.predicted_tax - p.measured_tax)
        for p in points
        if p.predicted_tax is not None and p.measured_tax is not None
    ]
    return errors(np.array(off)) if off else None


def _floor(pipeline: Pipeline) -> Floor | None:
    """Compare the late window of configurations with the mean of those before."""
    off, idle = [], []
    for one in pipeline.configurations:
        before = [w for w in one.windows if w.repeat < pipeline.repeats]
        late = [w for w in one.windows if w.repeat >= pipeline.repeats]
        if not before or not late:
            continue
        mean = fmean(w.us / w.batches for w in before)
        off.append(mean / (late[0].us / late[0].batches) - 1)
        taxes = [w.tax for w in before if w.tax is not None and one.true_steps(w)]
        if taxes and late[0].tax is not None and one.requested_step_ns and one.true_steps(late[0]):
            idle.append(100 * (late[0].tax - fmean(taxes)))
    if not off:
        return None
    return Floor(errors(np.array(off)), errors(np.array(idle)) if idle else None)


def errors(off: Array) -> Errors:
    """Return a summary of errors."""
    size = np.abs(off)
    return Errors(
        float(size.mean()),
        float(np.median(size)),
        float(np.quantile(size, 0.9)),
        float(off.mean()),
        len(off),
    )
