"""Three questions that a comparison of formats mixes: another format, layout, or decoder.

Each has a figure and findings of its own. Formats are compared by their canonical layouts and
fastest decoders; layouts by the fastest decoder of each, in one format; decoders by the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from analysis.document.numbers import interval, number
from analysis.statistics.ratio import Comparison, compare, paired_ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from analysis.report.run import Cell, Row, Section
    from analysis.statistics.number import Number


@dataclass(frozen=True, slots=True)
class Point:
    """A dot of a figure: what it is called, of which payload, and how fast it decodes."""

    label: str
    payload: str
    cell: Cell
    emphasis: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a figure, whose dots may be compared with each other."""

    title: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """A question, what is held fixed while it is asked, its figure, and what that shows.

    ringed says which dots of the figure have a ring.
    """

    name: str
    question: str
    fixed: str
    ringed: str | None
    panels: tuple[Panel, ...]
    findings: tuple[str, ...]


def usual_sections(sections: Iterable[Section]) -> tuple[Section, ...]:
    """Return the first section of each payload: its usual batch, its own values."""
    first: dict[str, Section] = {}
    for section in sections:
        if "-" not in section.payload:
            first.setdefault(section.payload, section)
    return tuple(first.values())


def _fastest(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, Row]:
    """Return the fastest decode of each group, fastest first."""
    best: dict[str, Row] = {}
    for row in rows:
        if row.decode:
            best.setdefault(key(row), row)
    return best


def by_format(sections: tuple[Section, ...]) -> Axis:
    """Another format: canonical layouts, the fastest decoder of each."""
    panels, findings = [], []
    for section in sections:
        best = _fastest(section.canonical, lambda row: row.format)
        points = tuple(
            Point(name, section.payload, row.decode) for name, row in best.items() if row.decode
        )
        if points:
            panels.append(Panel(f"{section.payload}, {section.batch} a batch", points))
        if len(best) > 1:
            (first_name, first), *_, (last_name, last) = best.items()
            findings.append(
                f"{section.payload}: {first_name} {_times(last, first)} {last_name}, the slowest."
            )
    return Axis(
        "format",
        "Another format?",
        "the canonical layout of each format, the fastest decoder of each",
        None,
        tuple(panels),
        tuple(findings),
    )


def by_layout(sections: tuple[Section, ...]) -> Axis:
    """Another layout of the same format: the fastest decoder of each."""
    findings: list[str] = []
    points: dict[str, list[Point]] = {}
    for section in sections:
        best = _fastest(section.rows, lambda row: row.layout)
        formats = sorted({row.format for row in section.others if row.decode})
        for name in formats:
            rows = {layout: row for layout, row in best.items() if row.format == name}
            for layout, row in rows.items():
                if row.decode:
                    label = layout.partition("/")[2]
                    point = Point(label, section.payload, row.decode, emphasis=row.change is None)
                    points.setdefault(name, []).append(point)
            findings.extend(_layout_finding(section, rows))
    return Axis(
        "layout",
        "Another layout?",
        "one format, the fastest decoder of each layout",
        "the canonical layout",
        tuple(Panel(name, tuple(found)) for name, found in points.items()),
        tuple(findings),
    )


def _layout_finding(section: Section, rows: dict[str, Row]) -> Iterator[str]:
    canonical = next((row for row in rows.values() if row.change is None), None)
    fastest = next(iter(rows.values()))
    if canonical and fastest is not canonical:
        yield (
            f"{section.payload}: {fastest.layout} ({fastest.change}) "
            f"{_times(canonical, fastest)} the canonical {canonical.layout}."
        )


def by_decoder(sections: tuple[Section, ...]) -> Axis:
    """Another decoder of the same bytes: canonical layouts."""
    points: dict[str, list[Point]] = {}
    findings = []
    for section in sections:
        pairs = []
        rows = sorted((row for row in section.canonical if row.decode), key=lambda r: r.format)
        for name, group in groupby(rows, key=lambda row: row.format):
            found = list(group)
            for row in found:
                if row.decode:
                    point = Point(row.decoder, section.payload, row.decode, row.role == "naive")
                    points.setdefault(name, []).append(point)
            if len(found) > 1 and _share_a_process(found[-1], found[0]):
                pairs.append((found[-1], found[0]))
        if pairs:
            slow, fast = max(pairs, key=lambda pair: _ratio(*pair).value)
            findings.append(
                f"{section.payload}: on the same bytes, {fast.codec} {_times(slow, fast)} "
                f"{slow.codec}."
            )
    return Axis(
        "decoder",
        "Another decoder?",
        "the same bytes, those of the canonical layout",
        "what a newcomer writes",
        tuple(Panel(name, tuple(found)) for name, found in points.items()),
        tuple(findings),
    )


AXES: tuple[Callable[[tuple[Section, ...]], Axis], ...] = (by_format, by_layout, by_decoder)


def _ratio(slow: Row, fast: Row) -> Number:
    assert slow.decode is not None  # noqa: S101  callers keep rows with a decode only
    assert fast.decode is not None  # noqa: S101
    return paired_ratio(slow.decode.timing.medians_s, fast.decode.timing.medians_s)


def _times(slow: Row, fast: Row) -> str:
    """Say how one row decodes against another, as far as the intervals allow."""
    if not _share_a_process(slow, fast):
        return "was not measured together with"
    ratio = _ratio(slow, fast)
    said = compare(ratio)
    if said is Comparison.EQUIVALENT:
        return "is as fast (within 3 %) as"
    times = f"{number(ratio.value)} times {interval(ratio)}"
    if said is Comparison.UNDECIDED:
        return f"cannot be told apart ({times}) from"
    return f"decodes {times} as fast as"


def _share_a_process(one: Row, other: Row) -> bool:
    return bool(
        one.decode
        and other.decode
        and one.decode.timing.medians_s.keys() & other.decode.timing.medians_s.keys()
    )
