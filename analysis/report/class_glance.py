"""The class at a glance: what was handed in, what is compared, and what is not, and why."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from analysis.course.remark import Status
from analysis.document import (
    Card,
    Cards,
    Cell,
    Definitions,
    Finding,
    Findings,
    Paragraph,
    Section,
    Tone,
)
from analysis.report.class_text import caution, classes, clipped
from hardware_profiles.numerals import counted, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analysis.course.results import ClassResults
    from analysis.document import Block

_KINDS = {
    "what-if": "what-if runs, of a selection",
    "open": "open runs, of code that was changed",
    "other": "runs by no known edition of the rules",
    "closed": "closed runs, of another preset or edition",
}
"""Words in a workload's name, and what they say of it; the first counts."""


def glance(results: ClassResults) -> Section:
    """Return the first screen."""
    return Section("The class at a glance", tuple(_glance(results)), lead=True)


def _glance(results: ClassResults) -> Iterator[Block]:
    status = Counter(row.status for row in results.files)
    if not results.files:
        yield Paragraph("No file was handed in yet: there is nothing to be seen.")
        return
    yield Paragraph(
        f"{counted(len(results.files), 'file')} of {counted(students(results), 'student')}: "
        f"{status[Status.SOUND]:,} sound, {status[Status.LOOK]:,} to be looked at, "
        f"{status[Status.REJECTED]:,} rejected. {counted(results.machines, 'machine')} "
        f"{'is' if results.machines == 1 else 'are'} compared, one for each student."
    )
    yield Cards(tuple(_cards(results, status)))
    yield from caution(results.machines, results.group, "a class")


def students(results: ClassResults) -> int:
    """Return how many students there are, as far as files say whose they are."""
    return len({row.pseudonym for row in results.files if row.pseudonym is not None})


def _cards(results: ClassResults, status: Mapping[str, int]) -> Iterator[Card]:
    counting = sum(row.counts for row in results.files)
    unknown = sum(row.pseudonym is None for row in results.files)
    yield Card(
        "Files",
        f"{len(results.files):,}",
        f"of {counted(students(results), 'pseudonym')}"
        + (f", and {unknown:,} that do not say whose they are" if unknown else ""),
    )
    yield Card("Sound", f"{status[Status.SOUND]:,}", "nothing to remark", Tone.GOOD)
    yield Card(
        "To be looked at",
        f"{status[Status.LOOK]:,}",
        "they count, and may be odd for an honest reason",
        Tone.CAUTION if status[Status.LOOK] else "",
    )
    yield Card(
        "Rejected",
        f"{status[Status.REJECTED]:,}",
        "cannot be used; an earlier sound file still counts",
        Tone.BAD if status[Status.REJECTED] else "",
    )
    yield Card("Machines compared", f"{results.machines:,}", f"of {counting:,} that count")
    yield Card("Workload", _workload(results.workload), "what the compared runs measured")


def _workload(workload: str | None) -> str:
    return clipped(workload.rpartition(" ")[0] or workload) if workload else "none"


def compared(results: ClassResults) -> Section:
    """Return which machines are compared, and what was left out."""
    blocks: list[Block] = [
        Paragraph(
            "Only runs of the same workload compare: the same preset, samples and edition of the "
            "rules, and in the closed division the same code. "
            + (
                "The largest group of them is what the rest of this page is about."
                if results.workload
                else "No run can be compared."
            )
        )
    ]
    if results.machine_classes:
        blocks += _classes(results)
    left_out = tuple(_left_out(results))
    blocks.append(Findings(left_out or (Finding("Nothing that counts was left out."),)))
    return Section("What is compared, and what was left out", tuple(blocks))


def _classes(results: ClassResults) -> tuple[Block, ...]:
    shown = classes(results)
    total = sum(shown.values()) or 1
    items = tuple(
        (name, Cell(f"{counted(count, 'machine')}, {percent(count / total)}", count))
        for name, count in shown.items()
    )
    note = (
        "Classes of machines go by the processor's name. A class of fewer than "
        f"{results.group} machines has no name anywhere on this page, since its numbers would be "
        "those of a person."
    )
    return Definitions(items), Paragraph(note, quiet=True)


def _left_out(results: ClassResults) -> Iterator[Finding]:
    """Yield what counts and is not compared; small groups by their kind alone."""
    others: Counter[str] = Counter()
    small = 0
    for name, count in results.workloads.items():
        if name == results.workload:
            continue
        if count < results.group:
            small += count
        else:
            others[_kind(name)] += count
    for kind, count in others.most_common():
        yield Finding(f"{counted(count, 'machine')} with {kind}: kept, and not compared.")
    if small:
        yield Finding(
            f"{counted(small, 'machine')} with other workloads, fewer than {results.group} each: "
            "kept, and not compared."
        )
    if 0 < results.machines > results.modelled:
        yield Finding(
            f"What the model says rests on {results.modelled:,} of "
            f"{counted(results.machines, 'machine')}: others have no pipeline that could be "
            "calibrated, or were not drawn (`--models` says how many are)."
        )


def _kind(workload: str) -> str:
    words = workload.split()
    return next((text for word, text in _KINDS.items() if word in words), "another workload")
