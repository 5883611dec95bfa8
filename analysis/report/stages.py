"""What each stage of the pipeline gave alone, as tables."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from analysis.document.numbers import number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bench.bundle import Bundle, Pipeline, Times


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text, its first column what the rest is of."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def stages(bundle: Bundle) -> tuple[Table, ...]:
    """Return a table a stage that was measured alone; medians over the passes of the run."""
    if not bundle.pipeline or isinstance(bundle.pipeline, str):
        return ()
    found = (table(bundle.pipeline) for table in _TABLES)
    return tuple(table for table in found if table.rows)


def _alone(pipeline: Pipeline) -> Table:
    rows: dict[tuple[str, ...], list[list[float]]] = defaultdict(list)
    for a in pipeline.isolated:
        each = [_ms(times, a.batches) for times in (a.storage, a.decode, a.transform)]
        rows[f"{a.payload} x{a.batch}", a.codec].append([*each, sum(each)])
    return Table(
        "Storage (from the page cache), decode and transform of a batch, ms",
        ("batch", "codec", "storage", "decode", "transform", "sum"),
        _rows(rows),
    )


def _crossing(pipeline: Pipeline) -> Table:
    rows: dict[tuple[str, ...], list[list[float]]] = defaultdict(list)
    for c in pipeline.ipc:
        tensors = f"{c.tensors} tensor{'' if c.tensors == 1 else 's'}, {_binary(c.bytes)}"
        rows[tensors, c.transport].append([_ms(c.send, c.count), _ms(c.receive, c.count)])
    return Table(
        "From a worker to the consumer, ms a batch",
        ("batch", "transport", "send", "receive"),
        _rows(rows),
    )


def _contention(pipeline: Pipeline) -> Table:
    rates: dict[tuple[str, ...], dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for c in pipeline.contention:
        rate = sum(c.batches_x100) / 100 / c.us * 1e6
        rates[f"{c.payload} x{c.batch}", c.codec][c.decoders].append(rate)
    crowds = sorted({crowd for found in rates.values() for crowd in found})
    rows = {
        key: [[median(found[crowd]) / median(found[1]) for crowd in crowds if crowd in found]]
        for key, found in rates.items()
        if 1 in found
    }
    return Table(
        "Decoders at the same time: batches a second of all, over one alone",
        ("batch", "codec", *(f"{crowd} at a time" for crowd in crowds)),
        _rows(rows),
    )


def _devices(pipeline: Pipeline) -> Table:
    rows: dict[tuple[str, ...], list[list[float]]] = defaultdict(list)
    for d in pipeline.devices:
        if not isinstance(d, str):
            key = (d.device, f"{d.batch} images of {d.side}", d.type)
            rows[key].append([_ms(d.step, d.steps), d.peak_flop_s / 1e12, 100 * d.mfu])
    return Table(
        "A training step of ResNet-50",
        ("device", "batch", "type", "step, ms", "peak of matmul, TFLOP/s", "MFU, %"),
        _rows(rows),
    )


def _copies(pipeline: Pipeline) -> Table:
    rows: dict[tuple[str, ...], list[list[float]]] = defaultdict(list)
    for d in pipeline.devices:
        for copy in () if isinstance(d, str) else d.copies:
            pinned = "pinned" if copy.pinned else "pageable"
            rate = copy.bytes * copy.times / copy.us / 1e3
            rows[d.device, _binary(copy.bytes), pinned].append([rate])  # type: ignore[union-attr]
    return Table(
        "Copies from memory to a device, GB/s", ("device", "bytes", "memory", "GB/s"), _rows(rows)
    )


_TABLES: Sequence[Callable[[Pipeline], Table]] = (
    _alone,
    _crossing,
    _contention,
    _devices,
    _copies,
)


def _rows(found: dict[tuple[str, ...], list[list[float]]]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (*key, *(number(median(column)) for column in zip(*values, strict=True)))
        for key, values in found.items()
    )


def _ms(times: Times, count: int) -> float:
    return times.total / count / 1e3


def _binary(size: int) -> str:
    units: Iterable[tuple[str, int]] = (("MiB", 20), ("KiB", 10))
    return next((f"{size >> s} {u}" for u, s in units if size >= 1 << s), f"{size} B")
