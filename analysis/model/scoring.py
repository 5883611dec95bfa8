"""How well calibrations predict what each has not seen: errors, intervals, slow batches."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from analysis.model.baselines import BASELINES
from analysis.model.draws import period_draws
from analysis.model.equation import terms
from analysis.model.prediction import TAIL, p99_draws
from analysis.statistics.number import Number, number_of_draws
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analysis.model.calibration import Calibration
    from analysis.model.fit import Array
    from analysis.model.observations import Observations


@dataclass(frozen=True)
class Errors:
    """How far predictions lie from measurements, as shares."""

    mape: float
    """Mean absolute error."""
    median: float
    """Median absolute error."""
    p90: float
    """90th percentile of absolute errors."""
    bias: float
    """Mean error, with its sign."""
    count: int


@dataclass(frozen=True)
class Intervals:
    """How well 90 % prediction intervals hold, window by window."""

    coverage: float
    """Share of windows inside."""
    half_width: float
    """Mean half width on the log scale."""
    score: float
    """Mean interval score on the log scale: the width, and a penalty for each window outside
    (Gneiting and Raftery, Strictly Proper Scoring Rules, JASA 102, 2007)."""
    count: int


@dataclass(frozen=True)
class Slowest:
    """How well the 99th percentile of a window's periods was predicted."""

    errors: Errors
    coverage: float


@dataclass(frozen=True)
class PredictedPoint:
    """A configuration that was left out: what was predicted, and what was measured."""

    label: str
    format: str
    predicted: Number
    """Samples a second."""
    measured: float
    """Samples a second."""
    predicted_tax: float | None
    """None: without an emulated accelerator."""
    measured_tax: float | None


@dataclass(frozen=True)
class Scheme:
    """One way of leaving out, with all that came of it."""

    name: str
    points: tuple[PredictedPoint, ...]
    throughput: Errors
    idle: Errors | None
    """Of the feeding tax, in percentage points."""
    intervals: Intervals
    slowest: Slowest
    baselines: dict[str, Errors]
    """On the same configurations."""
    baseline_widths: dict[str, float]
    """Half widths that their intervals would need to cover as many windows as the model's."""
    skipped: dict[str, str]


@dataclass(frozen=True)
class _Trial:
    """What a calibration predicts of configurations that it has not seen."""

    calibration: Calibration
    test: Observations
    periods: Array
    """Draws, in us: shape (n, 1 + DRAWS)."""
    low: Array
    """Logarithm of the interval's lower bound, shape (n,)."""
    high: Array
    """Of its upper bound."""

    @property
    def relative_errors(self) -> Array:
        """Of rates, as they are shown: predicted over measured, less 1, shape (n,)."""
        return np.asarray(self.test.mean_periods() / self.periods[:, 0] - 1, np.float64)

    @property
    def half_widths(self) -> Array:
        """Of each window's interval, shape (windows,)."""
        return (self.high - self.low)[self.test.of] / 2

    @property
    def outside(self) -> Array:
        """By how much each window lies outside its interval; 0: inside, shape (windows,)."""
        below = np.maximum(self.low[self.test.of] - self.test.log_period, 0)
        above = np.maximum(self.test.log_period - self.high[self.test.of], 0)
        return np.asarray(below + above, np.float64)


def scheme(
    name: str, pairs: Iterable[tuple[Calibration, Observations]], skipped: dict[str, str]
) -> Scheme:
    """Return how calibrations predict what each has not seen.

    Args:
        name: of the way of leaving out.
        pairs: calibrations, each with what it has not seen.
        skipped: configurations that the model does not know, by label, with the reason.

    """
    trials = [_trial(calibration, test) for calibration, test in pairs]
    points = tuple(point for trial in trials for point in _points(trial))
    outside = np.concatenate([trial.outside for trial in trials])
    half_widths = np.concatenate([trial.half_widths for trial in trials])
    slow = [pair for trial in trials for pair in _slowest(trial)]
    coverage = float(np.mean(outside == 0))
    baseline_errors, baseline_windows = _baselines(trials)
    return Scheme(
        name,
        points,
        errors(np.concatenate([trial.relative_errors for trial in trials])),
        _idle(points),
        Intervals(
            coverage,
            float(np.mean(half_widths)),
            float(np.mean(2 * half_widths + outside / TAIL)),
            len(outside),
        ),
        Slowest(errors(np.array([error for error, _ in slow])), fmean(held for _, held in slow)),
        {baseline: errors(array) for baseline, array in baseline_errors.items()},
        {
            baseline: float(np.quantile(array, coverage))
            for baseline, array in baseline_windows.items()
        },
        skipped,
    )


def _trial(calibration: Calibration, test: Observations) -> _Trial:
    beyond = calibration.extrapolation(test.resolved)
    periods = period_draws(calibration, test.load, beyond)
    low, high = np.log(np.quantile(periods[:, 1:], (TAIL, 1 - TAIL), axis=1, method="hazen"))
    return _Trial(calibration, test, periods, low, high)


def _baselines(trials: list[_Trial]) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return each baseline's errors of configurations, and of the logarithm of each window."""
    by_configuration, by_window = {}, {}
    for name, period_of in BASELINES.items():
        of_configurations, of_windows = [], []
        for trial in trials:
            predicted = np.maximum(period_of(trial.test.load), 1.0)
            of_configurations.append(trial.test.mean_periods() / predicted - 1)
            of_windows.append(np.abs(trial.test.log_period - np.log(predicted[trial.test.of])))
        by_configuration[name] = np.concatenate(of_configurations)
        by_window[name] = np.concatenate(of_windows)
    return by_configuration, by_window


def _slowest(trial: _Trial) -> Iterator[tuple[float, bool]]:
    """Yield how far each window's 99th percentile is off, and if it lies in its interval."""
    calibration, test = trial.calibration, trial.test
    steps = terms(calibration.fit.parameters[:, None], test.load).step
    for record, draws, step in zip(test.configurations, trial.periods, steps, strict=True):
        workers, share = record.setup.workers, float(step / draws[0])
        same = np.full(len(draws), float(step))
        slow = p99_draws(calibration.tails, workers, share, draws, same)
        number = number_of_draws(slow, "us", Kind.CALIBRATED)
        for window in record.windows:
            measured = window.period.p99
            yield measured / number.value - 1, number.low <= measured <= number.high


def _points(trial: _Trial) -> Iterator[PredictedPoint]:
    """Yield what was predicted and measured of each configuration."""
    test = trial.test
    steps = terms(trial.calibration.fit.parameters[:, None], test.load).step
    measured = test.mean_periods()
    bounds = np.stack([trial.periods[:, 0], *np.exp([trial.low, trial.high])])
    for at, record in enumerate(test.configurations):
        taxes = [w.tax for w in record.windows if w.tax is not None and record.true_steps(w)]
        tax = fmean(taxes) if taxes and test.load.waited[at] else None
        value, high, low = (record.samples * 1e6 / bounds[:, at]).tolist()
        predicted_tax = max(0.0, 1 - float(steps[at] / bounds[0, at]))
        yield PredictedPoint(
            label=record.setup.label,
            format=record.setup.format,
            predicted=Number(value, low, high, unit="samples/s", kind=Kind.CALIBRATED),
            measured=record.samples * 1e6 / float(measured[at]),
            predicted_tax=None if tax is None else predicted_tax,
            measured_tax=tax,
        )


def _idle(points: Iterable[PredictedPoint]) -> Errors | None:
    differences = [
        100 * (p.predicted_tax - p.measured_tax)
        for p in points
        if p.predicted_tax is not None and p.measured_tax is not None
    ]
    return errors(np.array(differences)) if differences else None


def errors(differences: Array) -> Errors:
    """Return a summary of errors, shape (n,)."""
    size = np.abs(differences)
    return Errors(
        float(size.mean()),
        float(np.median(size)),
        float(np.quantile(size, 0.9)),
        float(differences.mean()),
        len(differences),
    )
