"""The record of one run: what was measured, of what, where and how.

Every derived number can be recomputed from it. All times are integers; there are no floats.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, model_validator

from bench.bundle.base import (
    Cores,
    Count,
    Line,
    Name,
    Positive,
    Record,
    Several,
    Sha256,
    Size,
    Unavailable,
)
from bench.bundle.learning import Learning  # noqa: TC001 - pydantic reads it
from bench.bundle.pipeline import Pipeline  # noqa: TC001 - pydantic reads it
from bench.bundle.storage import Storage  # noqa: TC001 - pydantic reads it
from formats.names import decoder_of, format_of, kind_of, layout_of

SCHEMA = "data-factory/bundle"
SCHEMA_VERSION = 4


class Gate(StrEnum):
    """A reason to distrust a block, found by a check that does not look at the result's size.

    One letter each, since a block notes them as a word of such letters.
    """

    CANARY = "c"
    CPU = "p"
    SPREAD = "s"
    WARMUP = "w"


class Block(NamedTuple):
    """One window of timing of one case in one process: a few samples in a row.

    A row of values in the file, since there are thousands of them. A sample is `loops` calls timed
    together (see the case), at least 20 ms, so that microseconds are fine enough. The canary is a
    fixed piece of work timed before the first round and after each, so canary_us has one entry
    more than there are rounds of warm-up and samples.
    """

    process: Annotated[Count, Field(description="which fresh process, counted from 0")]
    window: Annotated[Count, Field(description="which window of the case in the process, from 0")]
    attempt: Annotated[int, Field(ge=1, le=2, description="2 where a gate flagged the first")]
    order: Annotated[Count, Field(description="place in the order of measuring over the run")]
    cpu_us: Annotated[
        Count | None,
        Field(description="CPU time over warm-up and samples; null: clock ticks too coarsely"),
    ]
    warmup_us: Annotated[tuple[Positive, ...], Field(description="rounds before the samples")]
    samples_us: Annotated[
        tuple[Positive, ...], Field(min_length=1, description="us for `loops` calls, in order")
    ]
    canary_us: Annotated[tuple[Positive, ...], Field(min_length=2, description="us, in order")]
    gates: Annotated[
        str, Field(pattern="^c?p?s?w?$", description="letters of the gates it does not pass")
    ]


class Problem(StrEnum):
    """Why a case has no trustworthy result at all."""

    RAISED = "raised"
    WRONG_OUTPUT = "wrong output"
    CRASHED = "crashed"
    KILLED = "killed from outside"


class Case(Record):
    """One thing that was timed, with all its samples.

    Its identity is id + parameters + source: equal identities measure the same thing.
    """

    id: Name
    kind: Name = Field(description="decode, encode, memcpy or read")
    codec: Name | None = Field(description="format/layout/decoder; null for memcpy")
    role: Literal["fast", "naive", "other", "peer"] | None = Field(
        description="why the codec is there; null for memcpy"
    )
    payload: Name
    size: Size = Field(description="size of the payload, in its own unit")
    batch: Size = Field(description="samples in the batch")
    source: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] = Field(
        description="half the SHA-256 of the source that runs in the timed region"
    )
    loops: Positive | None = Field(description="calls in a sample; null: never calibrated")
    encoded_bytes: Count | None = Field(description="bytes of the encoded batch")
    decoded_bytes: Positive = Field(description="bytes of the batch as arrays")
    problem: Problem | None
    blocks: tuple[Block, ...]

    @property
    def format(self) -> str | None:
        """The codec's format, such as `csv`; None without a codec."""
        return self.codec and format_of(self.codec)

    @property
    def layout(self) -> str | None:
        """The codec's layout, such as `csv/rows`; None where it names none."""
        return self.codec and layout_of(self.codec)

    @property
    def decoder(self) -> str | None:
        """The codec's decoder, such as `pandas`; None where it names none."""
        return self.codec and decoder_of(self.codec)

    @property
    def payload_kind(self) -> str:
        """The payload's kind, whatever its values: `tabular` for `tabular-sorted`."""
        return kind_of(self.payload)

    @model_validator(mode="after")
    def _blocks_fit_together(self) -> Case:
        seen: set[tuple[int, int, int]] = set()
        for index, block in enumerate(self.blocks):
            rounds = len(block.warmup_us) + len(block.samples_us)
            if len(block.canary_us) != rounds + 1:
                raise ValueError(
                    f"blocks[{index}]: {rounds} rounds have {rounds + 1} canaries beside them, "
                    f"not {len(block.canary_us)}"
                )
            slot = (block.process, block.window, block.attempt)
            if slot in seen:
                raise ValueError(f"blocks[{index}]: process, window and attempt occur twice")
            seen.add(slot)
        if self.blocks and self.loops is None:
            raise ValueError("blocks: times without the loops they were taken over")
        return self


class Run(Record):
    """How the run was asked for, and how far it came."""

    preset: Name
    processes: Several
    windows: Several = Field(description="windows of a case in a process")
    samples: Several = Field(description="samples of a window")
    warmup: Annotated[int, Field(ge=0, le=10_000)] = Field(description="warm-up rounds of a window")
    budget_s: Positive
    seed: Count = Field(description="of the random order")
    nonce: Line = Field(description="of the generated data; a course has its own")
    payloads: tuple[Name, ...] = Field(description="filter; empty: all")
    formats: tuple[Name, ...] = Field(description="filter; empty: all")
    codecs: tuple[Name, ...] = Field(description="filter; empty: all")
    sizes: tuple[Size, ...] = Field(description="in place of the preset's; empty: its own")
    batches: tuple[Size, ...] = Field(description="in place of the preset's; empty: its own")
    state: Literal["partial", "complete"]
    launches: Several = Field(description="1, and 1 more for each time it was resumed")
    elapsed_ns: Count = Field(description="wall time of measuring, over all launches")
    left_out: tuple[Name, ...] = Field(description="ids of cases left out for lack of time")


class DataRecord(Record):
    """The generated batch that cases of a payload were measured on."""

    payload: Name
    size: Size
    batch: Size
    sha256: Sha256


class LayoutRecord(Record):
    """A layout that cases use, and how it stands to the canonical one of its format."""

    layout: Name
    canonical: bool
    summary: Line
    detects: Name = Field(description="what it gives away when its bytes were damaged")


def _fact(reason: str, coarsening: str, **more: Any) -> Any:
    return Field(description=reason, json_schema_extra={"coarsening": coarsening}, **more)


class Machine(Record):
    """All that may be recorded of a machine: this list, and nothing else."""

    started: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}Z$")] = _fact(
        "tells this term's runs from last term's", "UTC, to the hour"
    )
    system: Line = _fact("timers, start methods and file systems differ", "name, no host")
    release: Line = _fact("schedulers and page caches change", "first two numbers")
    architecture: Line = _fact("x86-64 and Arm run different code", "as reported")
    cpu: Line = _fact("the single-core index that extrapolation needs", "model, no serial")
    cores_physical: Cores | Unavailable = _fact("contention", "a count")
    cores_logical: Cores = _fact("contention", "a count")
    cores_usable: Cores | Unavailable = _fact("affinity and container quotas hide cores", "a count")
    memory_gib: Annotated[int, Field(ge=1, le=1_000_000)] = _fact(
        "what fits the page cache", "whole GiB"
    )
    virtual: bool | Unavailable = _fact("a shared host is noisier", "yes or no")
    python: Line = _fact("the interpreter runs every loop", "version")
    libraries: dict[Name, Line] = _fact("the code that was measured", "name and version")


class Environment(Record):
    """What may disturb a run, looked at before and after it."""

    power: Literal["mains", "battery"] | Unavailable = _fact(
        "a laptop on battery is slower", "the source"
    )
    governor: Line | Unavailable = _fact("powersave is slower", "the name")
    throttled: Count | Unavailable = _fact("heat slows a core", "events since start-up")
    busy_percent: Annotated[int, Field(ge=0, le=100)] = _fact(
        "other programs take the cores", "whole percent, half a second"
    )
    quota_throttled: Count | Unavailable | None = _fact(
        "a quota of time stops all processes at once",
        "periods since the container's start",
        default=None,
    )


class Threads(Record):
    """Threads that each library may use inside a measuring process."""

    torch: Positive | Unavailable
    arrow: Positive
    omp: Positive


class Bundle(Record):
    """The one contract between measuring and explaining."""

    schema_name: Literal["data-factory/bundle"] = Field(alias="schema")
    schema_version: Literal[4]
    tool: Line = Field(description="version of the program that measured")
    rules_edition: Positive | None = Field(
        description="of the rules by which runs compare, raised where numbers or validity change, "
        "not with every version of the program; null: the run is older than these"
    )
    run: Run
    machine: Machine
    before: Environment
    after: Environment | None
    threads: Threads | None
    slowed_by: tuple[Line, ...] | None = Field(
        default=None,
        description="what slowed the measuring processes from outside, as each found of itself; "
        "null: the run is older than this",
    )
    storage: Storage | Unavailable | None = Field(
        default=None, description="null: not measured, as in runs of a selection"
    )
    pipeline: Pipeline | Unavailable | None = Field(
        default=None, description="null: not measured, as in runs of a selection"
    )
    learning: Learning | None = Field(
        default=None, description="null: nothing was trained; bench learning --add-to RUN does"
    )
    data: tuple[DataRecord, ...]
    layouts: tuple[LayoutRecord, ...]
    cases: tuple[Case, ...] = Field(description="by rank: the last are left out first")
    digest: Sha256

    @property
    def measured_storage(self) -> Storage | None:
        """What the disk gave; None where it was not read."""
        return None if isinstance(self.storage, str) else self.storage

    @property
    def why_no_storage(self) -> str | None:
        """`unavailable: reason` where the disk could not be read; else None."""
        return self.storage if isinstance(self.storage, str) else None

    @property
    def measured_pipeline(self) -> Pipeline | None:
        """The pipeline's record; None where it was not measured."""
        return None if isinstance(self.pipeline, str) else self.pipeline

    @property
    def measured_blocks(self) -> int:
        """How many blocks were measured, windows of the pipeline among them."""
        blocks = sum(len(case.blocks) for case in self.cases)
        pipeline = self.measured_pipeline
        windows = sum(len(c.windows) for c in pipeline.configurations) if pipeline else 0
        return blocks + windows

    @property
    def why_no_pipeline(self) -> str | None:
        """`unavailable: reason` where the pipeline could not be measured; else None."""
        return self.pipeline if isinstance(self.pipeline, str) else None

    @property
    def why_not_all(self) -> str | None:
        """Why the run does not compare all codecs with each other; None: it does."""
        if self.run.preset != "peers":
            return f"it is a run of the preset {self.run.preset}"
        if self.run.state != "complete" or self.run.left_out:
            return f"it is not complete: {len(self.run.left_out)} cases were left out"
        return None

    @model_validator(mode="after")
    def _cases_fit_the_run(self) -> Bundle:
        ids = [case.id for case in self.cases]
        if len(ids) != len(set(ids)):
            raise ValueError("cases: an id occurs twice")
        orders = [block.order for case in self.cases for block in case.blocks]
        if len(orders) != len(set(orders)):
            raise ValueError("cases: two blocks have the same order")
        for index, case in enumerate(self.cases):
            for place, block in enumerate(case.blocks):
                if block.process >= self.run.processes or block.window >= self.run.windows:
                    raise ValueError(
                        f"cases[{index}].blocks[{place}]: the run has {self.run.processes} "
                        f"processes of {self.run.windows} windows"
                    )
        return self
