"""Three questions that a comparison of formats mixes: another format, layout, or decoder.

Each has a figure and findings of its own. Formats are compared by their canonical layouts and
fastest decoders; layouts by the fastest decoder of each, in one format; decoders by the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from analysis.document import Figure, Finding, Findings, Paragraph, Section
from analysis.document.figures import Dot, Dots, Limit, Panel
from analysis.document.numbers import MEASURED_PERCENT, interval, number
from analysis.statistics.codecs import fastest, share_a_process, times_as_fast
from analysis.statistics.ratio import EQUIVALENCE, Comparison, compare
from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from analysis.statistics.codecs import BatchResults, CodecResult


@dataclass(frozen=True, slots=True)
class Axis:
    """A question, and what answers it."""

    name: str
    question: str
    fixed: str
    """What is the same in all that is compared."""
    ringed: str | None
    """Which dots of the figure have a circle."""
    panels: tuple[Panel, ...]
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Panels:
    """Dots by the title of their panel, in the order in which they come."""

    dots: dict[str, list[Dot]] = field(default_factory=dict)

    def add(
        self, title: str, label: str, payload: str, result: CodecResult, *, ringed: bool = False
    ) -> None:
        if result.decode:
            dot = Dot(label, payload, result.decode.mb_per_s, ringed)
            self.dots.setdefault(title, []).append(dot)

    def panels(self) -> tuple[Panel, ...]:
        return tuple(Panel(title, tuple(dots)) for title, dots in self.dots.items())


def by_format(batches: Sequence[BatchResults]) -> Axis:
    """Another format: canonical layouts, the fastest decoder of each."""
    panels, findings = [], []
    for results in batches:
        best = fastest(results.canonical, lambda result: result.format)
        dots = tuple(
            Dot(name, results.payload, result.decode.mb_per_s)
            for name, result in best.items()
            if result.decode
        )
        if dots:
            title = f"{results.payload}, {results.batch} per batch"
            panels.append(Panel(title, dots, tuple(_ceilings(results))))
        if len(best) > 1:
            (first_name, first), *_, (last_name, last) = best.items()
            findings.append(
                _finding(
                    f"{results.payload}: {first_name}", last, first, f"{last_name}, the slowest"
                )
            )
    return Axis(
        "format",
        "Another format?",
        "the canonical layout of each format, the fastest decoder of each",
        None,
        tuple(panels),
        tuple(findings),
    )


def _ceilings(results: BatchResults) -> Iterator[Limit]:
    """Yield what no decoder can pass: memcpy, and reading the encoded bytes of each format."""
    for result in fastest(results.canonical, lambda result: result.format).values():
        if result.read:
            yield Limit("read", result.read.mb_per_s.value, result.format)
    if results.memcpy:
        yield Limit("memcpy", results.memcpy.mb_per_s.value)


def by_layout(batches: Sequence[BatchResults]) -> Axis:
    """Another layout of the same format: the fastest decoder of each."""
    findings: list[Finding] = []
    panels = _Panels()
    for results in batches:
        best = fastest(results.codecs, lambda result: result.layout)
        for name in sorted({result.format for result in results.others if result.decode}):
            layouts = {key: result for key, result in best.items() if result.format == name}
            for layout, result in layouts.items():
                label = layout.partition("/")[2]
                panels.add(name, label, results.payload, result, ringed=result.change is None)
            findings.extend(_layout_finding(results, layouts))
    return Axis(
        "layout",
        "Another layout?",
        "one format, the fastest decoder of each layout",
        "the canonical layout",
        panels.panels(),
        tuple(findings),
    )


def _layout_finding(results: BatchResults, layouts: dict[str, CodecResult]) -> Iterator[Finding]:
    canonical = next((result for result in layouts.values() if result.change is None), None)
    fastest = next(iter(layouts.values()))
    if canonical and fastest is not canonical:
        yield _finding(
            f"{results.payload}: {fastest.layout} ({fastest.change})",
            canonical,
            fastest,
            f"the canonical {canonical.layout}",
        )


def by_decoder(batches: Sequence[BatchResults]) -> Axis:
    """Another decoder of the same bytes: canonical layouts."""
    panels = _Panels()
    findings = []
    for results in batches:
        pairs = []
        decoded = sorted((r for r in results.canonical if r.decode), key=lambda r: r.format)
        for name, group in groupby(decoded, key=lambda result: result.format):
            decoders = list(group)
            for result in decoders:
                ringed = result.role == "naive"
                panels.add(name, result.decoder, results.payload, result, ringed=ringed)
            if len(decoders) > 1 and share_a_process(decoders[-1], decoders[0]):
                pairs.append((decoders[0], decoders[-1]))
        if pairs:
            fast, slow = max(pairs, key=lambda pair: times_as_fast(*pair).value)
            start = f"{results.payload}: on the same bytes, {fast.codec}"
            findings.append(_finding(start, slow, fast, slow.codec))
    return Axis(
        "decoder",
        "Another decoder?",
        "the same bytes, those of the canonical layout",
        "the code that most beginners write",
        panels.panels(),
        tuple(findings),
    )


AXES: tuple[Callable[[Sequence[BatchResults]], Axis], ...] = (by_format, by_layout, by_decoder)


def _finding(start: str, slow: CodecResult, fast: CodecResult, end: str) -> Finding:
    """Say how one codec decodes against another, as far as the intervals allow."""
    if not share_a_process(slow, fast):
        return Finding(f"{start} was not measured together with {end}.")
    ratio = times_as_fast(fast, slow)
    if not ratio.bounded:
        return Finding(f"{start} against {end}: too few processes to tell.")
    times = f"{number(ratio.value)} times {interval(ratio)}"
    verb = {
        Comparison.EQUIVALENT: f"is as fast (within {percent(EQUIVALENCE)}) as",
        Comparison.UNDECIDED: f"cannot be told apart ({times}) from",
    }.get(compare(ratio), f"decodes {times} as fast as")
    return Finding(f"{start} {verb} {end}.", {"times_as_fast": ratio})


_INTRODUCTION = (
    "Is one format faster than another, one layout of a format, or one decoder of the same bytes? "
    "Each is asked alone, with the other two held fixed. Rates are payload bytes decoded per "
    f"second; dots are medians of process medians, bars {MEASURED_PERCENT} intervals. Speed-ups "
    f"are ratios within a process; under {percent(EQUIVALENCE)} counts as equal."
)
_CEILINGS = {
    True: "Dashed line: memcpy of the same bytes, which no decoder that copies can pass.",
    False: "Grey tick: reading the encoded bytes from the page cache.",
}
"""What limits are, by whether they are those of all rows of a panel."""


_PAGE_ONLY = {"layout"}
"""Questions that paper has no room for."""


def section(axes: Sequence[Axis], payloads: Sequence[str]) -> Section:
    """Return the three questions, each with its figure and findings.

    Args:
        axes: the questions.
        payloads: all of the report, so that each keeps its colour.

    """
    questions = tuple(
        Section(axis.question, tuple(_blocks(axis, payloads)), page_only=axis.name in _PAGE_ONLY)
        for axis in axes
        if axis.panels
    )
    return Section("Three questions", (Paragraph(_INTRODUCTION, detail=True),), questions)


def _caption(axis: Axis) -> str:
    """Explain what is drawn beside dots and their intervals, and only that."""
    parts = []
    if axis.ringed and any(dot.ringed for panel in axis.panels for dot in panel.dots):
        parts.append(f"Circled: {axis.ringed}.")
    drawn = {limit.label is None for panel in axis.panels for limit in panel.limits}
    parts += [text for of_all, text in _CEILINGS.items() if of_all in drawn]
    return " ".join(parts)


def _blocks(axis: Axis, payloads: Sequence[str]) -> Iterator[Paragraph | Figure | Findings]:
    yield Paragraph(f"Held fixed: {axis.fixed}.", quiet=True)
    yield Figure(
        Dots(axis.panels, tuple(payloads), "payload MB/s, log scale"),
        f"Decode throughput by {axis.name}",
        _caption(axis),
    )
    if axis.findings:
        yield Findings(axis.findings)
