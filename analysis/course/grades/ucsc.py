"""ID and grade, as registrars such as that of UC Santa Cruz take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.course.grades.system import Export, Filled
from analysis.course.spreadsheet import table

if TYPE_CHECKING:
    from analysis.course.grades.system import Request

NAME = "ucsc"
WHAT = "ID and grade, for a registrar"
EXPORT = Export.NONE
NEEDS_PEOPLE = True
COLUMNS = ("ID", "Grade")


def write(request: Request) -> Filled:
    """Return the file to import: a row each who has a grade."""
    rows, lines = [], []
    for each in request.graded:
        if each.person is None or each.points is None:
            continue
        if number := each.person.first("number"):
            rows.append([number, round(each.points, 2)])
        else:
            lines.append(f"{each.person.title}: no ID in the roster; left out")
    return Filled(
        table(COLUMNS, rows, for_people=False),
        (f"{len(rows)} with a grade; those without have no row", *lines),
    )
