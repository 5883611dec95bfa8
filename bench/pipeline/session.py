"""What a process that runs the pipeline keeps between configurations: data sets, workers, device.

Configurations that need the same DataLoader share its workers one after another, so that starting
them, seconds where they are spawned, is paid once.
"""

from __future__ import annotations

import gc
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

import psutil
import torch

from bench.errors import ConfigurationError
from bench.pipeline.accelerator import Consumer, Emulator, Nothing
from bench.pipeline.configuration import NONE, REAL, Configuration, codec_of, is_place
from bench.pipeline.dataset import Task
from bench.pipeline.dataset_files import Store, write_store
from bench.pipeline.feed import Feed
from bench.pipeline.limits import check_memory
from bench.pipeline.loader_options import shape
from bench.pipeline.storage import place
from bench.pipeline.window import measure
from bench.stages import Stage
from formats.registry import DECODERS
from hardware_profiles.demand import device, waited_s
from hardware_profiles.service import Service, service

if TYPE_CHECKING:
    from pathlib import Path

    from bench.energy import Account

_LONGEST_STEP_S = 2.0
_MOST_LATENCY_S = 10.0
_MOST = 2**53 - 1


class Session:
    """Runs one configuration after another. A context manager; its workers end with it."""

    def __init__(self, folder: Path, nonce: str, account: Account | None = None) -> None:
        """Lay data sets in a folder, which is the caller's to remove."""
        self._folder = folder
        self._nonce = nonce
        self._account = account
        self._stores: dict[tuple[object, ...], Store] = {}
        self._tasks = 0
        self._running: Feed | None = None
        self._feed = ExitStack()
        self._consumer: tuple[tuple[object, ...], Consumer] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._stop()
        finally:
            for store in self._stores.values():
                store.place.remove()

    def _stop(self) -> None:
        self._running = None
        self._feed.close()

    def measure(self, found: Configuration, kept: int = 100) -> dict[str, Any]:
        """Run a configuration until its steady window is full.

        Returns a window and a batch's facts as `bench.bundle` has them; for left_over see
        `window.Measured`; missed is how many batches came later than the deadline.

        Raises:
            ConfigurationError: this machine cannot run it so.
            PipelineError: a worker broke; others are started for the next configuration.

        """
        check_memory(found)
        task = _task(found, self.store(found))
        consumer = self._consumer_of(found)
        self._tasks += 1
        task.save(self._folder, self._tasks)
        # The consumer has one thread, but for a step that really runs on the CPU.
        cores = psutil.cpu_count(logical=False) or 1
        torch.set_num_threads(cores if found.accelerator == "cpu" else 1)
        feed, started_s = self._feed_of(found)
        try:
            watch, around, first, left_over = measure(
                feed, self._tasks, consumer, found.seconds, self._account
            )
        except BaseException:
            self._stop()
            raise
        steps, real = not isinstance(consumer, Nothing), found.accelerator in REAL
        reads = found.remove != Stage.STORAGE and found.control is None
        window = watch.record(feed.ahead, kept) | around
        window |= {
            "started_us": None if started_s is None else round(started_s * 1e6),
            "h2d": window["h2d"] if steps and real else None,
            "step": window["step"] if steps else None,
            "disk_bytes": window["disk_bytes"] if found.storage == "cold" else None,
            "stages": {name: t for name, t in window["stages"].items() if _runs(found, name)},
        }
        store = task.store
        each = found.samples if found.items == "sample" else 1
        flop = consumer.flop_per_sample
        facts = {
            "encoded_bytes": round(store.encoded_bytes / store.records * each) if reads else None,
            "decoded_bytes": found.data.sample_bytes * found.samples,
            "batch_tensor_bytes": sum(t.numel() * t.element_size() for t in first.tensors.values()),
            "tensors": len(first.tensors),
            "requested_step_ns": round(consumer.asked_s * 1e9) if consumer.asked_s else None,
            "flop": _count(flop * found.samples if flop else None),
            "peak_flop_s": _count(consumer.peak_flop_s),
        }
        missed = watch.later_than(found.deadline_ms) if found.deadline_ms else None
        return {"window": window, "facts": facts, "left_over": left_over, "missed": missed}

    def store(self, found: Configuration) -> Store:
        """Return the data set of a configuration, written where it is not yet there."""
        samples = 1 if found.items == "sample" else found.samples
        layout = DECODERS[codec_of(found)].layout
        where = found.storage if is_place(found.storage) else "disk"
        key = (found.payload, found.data.size, layout, samples, where, found.endpoint_url)
        if key not in self._stores:
            folder = self._folder if where in {"disk", "cold"} else None
            new = place(where, folder=folder, endpoint=found.endpoint_url)
            self._stores[key] = write_store(new, found.data, codec_of(found), samples, self._nonce)
        return self._stores[key]

    def _feed_of(self, found: Configuration) -> tuple[Feed, float | None]:
        """Return a loader for a configuration, and how long it took to start, if it did."""
        wanted = shape(found)
        if self._running and self._running.shape == wanted:
            return self._running, None
        self._stop()
        # Workers that are forked inherit the heap, and their collector would walk it.
        gc.collect()
        gc.freeze()
        feed = self._feed.enter_context(Feed(wanted, self._folder))
        self._running = feed
        return feed, feed.started_s

    def _consumer_of(self, found: Configuration) -> Consumer:
        key = (
            found.accelerator, found.accelerators, found.workload, found.phase, found.samples,
            found.payload, found.data.size, found.remove == Stage.STEP,
        )  # fmt: skip
        if self._consumer is None or self._consumer[0] != key:
            self._consumer = (key, _consumer(found))
        return self._consumer[1]


def _count(value: float | None) -> int | None:
    """Return a number as a bundle can hold it, None where it cannot."""
    return round(value) if value and value <= _MOST else None


def _runs(found: Configuration, stage: str) -> bool:
    return stage == Stage.IPC or (stage != found.remove and found.control is None)


def _consumer(found: Configuration) -> Consumer:
    if found.accelerator == NONE or found.remove == Stage.STEP:
        return Nothing()
    if found.accelerator in REAL:
        from bench.pipeline.device import TrainingStep

        return TrainingStep(found.accelerator, found.samples)
    step_s = waited_s(found.accelerator)
    if step_s is not None:
        return Emulator(_not_too_long(found, step_s / found.accelerators))
    known = device(
        found.accelerator,
        found.accelerators,
        found.workload_name,
        found.phase_name,
        found.items_a_sample,
    )
    step_s = _not_too_long(found, known.step_s(found.samples))
    return Emulator(step_s, known.flop_per_sample, known.peak_flop_s)


def _not_too_long(found: Configuration, step_s: float) -> float:
    if step_s > _LONGEST_STEP_S:
        raise ConfigurationError(
            f"batch: a step over {found.samples} samples takes {found.accelerators} x "
            f"{found.accelerator} {step_s:.0f} s, which would be waited; use a smaller batch or "
            "more --accelerators"
        )
    return step_s


def _task(found: Configuration, store: Store) -> Task:
    cached = 0
    if found.control:
        cached = found.samples if found.items == "sample" else 1
    return Task(
        store,
        (found.payload, found.data.size),
        codec_of(found),
        _tier(found),
        found.remove,
        cached,
    )


def _tier(found: Configuration) -> Service | None:
    if is_place(found.storage):
        return None
    tier = service(found.storage)
    if tier.latency_s > _MOST_LATENCY_S:
        raise ConfigurationError(
            f"storage: {found.storage} answers after {tier.latency_s / 3600:.1f} h: data is "
            "restored from it first; choose another"
        )
    requests_a_batch = found.samples if found.items == "sample" else 1
    if requests_a_batch * tier.latency_s > _MOST_LATENCY_S:
        raise ConfigurationError(
            f"items: {requests_a_batch} requests a batch, each of {tier.latency_s:.3g} s, "
            f"take {requests_a_batch * tier.latency_s:.0f} s; hand over batches, or smaller ones"
        )
    return tier
