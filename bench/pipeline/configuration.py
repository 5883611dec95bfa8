"""What an experiment runs: one configuration of the pipeline."""

from __future__ import annotations

import multiprocessing
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bench.errors import ConfigurationError
from bench.pipeline.accelerator import PHASES, phases
from formats.errors import UnknownNameError
from formats.payloads import Payload, payload
from formats.registry import DECODERS, FORMATS, LAYOUTS, decoder, fast
from hardware_profiles.catalogue import catalogue
from hardware_profiles.errors import ProfileError

STAGES = ("storage", "decode", "transform", "step")
"""What can be taken out of the pipeline, to see what it costs."""

DISK = "disk"
NONE = "none"
REAL = ("cpu", "cuda", "mps")
"""Devices on which a step really runs, where they are there."""

_LEAST_SIDE = 32
_USUAL_WORKLOADS = {
    "image": "resnet50",
    "tokens": "llama3_70b",
    "tabular": "dlrm",
    "audio": "keyword_spotter",
}


class Configuration(BaseModel):
    """One configuration; `python -m bench experiment --help` says it in words."""

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
    pin: Annotated[bool, Field(description="copy batches to pinned memory")] = False
    tier: Annotated[str, Field(description="disk: this one; or the profile of an emulated one")] = (
        DISK
    )
    workload: Annotated[str | None, Field(description="null: the payload's usual")] = None
    accelerator: Annotated[
        str,
        Field(description="none; cpu, cuda, mps: a real step; or the one that is emulated"),
    ] = NONE
    phase: Annotated[
        Literal["train", "serve"] | None,
        Field(description="what the accelerator does; null: train, where that is known"),
    ] = None
    accelerators: Annotated[int, Field(ge=1, le=100_000, description="how many share a feed")] = 1
    remove: Annotated[
        Literal["storage", "decode", "transform", "step"] | None,
        Field(description="the stage that is taken out"),
    ] = None
    control: Annotated[
        Literal["cached"] | None, Field(description="cached: replay batches made beforehand")
    ] = None
    seconds: Annotated[
        float, Field(ge=0.1, le=600, description="of the steady window, at least")
    ] = 1.0
    deadline_ms: Annotated[float | None, Field(gt=0, description="from batch to batch")] = None
    nonce: Annotated[str, Field(min_length=1, max_length=80)] = "self-study"

    @property
    def data(self) -> Payload:
        """Return the payload at its size."""
        return payload(self.payload, self.size)

    @property
    def samples(self) -> int:
        """Return how many samples a batch has."""
        from formats.payloads import kind

        return self.batch or kind(self.payload).usual[1]

    @property
    def workload_name(self) -> str:
        """Return the workload's profile."""
        return self.workload or _USUAL_WORKLOADS[self.payload.partition("-")[0]]

    @property
    def phase_name(self) -> str:
        """Return what the accelerator does."""
        return self.phase or phases(self.accelerator, self.workload_name)[0]

    @property
    def start_method(self) -> str:
        """Return how workers start."""
        return self.start or multiprocessing.get_start_method(allow_none=False)


def configuration(fields: dict[str, object]) -> Configuration:
    """Return a configuration, checked against what there is.

    Raises:
        ConfigurationError: each problem names its field and the choices there are.

    """
    try:
        found = Configuration.model_validate(fields)
    except ValidationError as error:
        raise ConfigurationError(
            *(
                f"{'.'.join(map(str, detail['loc'])) or 'the configuration'}: {detail['msg']}"
                + (f", not {detail['input']!r}" if detail["type"] != "extra_forbidden" else "")
                for detail in error.errors()
            )
        ) from None
    problems = [text for check in _CHECKS if (text := check(found))]
    if problems:
        raise ConfigurationError(*problems)
    return found


def codec_of(found: Configuration) -> str:
    """Return the codec's full name: the fastest of a layout, the canonical layout of a format.

    Raises:
        UnknownNameError: there is no such codec, layout or format.

    """
    parts = found.codec.count("/")
    if parts == 2:
        return decoder(found.codec).codec
    known = {layout.format: layout.id for layout in LAYOUTS.values() if layout.canonical}
    layout = found.codec if parts else known.get(found.codec)
    if layout not in LAYOUTS:
        raise UnknownNameError(
            f"no format, layout or codec is called {found.codec!r}; choose from "
            f"{', '.join([*FORMATS, *LAYOUTS])}, or from `python -m bench list`"
        )
    return fast(layout, found.data).codec


def _payload(found: Configuration) -> str | None:
    try:
        payload(found.payload, found.size)
    except UnknownNameError as error:
        return f"payload: {error}"
    return None


def _codec(found: Configuration) -> str | None:
    try:
        name = codec_of(found)
    except UnknownNameError as error:
        return f"codec: {error}" if _payload(found) is None else None
    layout = LAYOUTS[DECODERS[name].layout]
    return None if layout.fits(found.data) else f"codec: {layout.id} holds no {found.payload}"


def _profile(field: str, name: str, category: str, others: str) -> str | None:
    try:
        there = catalogue()[name].category == category
    except ProfileError:
        there = False
    if there:
        return None
    known = ", ".join(profile.name for profile in catalogue().of(category))
    return f"{field}: there is none called {name!r}; choose from {others}{known}"


def _tier(found: Configuration) -> str | None:
    return None if found.tier == DISK else _profile("tier", found.tier, "tiers", f"{DISK}, ")


def _workload(found: Configuration) -> str | None:
    if _payload(found):
        return None
    problem = _profile("workload", found.workload_name, "workloads", "")
    if problem:
        return problem
    wanted = catalogue()[found.workload_name].texts["payload"]
    if wanted != found.payload.partition("-")[0]:
        return f"workload: {found.workload_name} takes {wanted}, not {found.payload}"
    return None


def _accelerator(found: Configuration) -> str | None:
    if found.accelerator == NONE or _payload(found) or _workload(found):
        return None
    if found.accelerator in REAL:
        return _real(found)
    known = phases(found.accelerator, found.workload_name)
    if not known:
        tables = [table for table, *_ in PHASES.values()]
        names = [n for table in tables for n in catalogue()[found.workload_name].below(table)]
        return (
            f"accelerator: no step time of {found.workload_name} is known on "
            f"{found.accelerator!r}; choose from {', '.join(dict.fromkeys([NONE, *REAL, *names]))}"
        )
    if found.phase and found.phase not in known:
        return f"phase: {found.workload_name} on {found.accelerator} is known to {known[0]} only"
    return None


def _real(found: Configuration) -> str | None:
    """Return why a step cannot really be run."""
    if found.accelerators != 1:
        return f"accelerators: one {found.accelerator} really runs; more can be emulated"
    if found.phase == "serve":
        return "phase: what really runs is a training step; serving can be emulated"
    if found.workload_name != "resnet50" or found.data.size < _LEAST_SIDE:
        return (
            f"accelerator: on a real {found.accelerator}, one training step of resnet50 is run, on "
            f"images of {_LEAST_SIDE} pixels a side or more; choose one to emulate for others"
        )
    return None


def _control(found: Configuration) -> str | None:
    if found.control and (found.tier != DISK or found.remove in {"storage", "decode", "transform"}):
        return (
            "control: cached batches are read, decoded and transformed beforehand; leave out "
            "tier and remove"
        )
    if found.accelerator in REAL and found.remove == "transform":
        return "remove: a step that really runs needs transformed samples; choose another stage"
    return None


def _start(found: Configuration) -> str | None:
    known = multiprocessing.get_all_start_methods()
    return None if found.start_method in known else f"start: this system has {', '.join(known)}"


_CHECKS = (_payload, _codec, _tier, _workload, _accelerator, _control, _start)
