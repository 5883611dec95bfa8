"""What a process that runs the pipeline keeps between configurations: data sets, workers, device.

Configurations that need equal DataLoaders share its workers one after another, so that starting
them, which takes seconds where they are spawned, is paid once.
"""

from __future__ import annotations

import gc
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import psutil
import torch

from bench.bundle import scratch
from bench.bundle.setup import REAL_DEVICES, RECORDS, SINGLE_RECORDS
from bench.errors import ConfigurationError
from bench.pipeline.accelerator import Consumer, Emulator, NoAccelerator
from bench.pipeline.configuration import (
    DISK,
    NO_ACCELERATOR,
    Configuration,
    codec_of,
)
from bench.pipeline.dataset import Tail, Task
from bench.pipeline.dataset_files import DatasetFiles, write_dataset
from bench.pipeline.device import TrainingStep
from bench.pipeline.feed import Feed
from bench.pipeline.limits import check_memory
from bench.pipeline.loader_options import loader_options
from bench.pipeline.storage import is_real_storage, storage_backend
from bench.pipeline.storage.files import Tmpfs
from bench.pipeline.transform import TRANSFORMS, passed_bytes, size_in_bytes
from bench.pipeline.window import MeasuredWindow, least_batches, measure
from bench.stages import Stage
from bench.system.limits import usable_cores
from formats.registry import DECODERS
from formats.tensors import to_tensors
from hardware_profiles.demand import pass_s, waited_s
from hardware_profiles.numerals import counted
from hardware_profiles.service import Service, service

if TYPE_CHECKING:
    from pathlib import Path

    from bench.energy import Account
    from bench.pipeline.storage import StorageBackend

_MAX_STEP_S = 2.0
"""Longest step that is waited: a window of eight batches would take a quarter of a minute."""
_MAX_WAIT_S = 10.0
"""Longest wait for the requests of a batch."""
_MAX_COUNT = 2**53 - 1
"""Largest integer of a bundle: that of every JSON reader."""


class PipelineSession:
    """Runs one configuration after another. A context manager; its workers end with it."""

    def __init__(self, folder: Path, nonce: str, account: Account | None = None) -> None:
        """Start without data sets and workers.

        Args:
            folder: where data sets on disk and tasks are written; the caller removes it.
            nonce: what data sets are generated from.
            account: energy meters to read around each window; None: there are none.

        """
        self.folder = folder
        """Where data sets on disk and tasks are written."""
        self._nonce = nonce
        self._account = account
        self._datasets: dict[tuple[object, ...], DatasetFiles] = {}
        self._tasks = 0
        self._feed: Feed | None = None
        self._feed_stack = ExitStack()
        self._scratch_stack = ExitStack()
        self._consumer: tuple[tuple[object, ...], Consumer] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._end_feed()
        finally:
            with self._scratch_stack:
                for dataset in self._datasets.values():
                    for backend in dataset.backends:
                        backend.remove()

    def _end_feed(self) -> None:
        self._feed = None
        self._feed_stack.close()

    def measure(
        self, configuration: Configuration, kept: int = 100, canaries: int = 1
    ) -> dict[str, Any]:
        """Run a configuration until its steady window is full.

        Args:
            configuration: what to run.
            kept: how many batches to record one by one at most.
            canaries: how many to time before the window, and after it.

        Returns:
            window: the fields of `bench.bundle.Window`.
            facts: those fields of `bench.bundle.Configured` that describe a batch.
            left_over: see `MeasuredWindow`.
            cores_usable: how many cores this process may use.
            missed: number of batches later than the deadline; None: there is no deadline.

        Raises:
            ConfigurationError: this machine cannot run it.
            PipelineError: a worker broke; others are started for the next configuration.

        """
        check_memory(configuration)
        task = _task(configuration, self.dataset(configuration))
        consumer = self._consumer_for(configuration)
        self._tasks += 1
        task.save(self.folder, self._tasks)
        # The consumer has one thread, unless a step really runs on the CPU.
        cores = psutil.cpu_count(logical=False) or 1
        torch.set_num_threads(cores if configuration.accelerator == "cpu" else 1)
        feed, started_s = self._feed_for(configuration)
        try:
            measured = measure(
                feed,
                self._tasks,
                consumer,
                configuration.seconds,
                self._account,
                canaries=canaries,
                least=least_batches(configuration),
            )
        except BaseException:
            self._end_feed()
            raise
        timer, deadline_ms = measured.timer, configuration.deadline_ms
        window = timer.record(feed.batches_ahead, kept) | measured.around
        return {
            "window": window | _own_fields(configuration, consumer, window, started_s),
            "facts": _facts(configuration, task, consumer, measured),
            "left_over": measured.left_over,
            "cores_usable": usable_cores(),
            "missed": timer.count_later_than(deadline_ms) if deadline_ms else None,
        }

    def dataset(self, configuration: Configuration) -> DatasetFiles:
        """Return the data set of a configuration; it is written when first needed.

        Raises:
            ConfigurationError: the storage cannot take it.
            PipelineError: the storage broke.

        """
        threads, samples = configuration.threads, configuration.samples
        shape = (RECORDS * threads, samples // threads)
        if configuration.items == "sample" or samples == 1:
            shape = (SINGLE_RECORDS, 1)
        codec, data = codec_of(configuration), configuration.data
        endpoint = configuration.endpoint_url
        storage = configuration.storage if is_real_storage(configuration.storage) else DISK
        key = (
            configuration.payload, data.size, DECODERS[codec].layout, shape, storage, endpoint,
            configuration.shards,
        )  # fmt: skip
        if key not in self._datasets:
            places = [self._place(storage, endpoint) for _ in range(configuration.shards)]
            self._datasets[key] = write_dataset(places, data, codec, shape, self._nonce)
        return self._datasets[key]

    def _place(self, storage: str, endpoint: str | None) -> StorageBackend:
        """Return a new place for a file of a data set."""
        folder = self.folder if storage in {DISK, "cold"} else None
        backend = storage_backend(storage, folder=folder, endpoint=endpoint)
        if isinstance(backend, Tmpfs) and backend.parent.is_dir():
            # The run's side removes what lies in its folder; this is elsewhere.
            path = self._scratch_stack.enter_context(scratch(backend.parent))
            backend = replace(backend, key=path.name.removeprefix("."))
        return backend

    def _feed_for(self, configuration: Configuration) -> tuple[Feed, float | None]:
        """Return a running feed, and how many seconds its workers took to start, if they did."""
        options = loader_options(configuration)
        if self._feed and self._feed.options == options:
            return self._feed, None
        self._end_feed()
        # Forked workers inherit the heap, and their garbage collector would walk it.
        gc.collect()
        gc.freeze()
        feed = self._feed_stack.enter_context(Feed(options, self.folder))
        self._feed = feed
        return feed, feed.started_s

    def _consumer_for(self, configuration: Configuration) -> Consumer:
        key = (
            configuration.accelerator,
            configuration.accelerators,
            configuration.workload,
            configuration.phase,
            configuration.method,
            configuration.samples,
            configuration.payload,
            configuration.data.size,
            configuration.remove,
            configuration.transform,
        )
        if self._consumer is None or self._consumer[0] != key:
            self._consumer = (key, _consumer(configuration))
        return self._consumer[1]


def _own_fields(
    configuration: Configuration,
    consumer: Consumer,
    window: dict[str, Any],
    started_s: float | None,
) -> dict[str, Any]:
    """Return the fields of a window without the times of what this configuration does not do."""
    has_steps = not isinstance(consumer, NoAccelerator)
    has_copies = has_steps and configuration.accelerator in REAL_DEVICES
    return {
        "started_us": None if started_s is None else round(started_s * 1e6),
        "h2d": window["h2d"] if has_copies else None,
        "step": window["step"] if has_steps else None,
        "disk_bytes": window["disk_bytes"] if configuration.storage == "cold" else None,
        "stages": {
            name: times for name, times in window["stages"].items() if _runs(configuration, name)
        },
    }


def _runs(configuration: Configuration, stage: str) -> bool:
    """Whether a configuration has a stage."""
    return stage == Stage.IPC or (stage != configuration.remove and configuration.control is None)


def _facts(
    configuration: Configuration, task: Task, consumer: Consumer, measured: MeasuredWindow
) -> dict[str, Any]:
    """Return those fields of `bench.bundle.Configured` that describe a batch."""
    dataset, tensors = task.dataset, measured.first.tensors
    records = configuration.threads
    if configuration.items == "sample":
        records = configuration.samples
    encoded_bytes = round(dataset.encoded_bytes / dataset.records * records)
    step_s, flop = consumer.requested_step_s, consumer.flop_per_sample
    return {
        "encoded_bytes": encoded_bytes if _runs(configuration, Stage.STORAGE) else None,
        "decoded_bytes": configuration.data.sample_bytes * configuration.samples,
        "batch_tensor_bytes": size_in_bytes(tensors),
        "tensors": len(tensors),
        "requested_step_ns": round(step_s * 1e9) if step_s else None,
        "flop": _count(flop * configuration.samples if flop else None),
        "peak_flop_s": _count(consumer.peak_flop_s),
    }


def _count(value: float | None) -> int | None:
    """Return a number as a bundle's integer; None where it is unknown or too large."""
    return round(value) if value and value <= _MAX_COUNT else None


def _consumer(configuration: Configuration) -> Consumer:
    accelerator, accelerators = configuration.accelerator, configuration.accelerators
    if accelerator == NO_ACCELERATOR or configuration.remove == Stage.STEP:
        return NoAccelerator()
    if accelerator in REAL_DEVICES:
        left = TRANSFORMS[configuration.data.name][configuration.transform].device
        return TrainingStep(accelerator, configuration.samples, left)
    step_s = waited_s(accelerator)
    if step_s is not None:
        return Emulator(_checked_step_s(configuration, step_s / accelerators))
    demand = configuration.demand
    step_s = demand.step_s(configuration.samples) + _pass_s(configuration)
    step_s = _checked_step_s(configuration, step_s)
    return Emulator(step_s, demand.flop_per_sample, demand.peak_flop_s)


def _pass_s(configuration: Configuration) -> float:
    """Return how long emulated devices take for what is left to them of a batch's transform."""
    if configuration.transform != "device" or configuration.remove == Stage.TRANSFORM:
        return 0.0
    data = configuration.data
    sample = dict(to_tensors(data.generate(configuration.nonce, 1)))
    moved = configuration.samples * passed_bytes(data.name, configuration.transform, sample)
    return pass_s(configuration.accelerator, configuration.accelerators, moved)


def _checked_step_s(configuration: Configuration, step_s: float) -> float:
    if step_s > _MAX_STEP_S:
        raise ConfigurationError(
            f"batch: a step over {counted(configuration.samples, 'sample')} takes "
            f"{configuration.accelerators} x {configuration.accelerator} {step_s:.0f} s, longer "
            f"than the {_MAX_STEP_S:.0f} s that are emulated; use a smaller batch or more "
            "--accelerators"
        )
    return step_s


def _task(configuration: Configuration, dataset: DatasetFiles) -> Task:
    cached = 0
    if configuration.control:
        cached = configuration.samples if configuration.items == "sample" else 1
    return Task(
        dataset,
        (configuration.payload, configuration.data.size),
        codec_of(configuration),
        configuration.transform,
        _tier(configuration),
        configuration.remove,
        cached,
        Tail(configuration.tail, configuration.nonce),
        configuration.threads,
        1 if configuration.items == "sample" else configuration.samples,
    )


def _tier(configuration: Configuration) -> Service | None:
    """Return the storage tier to emulate; None: the storage is real."""
    if is_real_storage(configuration.storage):
        return None
    tier = service(configuration.storage)
    if why := tier.why_offline:
        raise ConfigurationError(f"storage: {configuration.storage} {why}; choose another")
    requests = configuration.samples if configuration.items == "sample" else 1
    if requests * tier.latency_s > _MAX_WAIT_S:
        raise ConfigurationError(
            f"items: {requests} requests a batch, each of {tier.latency_s:.3g} s, take "
            f"{requests * tier.latency_s:.0f} s; use --items batch or a smaller batch"
        )
    return tier
