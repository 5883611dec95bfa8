"""A course: what its instructor asks for, in a file that students put beside the noxfile."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from bench.errors import CourseError
from bench.presets import PRESETS
from hardware_profiles.errors import TextError
from hardware_profiles.problems import sentences
from hardware_profiles.text import read_text

COURSE_NAME = "course.toml"
"""Of the file that is read where none is named."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._/+-]{1,80}$")]
Line = Annotated[str, Field(pattern=r"^[ -~]{1,80}$")]
Prose = Annotated[str, Field(min_length=1, max_length=500)]
Act = Literal["gravity", "feeding-tax", "zero-waste", "drift"]
Minutes = Annotated[int, Field(ge=1, le=600)]
Share = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Question(_Table):
    """A question that counts."""

    name: Name
    points: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] = 1.0
    """For a prediction with an interval that was made before the answer, right or wrong."""
    text: Prose | None = None
    """In place of the lab's wording."""
    prompt: Prose | None = None
    """What to reflect on afterwards, in place of the lab's."""


class Thresholds(_Table):
    """From where a run is something to look at."""

    residual: Annotated[float, Field(gt=1, le=100, allow_inf_nan=False)] = 1.6
    """A case this factor faster than the class and the machine say."""
    group: Annotated[int, Field(ge=5, le=1000)] = 5
    """Smaller groups are not shown."""


_MINUTES: dict[Act, int] = {"gravity": 15, "feeding-tax": 20, "zero-waste": 10, "drift": 15}


class Lab(_Table):
    """What the lab asks for, and how it reads; all as in the lab's plan where nothing is said."""

    title: Line = "Lab 04: The Data Factory"
    minutes: dict[Act, Minutes] = _MINUTES
    """That each act is to take; they are shown, and nobody is stopped."""
    iterations: Annotated[int, Field(ge=1, le=1000)] = 15
    """In which the flow equilibrium is to be found, before its solution may be shown."""
    egress_usd: Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)] = 100_000.0
    """What data may cost to leave the cloud, for its badge."""
    hunger: Share = 0.10
    """The share of the time that an accelerator may wait, for its badge."""
    scenarios: dict[Act, Prose] = {}
    """The text above an act, in place of the lab's."""
    challenge: Prose | None = None
    """The Sustainability Lead's words, in place of the lab's."""

    @field_validator("minutes")
    @classmethod
    def _complete(cls, minutes: dict[Act, int]) -> dict[Act, int]:
        return _MINUTES | minutes


class Course(_Table):
    """What a course asks for."""

    name: Line
    term: Line
    nonce: Line
    """Seeds the data, so that a bundle belongs to this term."""
    preset: Name = "standard"
    edition: Annotated[int, Field(ge=1)] | None = None
    """Of the rules; null: this program's."""
    division: Literal["closed", "open"] = "closed"
    """closed: the code that is measured must be that of the edition; open: it may be changed."""
    opens: date | None = None
    """Runs that began before it are of another term. A day, UTC."""
    due: datetime | date | None = None
    """What is handed in later is late. UTC where it names no zone; a day: its end."""
    points: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] = 1.0
    """For a run that is sound."""
    pins: dict[Name, Line] = {}
    """Versions of libraries, by name, and of `python`, as a prefix: 3.11."""
    questions: tuple[Question, ...] = Field(default=(), strict=False)
    thresholds: Thresholds = Thresholds()
    lab: Lab = Lab()

    @model_validator(mode="after")
    def _known(self) -> Course:
        if self.preset not in PRESETS:
            raise ValueError(f"preset: {self.preset!r} is none of {', '.join(PRESETS)}")
        names = [question.name for question in self.questions]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"questions: {twice} stands there twice")
        if self.opens and self.deadline and self.deadline.date() < self.opens:
            raise ValueError("due: it is before opens")
        return self

    @property
    def deadline(self) -> datetime | None:
        """When it is due, UTC; None: it never is."""
        if self.due is None:
            return None
        if isinstance(self.due, datetime):
            due = self.due if self.due.tzinfo else self.due.replace(tzinfo=UTC)
            return due.astimezone(UTC)
        return datetime(self.due.year, self.due.month, self.due.day, 23, 59, 59, tzinfo=UTC)


def lab_of(course: Course | None) -> Lab:
    """Return a course's rules of the lab; those of its plan where there is no course."""
    return course.lab if course else Lab()


def read_course(path: Path) -> Course:
    """Return the course that a file describes.

    Raises:
        CourseError: it is none; all problems at once, each with its place.

    """
    try:
        text = read_text(path)
    except TextError as error:
        raise CourseError(str(path), [str(error)]) from None
    except OSError as error:
        raise CourseError(str(path), [error.strerror or str(error)]) from error
    try:
        return Course.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise CourseError(str(path), [f"not TOML: {error}"]) from None
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, place))}: {what}" for place, what in sentences(error.errors())
        ]
        raise CourseError(str(path), problems) from None


def course(named: str | None) -> Course | None:
    """Return the course that is named, or the one whose file lies here; None: there is none.

    Raises:
        CourseError: its file cannot be used.

    """
    if named:
        return read_course(Path(named))
    usual = Path(COURSE_NAME)
    return read_course(usual) if usual.exists() else None
