"""The gradebook that an instructor exported from Canvas, with one of its columns filled.

Canvas makes a new assignment of a column that it does not know, so none is added. Its file has a
row of points possible, one of posting policies, and a preview student; they stay as they are.

Source: lib/gradebook_exporter.rb and lib/gradebook_importer.rb of instructure/canvas-lms.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analysis.course.grades.filling import changed, rows_of, scale_line
from analysis.course.grades.system import Export, Filled
from analysis.errors import GradesError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.course.gradebook import Sheet
    from analysis.course.grades.filling import Rows
    from analysis.course.grades.system import Request

NAME = "canvas"
WHAT = "the exported gradebook with one column filled"
EXPORT = Export.NEEDED
NEEDS_PEOPLE = True
_ASSIGNMENT = re.compile(r"(?P<title>.*\S)\s+\((?P<id>\d+)\)", re.DOTALL)
_OF_PEOPLE = {
    *("student", "lastname", "firstname", "id", "sis user id", "sis login id"),
    *("integration id", "root account", "section"),
}
"""Columns that Canvas wants to see again, whatever else is left out."""
_POINTS = "points possible"


def write(request: Request) -> Filled:
    """Return the gradebook with one column filled.

    Raises:
        GradesError: there is none, or no column to fill.

    """
    sheet = request.export
    if sheet is None:
        raise GradesError("--grades canvas", ["name the gradebook: --grades canvas=EXPORT.csv"])
    rows = rows_of(sheet, request)
    header = sheet.header(rows.top)
    column = _column(sheet, header, request)
    lines: list[str] = []
    above = [row for row in range(rows.top + 1, len(sheet.rows)) if row not in rows.students]
    for row in above:
        if sheet.value(row, 0).strip().casefold() == _POINTS:
            _require_writable(sheet, row, column, header)
            lines += scale_line(sheet, row, column, request.most)
    change = changed(sheet, rows, column, request.graded)
    lines = [f"column {header[column]}: {change.lines[0]}", *lines, *change.lines[1:], *rows.lines]
    if not request.only_changed:
        return Filled(sheet.filled(change.values), tuple(lines))
    kept = [
        *range(rows.top + 1),
        *_policies(sheet, rows, above),
        *sorted(r for r, _ in change.values),
    ]
    columns = [
        place
        for place, name in enumerate(header)
        if name.casefold() in _OF_PEOPLE or place == column
    ]
    return Filled(sheet.excerpt(kept, columns, change.values), tuple(lines))


def _policies(sheet: Sheet, rows: Rows, above: Sequence[int]) -> list[int]:
    """Return the rows between the names of columns and the first student."""
    first = min(rows.students, default=len(sheet.rows))
    return [row for row in above if row < first]


def _column(sheet: Sheet, header: Sequence[str], request: Request) -> int:
    """Return which column to fill: the one that is named, or that is called as the course is."""
    titles = {place: m for place, n in enumerate(header) if (m := _ASSIGNMENT.fullmatch(n))}
    wanted = request.column if request.column is not None else request.course
    plain = " ".join(wanted.split()).casefold()
    exact = [
        place
        for place, name in enumerate(header)
        if request.column and name == wanted and name.casefold() not in _OF_PEOPLE
    ]
    alike = [
        place
        for place, match in titles.items()
        if plain in {" ".join(match["title"].split()).casefold(), match["id"]}
    ]
    those = exact or alike
    if len(those) == 1:
        return those[0]
    names = "; ".join(header[place] for place in titles) or "none that is an assignment's"
    what = "more than one column is" if those else "no column is"
    raise GradesError(
        sheet.source,
        [f"{what} called {wanted!r}; name one by --column. Its assignments: {names}"],
    )


def _require_writable(sheet: Sheet, row: int, column: int, header: Sequence[str]) -> None:
    text = sheet.value(row, column).strip()
    if text.startswith("(") and text.endswith(")"):
        raise GradesError(
            sheet.source, [f"column {header[column]}: Canvas says {text}; name another by --column"]
        )
