"""What an experiment found, and what one must know to read it right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from pydantic import BaseModel, ConfigDict

from bench.bundle.pipeline import Configured, Times, Window
from bench.bundle.schema import COLD_SHARE
from bench.machine import usable_cores
from bench.pipeline.configuration import NONE, REAL, Configuration
from bench.pipeline.window import least_batches
from hardware_profiles.catalogue import catalogue
from hardware_profiles.demand import waited_s

if TYPE_CHECKING:
    from collections.abc import Iterator

_LATE = 0.05
_OTHER_SIZE = 2.0


class Spread(BaseModel):
    """How long something took, batch by batch, in us."""

    model_config = ConfigDict(frozen=True)

    mean: float
    p50: int
    p95: int
    p99: int
    max: int


class Outcome(BaseModel):
    """What one configuration did in its steady window.

    Times of stages are of a batch, in us; those of storage, decode and transform are worker time,
    ipc is from when a batch was made and asked for until the consumer had it. ready_share is
    of batches that were made before they were asked for, queued how many were on average.
    feeding_tax is the share of the window in which no step ran; gpu_busy is the rest of it. Both
    are None without an accelerator, and where its steps were not as long as asked for.
    """

    model_config = ConfigDict(frozen=True)

    configuration: Configuration
    batches: int
    seconds: float
    samples_per_s: float
    encoded_bytes_per_s: float | None
    decoded_bytes_per_s: float
    feeding_tax: float | None
    gpu_busy: float | None
    mfu: float | None
    missed_deadlines: float | None
    period_us: Spread
    wait_us: Spread
    h2d_us: Spread | None
    step_us: Spread | None
    requested_step_us: float | None
    peak_flop_s: int | None
    stages_us: dict[str, Spread]
    raw_us: tuple[tuple[int, int, int], ...]
    ready_share: float
    queued: float
    started_s: float | None
    first_batch_s: float
    cpu_s: dict[str, float]
    late_share: float
    energy_j: dict[str, float]
    warnings: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        """Return it as plain values, for JSON."""
        return self.model_dump(mode="json")


def configured(found: Configuration, measured: dict[str, Any]) -> Configured:
    """Return what a bundle records of a configuration that `session.measure` has run once."""
    record = {
        "setup": found.setup().model_dump(mode="json"),
        **measured["facts"],
        "problem": None,
        "windows": [{"repeat": 0, "order": 0, **measured["window"]}],
        "origin": "experiment",
        "held_out": False,
        "retest": False,
    }
    return Configured.model_validate_json(orjson.dumps(record))


def outcome(found: Configuration, measured: dict[str, Any]) -> Outcome:
    """Work out what an experiment tells, from what `session.measure` returned."""
    record = configured(found, measured)
    window = record.windows[0]
    samples_per_s = record.samples_per_s(window)
    said = tuple(_warnings(found, record, window, left_over=measured["left_over"]))
    true_steps = record.true_steps(window)
    encoded = record.encoded_bytes
    return Outcome(
        configuration=found.model_copy(update={**dict(record.setup), "storage": found.storage}),
        batches=window.batches,
        seconds=window.seconds,
        samples_per_s=samples_per_s,
        encoded_bytes_per_s=encoded * window.batches / window.seconds if encoded else None,
        decoded_bytes_per_s=record.decoded_bytes * window.batches / window.seconds,
        feeding_tax=window.tax if true_steps else None,
        gpu_busy=window.busy if true_steps else None,
        mfu=record.mfu(window) if true_steps else None,
        missed_deadlines=measured["missed"] / window.batches if found.deadline_ms else None,
        period_us=_spread(window.period, window),
        wait_us=_spread(window.wait, window),
        h2d_us=_spread(window.h2d, window) if window.h2d else None,
        step_us=_spread(window.step, window) if window.step else None,
        requested_step_us=record.requested_step_ns / 1e3 if record.requested_step_ns else None,
        peak_flop_s=record.peak_flop_s,
        stages_us={name: _spread(times, window) for name, times in window.stages.items()},
        raw_us=window.raw,
        ready_share=window.ready / window.batches,
        queued=window.queued / window.batches,
        started_s=None if window.started_us is None else window.started_us / 1e6,
        first_batch_s=window.first_batch_us / 1e6,
        cpu_s={
            "consumer": window.consumer_cpu_us / 1e6,
            "workers": sum(window.workers_cpu_us) / 1e6,
        },
        late_share=_late_share(window),
        energy_j={name: uj / 1e6 for name, uj in window.energy_uj.items()},
        warnings=said,
    )


def _spread(times: Times, window: Window) -> Spread:
    return Spread(
        mean=times.total / window.batches,
        p50=times.p50,
        p95=times.p95,
        p99=times.p99,
        max=times.max,
    )


def _late_share(window: Window) -> float:
    return window.late_reads / window.reads if window.reads else 0.0


def _warnings(
    found: Configuration, record: Configured, window: Window, *, left_over: bool
) -> Iterator[str]:
    """Yield what one must know to read the outcome right."""
    if window.batches < least_batches(found.workers):
        yield f"only {window.batches} batches came in {window.seconds:.0f} s; take more --seconds"
    if left_over:
        yield "batches made ahead were not all consumed: no steady state; take fewer --prefetch"
    if _late_share(window) > _LATE:
        yield (
            f"this machine was slower than {found.storage} for {_late_share(window):.0%} of the "
            "reads: the rates are its own, not the tier's"
        )
    if window.disk_bytes is not None and record.encoded_bytes:
        share = window.disk_bytes / (record.encoded_bytes * window.batches)
        if share < COLD_SHARE:
            yield (
                f"the system counted {share:.0%} of the bytes as read from the disk: that this is "
                "cold is not proven here"
            )
    if not record.true_steps(window) and record.requested_step_ns and window.step:
        took_ms = window.step.total / window.batches / 1e3
        yield (
            f"a step of {record.requested_step_ns / 1e6:.3g} ms was asked for, {took_ms:.3g} ms "
            "elapsed: the machine is too busy, or no sleep is so short; fewer workers or a larger "
            "batch help, and no feeding tax is told"
        )
    if found.accelerator not in {NONE, *REAL} and waited_s(found.accelerator) is None:
        yield from _other_samples(found)
    cores = usable_cores()
    if found.workers > cores:
        yield f"{found.workers} workers share {cores} cores"


def _other_samples(found: Configuration) -> Iterator[str]:
    """Yield a warning where a sample is not what the workload's step was measured on."""
    ours = found.data.sample_bytes
    records = catalogue()[found.workload_name].below("record").values()
    sizes = sorted(r.to("B/token" if "token" in str(r.unit) else "B/sample").value for r in records)
    least, most = sizes[0] * found.items_a_sample, sizes[-1] * found.items_a_sample
    if not least / _OTHER_SIZE < ours < most * _OTHER_SIZE:
        yield (
            f"a sample has {ours:,} B here, one of {found.workload_name} {least:,.0f} to "
            f"{most:,.0f} B: the step is of its samples, storage and decode of ours; --size sets it"
        )
