"""Moodle: a new file to import, or the grading worksheet that an instructor downloaded, filled.

A new file has the address, the ID number, the grade and why; whoever imports it says which column
is which. The worksheet of an assignment knows its participants; grade and comment are filled.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.course.grades.filling import changed, rows_of, scale_line
from analysis.course.grades.system import Export, Filled, feedback
from analysis.course.spreadsheet import safe, table
from analysis.errors import GradesError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.course.gradebook import Sheet
    from analysis.course.grades.filling import Rows
    from analysis.course.grades.system import Request

NAME = "moodle"
WHAT = "addresses or ID numbers with grade and feedback, or the worksheet of an assignment filled"
EXPORT = Export.TAKEN
NEEDS_PEOPLE = True
COLUMNS = ("Email address", "ID number", "Grade", "Feedback comments")
MARK = "Data Factory: "
"""How our comments begin, so that another's is never replaced."""
_GRADE, _COMMENTS = "grade", "feedback comments"
_MOST, _OPEN = "maximum grade", "grade can be changed"
_LOCKED = "no"


def write(request: Request) -> Filled:
    """Return the file to import.

    Raises:
        GradesError: the worksheet has no column of grades.

    """
    return _worksheet(request.export, request) if request.export else _new(request)


def _new(request: Request) -> Filled:
    rows, lines = [], []
    for each in request.graded:
        person = each.person
        if person is None or each.score is None or each.points is None:
            continue
        email, number = person.first("email"), person.first("number")
        if email or number:
            rows.append([email, number, each.points, MARK + feedback(each.score)])
        else:
            lines.append(f"{person.title}: neither address nor ID number in the roster; left out")
    return Filled(
        table(COLUMNS, rows, for_people=False),
        (f"{len(rows)} with a grade; those without have no row", *lines),
    )


def _worksheet(sheet: Sheet, request: Request) -> Filled:
    rows = rows_of(sheet, request)
    header = sheet.header(rows.top)
    names = [name.casefold() for name in header]
    wanted = request.column.casefold() if request.column else _GRADE
    if wanted not in names:
        raise GradesError(
            sheet.source,
            [f"no column is called {wanted!r}; name one by --column: {'; '.join(header)}"],
        )
    column = names.index(wanted)
    lines: list[str] = []
    rows = _unlocked(sheet, rows, names, lines)
    change = changed(sheet, rows, column, request.graded)
    values = dict(change.values)
    if _COMMENTS in names:
        place = names.index(_COMMENTS)
        for each, row in rows.of.items():
            score, before = request.graded[each].score, sheet.value(row, place).strip()
            if score is None or not (before in {"", "-"} or before.startswith(MARK)):
                continue
            text = safe(MARK + feedback(score))
            if text != before:
                values[row, place] = text
    if _MOST in names and rows.of:
        row = min(rows.of.values())
        lines += scale_line(sheet, row, names.index(_MOST), request.most)
    lines = [f"column {header[column]}: {change.lines[0]}", *lines, *change.lines[1:], *rows.lines]
    if not request.only_changed:
        return Filled(sheet.filled(values), tuple(lines))
    kept = [*range(rows.top + 1), *sorted({row for row, _ in values})]
    return Filled(sheet.excerpt(kept, range(len(header)), values), tuple(lines))


def _unlocked(sheet: Sheet, rows: Rows, names: Sequence[str], lines: list[str]) -> Rows:
    """Return the rows whose grade Moodle lets us change."""
    if _OPEN not in names:
        return rows
    place = names.index(_OPEN)
    locked = {
        each: row
        for each, row in rows.of.items()
        if sheet.value(row, place).strip().casefold() == _LOCKED
    }
    lines += [f"row {row + 1}: its grade is locked; left as it was" for row in locked.values()]
    return replace(rows, of={e: r for e, r in rows.of.items() if e not in locked})
