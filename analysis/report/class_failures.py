"""What checks and questions came to: how many failed, and who; and all submissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.course.remark import Severity, Status
from analysis.document import Cell, Column, Paragraph, Row, Section, Table
from analysis.report.class_text import (
    ON_PAPER,
    REASON,
    clipped,
    name_cell,
    people,
    pseudonym_cell,
    shortened,
)
from hardware_profiles.numerals import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.course.results import ClassResults, FileRow
    from analysis.document import Block

_SEVERITIES = {
    Severity.REJECT: "the file cannot be used",
    Severity.LOOK: "to be looked at",
    Severity.NOTE: "matters for comparing",
}
_REASONS = 3
"""That are shown of a file."""


def failures(results: ClassResults) -> Section:
    """Return what rules had to say, and which questions have no lock."""
    files = sum(row.status != Status.SOUND for row in results.files)
    text = (
        f"{files:,} of {counted(len(results.files), 'file')} cannot be used or should be looked "
        "at; what the checks note of others matters for comparing alone. The rule that concerns "
        "most of them stands first in its group."
        if results.failures
        else "No rule had anything to say of any file."
    )
    blocks: list[Block] = [Paragraph(text)]
    if results.failures:
        blocks.append(_checks(results))
    if results.questions:
        blocks.append(_questions(results))
    return Section("Failures by check and by question", tuple(blocks))


def _checks(results: ClassResults) -> Table:
    order = list(_SEVERITIES)
    ordered = sorted(results.failures, key=lambda f: (_place(order, f.severity), -f.files))
    rows = tuple(
        Row(
            (
                name_cell(failure.rule, 24),
                Cell(_SEVERITIES.get(Severity(failure.severity), failure.severity)),
                Cell(clipped(failure.what, REASON)),
                Cell(f"{failure.files:,}", failure.files),
                Cell(people(failure.who, failure.files)),
            ),
            _place(order, failure.severity),
        )
        for failure in ordered
    )
    columns = (
        Column("rule", left=True),
        Column("what it comes to", left=True),
        Column("what it asks", left=True, detail=True),
        Column("files"),
        Column("who", left=True),
    )
    return Table("Rules that had something to say", columns, rows, first=2 * ON_PAPER)


def _place(order: list[Severity], severity: str) -> int:
    return next((at for at, one in enumerate(order) if one.value == severity), len(order))


def _questions(results: ClassResults) -> Table:
    rows = tuple(
        Row(
            (
                name_cell(question.name, 40),
                Cell(f"{question.students:,}", question.students),
                Cell(f"{question.locked:,}", question.locked),
                Cell(f"{question.late:,}", question.late),
                Cell(f"{question.scored:,}", question.scored),
                Cell(people(question.unlocked, question.students - question.locked)),
            )
        )
        for question in results.questions
    )
    columns = (
        Column("question", left=True),
        Column("students"),
        Column("locked"),
        Column("locked after the run"),
        Column("answered since"),
        Column("without a lock", left=True),
    )
    notes = tuple(f"`{clipped(q.name, 40)}`: {clipped(q.text, 400)}" for q in results.questions)
    return Table("Questions, and who has no prediction", columns, rows, notes)


def submissions(results: ClassResults) -> Section:
    """Return all files: those that count first, rejected ones never above them."""
    usable = [row for row in results.files if row.status != Status.REJECTED]
    rejected = [row for row in results.files if row.status == Status.REJECTED]
    text = (
        f"{counted(len(usable), 'file')} can be used, {len(rejected):,} cannot. Of a student's "
        "files the last one that can be used counts; a later one that is rejected takes nothing "
        f"from it.{_nothing_counts(_without(results))}"
        if results.files
        else "No file was handed in."
    )
    blocks: list[Block] = [Paragraph(text)]
    if usable:
        ordered = sorted(usable, key=lambda r: (not r.counts, r.pseudonym or "", r.file))
        blocks.append(_files("Submissions that can be used", ordered))
    if rejected:
        ordered = sorted(rejected, key=lambda r: (r.pseudonym is None, r.pseudonym or "", r.file))
        blocks.append(_files("Files that were rejected, and why", ordered))
    return Section("Submissions", tuple(blocks))


def _nothing_counts(count: int) -> str:
    if not count:
        return ""
    have = "has" if count == 1 else "have"
    return f" {counted(count, 'pseudonym')} {have} no file that counts: no score, and never 0."


def _without(results: ClassResults) -> int:
    """Return how many pseudonyms have no file that counts."""
    known = {row.pseudonym for row in results.files if row.pseudonym is not None}
    return len(known - {row.pseudonym for row in results.files if row.counts})


def _files(title: str, files: Iterable[FileRow]) -> Table:
    rows = tuple(
        Row(
            (
                pseudonym_cell(row.pseudonym) if row.pseudonym is not None else Cell("not known"),
                Cell(clipped(row.file)),
                Cell(_status(row)),
                Cell(_reasons(row)),
            )
        )
        for row in files
    )
    columns = (
        Column("pseudonym", left=True),
        Column("file", left=True),
        Column("status", left=True),
        Column("reasons", left=True),
    )
    return shortened(Table(title, columns, rows, first=2 * ON_PAPER))


def _status(row: FileRow) -> str:
    word = {Status.LOOK: "to be looked at"}.get(Status(row.status), row.status)
    return word if row.counts or row.status == Status.REJECTED else f"{word}; another one counts"


def _reasons(row: FileRow) -> str:
    shown = [clipped(reason, REASON) for reason in row.reasons[:_REASONS]]
    more = len(row.reasons) - len(shown)
    return "; ".join([*shown, f"{more:,} more"] if more else shown)
