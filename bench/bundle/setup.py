"""A configuration of the pipeline."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bench.bundle.base import OneOf
from bench.stages import REMOVABLE
from formats.names import decoder_of, format_of, kind_of, layout_of
from hardware_profiles.methods import METHODS

REAL_DEVICES = ("cpu", "cuda", "mps")
"""Accelerators on which a step really runs, where the machine has them; others are emulated."""


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
    workers: Annotated[int, Field(ge=0, le=64)] = 0
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
    def label(self) -> str:
        """The configuration in a few words."""
        words = [
            f"{self.payload} x{self.batch or 'usual'}",
            self.format,
            f"{self.workers} worker{'' if self.workers == 1 else 's'}",
        ]
        many = f"{self.accelerators} " if self.accelerators > 1 else ""
        unusual = {
            f"prefetch {self.prefetch}": self.prefetch != 2,
            "a sample at a time": self.items == "sample",
            self.storage: self.storage != "disk",
            f"{many}{self.accelerator}": self.accelerator != "none",
            f"no {self.remove}": self.remove,
            f"{self.control}": self.control,
        }
        return ", ".join([*words, *(word for word, is_so in unusual.items() if is_so)])

    def changed_from(self, other: Setup) -> tuple[str, ...]:
        """Return the names of the fields in which two configurations differ."""
        return tuple(n for n in Setup.model_fields if getattr(self, n) != getattr(other, n))
