"""The result of an experiment, with warnings about what it can be used for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from pydantic import BaseModel, ConfigDict

from bench.bundle.pipeline import Configured, Times, Window
from bench.bundle.storage import COLD_SHARE
from bench.pipeline.configuration import Configuration  # noqa: TC001 - pydantic reads it
from bench.pipeline.window import least_batches
from formats.payloads import kind
from hardware_profiles.demand import own_size
from hardware_profiles.numerals import counted, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

_LATE_SHARE = 0.05
"""Share of late reads above which a tier was not emulated. Assumed."""


class Quantiles(BaseModel):
    """Mean and quantiles of a duration over the batches of a window, in us."""

    model_config = ConfigDict(frozen=True)

    mean: float
    p50: int
    p95: int
    p99: int
    max: int


class ExperimentResult(BaseModel):
    """What one configuration did in its steady window."""

    model_config = ConfigDict(frozen=True)

    configuration: Configuration
    """What was run, with all defaults filled in."""
    batches: int
    """Batches in the window."""
    seconds: float
    """Length of the window, in s."""
    samples_per_s: float
    """Throughput."""
    encoded_bytes_per_s: float | None
    """Encoded bytes by second; None: none were read."""
    decoded_bytes_per_s: float
    """Decoded bytes by second."""
    feeding_tax: float | None
    """Share of the window in which no step ran.

    None without an accelerator, and where emulated steps did not take their time.
    """
    gpu_busy: float | None
    """Share of the window in which a step ran: 1 - feeding_tax."""
    mfu: float | None
    """Share of the accelerators' peak that the steps used (model FLOP utilisation)."""
    missed_deadlines: float | None
    """Share of batches whose period was longer than the deadline; None: there is none."""
    period_us: Quantiles
    """From the end of a batch's step to the end of the next one's."""
    wait_us: Quantiles
    """How long the consumer waited for a batch."""
    h2d_us: Quantiles | None
    """Copy of a batch to a real device."""
    step_us: Quantiles | None
    """Step of a batch."""
    requested_step_us: float | None
    """Step time to emulate; None: a step really ran, or none."""
    peak_flop_s: int | None
    """Peak of the accelerators, in FLOP/s; None: unknown."""
    stages_us: dict[str, Quantiles]
    """Time of each stage by batch.

    storage, decode and transform: a worker's time; ipc: from when a batch was both loaded and
    requested until the consumer had it.
    """
    raw_us: tuple[tuple[int, int, int], ...]
    """Wait, copy to the device and step of at most 100 evenly spaced batches."""
    ready_share: float
    """Share of batches that were loaded before they were requested."""
    queued: float
    """How many batches were loaded when one was requested, on average."""
    started_s: float | None
    """Time to start the workers; None: they were running, or there are none."""
    first_batch_s: float
    """Time from the first request to the first batch."""
    cpu_s: dict[str, float]
    """CPU time of consumer and workers, in s."""
    late_share: float
    """Share of reads that this machine did slower than the storage tier that is emulated."""
    energy_j: dict[str, float]
    """Energy by meter, in J, idle power included."""
    warnings: tuple[str, ...]
    """What limits the use of the result."""

    def plain(self) -> dict[str, Any]:
        """Return the result as plain values, for JSON."""
        return self.model_dump(mode="json")


def experiment_record(configuration: Configuration, measured: dict[str, Any]) -> Configured:
    """Return a bundle's record of a configuration that `PipelineSession.measure` ran once."""
    record = {
        "setup": configuration.setup().model_dump(mode="json"),
        **measured["facts"],
        "problem": None,
        "windows": [{"repeat": 0, "order": 0, **measured["window"]}],
        "origin": "experiment",
        "held_out": False,
        "retest": False,
    }
    return Configured.model_validate_json(orjson.dumps(record))


def experiment_result(configuration: Configuration, measured: dict[str, Any]) -> ExperimentResult:
    """Return the result of an experiment from what `PipelineSession.measure` returned."""
    record = experiment_record(configuration, measured)
    window = record.windows[0]
    true_steps = record.true_steps(window)
    encoded = record.encoded_bytes
    return ExperimentResult(
        configuration=configuration.model_copy(
            update={**dict(record.setup), "storage": configuration.storage}
        ),
        batches=window.batches,
        seconds=window.seconds,
        samples_per_s=record.samples_per_s(window),
        encoded_bytes_per_s=encoded * window.batches / window.seconds if encoded else None,
        decoded_bytes_per_s=record.decoded_bytes * window.batches / window.seconds,
        feeding_tax=window.tax if true_steps else None,
        gpu_busy=window.busy if true_steps else None,
        mfu=record.mfu(window) if true_steps else None,
        missed_deadlines=(
            measured["missed"] / window.batches if configuration.deadline_ms else None
        ),
        period_us=_quantiles(window.period, window),
        wait_us=_quantiles(window.wait, window),
        h2d_us=_quantiles(window.h2d, window) if window.h2d else None,
        step_us=_quantiles(window.step, window) if window.step else None,
        requested_step_us=record.requested_step_us,
        peak_flop_s=record.peak_flop_s,
        stages_us={name: _quantiles(times, window) for name, times in window.stages.items()},
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
        warnings=tuple(_warnings(configuration, record, measured)),
    )


def _quantiles(times: Times, window: Window) -> Quantiles:
    return Quantiles(
        mean=times.total / window.batches,
        p50=times.p50,
        p95=times.p95,
        p99=times.p99,
        max=times.max,
    )


def _late_share(window: Window) -> float:
    return window.late_reads / window.reads if window.reads else 0.0


def _warnings(
    configuration: Configuration, record: Configured, measured: dict[str, Any]
) -> Iterator[str]:
    """Yield what limits the use of a result."""
    window = record.windows[0]
    if window.batches < least_batches(configuration):
        yield f"only {window.batches} batches came in {window.seconds:.0f} s; use more --seconds"
    if measured["left_over"]:
        yield (
            "batches loaded ahead were not all consumed: this is no steady state; use a smaller "
            "--prefetch"
        )
    if _late_share(window) > _LATE_SHARE:
        yield (
            f"this machine was slower than {configuration.storage} for "
            f"{percent(_late_share(window))} of the reads: the rates are this machine's, not "
            "the tier's"
        )
    if window.disk_bytes is not None and record.encoded_bytes:
        share = window.disk_bytes / (record.encoded_bytes * window.batches)
        if share < COLD_SHARE:
            yield (
                f"the system counted {percent(share)} of the bytes as read from the disk: the "
                "others may have come from its cache, so that these reads were not all cold"
            )
    if not record.true_steps(window) and record.requested_step_ns and window.step:
        took_ms = window.step.total / window.batches / 1e3
        yield (
            f"a step was to take {record.requested_step_ns / 1e6:.3g} ms and took {took_ms:.3g} "
            "ms: the machine is too busy, or cannot sleep for so short a time; use fewer workers "
            "or a larger batch; no feeding tax is reported"
        )
    if configuration.is_emulated_device and configuration.demand.work != 1:
        yield from _size_warnings(configuration)
    cores = measured["cores_usable"]
    if configuration.workers > cores:
        yield f"{configuration.workers} workers share {counted(cores, 'core')}"


def _size_warnings(configuration: Configuration) -> Iterator[str]:
    """Yield a warning where a sample is not of the size that the step time was measured with."""
    workload, size = configuration.workload_profile, configuration.data.size
    own = own_size(workload)
    if own is not None:
        unit = kind(configuration.payload).size_unit
        yield (
            f"samples of {workload.name} have {own} {unit}, these {size}: the step is scaled to "
            f"{configuration.demand.work:.3g} times the work; leave out --size for its own samples"
        )
