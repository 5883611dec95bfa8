"""What a diagnosis of a loader says, as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.diagnosis.evidence import as_is, epoch_batches
from analysis.diagnosis.verdict import MEANING
from analysis.document import (
    Cell,
    Column,
    Definitions,
    Document,
    Figure,
    Findings,
    Paragraph,
    Row,
    Section,
    Table,
)
from analysis.document.figures import Bar, Bars, Dot, Dots, Limit, Panel, Part
from analysis.document.numbers import (
    MEASURED_PERCENT,
    number,
    words,
)
from analysis.report.diagnosis_words import callout, findings, gain_text, known
from hardware_profiles.numerals import counted, percent
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.diagnosis.answer import Answer, Change

_STAGES = {
    "fetch": "a worker reads its samples from the data set",
    "collate": "a worker makes a batch of them",
    "send": "a worker pickles it; its tensors move into shared memory",
    "receive": "the consumer unpickles it",
    "index": "the sampler draws indices, in the consumer",
    "wait": "the consumer waits for it",
    "step": "the step on it",
}
_LATENCY = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))


def document(answer: Answer) -> Document:
    """Return what a diagnosis says: the answer in plain words first."""
    sections = (
        Section("The answer", (callout(answer), Findings(tuple(findings(answer)))), lead=True),
        Section("What a change gains", tuple(_changes(answer))),
        Section("Where a batch's time goes", tuple(_times(answer))),
        Section("The processes", tuple(_processes(answer))),
    )
    return Document("What holds this loader back", sections, values=values(answer))


def _changes(answer: Answer) -> Iterator[Any]:
    columns = (Column("change", left=True), Column("samples/s"), Column("known", left=True))
    rows = [
        Row((words(c.name), Cell(gain_text(c.gain), c.gain), words(known(c))))
        for c in answer.changes
        if not c.failure
    ]
    failed = [
        f"{c.name}: could not be run: {_short(c.failure)}" for c in answer.changes if c.failure
    ]
    yield Table("Changes, one at a time", columns, tuple(rows), notes=tuple(failed))
    if answer.controls:
        controls = [
            Row((words(c.name), Cell(gain_text(c.gain), c.gain), words(_CONTROLS[c.name])))
            for c in answer.controls
        ]
        yield Table(
            "If a part took no time",
            (Column("control", left=True), Column("samples/s"), Column("what is left", left=True)),
            tuple(controls),
        )
    measured = [c for c in answer.changes if c.gain.kind is Kind.MEASURED and not c.failure]
    if measured:
        dots = tuple(Dot(c.name, "measured", c.gain) for c in measured)
        panel = Panel("", dots, (Limit("as it is", 1.0),))
        yield Figure(
            Dots((panel,), ("measured",), "samples/s over those as it is"),
            "what each change gains",
        )
    yield Paragraph(
        f"Each change ran beside the loader as it is; [low, high] holds its gain with "
        f"{MEASURED_PERCENT}; of what ran once, where nothing ran again, and of what is predicted, "
        "it is assumed.",
        quiet=True,
    )


_CONTROLS = {
    "batches replayed from memory": "the step alone",
    "without collate": "fetching and the step",
    "copies of one batch": "handing batches over, and the step",
}


def _short(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else text


def _times(answer: Answer) -> Iterator[Any]:
    times = answer.bottleneck.evidence.times
    columns = (
        Column("ms per batch", left=True),
        Column("mean"),
        *(Column(name) for name, _ in _LATENCY),
        Column("what it is", left=True, detail=True),
    )
    rows = []
    for name, meaning in _STAGES.items():
        values = times[name] * 1e3
        if not values.any():
            continue
        cells = [Cell(number(float(np.quantile(values, q))), float(np.quantile(values, q)))
                 for _, q in _LATENCY]  # fmt: skip
        mean = Cell(number(float(values.mean())), float(values.mean()))
        rows.append(Row((words(name), mean, *cells, words(meaning))))
    yield Table("A batch of the loader as it is", columns, tuple(rows))
    lost = answer.bottleneck.evidence.lost
    parts, start = [], 0.0
    shown = {"step": answer.bottleneck.evidence.step, **{str(k): v for k, v in lost.items()}}
    for name, seconds in shown.items():
        if seconds > 0:
            parts.append(Part(name, start, seconds * 1e3))
            start += seconds * 1e3
    names = tuple(part.series for part in parts)
    yield Figure(
        Bars((Bar("a batch", tuple(parts)),), names, "ms"),
        "what the consumer's time goes to",
    )


def _processes(answer: Answer) -> Iterator[Any]:
    run = as_is(answer.diagnosis)[0]
    columns = (
        Column("process", left=True),
        Column("CPU"),
        Column(f"{run.memory_kind}, MB"),
        Column("threads"),
    )
    rows = tuple(
        Row(
            (
                words(name),
                Cell(percent(spent / run.seconds), spent / run.seconds),
                Cell(number(run.memory_bytes.get(name, 0) / 1e6), run.memory_bytes.get(name, 0)),
                Cell(str(run.threads[name]), float(run.threads[name])),
            )
        )
        for name, spent in run.cpu_s.items()
    )
    yield Table("While the loader ran as it is", columns, rows)
    yield Definitions(tuple(_facts(answer)))


def _facts(answer: Answer) -> Iterator[tuple[str, Cell]]:
    diagnosis, run = answer.diagnosis, as_is(answer.diagnosis)[0]
    facts = diagnosis.facts
    prefetch = f", {facts.prefetch} batches ahead each, {facts.start}" if facts.workers else ""
    yield "loader", words(f"{facts.kind}-style, {counted(facts.workers, 'worker')}{prefetch}")
    yield "step", words(diagnosis.step_name or "none: batches are taken as fast as they come")
    yield (
        "a batch",
        words(
            f"{number(run.samples / run.batches)} samples, {counted(run.tensors, 'tensor')}, "
            f"{number(run.tensor_bytes / 1e6)} MB, {number(run.message_bytes / 1e3)} kB of message"
        ),
    )
    batches = epoch_batches(diagnosis)
    yield "an epoch", words("of unknown length" if batches is None else f"{batches:,} batches")
    yield "first batch", Cell(f"{number(run.start_s)} s after an epoch begins", run.start_s)
    yield "99th percentile", Cell(f"{number(run.p99_s * 1e3)} ms from batch to batch", run.p99_s)
    if run.disk_bytes is None:
        yield "read from disk", words("unavailable: this system does not count it by process")
    else:
        rate = run.disk_bytes / run.seconds / 1e6
        yield "read from disk", Cell(f"{number(rate)} MB/s", rate)
    if facts.workers:
        yield "workers", Cell(f"work for {percent(run.busy)} of the time", run.busy)
    yield "cores", words(f"{facts.cores} that this process may use")


def values(answer: Answer) -> dict[str, Any]:
    """Return a diagnosis by name, as programs read it."""
    holding, diagnosis = answer.bottleneck, answer.diagnosis
    run = as_is(diagnosis)[0]
    workers = answer.workers
    return {
        "bottleneck": str(holding.cause),
        "meaning": MEANING[holding.cause],
        "share": holding.share,
        "probability": holding.probability,
        "others": {str(cause): share for cause, share in holding.others.items()},
        "samples_per_s": answer.samples_per_s,
        "feeding_tax": answer.tax,
        "workers_that_feed": workers
        and {
            "count": workers.count,
            "known": "measured" if workers.kind is Kind.MEASURED else "predicted",
            "limit": workers.limit,
        },
        "changes": [_change(change) for change in answer.changes],
        "controls": [_change(change) for change in answer.controls],
        "stages_ms": {n: float(v.mean() * 1e3) for n, v in holding.evidence.times.items()},
        "first_batch_s": run.start_s,
        "p99_ms": run.p99_s * 1e3,
        "memory_bytes_per_s": holding.growth.bytes_per_s if holding.growth else 0.0,
        "memory_bytes": dict(run.memory_bytes),
        "memory_kind": run.memory_kind,
        "cpu_s": dict(run.cpu_s),
        "seconds": run.seconds,
        "disk_bytes": run.disk_bytes,
        "threads": dict(run.threads),
        "duplicates": diagnosis.duplicates,
        "unchangeable": dict(diagnosis.facts.unchangeable),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "name": change.name,
        "gain": change.gain if not change.failure else None,
        "known": "failed" if change.failure else known(change),
        "failure": change.failure,
    }
