"""Made-up people, the files of grade systems that name them, and how those name what is handed in.

All are invented. Names have what names have: accents, apostrophes, blanks, and twice the same.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.course.demo.naming import generator, pseudonym

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_FIRST = (
    *("Ada", "Amir", "Anaïs", "Björn", "Chloé", "Daniel", "Elif", "Emma", "Fatima", "Grace"),
    *("Hana", "Ines", "Ivan", "Jamal", "Jane", "João", "Jun", "Kofi", "Lars", "Lea"),
    *("Liam", "Lucía", "Mai", "Mateo", "Mia", "Minh", "Nadia", "Noah", "Olga", "Omar"),
    *("Priya", "Quinn", "Ravi", "Sana", "Sofía", "Tariq", "Uma", "Wei", "Yuki", "Zoë"),
)
_LAST = (
    *("Abbas", "Andersson", "Bauer", "Chen", "da Silva", "Dubois", "Eze", "Fischer", "García"),
    *("Haddad", "Ito", "Ivanova", "Jones", "Kaya", "Kim", "Kowalski", "Lee", "López", "Mensah"),
    *("Müller", "Nguyễn", "O'Brien", "Okafor", "Patel", "Petrov", "Rossi", "Sánchez", "Sato"),
    *("Schmidt", "Singh", "Smith", "Tanaka", "van Dijk", "Wang", "Weiß", "Yilmaz", "Zhang"),
)
_HOST = "uni.example"
_MISSING = 0.02
"""Share of students who are not on the roster: they came late."""
_NOTHING_IN = 0.03
"""People of the roster who hand nothing in, over students."""
_FIRST_OF_THOSE = 10**9
_COLUMN = "Data factory (317)"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who never was."""

    first: str
    last: str
    number: int
    """What systems count from: Canvas, Moodle's participant, Gradescope's submission."""
    pseudonym: str
    is_listed: bool
    """Whether the roster has this person."""

    @property
    def login(self) -> str:
        """The name for logging in."""
        return f"{_letters(self.last)[:6]}{self.number % 100_000:05d}"

    @property
    def email(self) -> str:
        """The address."""
        return f"{self.login}@{_HOST}"

    @property
    def sis(self) -> str:
        """The number of the registrar, with zeros that count."""
        return f"{self.number:09d}"


def person(seed: int, number: int) -> Person:
    """Return the person that a student of a class is."""
    first, last, listed = generator(seed, number, "person").random(3).tolist()
    digest = hashlib.sha256(f"{seed}/{number}/system".encode()).digest()
    return Person(
        _FIRST[int(first * len(_FIRST))],
        _LAST[int(last * len(_LAST))],
        100_000_000 + int.from_bytes(digest[:6], "little") % 800_000_000,
        pseudonym(seed, number),
        listed >= _MISSING,
    )


def _letters(name: str) -> str:
    """Return a name as systems squeeze it: its letters, in lower case."""
    return "".join(c for c in name.lower() if c.isascii() and c.isalpha())


def _as_plain(of: Person, name: str) -> str:
    del of
    return name


def _as_canvas(of: Person, name: str) -> str:
    squeezed = "".join(c for c in f"{of.last}{of.first}".lower() if c.isalpha())
    return f"{squeezed}_{of.number}_{of.number % 7_919_000 + 1_000_000}_{name}"


def _as_moodle(of: Person, name: str) -> str:
    return f"{of.first} {of.last}_{of.number}_assignsubmission_file_/{name}"


def _as_gradescope(of: Person, name: str) -> str:
    return f"submission_{of.number}/{name}"


PLAIN = "plain"
SYSTEMS: dict[str, Callable[[Person, str], str]] = {
    PLAIN: _as_plain,
    "canvas": _as_canvas,
    "moodle": _as_moodle,
    "gradescope": _as_gradescope,
}
"""How a system names a file that somebody handed in: its path in the folder that is downloaded."""


def people(seed: int, students: int) -> Iterable[Person]:
    """Yield the people of a class, and then those of the roster who handed nothing in."""
    for number in range(students):
        yield person(seed, number)
    for number in range(max(1, round(students * _NOTHING_IN))):
        yield person(seed, _FIRST_OF_THOSE + number)


_ROSTER = (
    *("Name", "Email address", "SIS Login ID", "SIS User ID", "Canvas ID"),
    *("Participant", "Gradescope submission", "Pseudonym"),
)


def roster(listed: Iterable[Person], *, with_pseudonyms: bool) -> bytes:
    """Return a roster as CSV: names, and what systems call people.

    with_pseudonyms: whether it tells which are whose; else the names of files have to.
    """
    rows = (
        (
            f"{each.last}, {each.first}",
            each.email,
            each.login,
            each.sis,
            each.number,
            each.number,
            each.number,
            each.pseudonym,
        )
        for each in listed
        if each.is_listed
    )
    columns = len(_ROSTER) if with_pseudonyms else len(_ROSTER) - 1
    return _csv([_ROSTER[:columns], *(row[:columns] for row in rows)], mark=False)


def gradebook(listed: Iterable[Person]) -> bytes:
    """Return what Canvas exports of a grade book in which nothing is graded yet."""
    head = (
        *("Student", "ID", "SIS User ID", "SIS Login ID", "Section", _COLUMN),
        *("Assignments Current Score", "Final Grade"),
    )
    points = ("    Points Possible", "", "", "", "", "6.00", "(read only)", "(read only)")
    rows = (
        (
            *(f"{each.last}, {each.first}", each.number, each.sis, each.login),
            *(f"LAB {each.number % 4 + 1}", "", "", ""),
        )
        for each in listed
        if each.is_listed
    )
    test = ("Student, Test", 99, "", "7c1f0e5b", "LAB 1", "", "0.00", "F")
    return _csv([head, points, *rows, test], mark=True)


def _csv(rows: Sequence[Sequence[object]], *, mark: bool) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig" if mark else "utf-8")
