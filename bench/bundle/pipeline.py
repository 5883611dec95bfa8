"""The record of the pipeline: what was run, what it did, and each of its stages alone.

Times are whole microseconds. Shares, rates and taxes are computed from them by the properties here,
for whoever measures and whoever explains alike.
"""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field, model_validator

from bench.bundle.base import (
    Count,
    Line,
    Name,
    OneOf,
    Positive,
    Record,
    Several,
    Size,
    Unavailable,
)
from bench.bundle.setup import Setup  # noqa: TC001 - pydantic reads it
from bench.stages import SUPPLY_STAGES, TRANSFORM_VARIANTS

STEP_TOLERANCE = 0.05
"""Steps of an emulated accelerator may be this far off the requested time, as a share. Assumed."""


class Times(NamedTuple):
    """How long something took over a window's batches, in us: all together, and quantiles."""

    total: Count
    p50: Count
    p95: Count
    p99: Count
    max: Count


def _took_time(times: Times) -> Times:
    if not times.total:
        raise ValueError("work that is done takes time; the sum must be 1 us or more")
    return times


Spent = Annotated[Times, AfterValidator(_took_time)]
"""Times of work that was really done: rates are taken from them."""


Canaries = Annotated[
    tuple[Positive, ...], Field(description="before and after; empty: the run is older")
]


class Window(Record):
    """A steady window of a configuration: what was timed batch by batch."""

    repeat: Count = Field(description="which pass over the configurations, from 0")
    order: Count = Field(description="place in the order of measuring over the run")
    batches: Positive
    us: Positive
    started_us: Count | None = Field(
        description="starting the workers, up to their first answer; null: they were there"
    )
    first_batch_us: Count = Field(description="from the first request to the first batch")
    consumer_cpu_us: Count
    workers_cpu_us: tuple[Count, ...]
    reads: Count
    late_reads: Count = Field(
        description="reads that this machine gave later than the emulated storage"
    )
    disk_bytes: Count | None = Field(description="from the disk, by the system's count; null: none")
    ready: Count = Field(description="batches that were made when they were asked for")
    queued: Count = Field(description="sum over batches: how many were made when it was asked for")
    stages: dict[Annotated[str, OneOf(SUPPLY_STAGES)], Times] = Field(
        description="storage, decode, transform: a worker's time; ipc: from when a batch was "
        "made and asked for until the consumer had it"
    )
    wait: Times = Field(description="the consumer's, for a batch")
    h2d: Times | None = Field(description="to a real device")
    step: Spent | None
    period: Times = Field(description="from batch to batch")
    raw: Annotated[tuple[tuple[Count, Count, Count], ...], Field(max_length=100)] = Field(
        description="wait, h2d, step of batches spaced evenly"
    )
    canary_us: tuple[Positive, ...] = Field(description="before and after")
    energy_uj: dict[Name, Count] = Field(description="by meter, gross; empty: no meter")

    @property
    def seconds(self) -> float:
        """Length of the window."""
        return self.us / 1e6

    @property
    def busy(self) -> float | None:
        """Share of the window in which a step ran."""
        return self.step.total / self.us if self.step else None

    @property
    def tax(self) -> float | None:
        """The feeding tax: the share of the window in which no step ran."""
        return None if self.busy is None else 1 - self.busy


class Configured(Record):
    """A configuration with its windows, and what one of its batches is. All bytes are a batch's."""

    setup: Setup
    origin: Literal["design", "experiment"]
    held_out: bool = Field(description="kept from calibration, to check predictions on")
    retest: bool = Field(description="measured once more at the end, for the test-retest floor")
    base: Count | None = Field(
        default=None,
        description="the number of the configuration that it differs from in one thing, and was "
        "measured right beside; its own: the one that others differ from",
    )
    encoded_bytes: Count | None = Field(description="as stored; null: never measured")
    decoded_bytes: Positive
    batch_tensor_bytes: Count | None = Field(description="of the tensors that are handed over")
    tensors: Count | None = Field(description="that are handed over")
    requested_step_ns: Count | None = Field(description="of an emulated accelerator")
    flop: Count | None = Field(description="of a step; null: not known")
    peak_flop_s: Count | None = Field(description="of the accelerator; null: not known")
    problem: Line | None = Field(description="why it could not be measured")
    windows: tuple[Window, ...]

    @property
    def samples(self) -> int:
        """Samples in a batch."""
        return self.setup.batch or 1

    @property
    def requested_step_us(self) -> float | None:
        """The step of an emulated accelerator, as it was to be waited; None: there is none."""
        return self.requested_step_ns / 1e3 if self.requested_step_ns else None

    def samples_per_s(self, window: Window) -> float:
        """Return the throughput of a window."""
        return window.batches * self.samples / window.seconds

    def true_steps(self, window: Window) -> bool:
        """Tell whether the steps of an emulated accelerator were as long as asked for, to 5 %.

        Where they were not, nothing can be said of its feeding tax: the machine was too busy to
        wake in time, or no sleep is so short.
        """
        if not self.requested_step_ns or not window.step:
            return True
        took_ns = window.step.total / window.batches * 1e3
        return abs(took_ns / self.requested_step_ns - 1) <= STEP_TOLERANCE

    def mfu(self, window: Window) -> float | None:
        """Return the share of the accelerator's peak that the steps of a window used."""
        if not self.flop or not self.peak_flop_s or not window.step:
            return None
        return window.batches * self.flop / window.seconds / self.peak_flop_s


class Isolated(Record):
    """Storage, decode and transform of a batch, one after another in one process, no loader."""

    payload: Name
    size: Size
    codec: Name
    batch: Size
    repeat: Count
    batches: Positive
    storage: Spent
    decode: Spent
    transform: Spent
    canary_us: tuple[Positive, ...]
    cpu_us: Count | None = Field(
        default=None, description="of the process over all batches; null: the run is older"
    )

    @property
    def cpu_share(self) -> float | None:
        """Share of the time that the process had the core; None: not known."""
        wall_us = self.storage.total + self.decode.total + self.transform.total
        return None if self.cpu_us is None else self.cpu_us / wall_us


class Transformed(Record):
    """A decoded batch, transformed in one of the ways: by a worker, and what is left to devices."""

    payload: Name
    size: Size
    batch: Size
    variant: Annotated[str, OneOf(TRANSFORM_VARIANTS)] = Field(
        description="as `transform` of a configuration"
    )
    repeat: Count
    batches: Positive
    worker: Spent
    bytes: Positive = Field(description="of the tensors that the worker hands over")
    tensors: Several
    finish: dict[Name, Spent] = Field(
        description="by device of this machine, over as many batches; empty: nothing is left"
    )
    canary_us: Canaries = ()


class Ipc(Record):
    """Tensors from one process to another: what the sender does, and what the receiver does."""

    transport: Literal["file_descriptor", "file_system", "pipe"] = Field(
        description="shared memory by descriptor or by name; pipe: NumPy arrays, pickled"
    )
    tensors: Several
    bytes: Positive = Field(description="of all tensors together")
    repeat: Count
    count: Positive
    send: Spent
    receive: Spent
    canary_us: Canaries = ()


class Contention(Record):
    """Decoders at work at the same time, a process each."""

    payload: Name
    size: Size
    codec: Name
    batch: Size
    repeat: Count
    decoders: Several
    us: Positive
    batches_x100: tuple[Count, ...] = Field(description="hundredths of a batch, of each decoder")
    canary_us: Canaries = ()


class Copy(NamedTuple):
    """Copies of so many bytes to a device."""

    bytes: Positive
    pinned: bool
    times: Positive
    us: Positive


class Device(Record):
    """A device of this machine: its peak, copies to it, and training steps of ResNet-50."""

    device: Name
    repeat: Count
    type: Name = Field(description="of the numbers in matmul and step")
    peak_flop_s: Positive = Field(description="of the best of some matrix products")
    batch: Size
    side: Size = Field(description="of the square images, in pixels")
    flop: Positive = Field(description="of a step, by torch's counter")
    step: Spent
    steps: Positive
    copies: tuple[Copy, ...]
    canary_us: Canaries = ()

    @property
    def mfu(self) -> float:
        """Share of the peak that steps used."""
        return self.flop * self.steps / (self.step.total / 1e6) / self.peak_flop_s


class Pipeline(Record):
    """The whole pipeline of this machine: configurations end to end, and stages alone."""

    source: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] = Field(
        description="half the SHA-256 of the source that is measured, and measures"
    )
    repeats: Several = Field(description="passes over all configurations; one over some follows")
    configurations: tuple[Configured, ...]
    isolated: tuple[Isolated, ...]
    transforms: tuple[Transformed, ...] = Field(default=(), description="empty: the run is older")
    ipc: tuple[Ipc, ...]
    contention: tuple[Contention, ...]
    devices: tuple[Device | Unavailable, ...]
    idle_uw: dict[Name, Count] | Annotated[str, Field(pattern=r"^no meter: [ -~]{1,100}$")] | None
    probes_failed: dict[Name, Line] = Field(description="probes that broke, and why")

    @model_validator(mode="after")
    def _nothing_twice(self) -> Pipeline:
        setups = [c.setup for c in self.configurations]
        if len(set(setups)) != len(setups):
            raise ValueError("configurations: one occurs twice")
        orders = [w.order for c in self.configurations for w in c.windows]
        if len(set(orders)) != len(orders):
            raise ValueError("configurations: two windows have the same order")
        return self

    @model_validator(mode="after")
    def _bases_alike(self) -> Pipeline:
        for number, record in enumerate(self.configurations):
            if record.base in {None, number}:
                continue
            if record.base >= len(self.configurations):
                raise ValueError(f"configurations: {number} has a base that does not exist")
            changed = record.setup.changed_from(self.configurations[record.base].setup)
            if len(changed) != 1:
                raise ValueError(
                    f"configurations: {number} differs from its base in {len(changed)} things, "
                    "not one"
                )
        return self

    @property
    def left_out(self) -> tuple[Configured, ...]:
        """Configurations that there was no time for."""
        return tuple(c for c in self.configurations if not c.windows and not c.problem)
