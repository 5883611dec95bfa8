"""What every system of grades is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from analysis.course.spreadsheet import number

if TYPE_CHECKING:
    from analysis.course.gradebook import Sheet
    from analysis.course.roster import Person
    from analysis.course.scores import Score

PLACES = 2
"""Of points: what systems keep."""


class Export(StrEnum):
    """Whether a system's own file is filled."""

    NEEDED = "needed"
    TAKEN = "taken"
    """Where it is given; else a new file is written."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Graded:
    """A person, a score, or both that belong together."""

    person: Person | None
    """None: nobody knows whose score it is."""
    score: Score | None
    """None: nothing was handed in."""

    @property
    def points(self) -> float | None:
        """None: nothing that counts; never 0 for that."""
        return self.score.points if self.score else None


@dataclass(frozen=True)
class Request:
    """What is to be written."""

    graded: tuple[Graded, ...]
    """Those with points first."""
    most: float
    """Points that a submission can have before a reader adds any."""
    course: str
    """Its name; empty: there is no course file."""
    export: Sheet | None
    column: str | None
    """Of the export, which to fill; None: that is found by the course's name."""
    only_changed: bool
    """Whether rows are left out whose grade stays as it was."""

    @property
    def people(self) -> list[Person]:
        """All whose name is known."""
        return [each.person for each in self.graded if each.person]


@dataclass(frozen=True)
class Filled:
    """What a system's file holds, and what a user should know of it."""

    data: bytes
    lines: tuple[str, ...]


class System(Protocol):
    """A module of this package."""

    NAME: str
    WHAT: str
    """What it writes, as a phrase."""
    EXPORT: Export
    NEEDS_PEOPLE: bool
    """Whether a score without a person is of no use to it."""

    def write(self, request: Request) -> Filled:
        """Return the file's content.

        Raises:
            GradesError: the export cannot be filled.

        """


def points(value: float) -> str:
    """Write points as systems take them: 7.5."""
    return number(round(value, PLACES), PLACES)


def feedback(score: Score) -> str:
    """Return why it is this score, as one line without markup."""
    text = "; ".join(score.reasons) or "all points"
    return text.replace("<", "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}").replace(
        ">", "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
    )
