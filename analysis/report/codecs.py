"""What a report says of codecs: each on each batch, under the ceilings of memory and page cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.document import Cell, Column, Paragraph, Row, Section, Table
from analysis.document.numbers import (
    MEASURED_PERCENT,
    code,
    measured,
    number,
    plain,
    plus_minus,
    share,
)
from analysis.statistics.codecs import usual_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analysis.statistics.codecs import BatchResults, CodecResult, Rate

_FIRST = 5
"""Rows that paper shows of a payload's usual batch: the canonical layouts, the fastest first."""


def rate_cell(rate: Rate | None) -> Cell:
    """Return a rate as a cell; ~ marks one that was disturbed in most processes."""
    return measured(rate.mb_per_s, trusted=rate.timing.trusted) if rate else Cell("")


def section(batches: Sequence[BatchResults], disturbed: int, measured_cases: int) -> Section:
    """Return the tables of all batches.

    Args:
        batches: what they hold.
        disturbed: how many cases were disturbed in most processes.
        measured_cases: how many cases there are.

    """
    legend = (
        "MB/s of payload (decoded bytes, 10^6), so that formats compare, with "
        f"{MEASURED_PERCENT} intervals; size is encoded over decoded bytes; ~ marks the "
        f"{disturbed} of {measured_cases} cases that were disturbed in most of their processes."
    )
    usual = usual_batches(batches)
    tables = tuple(_table(results, _FIRST if results in usual else 0) for results in batches)
    return Section("All codecs", (*tables, Paragraph(legend, quiet=True)))


def _table(results: BatchResults, first: int) -> Table:
    ceiling = ""
    if results.memcpy:
        rate = results.memcpy.mb_per_s
        ceiling = f", memcpy {number(rate.value)} MB/s {plus_minus(rate)}"
    has_encode = any(result.encode for result in results.codecs)
    has_read = any(result.read for result in results.codecs)
    columns: list[tuple[Column, Callable[[CodecResult], Cell]]] = [
        (Column("codec", left=True), lambda r: code(r.codec)),
        (
            Column("decode, ms"),
            lambda r: plain(r.decode.timing.time_s.value * 1e3 if r.decode else None),
        ),
        (Column("decode, MB/s"), lambda r: _or_problem(r, "decode", r.decode)),
        (Column("of memcpy"), lambda r: share(r.decode.share_of_memcpy if r.decode else None)),
    ]
    if has_encode:
        columns.append((Column("encode, MB/s"), lambda r: _or_problem(r, "encode", r.encode)))
    if has_read:
        columns.append((Column("read, MB/s", detail=True), lambda r: rate_cell(r.read)))
    columns.append((Column("size", detail=True), lambda r: share(r.encoded_share)))
    rows = tuple(
        Row(tuple(cell(result) for _, cell in columns), group=int(result.change is not None))
        for result in (*results.canonical, *results.others)
    )
    changes = {result.layout: result.change for result in results.others}
    notes = tuple(f"`{layout}`, a change of layout: {text}" for layout, text in changes.items())
    return Table(
        f"{results.title} ({number(results.batch_bytes / 1e6)} MB{ceiling})",
        tuple(column for column, _ in columns),
        rows,
        notes,
        first=first,
    )


def _or_problem(result: CodecResult, kind: str, rate: Rate | None) -> Cell:
    problem = result.problems.get(kind)
    return Cell(problem) if problem else rate_cell(rate)
