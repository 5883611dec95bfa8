"""A plain list: pseudonym, score, status and reasons, for whatever else an instructor uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.course.grades.system import Export, Filled
from analysis.course.spreadsheet import label, table

if TYPE_CHECKING:
    from analysis.course.grades.system import Graded, Request

NAME = "plain"
WHAT = "pseudonym, score, status and reasons; with a roster, names too"
EXPORT = Export.NONE
NEEDS_PEOPLE = False
COLUMNS = ("pseudonym", "score", "status", "reasons", "late", "submissions", "submission", "file")
OF_PEOPLE = ("name", "email", "id")
MISSING = "missing"
"""The status of somebody who handed in nothing."""


def write(request: Request) -> Filled:
    """Return the list: those with a score first, in no order of merit, then all others."""
    with_people = bool(request.people)
    rows = [_row(each, with_people=with_people) for each in request.graded]
    without = sum(each.points is None for each in request.graded)
    header = (*COLUMNS, *OF_PEOPLE) if with_people else COLUMNS
    return Filled(
        table(header, rows, for_people=True),
        (f"{len(rows) - without} with a score, {without} without; theirs is blank",),
    )


def _row(each: Graded, *, with_people: bool) -> list[object]:
    score, person = each.score, each.person
    row: list[object] = [None, None, MISSING, None, None, 0, None, None]
    if score:
        attempt = score.counted or score.tries[-1]
        row = [
            label(score.pseudonym),
            None if score.points is None else round(score.points, 2),
            score.status.value,
            "; ".join(score.reasons),
            score.is_late,
            len(score.tries),
            label(attempt.submission),
            attempt.file,
        ]
    if with_people:
        ids = [label(person.first(kind)) if person else "" for kind in ("email", "number")]
        row += [person.name if person else None, *ids]
    return row
