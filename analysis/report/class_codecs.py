"""Codecs over the machines of a class: how fast they decode, and which beats which."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from analysis.document import Cell, Column, Figure, Paragraph, Row, Section, Table
from analysis.document.figures import Box, Boxes, BoxPanel, BoxRow, Limit
from analysis.document.numbers import number
from analysis.report.class_text import (
    ON_PAPER,
    caution,
    class_label,
    clipped,
    is_shown,
    spread_cell,
)
from hardware_profiles.numerals import counted, percent
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from analysis.course.results import ClassResults, CodecSpread, Quantiles, Ratio
    from analysis.document import Block

_ALL = "all"
_AXIS = "decoded MB/s"
_MACHINES = "machines"
_CODEC = 36
_FIRST_RATIOS = 12
"""Of a payload, in its figure: the closest rivals."""
_MOST_COLUMNS = 5
"""Classes of machines in a table, the largest: it has to fit on paper."""
_MOST_ROWS, _MOST_CLASSES = 28, 6
"""Codecs of a payload in a figure, the fastest; classes of machines, the largest."""


def codecs(results: ClassResults) -> Section:
    """Return how fast codecs decode, by payload: over all machines first, then by their class."""
    spreads = [s for s in results.codecs if _is_shown(results, s)]
    if not spreads:
        return Section(
            "Codecs",
            (
                Paragraph(
                    f"No codec was measured on {results.group} machines or more: there is no "
                    "distribution to be seen."
                ),
            ),
        )
    payloads: dict[str, list[CodecSpread]] = defaultdict(list)
    for each in spreads:
        payloads[each.payload].append(each)
    blocks: list[Block] = [
        Paragraph(_summary(payloads)),
        Paragraph(
            "A box holds the middle half of the machines, its line reaches from the 5th to the "
            "95th percentile, the mark is the middle machine. Axes are logarithmic: equal "
            "distances are equal factors.",
            quiet=True,
        ),
        *caution(results.machines, results.group, "a distribution"),
        _over_all_figure(payloads),
        *_by_class(results, payloads),
        _table(results, payloads),
    ]
    return Section("Codecs", tuple(blocks))


def _is_shown(results: ClassResults, each: CodecSpread) -> bool:
    return is_shown(results, each.machine_class, each.mb_per_s.machines)


def _over_all(spreads: Iterable[CodecSpread]) -> list[CodecSpread]:
    """Return codecs over all machines, the fastest first."""
    whole = [each for each in spreads if each.machine_class is None]
    return sorted(whole, key=lambda each: (-each.mb_per_s.middle, each.codec))


def _summary(payloads: Mapping[str, Sequence[CodecSpread]]) -> str:
    parts = []
    for payload, those in payloads.items():
        if ordered := _over_all(those):
            rate = ordered[0].mb_per_s
            parts.append(
                f"{clipped(payload)} {clipped(ordered[0].codec, _CODEC)} "
                f"({number(rate.middle)} MB/s, 90 % of machines {number(rate.low)} to "
                f"{number(rate.high)})"
            )
    return f"The codec that decodes fastest on the middle machine: {'; '.join(parts)}."


def _over_all_figure(payloads: Mapping[str, Sequence[CodecSpread]]) -> Figure:
    panels, widest = [], []
    for payload, those in payloads.items():
        ordered = _over_all(those)[:_MOST_ROWS]
        rows = (BoxRow(clipped(e.codec, _CODEC), (_box(_ALL, e.mb_per_s),)) for e in ordered)
        panels.append(BoxPanel(clipped(payload), tuple(rows)))
        widest += ordered
    finding = ""
    if widest:
        far = max(widest, key=lambda each: each.mb_per_s.high / each.mb_per_s.low)
        finding = (
            f"Machines differ most with {clipped(far.codec, _CODEC)} ({clipped(far.payload)}), by "
            f"a factor of {number(far.mb_per_s.high / far.mb_per_s.low)} between the 5th and the "
            "95th percentile."
        )
    drawing = Boxes(tuple(p for p in panels if p.rows), (_ALL,), _AXIS, _MACHINES, finding)
    return Figure(drawing, "Decoding, over all machines that are compared")


def _by_class(
    results: ClassResults, payloads: Mapping[str, Sequence[CodecSpread]]
) -> Iterator[Figure]:
    """Yield the fastest codec of each format by classes of machines, where there are classes."""
    named = _named_classes(results)[:_MOST_CLASSES]
    if not named:
        return
    panels, best = [], []
    for payload, those in payloads.items():
        of_format: dict[str, str] = {}
        for each in _over_all(those):
            of_format.setdefault(each.codec.partition("/")[0], each.codec)
        rows = []
        for codec in of_format.values():
            of = {e.machine_class: e.mb_per_s for e in those if e.codec == codec}
            shown = [name for name in (None, *named) if name in of]
            boxes = tuple(_box(class_label(results, name), of[name]) for name in shown)
            rows.append(BoxRow(clipped(codec, _CODEC), boxes))
            best += [max(boxes[1:], key=lambda box: box.middle).series] if boxes[1:] else []
        panels.append(BoxPanel(clipped(payload), tuple(rows)))
    leader, count = Counter(best).most_common(1)[0] if best else ("no class", 0)
    finding = (
        f"Of classes of {results.group} machines and more, {leader} is the fastest in {count} of "
        f"{counted(len(best), 'pair')} of format and payload, by the middle machine."
    )
    series = (_ALL, *(class_label(results, name) for name in named))
    drawing = Boxes(tuple(panels), series, _AXIS, _MACHINES, finding)
    cut = len(_named_classes(results)) - len(named)
    caption = f"The {len(named)} largest classes." if cut else ""
    yield Figure(drawing, "The fastest codec of each format, by classes of machines", caption)


def _named_classes(results: ClassResults) -> list[str]:
    """Return classes of machines that may be named, the largest first."""
    counts = results.machine_classes
    return sorted((n for n in counts if is_shown(results, n)), key=lambda name: -counts[name])


def _box(series: str, values: Quantiles) -> Box:
    return Box(
        series, values.machines, values.low, values.lower, values.middle, values.upper, values.high
    )


def _table(results: ClassResults, payloads: Mapping[str, Sequence[CodecSpread]]) -> Table:
    every = _named_classes(results)
    named: list[str | None] = [None, *every[:_MOST_COLUMNS]]
    rows = []
    for group, (payload, those) in enumerate(payloads.items()):
        of = {(e.codec, e.machine_class): e.mb_per_s for e in those}
        for each in _over_all(those):
            cells = (
                spread_cell(of[each.codec, name], "MB/s", Kind.MEASURED)
                if (each.codec, name) in of
                else Cell("")
                for name in named
            )
            machines = each.mb_per_s.machines
            first = (
                Cell(clipped(each.codec)),
                Cell(clipped(payload)),
                Cell(f"{machines:,}", machines),
            )
            rows.append(Row((*first, *cells), group))
    columns = (
        Column("codec", left=True),
        Column("payload", left=True),
        Column("machines"),
        *(Column(class_label(results, name)) for name in named),
    )
    title = "Decoding, MB/s: the middle machine [5th, 95th percentile], over all and by class"
    left = len(every) - _MOST_COLUMNS
    note = f"{left} smaller classes left out: class.parquet has all machines." if left > 0 else ""
    return Table(title, columns, tuple(rows), (note,) if note else (), first=0)


def ratios(results: ClassResults) -> Section:
    """Return which codec beats which within each machine."""
    those = [ratio for ratio in results.ratios if ratio.times.machines >= results.group]
    title = "Which codec beats which, within each machine"
    if not those:
        text = f"No two codecs were measured on {results.group} machines or more."
        return Section(title, (Paragraph(text),))
    always = sum(ratio.faster == ratio.times.machines for ratio in those)
    fewest = min(those, key=lambda ratio: ratio.faster / ratio.times.machines)
    text = (
        f"Of {counted(len(those), 'comparison')} of the class's fastest codec with another, "
        f"{always:,} {'comes' if always == 1 else 'come'} out the same on every machine. The least "
        f"certain is {_versus(fewest)} ({clipped(fewest.payload)}): the first is faster on "
        f"{fewest.faster:,} of {counted(fewest.times.machines, 'machine')} "
        f"({percent(fewest.faster / fewest.times.machines)})."
    )
    blocks: list[Block] = [
        Paragraph(text),
        Paragraph(
            "Both were timed on the same machine in the same run, so that what makes a machine "
            "fast or slow cancels: this is what carries over to a machine that is not here.",
            quiet=True,
        ),
        *caution(min(r.times.machines for r in those), results.group, "a ratio"),
    ]
    blocks += [_ratio_figure(those), _ratio_table(those)]
    return Section(title, tuple(blocks))


def _versus(ratio: Ratio) -> str:
    return f"{clipped(ratio.codec, _CODEC)} against {clipped(ratio.other, _CODEC)}"


def _ratio_figure(those: Sequence[Ratio]) -> Figure:
    payloads: dict[tuple[str, str], list[Ratio]] = defaultdict(list)
    for ratio in those:
        payloads[ratio.payload, ratio.codec].append(ratio)
    panels, cut = [], 0
    for (payload, codec), rivals in payloads.items():
        closest = sorted(rivals, key=lambda ratio: ratio.times.middle)[:_FIRST_RATIOS]
        cut += len(rivals) - len(closest)
        rows = (BoxRow(clipped(r.other, _CODEC), (_box(_ALL, r.times),)) for r in closest)
        title = f"{clipped(payload, 12)}: {clipped(codec, 24)} against"
        panels.append(BoxPanel(title, tuple(rows)))
    near = min(those, key=lambda ratio: ratio.times.middle)
    finding = (
        f"{clipped(near.other, _CODEC)} comes closest ({clipped(near.payload)}): "
        f"{clipped(near.codec, _CODEC)} is {number(near.times.middle)} times as fast on the middle "
        f"machine, and faster on {near.faster:,} of {near.times.machines:,}."
    )
    limits = (Limit("equally fast", 1.0),)
    drawing = Boxes(tuple(panels), (_ALL,), "times as fast", _MACHINES, finding, limits)
    caption = f"The {_FIRST_RATIOS} closest of each payload; the table has all." if cut else ""
    return Figure(drawing, "Times as fast as others, within each machine", caption)


def _ratio_table(those: Sequence[Ratio]) -> Table:
    groups = {payload: at for at, payload in enumerate(dict.fromkeys(r.payload for r in those))}
    rows = tuple(
        Row(
            (
                Cell(clipped(ratio.codec)),
                Cell(clipped(ratio.other)),
                Cell(clipped(ratio.payload)),
                spread_cell(ratio.times, "1", Kind.MEASURED),
                Cell(f"{ratio.faster:,} of {ratio.times.machines:,}", ratio.faster),
            ),
            groups[ratio.payload],
        )
        for ratio in those
    )
    columns = (
        Column("codec", left=True),
        Column("against", left=True),
        Column("payload", left=True),
        Column("times as fast [5th, 95th percentile]"),
        Column("faster on"),
    )
    return Table("Codecs against each other, machine by machine", columns, rows, first=2 * ON_PAPER)
