"""A configuration of the pipeline."""

from __future__ import annotations

import multiprocessing
from functools import cache
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bench.bundle.base import OneOf
from bench.stages import REMOVABLE, TRANSFORM_VARIANTS
from formats.names import decoder_of, format_of, kind_of, layout_of
from hardware_profiles.durations import is_duration
from hardware_profiles.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Iterator

REAL_DEVICES = ("cpu", "cuda", "mps")
"""Accelerators on which a step really runs, where the machine has them; others are emulated."""


TAIL_EVERY = 16
"""One in so many records is slow, where some are."""
RECORDS, SINGLE_RECORDS = 8, 64
"""Records of a data set, which are read again and again; and where a record is a single sample."""
MOST_WORKERS = 64
"""More processes than these a loader does not start. Assumed."""


class Setup(BaseModel):
    """A configuration of the pipeline.

    null means the default; in a bundle it never does: a run records the value that it used.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    payload: Annotated[str, Field(description="what a sample is")] = "image"
    size: Annotated[
        int | None, Field(ge=1, le=1_000_000, description="null: the payload's usual")
    ] = None
    codec: Annotated[str, Field(description="format, format/layout or format/layout/decoder")] = (
        "parquet"
    )
    batch: Annotated[int | None, Field(ge=1, le=1_000_000, description="null: the usual")] = None
    items: Annotated[
        Literal["batch", "sample"],
        Field(description="what the data set hands over; a sample at a time is the naive way"),
    ] = "batch"
    workers: Annotated[int, Field(ge=0, le=MOST_WORKERS)] = 0
    prefetch: Annotated[int, Field(ge=1, le=64, description="batches ahead, a worker")] = 2
    start: Annotated[
        Literal["fork", "spawn", "forkserver"] | None,
        Field(description="how workers start; null: as this system does"),
    ] = None
    sharing: Annotated[
        Literal["file_descriptor", "file_system"] | None,
        Field(description="how tensors cross processes; null: as torch does here"),
    ] = None
    epoch: Annotated[
        int | None, Field(ge=1, le=1_000_000, description="batches; null: one without an end")
    ] = None
    persistent: Annotated[bool, Field(description="workers outlive an epoch")] = False
    pin: Annotated[bool, Field(description="copy batches to pinned memory")] = False
    storage: Annotated[
        str, Field(description="disk: this one; another place; or the tier that is emulated")
    ] = "disk"
    workload: Annotated[str | None, Field(description="null: the payload's usual")] = None
    accelerator: Annotated[
        str,
        Field(
            description="none; cpu, cuda, mps: a real step; a time to wait, such as 10ms; or the "
            "one that is emulated"
        ),
    ] = "none"
    phase: Annotated[
        Literal["train", "serve"] | None,
        Field(description="what the accelerator does; null: train, where that is known"),
    ] = None
    method: Annotated[
        Annotated[str, OneOf(tuple(METHODS))] | None,
        Field(description="how the accelerator's rate was found; null: the usual of those known"),
    ] = None
    accelerators: Annotated[int, Field(ge=1, le=100_000, description="how many share a feed")] = 1
    transform: Annotated[
        Annotated[str, OneOf(TRANSFORM_VARIANTS)],
        Field(
            description="steps: one after another, in a worker; fused: in one pass; device: what "
            "makes samples larger is left to the accelerator"
        ),
    ] = "steps"
    tail: Annotated[
        int,
        Field(
            ge=1,
            le=1000,
            description="one record in 16, drawn from the nonce, costs so many times as much to "
            "decode and transform",
        ),
    ] = 1
    shards: Annotated[
        int,
        Field(ge=1, le=64, description="files of the data set; each is opened when it is read"),
    ] = 1
    threads: Annotated[
        int,
        Field(ge=1, le=64, description="that decode and transform the parts of a batch"),
    ] = 1
    heap: Annotated[
        int,
        Field(
            ge=0,
            le=65_536,
            description="MiB of Python objects in the data set; each sample looks one up",
        ),
    ] = 0
    remove: Annotated[
        Annotated[str, OneOf(REMOVABLE)] | None,
        Field(description="the stage that is taken out"),
    ] = None
    control: Annotated[
        Literal["cached"] | None, Field(description="cached: replay batches made beforehand")
    ] = None

    @property
    def format(self) -> str:
        """The codec's format, such as `csv`."""
        return format_of(self.codec)

    @property
    def layout(self) -> str | None:
        """The codec's layout, such as `csv/rows`; None where it names none."""
        return layout_of(self.codec)

    @property
    def decoder(self) -> str | None:
        """The codec's decoder, such as `pandas`; None where it names none."""
        return decoder_of(self.codec)

    @property
    def payload_kind(self) -> str:
        """The payload's kind, whatever its values: `tabular` for `tabular-sorted`."""
        return kind_of(self.payload)

    @property
    def is_emulated_device(self) -> bool:
        """Whether the accelerator is named as a device of a profile, whose step time is waited."""
        return self.accelerator not in {"none", *REAL_DEVICES} and not is_duration(self.accelerator)

    @property
    def samples_label(self) -> str:
        """What samples are and how many a batch has, such as `image 224 px x64`."""
        return _samples(self)

    @property
    def label(self) -> str:
        """The configuration in a few words: what is usual is left out.

        Two with equal labels do the same.
        """
        return _label(self)

    def changed_from(self, other: Setup) -> tuple[str, ...]:
        """Return the names of the fields in which two configurations differ."""
        return tuple(n for n in Setup.model_fields if getattr(self, n) != getattr(other, n))


@cache
def _label(setup: Setup) -> str:
    workers = f"{setup.workers} worker{'' if setup.workers == 1 else 's'}"
    return ", ".join([_samples(setup), _codec(setup), workers, *_unusual(setup)])


def _samples(setup: Setup) -> str:
    """Return what samples are, and how many a batch has: `image 224 px x64`."""
    from formats.payloads import PAYLOADS  # not at the head: it needs NumPy

    kind = PAYLOADS.get(setup.payload_kind)
    size = "" if setup.size in {None, _usual_size(setup)} else f" {setup.size}"
    if size and setup.payload_kind == "image":
        size += " px"
    batch = setup.batch or (kind.usual[1] if kind else "usual")
    return f"{setup.payload}{size} x{batch}"


def _usual_size(setup: Setup) -> int | None:
    """Return the size of samples where none is asked for; None: it is not known."""
    from formats.payloads import PAYLOADS

    kind = PAYLOADS.get(setup.payload_kind)
    usual = kind.usual[0] if kind else None
    if not setup.is_emulated_device:
        return usual
    from hardware_profiles.demand import usual_size
    from hardware_profiles.errors import ProfileError

    try:
        return usual_size(setup.payload_kind, setup.workload, setup.accelerator) or usual
    except (ProfileError, KeyError):  # of a stranger, or of a newer program
        return None


def _codec(setup: Setup) -> str:
    """Return a codec without what it has by default: the canonical layout, the fastest decoder."""
    from formats.errors import UnknownNameError
    from formats.payloads import payload
    from formats.registry import LAYOUTS, fast

    layout = LAYOUTS.get(setup.layout or "")
    if layout is None:
        return setup.codec
    try:
        fastest = fast(layout.id, payload(setup.payload)).name
    except UnknownNameError:
        return setup.codec
    if setup.decoder not in {None, fastest}:
        return setup.codec
    return layout.format if layout.canonical else layout.id


def _unusual(setup: Setup) -> Iterator[str]:
    """Yield what is not by default of the rest."""
    if setup.prefetch != 2:
        yield f"prefetch {setup.prefetch}"
    if setup.items == "sample":
        yield "a sample at a time"
    if setup.start not in {None, multiprocessing.get_all_start_methods()[0]}:
        yield f"started by {setup.start}"
    if setup.sharing:
        yield f"shared by {setup.sharing}"
    if setup.epoch is not None:
        yield f"epochs of {setup.epoch}"
    for name in ("persistent", "pin"):
        if getattr(setup, name):
            yield name
    if setup.storage != "disk":
        yield setup.storage
    if setup.accelerators > 1:
        yield f"{setup.accelerators} {setup.accelerator}"
    elif setup.accelerator != "none":
        yield setup.accelerator
    yield from _unusual_work(setup)
    yield from _unusual_regime(setup)
    if setup.remove:
        yield f"no {setup.remove}"
    if setup.control:
        yield setup.control


def _unusual_regime(setup: Setup) -> Iterator[str]:
    """Yield how samples are prepared, and what makes that harder."""
    if setup.transform != "steps":
        yield {"fused": "transform fused", "device": "transform on the device"}[setup.transform]
    if setup.tail != 1:
        yield f"1 in {TAIL_EVERY} x{setup.tail}"
    if setup.shards != 1:
        yield f"{setup.shards} shards"
    if setup.threads != 1:
        yield f"{setup.threads} threads"
    if setup.heap:
        yield f"a heap of {setup.heap} MiB"


def _unusual_work(setup: Setup) -> Iterator[str]:
    """Yield what the accelerator does, where that is not the usual."""
    from hardware_profiles.demand import USUAL_WORKLOADS, usual_method, usual_workload
    from hardware_profiles.errors import ProfileError

    if setup.workload not in {None, USUAL_WORKLOADS.get(setup.payload_kind)}:
        yield str(setup.workload)
    if not (setup.phase or setup.method):
        return
    if setup.accelerator in REAL_DEVICES and (setup.phase, setup.method) == ("train", None):
        return  # all that one can run
    try:
        workload = usual_workload(setup.payload_kind, setup.workload)
        usual = usual_method(setup.accelerator, workload, None, None)
        method = usual_method(setup.accelerator, workload, setup.phase, setup.method)
    except (ProfileError, KeyError):
        yield from filter(None, (setup.phase, setup.method))
    else:
        if method != usual:
            yield method
