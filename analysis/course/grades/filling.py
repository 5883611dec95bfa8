"""A system's own file and people with scores brought together: whose row, and which cells change.

A blank never erases what stands there, and neither does a score where a system says that there is
none to give: Canvas writes EX for somebody who is excused, N/A for whom it is not assigned to.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.course.grades.system import PLACES, points
from analysis.course.joining import Directory
from analysis.course.roster import header, people

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from analysis.course.gradebook import Sheet
    from analysis.course.grades.system import Graded, Request
    from analysis.course.roster import Person

ALSO = {"login": ("login", "email"), "email": ("email", "login")}
"""What else a kind of name may be called in a roster: logins often are addresses."""
BLANK = {"", "-"}
KEPT = {"ex", "n/a"}
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_COMMA = re.compile(r"-?\d+,\d+")


@dataclass(frozen=True)
class Rows:
    """The rows of people in a system's file."""

    top: int
    """The row that names the columns."""
    of: Mapping[int, int]
    """By place in the request's `graded`, the row of that person."""
    students: frozenset[int]
    """All rows of people."""
    lines: tuple[str, ...]
    """Who could not be matched."""


@dataclass(frozen=True)
class Change:
    """What becomes of the column of grades."""

    values: Mapping[tuple[int, int], str]
    """By row and column, what is written."""
    lines: tuple[str, ...]


def rows_of(sheet: Sheet, request: Request) -> Rows:
    """Return whose row is whose, by what systems call people.

    Raises:
        GradesError: the file names nobody.

    """
    top, _ = header(sheet)
    there = people(sheet)
    graded = [(place, g) for place, g in enumerate(request.graded) if g.person]
    directory = Directory([g.person for _, g in graded if g.person])
    lines: list[str] = []
    rows: dict[int, list[Person]] = defaultdict(list)
    for person in there:
        those = _meant(directory, person)
        if len(those) == 1:
            rows[graded[next(iter(those))][0]].append(person)
        elif those:
            names = " or ".join(directory.people[each].title for each in sorted(those))
            lines.append(f"{person.title}, row {person.row}: may be {names}; left as it was")
        else:
            lines.append(f"{person.title}, row {person.row}: not in the roster; left as it was")
    for place, each in graded:
        if place not in rows and each.person:
            lines.append(f"{each.person.title}: not in {sheet.source}{_lost(each)}")
        elif len(rows.get(place, ())) > 1 and each.person:
            numbers = ", ".join(str(person.row) for person in rows.pop(place))
            lines.append(f"{each.person.title}: may be rows {numbers}; left as they were")
    return Rows(
        top,
        {place: those[0].row - 1 for place, those in rows.items()},
        frozenset(person.row - 1 for person in there),
        tuple(lines),
    )


def changed(sheet: Sheet, rows: Rows, column: int, graded: Sequence[Graded]) -> Change:
    """Return what is to be written into a column of points."""
    values: dict[tuple[int, int], str] = {}
    lines: list[str] = []
    same = blank = 0
    comma = _writes_commas(sheet, column)
    for place, row in sorted(rows.of.items(), key=lambda pair: pair[1]):
        each, before = graded[place], sheet.value(row, column).strip()
        title = each.person.title if each.person else ""
        if each.points is None:
            blank += 1
        elif before.casefold() in KEPT:
            lines.append(f"{title}: {before} was kept; the score is {points(each.points)}")
        elif before in BLANK or not _is_same(before, each.points):
            text = points(each.points)
            values[row, column] = text.replace(".", ",") if comma else text
            if _NUMBER.fullmatch(before) and _value(before) > each.points:
                lines.append(f"{title}: lowered from {before} to {points(each.points)}")
        else:
            same += 1
    summary = f"{len(values)} filled, {same} as they were, {blank} without a score and left alone"
    return Change(values, (summary, *lines))


def scale_line(sheet: Sheet, row: int, column: int, most: float) -> Iterator[str]:
    """Yield what to say where a system has fewer points than the course gives."""
    text = sheet.value(row, column).strip()
    if _NUMBER.fullmatch(text) and _value(text) < most:
        yield (
            f"{sheet.source} has {text} points for it, and the course gives up to {points(most)}: "
            "is it the right column?"
        )


def _meant(directory: Directory, person: Person) -> set[int]:
    those: set[int] = set()
    for kind, values in person.ids.items():
        for other in ALSO.get(kind, (kind,)):
            for value in values:
                those |= directory.called(other, value)
    return those


def _lost(graded: Graded) -> str:
    return "" if graded.points is None else f"; the score is {points(graded.points)}"


def _writes_commas(sheet: Sheet, column: int) -> bool:
    return any(_COMMA.fullmatch(sheet.value(row, column).strip()) for row in range(len(sheet.rows)))


def _value(text: str) -> float:
    return float(text.replace(",", "."))


def _is_same(text: str, value: float) -> bool:
    return bool(_NUMBER.fullmatch(text)) and round(_value(text), PLACES) == round(value, PLACES)
