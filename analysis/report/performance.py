"""docs/performance.md: every codec beside the fastest other one and the ceilings, from one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.document import (
    Cell,
    Column,
    Document,
    Finding,
    Findings,
    Paragraph,
    Row,
    Section,
    Table,
)
from analysis.document.numbers import MEASURED_PERCENT, code, interval, number, share, words
from analysis.report.codecs import rate_cell
from analysis.statistics.codecs import usual_batches
from analysis.statistics.ratio import paired_ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from analysis.report.run import Report
    from analysis.statistics.codecs import BatchResults, CodecResult, Rate
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
"""A batch that takes less is mostly the fixed cost of a call."""

_INTRODUCTION = (
    "Written by `nox -s peers`, never by hand: all codecs side by side in one run, on the same "
    "bytes, ending in the same owned tensors, one thread each. Ratios are taken within each "
    f"process, with {MEASURED_PERCENT} intervals; MB/s are 10^6 payload bytes (decoded ones) "
    "per second. [Decoding, explained](explanation/decoding.md) says how the fast ones work."
)
_PICTURES = (
    "All give the same pixels, those of libjpeg's accurate transform; "
    "[what the pictures are](reference/formats.md#jpeg-what-photographs-are-stored-as)."
)
_EVERYTHING = (
    "MB/s by the usual batch of each payload. A layout that is not canonical is a change of "
    "layout: other bytes, so another comparison."
)


@dataclass(frozen=True, slots=True)
class Duel:
    """Our codec of a layout on a batch, beside the fastest other one."""

    batch: BatchResults
    ours: CodecResult
    peer: CodecResult
    rate: Rate
    """Ours."""
    ratio: Number
    """How many times as fast ours is."""

    @property
    def kept(self) -> bool:
        """Whether ours is at least as fast, as far as the interval tells."""
        return self.ratio.value >= 1.0 and self.ratio.low >= PARITY


def _canonical(batch: BatchResults) -> tuple[CodecResult, ...]:
    return batch.canonical


def _jpeg(batch: BatchResults) -> tuple[CodecResult, ...]:
    return tuple(result for result in batch.others if result.layout.endswith("/jpeg"))


def duels(
    batches: Iterable[BatchResults],
    kind: str,
    codecs_of: Callable[[BatchResults], tuple[CodecResult, ...]] = _canonical,
) -> Iterator[Duel]:
    """Yield a duel for each layout of some codecs on each batch where there are two to compare.

    Ours is the fastest that needs no extra library, which `formats.registry.fast` names.
    """
    for batch in batches:
        timed = [(result, rate) for result in codecs_of(batch) if (rate := _rate(result, kind))]
        timed.sort(key=lambda pair: -pair[1].mb_per_s.value)
        for layout in sorted({result.layout for result, _ in timed}):
            rivals = [(result, rate) for result, rate in timed if result.layout == layout]
            ours = next((pair for pair in rivals if pair[0].role != "peer"), None)
            peer = next((pair for pair in rivals if ours and pair[0] is not ours[0]), None)
            if ours and peer:
                ratio = paired_ratio(peer[1].timing.medians_s, ours[1].timing.medians_s)
                yield Duel(batch, ours[0], peer[0], ours[1], ratio)


def _rate(result: CodecResult, kind: str) -> Rate | None:
    return result.decode if kind == "decode" else result.encode


def performance(report: Report) -> Document:
    """Return how each codec stands to the others and to the ceilings."""
    natural = [batch for batch in report.batches if "-" not in batch.payload]
    return Document(
        "Performance",
        (
            Section("", (Paragraph(_INTRODUCTION), Paragraph(_run(report)))),
            Section(
                "Decoding the canonical layouts, against the fastest library",
                _duels(list(duels(natural, "decode"))),
            ),
            *_of_jpeg(list(duels(report.batches, "decode", _jpeg))),
            Section("Ceilings", _ceilings(report.batches)),
            Section(
                "Every decoder", (Paragraph(_EVERYTHING), _everything(report.batches, "decode"))
            ),
            Section(
                "Encoding the canonical layouts, against the fastest library",
                _duels(list(duels(natural, "encode"))),
            ),
            Section("Every encoder", (_everything(report.batches, "encode"),)),
        ),
    )


def _of_jpeg(pairs: Sequence[Duel]) -> tuple[Section, ...]:
    """Return a section of the duels of JPEG; none where the run has none."""
    title = "Decoding JPEG, against the fastest library"
    return (Section(title, (Paragraph(_PICTURES), *_duels(pairs))),) if pairs else ()


def _run(report: Report) -> str:
    machine, run = report.bundle.machine, report.bundle.run
    libraries = ", ".join(
        f"{name} {version}" for name, version in sorted(machine.libraries.items())
    )
    return (
        f"{machine.cpu}, {machine.system}, {machine.python}. {libraries}. {run.processes} "
        f"processes, {report.measured} cases, {machine.started}. Verdict: "
        f"{report.verdict.trust.value}. {report.disturbed} cases were disturbed in most processes "
        "(~)."
    )


def _duels(pairs: Sequence[Duel]) -> tuple[Table, Paragraph, Findings]:
    ranked = sorted(pairs, key=lambda d: (d.ours.layout, d.batch.payload, -d.batch.batch))
    table = Table(
        "",
        (
            Column("layout", left=True),
            Column("payload, batch", left=True),
            Column("ours", left=True),
            Column("MB/s"),
            Column("fastest other", left=True),
            Column("times as fast"),
            Column("", left=True),
        ),
        tuple(
            Row(
                (
                    words(duel.ours.layout),
                    words(f"{duel.batch.payload}, {duel.batch.batch}"),
                    words(duel.ours.decoder),
                    rate_cell(duel.rate),
                    words(duel.peer.decoder),
                    Cell(f"{number(duel.ratio.value)} {interval(duel.ratio)}", duel.ratio),
                    words("" if duel.kept else "miss"),
                )
            )
            for duel in ranked
        ),
    )
    misses = [duel for duel in pairs if not duel.kept]
    summary = Paragraph(
        f"{len(pairs) - len(misses)} of {len(pairs)} are at least as fast as the fastest other "
        f"(ratio >= 1, interval not below {PARITY})."
    )
    causes = tuple(
        Finding(
            f"{duel.ours.codec}, {duel.batch.payload}, {duel.batch.batch}: {_cause(duel)}",
            {"times_as_fast": duel.ratio},
        )
        for duel in misses
    )
    return table, summary, Findings(causes)


def _cause(duel: Duel) -> str:
    """Say what the miss is made of, by its interval and its time."""
    time_us = duel.rate.timing.time_s.value * 1e6
    if duel.ratio.low < 1 < duel.ratio.high:
        return "cannot be told apart from the other; the interval is wider than the margin."
    if time_us < _SHORT_US:
        return f"{number(time_us)} us per batch, of which most is fixed cost per call."
    return (
        f"{duel.peer.codec} does less work per value: "
        f"{number(1 / duel.ratio.value)} times as fast at {number(time_us)} us per batch."
    )


def _ceilings(batches: Sequence[BatchResults]) -> tuple[Paragraph, Table]:
    rows = []
    usual = {batch.payload: batch for batch in usual_batches(batches)}
    for layout, payloads, target in _TARGETS:
        for payload in payloads:
            results = usual[payload].codecs if payload in usual else ()
            rate = next((r.decode for r in results if r.layout == layout and r.decode), None)
            if rate is None or rate.share_of_memcpy is None:
                continue
            time_us = rate.timing.time_s.value * 1e6
            kept = rate.share_of_memcpy >= target
            rows.append(
                Row(
                    (
                        words(layout),
                        words(payload),
                        rate_cell(rate),
                        share(rate.share_of_memcpy),
                        Cell(f"{100 * target:.0f} %", target),
                        words("" if kept else f"miss: {number(time_us)} us per batch"),
                    )
                )
            )
    columns = (
        Column("layout", left=True),
        Column("payload", left=True),
        Column("MB/s"),
        Column("of memcpy"),
        Column("wanted"),
        Column("", left=True),
    )
    text = "memcpy copies as many bytes between two buffers that were touched before."
    return Paragraph(text), Table("", columns, tuple(rows))


def _everything(batches: Sequence[BatchResults], kind: str) -> Table:
    usual = usual_batches(batches)
    rates: dict[str, dict[str, Rate]] = {}
    changed: dict[str, bool] = {}
    for batch in usual:
        for result in batch.codecs:
            rate = _rate(result, kind)
            if rate:
                rates.setdefault(result.codec, {})[batch.payload] = rate
                changed[result.codec] = result.change is not None
    payloads = [batch.payload for batch in usual]
    ranked = sorted(rates, key=lambda name: (name.split("/")[0], changed[name], name))
    return Table(
        "",
        (
            Column("codec", left=True),
            Column("layout", left=True),
            *(Column(payload) for payload in payloads),
        ),
        tuple(
            Row(
                (
                    code(codec),
                    words("changed" if changed[codec] else ""),
                    *(rate_cell(rates[codec].get(payload)) for payload in payloads),
                )
            )
            for codec in ranked
        ),
    )
