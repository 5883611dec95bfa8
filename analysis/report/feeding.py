"""The pipeline's section of a report: its figures, its table and what they show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.document import (
    Cell,
    Column,
    Figure,
    Finding,
    Findings,
    Paragraph,
    Row,
    Section,
    Table,
)
from analysis.document.figures import Bar, Bars, Line, Lines, Part
from analysis.document.numbers import measured, plain, share, significant_percent, words
from analysis.model.recommendation import KNEE, LEAST_GAIN
from analysis.report.pipeline import STAGES
from hardware_profiles.numerals import counted, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analysis.document import Block
    from analysis.model.bottleneck import Bottleneck
    from analysis.model.validation import RepetitionFloor
    from analysis.report.pipeline import ConfigurationResult, PipelineResults, WorkerCurve

_MOST_BARS = 24
"""Configurations shown in a figure, the most important first: more are unreadable."""
_INTRODUCTION = (
    "A real DataLoader fed from this disk, or one that is emulated by waiting, for an accelerator "
    "that is emulated the same way. Feeding tax: the share of the time in which no step ran."
)
_WATERFALL = (
    "Timeline of one batch: storage, decode and transform by a worker (without workers: by the "
    "consumer), ipc from the worker to the consumer, step."
)
_KNEE = (
    "Dotted: perfect scaling from one worker. Circled, where it can be told: the knee, the fewest "
    f"workers that come to {percent(KNEE)} of the highest rate."
)
_SHARES = "Where the time from batch to batch went. Waiting is split by what workers were doing."


def section(
    results: PipelineResults, floor: RepetitionFloor | None, stages: Section | None
) -> Section:
    """Return the pipeline's section.

    Args:
        results: what was measured end to end.
        floor: how far a configuration lies from itself, measured again; None: none was.
        stages: each stage alone.

    """
    blocks: list[Block] = []
    if results.configurations:
        blocks += [
            Paragraph(_INTRODUCTION, detail=True),
            *_figures(results),
            _table(results),
            Findings(tuple(_findings(results, floor))),
        ]
    blocks += [Paragraph(remark, quiet=True) for remark in results.remarks]
    return Section("The whole pipeline", tuple(blocks), (stages,) if stages else ())


def _figures(results: PipelineResults) -> Iterator[Figure]:
    if results.waterfalls:
        bars = [
            Bar(r.label, tuple(Part(s.stage, s.start_ms, s.ms) for s in r.waterfall))
            for r in results.waterfalls[:_MOST_BARS]
        ]
        yield Figure(
            Bars(tuple(bars), STAGES, "ms since the batch was asked for"),
            "The stages of one batch",
            _WATERFALL,
        )
    if results.curves:
        yield Figure(
            Lines(
                tuple(map(_line, results.curves)), "workers; 0: the consumer itself", "samples/s"
            ),
            "Samples per second by number of workers",
            _KNEE,
        )
    yield Figure(
        Bars(
            tuple(map(_shares, results.configurations[:_MOST_BARS])),
            STAGES,
            "share of the time from batch to batch",
            shares=True,
        ),
        "Where the time went, by configuration",
        _SHARES,
    )


def _line(curve: WorkerCurve) -> Line:
    single = dict(curve.points).get(1)
    ideal = tuple((w, single * w) for w, _ in curve.points if w) if single else ()
    return Line(curve.label, curve.points, curve.knee if curve.known else None, ideal)


def _shares(result: ConfigurationResult) -> Bar:
    parts, start = [], 0.0
    for stage, length in result.time_shares.items():
        parts.append(Part(stage, start, length))
        start += length
    return Bar(result.label, tuple(parts))


def _table(results: PipelineResults) -> Table:
    columns: list[tuple[Column, Callable[[ConfigurationResult], Cell]]] = [
        (Column("configuration", left=True), lambda r: words(r.label)),
        (
            Column("samples/s"),
            lambda r: (
                measured(r.samples_per_s)
                if r.samples_per_s.bounded
                else plain(r.samples_per_s.value)
            ),
        ),
        (Column("MB/s decoded", detail=True), lambda r: plain(r.mb_per_s)),
        (Column("tax"), lambda r: share(r.tax)),
        (Column("ready", detail=True), lambda r: share(r.ready)),
        (Column("wait p99, ms", detail=True), lambda r: plain(r.wait_p99_ms)),
        (Column("cores"), lambda r: plain(r.cores)),
        (Column("bottleneck"), lambda r: _bottleneck(r.bottleneck)),
    ]
    if results.has_energy:
        columns[-1:-1] = [
            (
                Column("mJ per sample", detail=True),
                lambda r: plain(1e3 * r.joules.gross if r.joules else None),
            ),
            (
                Column("net of idle", detail=True),
                lambda r: plain(
                    1e3 * r.joules.net if r.joules and r.joules.net is not None else None
                ),
            ),
        ]
    return Table(
        "Configurations. Bottleneck: the stage without which the rate would grow most, and by how "
        "much, as the model says; * as measured without each stage.",
        tuple(column for column, _ in columns),
        tuple(Row(tuple(cell(r) for _, cell in columns)) for r in results.configurations),
        first=_FIRST,
    )


_FIRST = 0
"""Configurations that paper shows as a table; its figures have the most important."""


def _knee(curve: WorkerCurve) -> str:
    if not curve.known:
        return "where the knee is cannot be told, since windows differ too much from each other"
    text = f"the knee is at {counted(curve.knee, 'worker')}"
    if curve.knee_low == curve.knee_high:
        return text
    return f"{text}, or anywhere from {curve.knee_low} to {curve.knee_high} (90 %)"


def _bottleneck(bottleneck: Bottleneck | None) -> Cell:
    """Return the stage whose removal gains most, or the two that gain about as much."""
    if bottleneck is None:
        return plain(None)
    first, *rest = bottleneck.gains
    gain = percent(bottleneck.gains[first], signed=True)
    mark = "*" if bottleneck.measured else ""
    if bottleneck.gains[first] < LEAST_GAIN:
        return words(f"none{mark}")
    name = first if bottleneck.clear else f"{first} or {rest[0]}"
    return Cell(f"{name} {gain}{mark}", bottleneck.gains[first])


def _findings(results: PipelineResults, floor: RepetitionFloor | None) -> Iterator[Finding]:
    for curve in results.curves:
        yield Finding(f"{curve.label}: {_knee(curve)}.")
    if results.sums:
        sums = results.sums
        yield Finding(
            "Stages measured alone add up to the whole, without workers, within "
            f"{significant_percent(sums.median)} in the median ({sums.count} windows, at worst "
            f"{significant_percent(sums.worst)})."
        )
    if floor:
        errors = floor.throughput
        yield Finding(
            "The same configuration measured again at the end of the run differs by "
            f"{significant_percent(errors.median)} in the median, "
            f"{significant_percent(errors.mape)} on average ({errors.count} configurations). "
            "Both have noise: a perfect prediction would lie about "
            f"{significant_percent(floor.perfect.mape)} from the mean of a configuration's windows."
        )
