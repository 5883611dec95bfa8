"""What a report says of the pipeline: each configuration, where its time went, the knee."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import AnalysisError
from analysis.model.bottleneck import bottlenecks
from analysis.model.recommendation import KNEE
from analysis.statistics.interval import PooledSpread, log_t_interval
from bench.bundle import WORKER_STAGES, Stage, calm_part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.model.bottleneck import Bottleneck
    from analysis.model.machine import Machine
    from analysis.statistics.number import Number
    from bench.bundle import Configured, Isolated, Pipeline, Setup, Window

STAGES = (*(stage.value for stage in Stage), "loader")
"""Where the time of a batch goes, in order. The loader's is what no other stage explains."""

_FEWEST_POINTS = 3
"""Of a line of rates by number of workers."""
_DRAWS = 2000
"""Of the rates of a curve, from which its knee is told."""
_LATE_SHARE = 0.05
"""More late reads than this, and the emulated storage was faster than this machine."""


@dataclass(frozen=True, slots=True)
class StageTime:
    """A stage of a batch's time."""

    stage: str
    start_ms: float
    """When it began, after the batch did."""
    ms: float


@dataclass(frozen=True, slots=True)
class Joules:
    """Energy of a sample by the machine's meters."""

    gross: float
    net: float | None
    """Without what the idle machine takes in the same time; None: not known."""


@dataclass(frozen=True, slots=True)
class ConfigurationResult:
    """A configuration as it was measured."""

    label: str
    setup: Setup
    samples_per_s: Number
    """Over its windows."""
    mb_per_s: float
    """Decoded bytes."""
    tax: float | None
    """The feeding tax; None: without an accelerator, or its steps were not of the right length."""
    ready: float
    """Share of batches that were made when they were asked for."""
    cores: float
    """CPU time over time."""
    wait_p99_ms: float
    """99th percentile of what the consumer waited for a batch."""
    waterfall: tuple[StageTime, ...]
    """One batch, stage after stage."""
    time_shares: dict[str, float]
    """Of the consumer's time, by stage: waiting is attributed to the workers' stages, in
    proportion to the time that they took."""
    joules: Joules | None
    bottleneck: Bottleneck | None
    """The stage whose removal gains most; None: the model does not know the configuration."""


@dataclass(frozen=True, slots=True)
class WorkerCurve:
    """Configurations that differ in the number of workers alone."""

    label: str
    points: tuple[tuple[int, float], ...]
    """Workers, samples a second."""
    knee: int
    """The fewest workers that come to `KNEE` of the highest rate."""
    knee_low: int
    knee_high: int
    """The knee lies between these with 90 %, for all that is known of the spread of windows."""

    @property
    def known(self) -> bool:
        """Whether the knee can be told at all: not every number of workers may be it."""
        workers = [workers for workers, _ in self.points]
        return (self.knee_low, self.knee_high) != (min(workers), max(workers))


@dataclass(frozen=True, slots=True)
class StageSums:
    """How far the sum of stages measured alone lies from the whole without workers, as shares."""

    median: float
    worst: float
    count: int


@dataclass(frozen=True, slots=True)
class PipelineResults:
    """All that is said of the pipeline, but its predictions."""

    configurations: tuple[ConfigurationResult, ...]
    curves: tuple[WorkerCurve, ...]
    sums: StageSums | None
    remarks: tuple[str, ...]

    @property
    def has_energy(self) -> bool:
        """Whether there was a meter."""
        return any(result.joules for result in self.configurations)

    @property
    def waterfalls(self) -> tuple[ConfigurationResult, ...]:
        """One configuration a payload and format, with all its stages."""
        first: dict[tuple[str, str], ConfigurationResult] = {}
        for result in self.configurations:
            setup = result.setup
            if setup.remove is None and setup.control is None and setup.items == "batch":
                first.setdefault((setup.payload, setup.format), result)
        return tuple(first.values())


def pipeline_results(machine: Machine) -> PipelineResults | None:
    """Work out what is said of the pipeline; None: it was not to be measured."""
    bundle = machine.bundle
    if why := bundle.why_no_pipeline:
        return PipelineResults((), (), None, (f"The pipeline was not measured ({why}).",))
    pipeline = bundle.measured_pipeline
    if pipeline is None:
        return None
    idle_uw = pipeline.idle_uw if isinstance(pipeline.idle_uw, dict) else {}
    spread = PooledSpread.of(map(_rates, pipeline.configurations))
    try:
        known = bottlenecks(machine)
    except AnalysisError:
        known = {}  # too little was measured; the section on predictions says so
    return PipelineResults(
        tuple(
            _result(record, idle_uw, spread, known.get(record.setup))
            for record in pipeline.configurations
            if record.windows
        ),
        tuple(_curves(pipeline, spread)),
        _sums(pipeline),
        tuple(_remarks(pipeline)),
    )


def _rates(record: Configured) -> list[float]:
    return [record.samples_per_s(window) for window in record.windows]


def _result(
    record: Configured,
    idle_uw: dict[str, int],
    spread: PooledSpread | None,
    bottleneck: Bottleneck | None,
) -> ConfigurationResult:
    windows = record.windows
    middle = sorted(windows, key=record.samples_per_s)[len(windows) // 2]
    interval = spread.interval if spread else log_t_interval
    rate = interval(_rates(record), unit="samples/s")
    cpu_us = middle.consumer_cpu_us + sum(middle.workers_cpu_us)
    taxes = [w.tax for w in windows if w.tax is not None and record.true_steps(w)]
    return ConfigurationResult(
        label=record.setup.label,
        setup=record.setup,
        samples_per_s=rate,
        mb_per_s=rate.value * record.decoded_bytes / record.samples / 1e6,
        tax=fmean(taxes) if taxes else None,
        ready=middle.ready / middle.batches,
        cores=cpu_us / middle.us,
        wait_p99_ms=middle.wait.p99 / 1e3,
        waterfall=tuple(_waterfall(middle)),
        time_shares=_time_shares(middle, record.setup),
        joules=_joules(middle, middle.batches * record.samples, idle_uw),
        bottleneck=bottleneck,
    )


def _joules(window: Window, samples: int, idle_uw: dict[str, int]) -> Joules | None:
    # The whole platform holds what the other meters count.
    meters = [name for name in window.energy_uj if not name.endswith("/psys")]
    meters = meters or list(window.energy_uj)
    if not meters:
        return None
    gross_uj = sum(window.energy_uj[name] for name in meters)
    net = None
    if all(name in idle_uw for name in meters):
        net_uj = gross_uj - sum(idle_uw[name] for name in meters) * window.us / 1e6
        net = net_uj / samples / 1e6
    return Joules(gross_uj / samples / 1e6, net)


def _totals_us(window: Window) -> dict[str, int]:
    """Return the time of each stage over a window."""
    totals: dict[str, int] = {name: times.total for name, times in window.stages.items()}
    if window.h2d:
        totals["h2d"] = window.h2d.total
    if window.step:
        totals["step"] = window.step.total
    return totals


def _waterfall(window: Window) -> Iterator[StageTime]:
    start_ms = 0.0
    totals = _totals_us(window)
    for stage in STAGES:
        if stage in totals:
            ms = totals[stage] / window.batches / 1e3
            yield StageTime(stage, start_ms, ms)
            start_ms += ms


def _time_shares(window: Window, setup: Setup) -> dict[str, float]:
    """Return the shares of the consumer's time by stage.

    What the consumer computed while it waited is its part of passing a batch on; the rest of the
    wait was for workers. (From when a batch was made until the consumer had it takes longer: it
    also lies in the queue, and both wait for a core.)
    """
    totals = _totals_us(window)
    shares: dict[str, float] = {
        name: totals[name] / window.us for name in ("h2d", "step") if name in totals
    }
    computed = window.consumer_cpu_us
    if setup.accelerator == "cpu":
        computed -= totals.get("step", 0)  # a step that ran on the cores
    ipc = max(0, min(totals.get("ipc", 0), window.wait.total, computed))
    making = {name: totals[name] for name in WORKER_STAGES if name in totals}
    before = window.wait.total - ipc
    if setup.workers == 0:
        # The consumer does it all itself; what is left of the wait is the loader's.
        shares |= {name: us / window.us for name, us in making.items()}
    else:
        shares["ipc"] = ipc / window.us
        making_us = sum(making.values()) or 1
        shares |= {name: before * us / making_us / window.us for name, us in making.items()}
    shares["loader"] = max(0.0, 1 - sum(shares.values()))
    return {stage: shares[stage] for stage in STAGES if stage in shares}


def _curves(pipeline: Pipeline, spread: PooledSpread | None) -> Iterator[WorkerCurve]:
    """Yield the rates of configurations that differ in the number of workers alone."""
    groups: dict[Setup, dict[int, list[float]]] = {}
    for record in pipeline.configurations:
        if record.windows:
            # Without workers nothing is made ahead, so that prefetch says nothing there.
            others = record.setup.model_copy(update={"workers": 1})
            groups.setdefault(others, {})[record.setup.workers] = _rates(record)
    for setup, groups_of_rates in groups.items():
        rates = dict(sorted(groups_of_rates.items()))
        if len(rates) >= _FEWEST_POINTS:
            points = tuple((workers, median(values)) for workers, values in rates.items())
            parts = setup.label.split(", ")
            name = ", ".join(parts[:2] + parts[3:])
            yield WorkerCurve(name, points, *_knee(rates, spread))


def _knee(rates: dict[int, list[float]], spread: PooledSpread | None) -> tuple[int, int, int]:
    """Return the knee of rates by number of workers, and between which numbers it lies with 90 %.

    Each rate is drawn about its mean, as far as windows of the run lie from each other; without
    two windows of anything, every number may be the knee.
    """
    workers = np.array(list(rates))
    logs = np.array([np.mean(np.log(values)) for values in rates.values()])
    knee = int(workers[np.argmax(logs >= logs.max() + np.log(KNEE))])
    if spread is None:
        return knee, int(workers[0]), int(workers[-1])
    rng = np.random.default_rng(0)
    errors = [spread.scale(values) for values in rates.values()]
    drawn = np.stack(
        [
            log + error * rng.standard_t(df, _DRAWS)
            for log, (error, df) in zip(logs, errors, strict=True)
        ]
    )
    enough = drawn >= drawn.max(axis=0) + np.log(KNEE)
    knees = workers[np.argmax(enough, axis=0)]
    low, high = np.quantile(knees, (0.05, 0.95), method="inverted_cdf")
    return knee, min(knee, int(low)), max(knee, int(high))


def _sums(pipeline: Pipeline) -> StageSums | None:
    """Compare the stages alone, and a step, with the whole where there are no workers."""
    isolated: dict[tuple[object, ...], list[Isolated]] = {}
    for record in pipeline.isolated:
        key = (record.payload, record.size, record.codec, record.batch)
        isolated.setdefault(key, []).append(record)
    errors = []
    for configured in pipeline.configurations:
        setup = configured.setup
        alike = isolated.get((setup.payload, setup.size, setup.codec, setup.batch))
        default = setup.storage == "disk" and not (setup.workers or setup.remove or setup.control)
        if not alike or not default:
            continue
        parts_us = median(
            sum(times.total for times in (record.storage, record.decode, record.transform))
            / record.batches
            for record in alike
        )
        for window in configured.windows:
            step_us = window.step.total / window.batches if window.step else 0.0
            errors.append(abs((parts_us + step_us) / (window.us / window.batches) - 1))
    return StageSums(median(errors), max(errors), len(errors)) if errors else None


def _remarks(pipeline: Pipeline) -> Iterator[str]:
    for record in pipeline.configurations:
        if record.problem:
            yield f"{record.setup.label}: could not be measured ({record.problem})."
    if pipeline.left_out:
        names = "; ".join(record.setup.label for record in pipeline.left_out)
        yield f"Left out to end in time: {names}."
    calm = calm_part(pipeline)
    if calm.disturbed and not calm.mostly_disturbed:
        yield (
            f"The core was slowed in {calm.disturbed} of {calm.windows} windows, by the canaries "
            "beside them; the model leaves them out."
        )
    for name, reason in pipeline.probes_failed.items():
        yield f"{name} was not measured alone ({reason})."
    if isinstance(pipeline.idle_uw, str):
        yield f"Energy: {pipeline.idle_uw}."
    slow = [
        record.setup.label
        for record in pipeline.configurations
        for window in record.windows
        if window.late_reads > _LATE_SHARE * window.reads > 0
    ]
    if slow:
        names = "; ".join(dict.fromkeys(slow))
        yield f"This machine was slower than the storage that was emulated: {names}."
