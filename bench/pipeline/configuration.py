"""What an experiment runs: one configuration of the pipeline."""

from __future__ import annotations

import multiprocessing
from typing import Annotated, Any

from pydantic import Field, ValidationError

from bench.bundle.pipeline import Setup
from bench.errors import ConfigurationError
from bench.pipeline.storage import PLACES, place
from bench.presets import DEFAULT_NONCE
from bench.stages import WORKER_STAGES, Stage
from formats.errors import UnknownNameError
from formats.payloads import Payload, kind, payload
from formats.registry import DECODERS, FORMATS, LAYOUTS, decoder, fast
from hardware_profiles.catalogue import catalogue
from hardware_profiles.demand import PHASES, WAIT, phases
from hardware_profiles.errors import ProfileError

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


class Configuration(Setup):
    """One configuration, and how long it runs; `python -m bench experiment --help` explains it."""

    seconds: Annotated[
        float, Field(ge=0.1, le=600, description="of the steady window, at least")
    ] = 1.0
    deadline_ms: Annotated[
        float | None, Field(gt=0, allow_inf_nan=False, description="from batch to batch")
    ] = None
    endpoint_url: Annotated[
        str | None,
        Field(max_length=200, description="of an S3 server; null: as in the environment"),
    ] = None
    nonce: Annotated[str, Field(pattern=r"^[ -~]{1,80}$")] = DEFAULT_NONCE

    @property
    def data(self) -> Payload:
        """Return the payload at its size."""
        return payload(self.payload, self.size)

    @property
    def kind_name(self) -> str:
        """Return the payload's kind, whatever its values: tabular for tabular-sorted."""
        return self.payload.partition("-")[0]

    @property
    def samples(self) -> int:
        """Return how many samples a batch has."""
        return self.batch or kind(self.payload).usual[1]

    @property
    def items_a_sample(self) -> int:
        """Return how many of what the workload counts are in a sample."""
        return self.data.size if self.kind_name == "tokens" else 1

    @property
    def workload_name(self) -> str:
        """Return the workload's profile."""
        return self.workload or _USUAL_WORKLOADS[self.kind_name]

    @property
    def phase_name(self) -> str:
        """Return what the accelerator does."""
        return self.phase or phases(self.accelerator, self.workload_name)[0]

    @property
    def start_method(self) -> str:
        """Return how workers start: as this system does, where the storage allows it."""
        usual = multiprocessing.get_start_method(allow_none=False)
        if self.start or not is_place(self.storage):
            return self.start or usual
        allowed = place(self.storage, endpoint=self.endpoint_url).starts
        return usual if usual in allowed else allowed[0]

    @property
    def single_items(self) -> bool:
        """Whether workers are handed a sample at a time."""
        return self.items == "sample" and self.control is None

    def setup(self) -> Setup:
        """Return what a bundle records: everything that was left to what is usual is named."""
        found = {name: getattr(self, name) for name in Setup.model_fields}
        known = self.accelerator not in {NONE, *REAL} and not WAIT.fullmatch(self.accelerator)
        return Setup.model_validate(
            found
            | {
                "size": self.data.size,
                "codec": codec_of(self),
                # Whose bucket it is, is nobody's business.
                "storage": "s3" if self.storage.startswith("s3:") else self.storage,
                "batch": self.samples,
                "start": self.start_method,
                "workload": self.workload_name if self.accelerator != NONE else None,
                "phase": self.phase_name if known else None,
            }
        )


def configuration(fields: dict[str, Any]) -> Configuration:
    """Return a configuration, checked against what there is.

    Raises:
        ConfigurationError: each problem names its field and the choices there are.

    """
    try:
        found = Configuration.model_validate(fields)
    except ValidationError as error:
        raise ConfigurationError(*(_said(detail) for detail in error.errors())) from None
    problems = [text for check in _CHECKS if (text := check(found))]
    if problems:
        raise ConfigurationError(*problems)
    return found


def _said(detail: Any) -> str:
    field = ".".join(map(str, detail["loc"])) or "the configuration"
    if detail["type"] == "extra_forbidden":
        return (
            f"{field}: there is no such field; choose from {', '.join(Configuration.model_fields)}"
        )
    return f"{field}: {detail['msg']}, not {detail['input']!r:.80}"


def is_place(storage: str) -> bool:
    """Tell a real place from an emulated tier."""
    return storage.partition("://")[0] in PLACES


def codec_of(found: Setup) -> str:
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
    return fast(layout, payload(found.payload, found.size)).codec


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


def _storage(found: Configuration) -> str | None:
    if found.endpoint_url and not is_place(found.storage):
        return f"endpoint_url: {found.storage} takes none; leave it out"
    if not is_place(found.storage):
        return _profile(
            "storage", found.storage, "tiers", "disk, cold, tmpfs, s3://bucket/prefix, "
        )
    try:
        place(found.storage, endpoint=found.endpoint_url)
    except ConfigurationError as error:
        return error.problems[0]
    return None


def _workload(found: Configuration) -> str | None:
    if _payload(found):
        return None
    problem = _profile("workload", found.workload_name, "workloads", "")
    if problem:
        return problem
    wanted = catalogue()[found.workload_name].texts["payload"]
    if wanted != found.kind_name:
        return f"workload: {found.workload_name} takes {wanted}, not {found.payload}"
    return None


def _accelerator(found: Configuration) -> str | None:
    if _payload(found) or _workload(found):
        return None
    if found.accelerator in REAL:
        return _real(found)
    if found.accelerator == NONE or WAIT.fullmatch(found.accelerator):
        return "phase: only a device has one; choose an accelerator" if found.phase else None
    known = phases(found.accelerator, found.workload_name)
    if not known:
        tables = [table for table, *_ in PHASES.values()]
        names = [n for table in tables for n in catalogue()[found.workload_name].below(table)]
        return (
            f"accelerator: no step time of {found.workload_name} is known on "
            f"{found.accelerator!r}; choose from {', '.join(dict.fromkeys([NONE, *REAL, *names]))}"
            ", or a time to wait, such as 10ms"
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
    removed = found.remove in WORKER_STAGES
    if found.control and (found.storage != DISK or removed):
        return (
            "control: cached batches are read, decoded and transformed beforehand; leave out "
            "storage and remove"
        )
    if found.accelerator in REAL and found.remove == Stage.TRANSFORM:
        return "remove: a step that really runs needs transformed samples; choose another stage"
    return None


def _start(found: Configuration) -> str | None:
    known = multiprocessing.get_all_start_methods()
    if found.start and found.start not in known:
        return f"start: this system has {', '.join(known)}"
    if _storage(found) is None and is_place(found.storage) and found.workers and found.start:
        allowed = place(found.storage, endpoint=found.endpoint_url).starts
        if found.start not in allowed:
            return f"start: {found.storage} allows {', '.join(allowed)} only"
    return None


def _loader(found: Configuration) -> str | None:
    if found.persistent and (found.epoch is None or not found.workers):
        return "persistent: workers outlive an epoch; name how many batches one has, and workers"
    if found.pin and found.accelerator != "cuda":
        return "pin: pinned memory is for copies to a GPU; leave it out, or choose cuda"
    return None


_CHECKS = (_payload, _codec, _storage, _workload, _accelerator, _control, _start, _loader)
