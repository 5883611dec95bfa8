"""What each stage of the pipeline gave when it was measured alone, as tables."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING, TypeAlias

from analysis.document import Column, Row, Section, Table
from analysis.document.numbers import binary_size, plain, words
from bench.bundle import WORKER_STAGES, Setup

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.bundle import Contention, Isolated, Pipeline, Times

_Measured: TypeAlias = dict[tuple[str, ...], list[list[float | None]]]
"""By what was measured, a list of values for each pass of the run."""


def section(pipeline: Pipeline) -> Section | None:
    """Return a table for each stage, medians over the passes; None: none was measured."""
    tables = tuple(table for make in _TABLES if (table := make(pipeline)).rows)
    return Section("Stages alone", tables, detail=True, page_only=True) if tables else None


def _batch(record: Isolated | Contention) -> str:
    setup = Setup(payload=record.payload, size=record.size, batch=record.batch)
    return setup.samples_label


def _isolated(pipeline: Pipeline) -> Table:
    rows: _Measured = defaultdict(list)
    for record in pipeline.isolated:
        stages = (record.storage, record.decode, record.transform)
        times_ms = [_ms(times, record.batches) for times in stages]
        key = (_batch(record), record.codec)
        rows[key].append([*times_ms, sum(times_ms)])
    return _table(
        "Storage (from the page cache), decode and transform, ms per batch",
        ("batch", "codec"),
        (*WORKER_STAGES, "sum"),
        rows,
    )


def _transforms(pipeline: Pipeline) -> Table:
    rows: _Measured = defaultdict(list)
    for record in pipeline.transforms:
        setup = Setup(payload=record.payload, size=record.size, batch=record.batch)
        key = (setup.samples_label, record.variant, binary_size(record.bytes))
        rows[key].append([_ms(record.worker, record.batches)])
    return _table(
        "A transform in other ways, ms per batch",
        ("batch", "transform", "handed over"),
        ("worker",),
        rows,
    )


def _ipc(pipeline: Pipeline) -> Table:
    rows: _Measured = defaultdict(list)
    for record in pipeline.ipc:
        plural = "" if record.tensors == 1 else "s"
        tensors = f"{record.tensors} tensor{plural}, {binary_size(record.bytes)}"
        times_ms = [_ms(times, record.count) for times in (record.send, record.receive)]
        rows[tensors, record.transport].append([*times_ms])
    return _table(
        "From a worker to the consumer, ms per batch",
        ("batch", "transport"),
        ("send", "receive"),
        rows,
    )


def _contention(pipeline: Pipeline) -> Table:
    rates: dict[tuple[str, str], dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for record in pipeline.contention:
        rate = sum(record.batches_x100) / 100 / record.us * 1e6
        key = (_batch(record), record.codec)
        rates[key][record.decoders].append(rate)
    counts = sorted({count for by_count in rates.values() for count in by_count})
    rows: _Measured = {
        key: [
            [
                median(by_count[count]) / median(by_count[1]) if count in by_count else None
                for count in counts
            ]
        ]
        for key, by_count in rates.items()
        if 1 in by_count
    }
    return _table(
        "Decoders at the same time: batches per second of all, over one alone",
        ("batch", "codec"),
        tuple(f"{count} at a time" for count in counts),
        rows,
    )


def _devices(pipeline: Pipeline) -> Table:
    rows: _Measured = defaultdict(list)
    for device in pipeline.devices:
        if not isinstance(device, str):
            key = (device.device, f"{device.batch} images of {device.side}", device.type)
            step_ms = _ms(device.step, device.steps)
            rows[key].append([step_ms, device.peak_flop_s / 1e12, 100 * device.mfu])
    return _table(
        "A training step of ResNet-50",
        ("device", "batch", "type"),
        ("step, ms", "peak of matmul, TFLOP/s", "MFU, %"),
        rows,
    )


def _copies(pipeline: Pipeline) -> Table:
    rows: _Measured = defaultdict(list)
    for device in pipeline.devices:
        if isinstance(device, str):
            continue
        for copy in device.copies:
            memory = "pinned" if copy.pinned else "pageable"
            gb_per_s = copy.bytes * copy.times / copy.us / 1e3
            rows[device.device, binary_size(copy.bytes), memory].append([gb_per_s])
    return _table(
        "Copies from memory to a device, GB/s", ("device", "bytes", "memory"), ("GB/s",), rows
    )


_TABLES: Sequence[Callable[[Pipeline], Table]] = (
    _isolated,
    _transforms,
    _ipc,
    _contention,
    _devices,
    _copies,
)


def _table(title: str, keys: Sequence[str], values: Sequence[str], rows: _Measured) -> Table:
    columns = (*(Column(name, left=True) for name in keys), *(Column(name) for name in values))
    return Table(
        title,
        columns,
        tuple(
            Row(
                (
                    *map(words, key),
                    *(plain(_median(column)) for column in zip(*passes, strict=True)),
                )
            )
            for key, passes in rows.items()
        ),
    )


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _ms(times: Times, count: int) -> float:
    return times.total / count / 1e3
