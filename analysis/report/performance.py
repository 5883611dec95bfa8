"""docs/performance.md: every codec beside the fastest other one and the ceilings, from one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.document.numbers import interval, number, spread
from analysis.report.axes import usual_sections
from analysis.statistics.ratio import paired_ratio

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analysis.report.run import Cell, Report, Row, Section
    from analysis.statistics.number import Number

PARITY = 0.97
"""A ratio to the fastest peer counts as kept where its interval does not fall below this."""

_TARGETS = (
    ("parquet/columns", ("image", "tokens"), 0.20),
    ("parquet/rows", ("tabular", "image", "tokens", "audio"), 0.50),
    ("protobuf/packed", ("tabular", "image", "tokens", "audio"), 0.50),
)
"""Shares of memcpy that a layout's fastest decoder is to reach on the usual batch."""

_SHORT_US = 200.0

_INTRODUCTION = """\
Written by `nox -s peers`, never by hand: all codecs side by side in one run, on the same bytes,
ending in the same owned tensors, one thread each. Ratios are taken within each process, with 95 %
intervals; MB/s are 10^6 payload bytes (decoded ones) a second.
[Decoding, explained](explanation/decoding.md) says how the fast ones work."""

_EVERYTHING = """\
MB/s by the usual batch of each payload. A layout that is not canonical is a change of layout: other
bytes, so another comparison."""


@dataclass(frozen=True, slots=True)
class Duel:
    """Our codec of a layout on a batch, the fastest other one, and how many times as fast it is."""

    section: Section
    ours: Row
    peer: Row
    cell: Cell
    ratio: Number

    @property
    def kept(self) -> bool:
        """Whether ours is at least as fast, as far as the interval tells."""
        return self.ratio.value >= 1.0 and self.ratio.low >= PARITY


def duels(sections: Iterable[Section], kind: str) -> Iterator[Duel]:
    """Yield a duel for each canonical layout on each batch where there are two to compare.

    Ours is the fastest that needs no extra library, which `formats.registry.fast` names.
    """
    for section in sections:
        timed = [(row, cell) for row in section.canonical if (cell := _cell(row, kind))]
        timed.sort(key=lambda pair: -pair[1].rate_mb_per_s.value)
        for layout in sorted({row.layout for row, _ in timed}):
            rivals = [(row, cell) for row, cell in timed if row.layout == layout]
            ours = next(((row, cell) for row, cell in rivals if row.role != "peer"), None)
            peer = next((pair for pair in rivals if ours and pair[0] is not ours[0]), None)
            if ours and peer:
                ratio = paired_ratio(peer[1].timing.medians_s, ours[1].timing.medians_s)
                yield Duel(section, ours[0], peer[0], ours[1], ratio)


def _cell(row: Row, kind: str) -> Cell | None:
    return row.decode if kind == "decode" else row.encode


def page(report: Report) -> str:
    """Return the page as Markdown."""
    machine, run = report.bundle.machine, report.bundle.run
    libraries = ", ".join(
        f"{name} {version}" for name, version in sorted(machine.libraries.items())
    )
    lines = [
        "# Performance",
        "",
        _INTRODUCTION,
        "",
        ". ".join(
            (
                f"{machine.cpu}, {machine.system}, {machine.python}",
                libraries,
                f"{run.processes} processes, {report.measured} cases, {machine.started}",
                f"Verdict: {report.verdict.trust.value}",
                f"{report.disturbed} cases were disturbed in most processes (~).",
            )
        ),
        "",
        "## Decoding the canonical layouts, against the fastest library",
        "",
        *_duel_table(list(duels(_natural(report), "decode"))),
        "",
        "## Ceilings",
        "",
        *_ceilings(report),
        "",
        "## Every decoder",
        "",
        _EVERYTHING,
        "",
        *_everything(report, "decode"),
        "",
        "## Encoding the canonical layouts, against the fastest library",
        "",
        *_duel_table(list(duels(_natural(report), "encode"))),
        "",
        "## Every encoder",
        "",
        *_everything(report, "encode"),
        "",
    ]
    return "\n".join(lines)


def _natural(report: Report) -> list[Section]:
    return [section for section in report.sections if "-" not in section.payload]


def _duel_table(found: list[Duel]) -> Iterator[str]:
    yield "| layout | payload, batch | ours | MB/s | fastest other | times as fast | |"
    yield "|---|---|---|---|---|---|---|"
    for duel in sorted(found, key=lambda d: (d.ours.layout, d.section.payload, -d.section.batch)):
        yield (
            f"| {duel.ours.layout} | {duel.section.payload}, {duel.section.batch} | "
            f"{duel.ours.decoder} | {_rate(duel.cell)} | {duel.peer.decoder} | "
            f"{number(duel.ratio.value)} {interval(duel.ratio)} | "
            f"{'' if duel.kept else 'miss'} |"
        )
    misses = [duel for duel in found if not duel.kept]
    yield ""
    yield (
        f"{len(found) - len(misses)} of {len(found)} are at least as fast as the fastest other "
        f"(ratio >= 1, interval not below {PARITY})."
    )
    for duel in misses:
        yield f"- {duel.ours.codec}, {duel.section.payload}, {duel.section.batch}: {_cause(duel)}"


def _cause(duel: Duel) -> str:
    """Say what the miss is made of, by its interval and its time."""
    time_us = duel.cell.timing.time_s.value * 1e6
    if duel.ratio.low < 1 < duel.ratio.high:
        return "cannot be told apart from the other; the interval is wider than the margin."
    if time_us < _SHORT_US:
        return f"{number(time_us)} us a batch, of which most is fixed cost a call."
    return (
        f"{duel.peer.codec} does less work a value: "
        f"{number(1 / duel.ratio.value)} times as fast at {number(time_us)} us a batch."
    )


def _ceilings(report: Report) -> Iterator[str]:
    yield "memcpy copies as many bytes between two buffers that were touched before."
    yield ""
    yield "| layout | payload | MB/s | of memcpy | wanted | |"
    yield "|---|---|---|---|---|---|"
    usual = {section.payload: section for section in usual_sections(report.sections)}
    for layout, payloads, target in _TARGETS:
        for payload in payloads:
            rows = usual[payload].rows if payload in usual else ()
            cell = next((row.decode for row in rows if row.layout == layout and row.decode), None)
            if cell is None or cell.share_of_memcpy is None:
                continue
            share = cell.share_of_memcpy
            miss = f"miss: {number(cell.timing.time_s.value * 1e6)} us a batch"
            yield (
                f"| {layout} | {payload} | {_rate(cell)} | {number(100 * share)} % | "
                f"{100 * target:.0f} % | {'' if share >= target else miss} |"
            )


def _everything(report: Report, kind: str) -> Iterator[str]:
    usual = usual_sections(report.sections)
    rates: dict[str, dict[str, str]] = {}
    changed: dict[str, bool] = {}
    for section in usual:
        for row in section.rows:
            cell = _cell(row, kind)
            if cell:
                rates.setdefault(row.codec, {})[section.payload] = _rate(cell)
                changed[row.codec] = row.change is not None
    payloads = [section.payload for section in usual]
    yield f"| codec | {' | '.join(payloads)} |"
    yield f"|---|{'---|' * len(payloads)}"
    for codec in sorted(rates, key=lambda name: (name.split("/")[0], changed[name], name)):
        mark = " (change of layout)" if changed[codec] else ""
        cells = " | ".join(rates[codec].get(payload, "") for payload in payloads)
        yield f"| `{codec}`{mark} | {cells} |"


def _rate(cell: Cell) -> str:
    mark = "" if cell.timing.trusted else "~"
    return f"{mark}{number(cell.rate_mb_per_s.value)} {spread(cell.rate_mb_per_s)}"
