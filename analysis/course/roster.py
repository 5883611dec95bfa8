"""The people of a class, as a file of an instructor has them: names, and what systems call them.

Any export will do: a gradebook, a list of participants, a spreadsheet. Columns are known by their
names, however systems write them; what is not known is left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analysis.course.gradebook import read_sheet
from analysis.course.spreadsheet import unlabelled
from analysis.errors import GradesError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from analysis.course.gradebook import Sheet

KINDS = {
    "email": ("email", "email address", "e-mail", "e-mail address", "mail", "sis email"),
    "login": ("login", "sis login id", "login id", "username", "user name", "netid", "net id"),
    "number": (
        *("id", "sis user id", "student id", "id number", "sid", "student number", "number"),
        *("orgdefinedid", "registration number", "matriculation number"),
    ),
    "canvas": ("canvas id", "canvas user id"),
    "github": ("github", "github username", "github_username", "github login", "github user"),
    "participant": ("participant", "moodle participant"),
    "gradescope": ("submission id", "gradescope submission", "gradescope"),
    "pseudonym": ("pseudonym", "pseudonyms"),
}
"""What identifies a person, and the names of columns that hold it, in lower case."""
NAMES = ("name", "student", "full name", "student name")
FIRST_NAMES = ("first name", "firstname", "given name", "first")
LAST_NAMES = ("last name", "lastname", "surname", "family name", "last")
SEVERAL = {"pseudonym", "gradescope"}
"""Of which a cell may have several, separated by blanks, commas or semicolons."""
NOBODY = {"points possible", "student, test", "test student", "test, student"}
"""Rows of a gradebook that are nobody: Canvas writes its points and its preview there."""
_PARTICIPANT = re.compile(r"(?:participant\s*)?(\d+)", re.IGNORECASE)
_DEPTH = 10
"""Lines among which the names of columns are looked for."""


@dataclass(frozen=True)
class Person:
    """Somebody of a class."""

    name: str
    row: int
    """Of the file, from 1."""
    ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What systems call this person, by kind, as it stands there."""

    def first(self, kind: str) -> str:
        """Return what a system calls this person; empty: that is not known."""
        return next(iter(self.ids.get(kind, ())), "")

    @property
    def title(self) -> str:
        """How a line names this person."""
        known = next((self.first(kind) for kind in KINDS if self.first(kind)), "")
        return f"{self.name} ({known})" if self.name and known else self.name or known

    @property
    def squeezed(self) -> frozenset[str]:
        """The name without blanks and signs, the first name first or last, as in files' names."""
        if "," in self.name:
            last, first = self.name.split(",", maxsplit=1)
            return frozenset({squeeze(last + first), squeeze(first + last)})
        *others, last = self.name.split() or [""]
        return frozenset({squeeze(self.name), squeeze(last + "".join(others))})


def squeeze(name: str) -> str:
    """Return a name's letters and digits, in lower case."""
    return "".join(c for c in name.casefold() if c.isalnum())


def plain(text: str) -> str:
    """Return what a system calls somebody, for comparing."""
    return text.strip().casefold()


def read_roster(path: Path) -> list[Person]:
    """Return the people of a file.

    Raises:
        GradesError: it cannot be read, or no column says who somebody is.

    """
    return people(read_sheet(path))


def people(sheet: Sheet) -> list[Person]:
    """Return the people of a sheet, a row each; rows that name nobody are left out.

    Raises:
        GradesError: no column says who somebody is.

    """
    top, columns = header(sheet)
    return [
        person
        for row in range(top + 1, len(sheet.rows))
        if (person := _person(sheet, row, columns)) is not None
    ]


def header(sheet: Sheet) -> tuple[int, dict[str, int]]:
    """Return the row that names the columns, and where each kind stands.

    Raises:
        GradesError: there is none.

    """
    best: tuple[int, dict[str, int]] = (0, {})
    for row in range(min(_DEPTH, len(sheet.rows))):
        columns = _columns([name.casefold() for name in sheet.header(row)])
        if len(columns) > len(best[1]):
            best = row, columns
    if not best[1]:
        raise GradesError(
            sheet.source,
            [
                (
                    "no column is named name, email, login, id or pseudonym; its columns are "
                    f"{', '.join(filter(None, sheet.header())) or 'without names'}: name them in "
                    "the first row"
                )
            ],
        )
    return best


def _columns(names: list[str]) -> dict[str, int]:
    synonyms = {
        "name": NAMES,
        "first name": FIRST_NAMES,
        "last name": LAST_NAMES,
        **KINDS,
    }
    places = {
        kind: names.index(known)
        for kind, those in synonyms.items()
        if (known := next((name for name in those if name in names), None))
    }
    if "sis user id" in names and "id" in names:
        # A gradebook of Canvas: its ID is its own, and the registrar's is SIS User ID.
        places |= {"number": names.index("sis user id"), "canvas": names.index("id")}
    elif "id" in names and "sis login id" in names:
        del places["number"]
        places["canvas"] = names.index("id")
    if "identifier" in names:
        # Moodle's worksheet has Participant 123; GitHub's list, what the instructor wrote.
        places.setdefault("participant", names.index("identifier"))
        if "github" in places:
            places.setdefault("number", names.index("identifier"))
    return places


def _person(sheet: Sheet, row: int, columns: Mapping[str, int]) -> Person | None:
    values = {kind: unlabelled(sheet.value(row, place)) for kind, place in columns.items()}
    name = values.get("name") or " ".join(
        filter(None, (values.get("first name"), values.get("last name")))
    )
    if name.casefold() in NOBODY:
        return None
    ids = {kind: known for kind in KINDS if (known := tuple(_ids(kind, values.get(kind, ""))))}
    return Person(name, row + 1, ids) if name or ids else None


def _ids(kind: str, text: str) -> Iterator[str]:
    if kind == "participant":
        if match := _PARTICIPANT.fullmatch(text):
            yield match[1]
    elif kind in SEVERAL:
        yield from filter(None, re.split(r"[\s,;]+", text))
    elif text:
        yield text
