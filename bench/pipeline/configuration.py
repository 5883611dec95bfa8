"""A configuration of the pipeline, checked against what there is to choose from."""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, ValidationError

from bench.bundle.setup import REAL_DEVICES, RECORDS, SINGLE_RECORDS, Setup
from bench.errors import ConfigurationError
from bench.pipeline.storage import is_real_storage, storage_backend
from bench.presets import DEFAULT_NONCE
from bench.stages import WORKER_STAGES, Stage
from formats.errors import UnknownNameError
from formats.payloads import Payload, kind, payload
from formats.registry import DECODERS, FORMATS, LAYOUTS, decoder, fast
from hardware_profiles.catalogue import catalogue
from hardware_profiles.demand import (
    Demand,
    demand,
    pass_s,
    usual_method,
    usual_size,
    usual_workload,
    waited_s,
)
from hardware_profiles.errors import ProfileError
from hardware_profiles.methods import METHODS
from hardware_profiles.problems import sentence

if TYPE_CHECKING:
    from hardware_profiles.catalogue import Profile

DISK = "disk"
NO_ACCELERATOR = "none"

_MIN_SIDE = 32
"""Pixels a side below which ResNet-50 has nothing left to convolve: it halves them five times."""


class Configuration(Setup):
    """A configuration, and how long it runs; `python -m bench experiment --help` explains it."""

    seconds: Annotated[
        float, Field(ge=0.1, le=600, description="of the steady window, at least")
    ] = 1.0
    deadline_ms: Annotated[
        float | None, Field(ge=0.001, le=600_000, description="from batch to batch")
    ] = None
    endpoint_url: Annotated[
        str | None,
        Field(max_length=200, description="of an S3 server; null: as in the environment"),
    ] = None
    nonce: Annotated[str, Field(pattern=r"^[ -~]{1,80}$")] = DEFAULT_NONCE

    @property
    def data(self) -> Payload:
        """Return the payload at its size: by default that of what an emulated device consumes."""
        size = self.size
        if size is None:
            size = usual_size(self.payload_kind, self.workload, self.accelerator)
        return payload(self.payload, size)

    @property
    def samples(self) -> int:
        """Return the number of samples in a batch."""
        return self.batch or kind(self.payload).usual[1]

    @property
    def workload_profile(self) -> Profile:
        """Return what consumes the samples."""
        return usual_workload(self.payload_kind, self.workload)

    @property
    def demand(self) -> Demand:
        """Return what the emulated devices ask of the feed."""
        workload = self.workload_profile
        method = usual_method(self.accelerator, workload, self.phase, self.method)
        return demand(self.accelerator, self.accelerators, workload, method, self.data.size)

    @property
    def start_method(self) -> str:
        """Return the start method of workers: the system's default if the storage allows it."""
        default = multiprocessing.get_start_method(allow_none=False)
        if self.start or not is_real_storage(self.storage):
            return self.start or default
        allowed = storage_backend(self.storage, endpoint=self.endpoint_url).start_methods
        return default if default in allowed else allowed[0]

    @property
    def loads_single_samples(self) -> bool:
        """Whether workers load a sample at a time, which the DataLoader collates to batches."""
        return self.items == "sample" and self.control is None

    def setup(self) -> Setup:
        """Return what a bundle records: the configuration with all defaults filled in."""
        values = {name: getattr(self, name) for name in Setup.model_fields}
        method = self.demand.method if self.is_emulated_device else None
        has_workload = self.accelerator != NO_ACCELERATOR
        return Setup.model_validate(
            values
            | {
                "size": self.data.size,
                "codec": codec_of(self),
                # The name of a bucket is private.
                "storage": "s3" if self.storage.startswith("s3:") else self.storage,
                "batch": self.samples,
                "start": self.start_method,
                "workload": self.workload_profile.name if has_workload else None,
                "phase": METHODS[method].phase if method else None,
                "method": method,
            }
        )


def configuration(fields: dict[str, Any]) -> Configuration:
    """Return a configuration of some fields; the others have their defaults.

    Raises:
        ConfigurationError: each problem names its field and the choices.

    """
    try:
        result = Configuration.model_validate(fields)
    except ValidationError as error:
        raise ConfigurationError(*(_message(detail) for detail in error.errors())) from None
    problems = [problem for check in _CHECKS if (problem := check(result))]
    if problems:
        raise ConfigurationError(*problems)
    return result


def _message(detail: Any) -> str:
    """Return pydantic's finding as a sentence that names the field."""
    field = ".".join(map(str, detail["loc"])) or "the configuration"
    if detail["type"] == "extra_forbidden":
        return (
            f"{field}: there is no such field; choose from {', '.join(Configuration.model_fields)}"
        )
    return f"{field}: {sentence(detail)}, not {detail['input']!r:.80}"


def codec_of(setup: Setup) -> str:
    """Return the codec's full name: a format's canonical layout, a layout's fastest decoder.

    Raises:
        UnknownNameError: there is no such codec, layout or format.

    """
    separators = setup.codec.count("/")
    if separators == 2:
        return decoder(setup.codec).codec
    canonical = {layout.format: layout.id for layout in LAYOUTS.values() if layout.canonical}
    layout = setup.codec if separators else canonical.get(setup.codec)
    if layout not in LAYOUTS:
        raise UnknownNameError(
            f"no format, layout or codec is called {setup.codec!r}; choose from "
            f"{', '.join([*FORMATS, *LAYOUTS])}, or from `python -m bench list`"
        )
    return fast(layout, payload(setup.payload, setup.size)).codec


# Each check returns a problem, or None.


def _payload(configuration: Configuration) -> str | None:
    try:
        payload(configuration.payload, configuration.size)
    except UnknownNameError as error:
        return f"payload: {error}"
    return None


def _codec(configuration: Configuration) -> str | None:
    try:
        name = codec_of(configuration)
    except UnknownNameError as error:
        return f"codec: {error}" if _payload(configuration) is None else None
    layout = LAYOUTS[DECODERS[name].layout]
    if _workload(configuration) or layout.fits(configuration.data):
        return None
    return f"codec: {layout.id} holds no {configuration.payload}"


def _profile(field: str, name: str, category: str, other_choices: str) -> str | None:
    try:
        known = catalogue()[name].category == category
    except ProfileError:
        known = False
    if known:
        return None
    names = ", ".join(profile.name for profile in catalogue().of(category))
    return f"{field}: there is none called {name!r}; choose from {other_choices}{names}"


def _storage(configuration: Configuration) -> str | None:
    storage, endpoint = configuration.storage, configuration.endpoint_url
    if endpoint and not is_real_storage(storage):
        return f"endpoint_url: {storage} takes none; leave it out"
    if not is_real_storage(storage):
        return _profile("storage", storage, "tiers", "disk, cold, tmpfs, s3://bucket/prefix, ")
    try:
        storage_backend(storage, endpoint=endpoint)
    except ConfigurationError as error:
        return error.problems[0]
    return None


def _workload(configuration: Configuration) -> str | None:
    if _payload(configuration):
        return None
    try:
        usual_workload(configuration.payload_kind, configuration.workload)
    except ProfileError as error:
        return str(error)
    return None


def _accelerator(configuration: Configuration) -> str | None:
    if _payload(configuration) or _workload(configuration):
        return None
    if configuration.accelerator in REAL_DEVICES:
        return _real_device(configuration)
    try:
        waited_s(configuration.accelerator)
        if configuration.is_emulated_device:
            configuration.demand  # noqa: B018 - it is worked out where all is known
            return None
    except ProfileError as error:
        return str(error)
    for field in ("phase", "method"):
        if getattr(configuration, field):
            return f"{field}: only an emulated device has one; choose an accelerator, such as h100"
    return None


def _real_device(configuration: Configuration) -> str | None:
    device = configuration.accelerator
    if configuration.accelerators != 1:
        return f"accelerators: one {device} really runs; more can be emulated"
    if configuration.phase == "serve":
        return "phase: what really runs is a training step; serving can be emulated"
    if configuration.method:
        return "method: what really runs is measured; leave it out, or emulate a device"
    if configuration.workload_profile.name != "resnet50" or configuration.data.size < _MIN_SIDE:
        return (
            f"accelerator: a real {device} runs training steps of resnet50, on images of "
            f"{_MIN_SIDE} pixels a side or more; choose one to emulate for others"
        )
    return None


def _control(configuration: Configuration) -> str | None:
    removes_worker_stage = configuration.remove in WORKER_STAGES
    if configuration.control and (configuration.storage != DISK or removes_worker_stage):
        return (
            "control: cached batches are read, decoded and transformed in advance; leave out "
            "storage and remove"
        )
    if configuration.control and configuration.tail != 1:
        return "tail: cached batches are made in advance, slow ones too; leave out control or tail"
    if configuration.accelerator in REAL_DEVICES and configuration.remove == Stage.TRANSFORM:
        return "remove: a step that really runs needs transformed samples; choose another stage"
    return None


def _transform(configuration: Configuration) -> str | None:
    if configuration.transform != "device" or _payload(configuration):
        return None
    if configuration.accelerator == NO_ACCELERATOR:
        return "transform: there is no device to leave it to; choose an accelerator, or fused"
    if not configuration.is_emulated_device:
        return None
    try:
        pass_s(configuration.accelerator, configuration.accelerators, 1)
    except ProfileError as error:
        return str(error)
    return None


def _reading(configuration: Configuration) -> str | None:
    single = configuration.items == "sample"
    records = SINGLE_RECORDS if single else RECORDS
    if configuration.shards > records:
        return f"shards: a data set of such records has {records}; choose no more files than that"
    threads = configuration.threads
    if threads == 1 or _payload(configuration):
        return None
    if single or configuration.control or configuration.tail != 1:
        return "threads: they share a whole batch; leave out items, control and tail"
    if configuration.samples % threads:
        return f"threads: {threads} are to have equal parts of {configuration.samples} samples"
    return None


def _start(configuration: Configuration) -> str | None:
    known = multiprocessing.get_all_start_methods()
    if configuration.start and configuration.start not in known:
        return f"start: this system has {', '.join(known)}"
    if not configuration.workers or not configuration.start:
        return None
    storage = configuration.storage
    if _storage(configuration) is None and is_real_storage(storage):
        allowed = storage_backend(storage, endpoint=configuration.endpoint_url).start_methods
        if configuration.start not in allowed:
            return f"start: {storage} allows {', '.join(allowed)} only"
    return None


def _loader(configuration: Configuration) -> str | None:
    if configuration.persistent and (configuration.epoch is None or not configuration.workers):
        return "persistent: workers outlive an epoch; set how many batches one has, and workers"
    if configuration.pin and configuration.accelerator != "cuda":
        return "pin: pinned memory is for copies to a GPU; leave it out, or choose cuda"
    return None


_CHECKS = (
    _payload,
    _codec,
    _storage,
    _workload,
    _accelerator,
    _control,
    _transform,
    _reading,
    _start,
    _loader,
)
