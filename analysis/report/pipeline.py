"""What a report says of the pipeline: each configuration, where its time went, the knee."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING

from analysis.statistics.interval import log_t_interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.statistics.number import Number
    from bench.bundle import Bundle, Configured, Isolated, Pipeline, Setup, Window

STAGES = ("storage", "decode", "transform", "ipc", "h2d", "step", "loader")
"""Where the time of a batch goes, in order. ipc: from worker to consumer; loader: the rest."""

_KNEE = 0.95
_LEAST_LINE = 3


@dataclass(frozen=True, slots=True)
class Part:
    """A stage of a batch's time: when it began after the batch did, how long it took, in ms."""

    stage: str
    start_ms: float
    ms: float


@dataclass(frozen=True, slots=True)
class Joules:
    """Energy of a sample by the machine's meters: all of it, and net of the idle machine's.

    net is None where the idle power is not known.
    """

    gross: float
    net: float | None


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A configuration as it was measured.

    samples_per_s is over its windows. waterfall is the way of one batch, stage after stage. went
    gives the share of the consumer's time by stage: a wait counts as what workers did meanwhile.
    """

    label: str
    setup: Setup
    samples_per_s: Number
    mb_per_s: float
    tax: float | None
    mfu: float | None
    ready: float
    cores: float
    late: float
    wait_p99_ms: float
    waterfall: tuple[Part, ...]
    went: dict[str, float]
    joules: Joules | None

    @property
    def most(self) -> str:
        """Where most of the time went."""
        return max(self.went, key=lambda stage: self.went[stage])


@dataclass(frozen=True, slots=True)
class Line:
    """The same configuration with more and more workers: samples a second by number of workers.

    knee is the smallest number of workers that comes to 95 % of the most.
    """

    label: str
    points: tuple[tuple[int, float], ...]
    knee: int


@dataclass(frozen=True, slots=True)
class Floor:
    """How well something repeats: median and largest deviation as shares, of how many."""

    median: float
    worst: float
    count: int


@dataclass(frozen=True, slots=True)
class Feeding:
    """All that is said of the pipeline.

    sums: how far stages alone are from the whole without workers; retest: how far the same
    configuration was from itself, late in the run.
    """

    rows: tuple[FeedRow, ...]
    lines: tuple[Line, ...]
    sums: Floor | None
    retest: Floor | None
    remarks: tuple[str, ...]

    @property
    def has_energy(self) -> bool:
        """Whether there was a meter."""
        return any(row.joules for row in self.rows)

    @property
    def waterfalls(self) -> tuple[FeedRow, ...]:
        """One row a payload and format: what each batch goes through without an accelerator."""
        found: dict[tuple[str, str], FeedRow] = {}
        for row in self.rows:
            plain = row.setup.remove is None and row.setup.control is None
            if plain and row.setup.items == "batch":
                key = (row.setup.payload, row.setup.codec.partition("/")[0])
                found.setdefault(key, row)
        return tuple(found.values())


def feeding(bundle: Bundle) -> Feeding | None:
    """Work out what is said of the pipeline; None: it was not to be measured."""
    pipeline = bundle.pipeline
    if pipeline is None:
        return None
    if isinstance(pipeline, str):
        return Feeding((), (), None, None, (f"The pipeline was not measured ({pipeline}).",))
    idle_uw = pipeline.idle_uw if isinstance(pipeline.idle_uw, dict) else {}
    rows = tuple(_row(c, idle_uw) for c in pipeline.configurations if c.windows)
    return Feeding(
        rows,
        tuple(_lines(pipeline)),
        _sums(pipeline),
        _retest(pipeline),
        tuple(_remarks(pipeline)),
    )


def _row(found: Configured, idle_uw: dict[str, int]) -> FeedRow:
    windows = found.windows
    middle = sorted(windows, key=found.samples_per_s)[len(windows) // 2]
    rate = log_t_interval([found.samples_per_s(w) for w in windows], unit="samples/s")
    cpu_us = middle.consumer_cpu_us + sum(middle.workers_cpu_us)
    waterfall = tuple(_waterfall(middle))
    return FeedRow(
        label=found.setup.label,
        setup=found.setup,
        samples_per_s=rate,
        mb_per_s=rate.value * found.decoded_bytes / found.samples / 1e6,
        tax=_mean([w.tax for w in windows if w.tax is not None and found.true_steps(w)]),
        mfu=found.mfu(middle),
        ready=middle.ready / middle.batches,
        cores=cpu_us / middle.us,
        late=middle.late_reads / middle.reads if middle.reads else 0.0,
        wait_p99_ms=middle.wait.p99 / 1e3,
        waterfall=waterfall,
        went=_went(middle, found.setup.workers),
        joules=_joules(middle, middle.batches * found.samples, idle_uw),
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


def _mean(values: list[float]) -> float | None:
    return fmean(values) if values else None


def _totals(window: Window) -> dict[str, int]:
    """Return the time of each stage over a window, in us."""
    found: dict[str, int] = {name: times.total for name, times in window.stages.items()}
    if window.h2d:
        found["h2d"] = window.h2d.total
    if window.step:
        found["step"] = window.step.total
    return found


def _waterfall(window: Window) -> Iterator[Part]:
    start_ms = 0.0
    totals = _totals(window)
    for stage in STAGES:
        if stage in totals:
            ms = totals[stage] / window.batches / 1e3
            yield Part(stage, start_ms, ms)
            start_ms += ms


def _went(window: Window, workers: int) -> dict[str, float]:
    """Return the shares of the consumer's time by stage."""
    totals = _totals(window)
    went: dict[str, float] = {
        name: totals[name] / window.us for name in ("h2d", "step") if name in totals
    }
    ipc = min(totals.get("ipc", 0), window.wait.total)
    making = {name: totals[name] for name in ("storage", "decode", "transform") if name in totals}
    before = window.wait.total - ipc
    if workers == 0:
        # The consumer does it all itself; what is left of the wait is the loader's.
        went |= {name: us / window.us for name, us in making.items()}
    else:
        went["ipc"] = ipc / window.us
        made = sum(making.values()) or 1
        went |= {name: before * us / made / window.us for name, us in making.items()}
    went["loader"] = max(0.0, 1 - sum(went.values()))
    return {stage: went[stage] for stage in STAGES if stage in went}


def _lines(pipeline: Pipeline) -> Iterator[Line]:
    """Yield configurations that differ in the number of workers alone."""
    groups: dict[Setup, dict[int, float]] = {}
    for found in pipeline.configurations:
        if found.windows:
            rate = median(found.samples_per_s(w) for w in found.windows)
            # Without workers nothing is made ahead, so that prefetch says nothing there.
            alike = found.setup.model_copy(update={"workers": 1})
            groups.setdefault(alike, {})[found.setup.workers] = rate
    for alike, points in groups.items():
        if len(points) >= _LEAST_LINE:
            most = max(points.values())
            knee = min(w for w, rate in points.items() if rate >= _KNEE * most)
            words = alike.label.split(", ")
            name = ", ".join(words[:2] + words[3:])
            yield Line(name, tuple(sorted(points.items())), knee)


def _sums(pipeline: Pipeline) -> Floor | None:
    """Compare the stages alone, and a step, with the whole where there are no workers."""
    alone: dict[tuple[object, ...], list[Isolated]] = {}
    for a in pipeline.isolated:
        alone.setdefault((a.payload, a.size, a.codec, a.batch), []).append(a)
    off = []
    for found in pipeline.configurations:
        s = found.setup
        mine = alone.get((s.payload, s.size, s.codec, s.batch))
        if not mine or s.workers or s.storage != "disk" or s.remove or s.control:
            continue
        parts_us = median(
            sum(times.total for times in (a.storage, a.decode, a.transform)) / a.batches
            for a in mine
        )
        for window in found.windows:
            step_us = window.step.total / window.batches if window.step else 0.0
            off.append(abs((parts_us + step_us) / (window.us / window.batches) - 1))
    return _floor(off)


def _retest(pipeline: Pipeline) -> Floor | None:
    """Compare the late window of configurations with the median of those before."""
    off = []
    for found in pipeline.configurations:
        before = [found.samples_per_s(w) for w in found.windows if w.repeat < pipeline.repeats]
        late = [found.samples_per_s(w) for w in found.windows if w.repeat >= pipeline.repeats]
        if before and late:
            off.append(abs(late[0] / median(before) - 1))
    return _floor(off)


def _floor(off: list[float]) -> Floor | None:
    return Floor(median(off), max(off), len(off)) if off else None


def _remarks(pipeline: Pipeline) -> Iterator[str]:
    for found in pipeline.configurations:
        if found.problem:
            yield f"{found.setup.label}: could not be measured ({found.problem})."
    if pipeline.left_out:
        names = "; ".join(found.setup.label for found in pipeline.left_out)
        yield f"Left out to end in time: {names}."
    for name, reason in pipeline.probes_failed.items():
        yield f"{name} was not measured alone ({reason})."
    if isinstance(pipeline.idle_uw, str):
        yield f"Energy: {pipeline.idle_uw}."
    late = [
        c for c in pipeline.configurations for w in c.windows if w.late_reads > 0.05 * w.reads > 0
    ]
    if late:
        names = "; ".join(dict.fromkeys(found.setup.label for found in late))
        yield f"This machine was slower than the storage that was emulated: {names}."
