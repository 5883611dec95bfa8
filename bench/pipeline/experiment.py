"""Run one configuration of the pipeline, really: files, workers, waits; and time it."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import tempfile
import time
from array import array
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import psutil
import torch

from bench.errors import ConfigurationError
from bench.pipeline.accelerator import Consumer, Emulator, Nothing, device
from bench.pipeline.configuration import DISK, NONE, REAL, Configuration, codec_of
from bench.pipeline.dataset import Batches, Cached, Emulated, one_batch
from bench.pipeline.feed import Feed
from bench.pipeline.outcome import Outcome, spread
from bench.pipeline.store import write_store
from hardware_profiles.catalogue import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.pipeline.store import Store

_LEAST_BATCHES = 8
_LEAST_ROUNDS = 4
"""Batches of several workers may come in bursts: so many of each are in the window at least."""
_PATIENCE = 20
"""So many times the window are waited for the least number of batches."""
_CACHED = 8
_LONGEST_STEP_S = 2.0
_LATE = 0.05
_STEP_OFF = 0.05
_OTHER_SIZE = 2.0
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux shares memory; looked at, not written
_MOST_LATENCY_S = 10.0


TIMED = ("storage", "decode", "transform", "handover")
"""Stages before the consumer has a batch; the last from when it is made and asked for."""


def _times() -> array[int]:
    return array("q")


@dataclass
class _Window:
    """What was timed, batch by batch, in ns; and what goes with it."""

    first_batch_s: float = 0.0
    cpu_s: dict[str, float] = field(default_factory=dict)
    waits: array[int] = field(default_factory=_times)
    transfers: array[int] = field(default_factory=_times)
    steps: array[int] = field(default_factory=_times)
    periods: array[int] = field(default_factory=_times)
    stages: dict[str, array[int]] = field(default_factory=lambda: {n: _times() for n in TIMED})
    late: int = 0
    ready: int = 0
    stock: bool = False


def run(found: Configuration) -> Outcome:
    """Run a configuration until its steady window is full.

    Raises:
        ConfigurationError: this machine cannot run it so.
        PipelineError: a worker broke.

    """
    _check_memory(found)
    # The consumer has one thread, but for a step that really runs on the CPU.
    if found.accelerator != "cpu":
        torch.set_num_threads(1)
    consumer = _consumer(found)
    if found.sharing:
        torch.multiprocessing.set_sharing_strategy(found.sharing)
    codec = codec_of(found)
    with tempfile.TemporaryDirectory(prefix="data-factory-") as folder:
        samples = found.samples if found.items == "batch" else 1
        store = write_store(Path(folder), found.data, codec, samples, found.nonce)
        dataset = _dataset(found, store, codec)
        with closing(dataset), Feed(found, dataset) as feed:
            return _measure(found, codec, store, consumer, feed)


def _consumer(found: Configuration) -> Consumer:
    if found.accelerator == NONE or found.remove == "step":
        return Nothing()
    if found.accelerator in REAL:
        from bench.pipeline.device import TrainingStep

        return TrainingStep(found.accelerator, found.samples)
    items = found.data.size if found.payload.partition("-")[0] == "tokens" else 1
    known = device(
        found.accelerator, found.accelerators, found.workload_name, found.phase_name, items
    )
    step_s = known.step_s(found.samples)
    if step_s > _LONGEST_STEP_S:
        raise ConfigurationError(
            f"batch: a step over {found.samples} samples takes {found.accelerators} x "
            f"{found.accelerator} {step_s:.0f} s, which would be waited; use a smaller batch or "
            "more --accelerators"
        )
    return Emulator(step_s, known.flop_per_sample, known.peak_flop_s)


def _tier(found: Configuration) -> Emulated | None:
    if found.tier == DISK:
        return None
    profile = catalogue()[found.tier]
    latency_s = profile["latency"].to("s").value
    if latency_s > _MOST_LATENCY_S:
        raise ConfigurationError(
            f"tier: {found.tier} answers after {profile['latency'].text()}: data is restored from "
            "it first; choose another"
        )
    requests_a_batch = found.samples if found.items == "sample" else 1
    if requests_a_batch * latency_s > _MOST_LATENCY_S:
        raise ConfigurationError(
            f"items: {requests_a_batch} requests a batch, each of {profile['latency'].text()}, "
            f"take {requests_a_batch * latency_s:.0f} s; hand over batches, or smaller ones"
        )
    requests = profile.get("random_read")
    return Emulated(
        profile["read"].to("B/s").value,
        latency_s,
        requests.to("IO/s").value if requests else None,
        shared=profile.texts["kind"] != "object",
    )


def _dataset(found: Configuration, store: Store, codec: str) -> Any:
    context = multiprocessing.get_context(found.start_method)
    dataset = Batches(
        store,
        found.payload,
        found.data.size,
        codec,
        tier=_tier(found),
        context=context,
        remove=found.remove,
    )
    if found.control is None:
        return dataset
    fast = Batches(
        store, found.payload, found.data.size, codec, tier=None, context=context, remove=None
    )
    with closing(fast):
        if found.items == "batch":
            return Cached([fast[i] for i in range(_CACHED)])
        starts = range(0, _CACHED * found.samples, found.samples)
        return Cached([one_batch([fast[s + i] for i in range(found.samples)]) for s in starts])


def _measure(
    found: Configuration,
    codec: str,
    store: Store,
    consumer: Consumer,
    feed: Feed,
) -> Outcome:
    start = time.perf_counter()
    feed.next()
    first_batch_s = time.perf_counter() - start
    # What was made ahead while nothing consumed it is no steady state, nor is a first step.
    patience = time.perf_counter() + _PATIENCE * found.seconds
    for _ in range(1 + found.prefetch * found.workers):
        consumer.consume(feed.next().tensors)
        if time.perf_counter() > patience:
            stock = True
            break
    else:
        stock = False
    cpu_before = _cpu_s()
    window = _window(found, consumer, feed)
    cpu_s = {name: seconds - cpu_before.get(name, 0.0) for name, seconds in _cpu_s().items()}
    window.first_batch_s, window.cpu_s, window.stock = first_batch_s, cpu_s, stock
    return _outcome(found, codec, store, consumer, window)


def _window(found: Configuration, consumer: Consumer, feed: Feed) -> _Window:
    window = _Window()
    least = _least(found)
    start = last = time.perf_counter_ns()
    while True:
        asked = time.perf_counter_ns()
        item = feed.next()
        got = time.perf_counter_ns()
        transfer, step = consumer.consume(item.tensors)
        window.transfers.append(transfer)
        window.steps.append(step)
        now = time.perf_counter_ns()
        window.waits.append(got - asked)
        window.periods.append(now - last)
        # Not the item: to keep tensors would keep their memory.
        stamps = item.stamps
        spent = (stamps.storage, stamps.decode, stamps.transform, got - max(asked, stamps.done))
        for name, taken in zip(TIMED, spent, strict=True):
            window.stages[name].append(taken)
        window.late += stamps.late
        window.ready += stamps.done <= asked
        last = now
        seconds = (now - start) / 1e9
        enough = len(window.waits) >= least
        if seconds >= found.seconds and (enough or seconds >= _PATIENCE * found.seconds):
            return window


def _least(found: Configuration) -> int:
    """Return how many batches a window is to have."""
    return max(_LEAST_BATCHES, _LEAST_ROUNDS * found.workers)


def _cpu_s() -> dict[str, float]:
    """Return the CPU time that this process and its workers have taken."""
    taken: dict[str, float] = {}
    for name, processes in (
        ("consumer", [psutil.Process()]),
        ("workers", psutil.Process().children(recursive=True)),
    ):
        taken[name] = 0.0
        for process in processes:
            try:
                times = process.cpu_times()
            except psutil.Error:
                continue
            taken[name] += times.user + times.system
    return taken


def _outcome(
    found: Configuration,
    codec: str,
    store: Store,
    consumer: Consumer,
    window: _Window,
) -> Outcome:
    steps = not isinstance(consumer, Nothing)
    count = len(window.periods)
    total_ns = sum(window.periods)
    samples_per_s = count * found.samples / (total_ns / 1e9)
    busy = sum(window.steps) / total_ns if steps else None
    late_share = window.late / count
    encoded = (
        store.encoded_bytes / store.records / (1 if found.items == "sample" else found.samples)
    )
    reads = found.remove != "storage" and found.control is None
    mfu = None
    if consumer.flop_per_sample and consumer.peak_flop_s:
        mfu = samples_per_s * consumer.flop_per_sample / consumer.peak_flop_s
    deadline_ns = found.deadline_ms * 1e6 if found.deadline_ms else None
    return Outcome(
        configuration=found,
        codec=codec,
        batches=count,
        seconds=total_ns / 1e9,
        samples_per_s=samples_per_s,
        encoded_bytes_per_s=samples_per_s * encoded if reads else None,
        decoded_bytes_per_s=samples_per_s * found.data.sample_bytes,
        feeding_tax=None if busy is None else 1 - busy,
        gpu_busy=busy,
        mfu=mfu,
        missed_deadlines=(
            sum(period > deadline_ns for period in window.periods) / count if deadline_ns else None
        ),
        period_us=spread(window.periods),
        wait_us=spread(window.waits),
        transfer_us=spread(window.transfers) if found.accelerator in REAL and steps else None,
        step_us=spread(window.steps) if steps else None,
        asked_step_us=consumer.asked_s * 1e6 if consumer.asked_s else None,
        stages_us={
            name: spread(times)
            for name, times in window.stages.items()
            if name != found.remove and (found.control is None or name == "handover")
        },
        ready_share=window.ready / count,
        first_batch_s=window.first_batch_s,
        cpu_s=window.cpu_s,
        late_share=late_share,
        warnings=tuple(_warnings(found, consumer, window)),
    )


def _warnings(found: Configuration, consumer: Consumer, window: _Window) -> Iterator[str]:
    """Yield what one must know to read the outcome right."""
    count = len(window.periods)
    if count < _least(found):
        yield f"only {count} batches came in {sum(window.periods) / 1e9:.0f} s; take more --seconds"
    if window.stock:
        yield "batches made ahead were not all consumed: no steady state; take fewer --prefetch"
    if window.late > _LATE * count:
        yield (
            f"this disk was slower than {found.tier} for {window.late / count:.0%} of the batches: "
            "the rates are the disk's, not the tier's"
        )
    if consumer.asked_s:
        took_s = fmean(window.steps) / 1e9
        if abs(took_s / consumer.asked_s - 1) > _STEP_OFF:
            yield (
                f"a step of {consumer.asked_s * 1e3:.3g} ms was asked for, {took_s * 1e3:.3g} ms "
                "elapsed: the machine is too busy, or no sleep is so short; fewer workers or a "
                "larger batch help"
            )
        yield from _other_samples(found)
    cores = os.cpu_count() or 1
    if found.workers > cores:
        yield f"{found.workers} workers share {cores} cores"


def _other_samples(found: Configuration) -> Iterator[str]:
    """Yield a warning where a sample is not what the workload's step was measured on."""
    ours = found.data.sample_bytes
    records = catalogue()[found.workload_name].below("record").values()
    per_token = found.data.size if found.payload.partition("-")[0] == "tokens" else 1
    sizes = sorted(r.to("B/token" if "token" in str(r.unit) else "B/sample").value for r in records)
    least, most = sizes[0] * per_token, sizes[-1] * per_token
    if not least / _OTHER_SIZE < ours < most * _OTHER_SIZE:
        yield (
            f"a sample has {ours:,} B here, one of {found.workload_name} {least:,.0f} to "
            f"{most:,.0f} B: the step is of its samples, storage and decode of ours; --size sets it"
        )


def _check_memory(found: Configuration) -> None:
    """Refuse what would not fit, before anything is started.

    Raises:
        ConfigurationError: it says how much is needed and how much there is.

    """
    batch = found.data.sample_bytes * found.samples * 4  # a transform makes floats of bytes
    ahead = found.workers * found.prefetch + 2
    need = batch * (ahead + _CACHED)
    free = psutil.virtual_memory().available
    if need > free // 2:
        raise ConfigurationError(
            f"batch: {ahead + _CACHED} batches of {found.samples} samples take {need / 1e9:.1f} "
            f"GB, and {free / 1e9:.1f} GB are free; use a smaller batch or size"
        )
    if found.workers and _SHARED_MEMORY.is_dir():
        shared = shutil.disk_usage(_SHARED_MEMORY).free
        if batch * ahead > shared:
            raise ConfigurationError(
                f"workers: {ahead} batches in flight take {batch * ahead / 1e6:.0f} MB of shared "
                f"memory, and {_SHARED_MEMORY} has {shared / 1e6:.0f} MB; use a smaller batch, "
                "fewer workers or --prefetch 1, or give the container more (--shm-size)"
            )
