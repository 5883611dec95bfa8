"""What a student's submissions come to: which one counts, and the points that it gives, and why.

The rule: of one student's submissions the last by `written` counts that is not rejected; where two
were written in the same minute, the one whose file's name comes last. A later one that is rejected
loses nothing of an earlier one, and all are kept and listed. Nothing that counts is no score at
all, never 0: an instructor decides what it means.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from analysis.course.remark import Status
from analysis.course.spreadsheet import number

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bench.course import Course

RUN = "run"
"""The name of the part that a run gives points for."""
POINTS_OF_A_RUN = 1.0
"""Without a course file."""
_SUFFIXES = re.compile(r"(\.json)?(\.gz)?$")
_USED = {
    *("submission", "file", "pseudonym", "status", "written", "reasons"),
    *("question", "choice", "low", "high", "late", "answer", "value", "right", "held"),
}
"""Columns of both tables that a score depends on."""
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Part:
    """What a score is the sum of."""

    name: str
    """`run`, a question's name, or a question's name and what a reader judges of its answer."""
    points: float | None
    """None: nobody has judged it yet; it is left out."""
    most: float | None
    """What it can give; None: its reader decides."""
    why: str
    """A sentence without its stop."""


@dataclass(frozen=True, slots=True)
class Try:
    """A submission of a student."""

    submission: str
    file: str
    written: str
    """Empty: it could not be read so far."""
    status: Status
    is_late: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """What a student's submissions come to."""

    owner: str
    """Whose they are: of `owners`, else the pseudonym, else the file's name."""
    pseudonym: str
    """Of the one that counts; empty: no file could be read so far."""
    counted: Try | None
    """None: all are rejected."""
    tries: tuple[Try, ...]
    """In the order in which they were written."""
    parts: tuple[Part, ...]

    @property
    def points(self) -> float | None:
        """The sum of what was judged; None: nothing counts, which is not 0."""
        if self.counted is None:
            return None
        return sum(part.points for part in self.parts if part.points is not None)

    @property
    def status(self) -> Status:
        """Of the one that counts; rejected: none does."""
        return self.counted.status if self.counted else Status.REJECTED

    @property
    def is_late(self) -> bool:
        """Whether the one that counts was handed in late; it costs nothing by itself."""
        return bool(self.counted and self.counted.is_late)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is this score, in sentences without stops, the most important first."""
        if self.counted is None:
            return ("no submission counts", *self.tries[-1].reasons)
        result = [
            f"{part.name}: {_of(part)}; {part.why}"
            for part in self.parts
            if part.points is None or part.points != part.most
        ]
        if self.is_late:
            result.append("handed in late")
        if self.status is Status.LOOK:
            result += self.counted.reasons
        place = self.tries.index(self.counted)
        if len(self.tries) > 1:
            result.append(f"submission {place + 1} of {len(self.tries)} counts")
        for other, attempt in enumerate(self.tries):
            if attempt.status is Status.REJECTED and (other > place or not attempt.written):
                which = "a later one" if other > place else "one without a date"
                why = "; ".join(attempt.reasons) or "no reason is known"
                result.append(f"{which} was rejected: {why}")
        return tuple(result)


def scores(
    submissions: pa.Table | Iterable[Mapping[str, Any]],
    locks: pa.Table | Iterable[Mapping[str, Any]],
    course: Course | None,
    owners: Mapping[str, str] | None = None,
    late_files: Collection[str] = (),
) -> list[Score]:
    """Return the score of each student, by pseudonym; those without points come last.

    Args:
        submissions: rows of `analysis.course.tables.SUBMISSIONS`.
        locks: rows of `analysis.course.tables.LOCKS`.
        course: what gives points, and when it is due; None: a run gives one, and nothing is late.
        owners: by a submission's file, whose it is; what is missing goes by its pseudonym.
        late_files: which files the system that they were handed in by calls late.

    """
    known = owners or {}
    groups: dict[str, list[tuple[Try, str]]] = defaultdict(list)
    for row in _rows(submissions):
        file, pseudonym = str(row["file"]), str(row.get("pseudonym") or "")
        attempt = _try(row, course, is_marked=file in late_files)
        groups[known.get(file) or pseudonym or file].append((attempt, pseudonym))
    answers = _answers(_rows(locks))
    result = [_score(owner, tries, answers, course) for owner, tries in groups.items()]
    return sorted(result, key=lambda s: (s.points is None, s.pseudonym, s.owner))


def most(course: Course | None) -> float:
    """Return the points that a submission can have before a reader adds any."""
    if course is None:
        return POINTS_OF_A_RUN
    return course.points + sum(question.points for question in course.questions)


def with_parts(score: Score, parts: Sequence[Part]) -> Score:
    """Return a score with more parts, or others in place of those of the same name."""
    if score.counted is None:
        return score
    new = {part.name: part for part in parts}
    kept = [new.pop(part.name, part) for part in score.parts]
    return replace(score, parts=(*kept, *new.values()))


def order(file: str) -> tuple[tuple[int, int, str], ...]:
    """Return a file's place among others of its student: numbers in names count as numbers.

    >>> sorted(["x-10.json.gz", "x-2.json.gz", "x.json.gz"], key=order)
    ['x.json.gz', 'x-2.json.gz', 'x-10.json.gz']
    """
    parts = _DIGITS.split(_SUFFIXES.sub("", file, count=1))
    return tuple((1, int(p), "") if p.isdecimal() and p.isascii() else (0, 0, p) for p in parts)


def _rows(table: pa.Table | Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    if not isinstance(table, pa.Table):
        return table
    # A class of many thousands has more columns than are looked at here.
    used = [name for name in table.column_names if name in _USED]
    rows: list[dict[str, Any]] = table.select(used).to_pylist()
    return rows


def _try(row: Mapping[str, Any], course: Course | None, *, is_marked: bool) -> Try:
    written = str(row.get("written") or "")
    return Try(
        submission=str(row["submission"]),
        file=str(row["file"]),
        written=written,
        status=Status(row["status"]),
        is_late=is_marked or is_late(written, course),
        reasons=tuple(row.get("reasons") or ()),
    )


def is_late(written: str, course: Course | None) -> bool:
    """Tell whether something was written after it was due; what cannot be told is not late."""
    deadline = course.deadline if course else None
    if deadline is None or not written:
        return False
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return False
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) > deadline


def _answers(
    rows: Iterable[Mapping[str, Any]],
) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return rows by submission and question; of several, the first that is a lock in time."""
    result: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in rows:
        key = str(row["submission"]), str(row["question"])
        if key not in result or (_refusal(result[key]) and not _refusal(row)):
            result[key] = row
    return result


def _refusal(row: Mapping[str, Any] | None) -> str:
    """Return why a row gives no points; empty: it gives them."""
    if row is None or row.get("choice") is None:
        return "no prediction was made before its answer was shown"
    if row.get("late"):
        return "the prediction was made after the run that answers it"
    if row.get("low") is None or row.get("high") is None:
        return "the prediction has no interval"
    return ""


def _outcome(row: Mapping[str, Any]) -> str:
    interval = f"predicted {row['choice']}, [{row['low']:.3g}, {row['high']:.3g}]"
    if row.get("answer") is None:
        return f"{interval}; it is not answered yet"
    right = "right" if row.get("right") else f"it is {row['answer']}"
    holds = "holds" if row.get("held") else "does not hold"
    return f"{interval}: {right}, and the interval {holds} {row['value']:.3g}"


def _score(
    owner: str,
    tries: Sequence[tuple[Try, str]],
    answers: Mapping[tuple[str, str], Mapping[str, Any]],
    course: Course | None,
) -> Score:
    ordered = sorted(tries, key=lambda pair: (pair[0].written, order(pair[0].file)))
    counting = [pair for pair in ordered if pair[0].status is not Status.REJECTED]
    attempt, pseudonym = counting[-1] if counting else (None, ordered[-1][1])
    parts = _parts(attempt.submission, answers, course) if attempt else ()
    return Score(owner, pseudonym, attempt, tuple(each for each, _ in ordered), parts)


def _parts(
    submission: str,
    answers: Mapping[tuple[str, str], Mapping[str, Any]],
    course: Course | None,
) -> tuple[Part, ...]:
    points = course.points if course else POINTS_OF_A_RUN
    parts = [Part(RUN, points, points, "the run is sound")]
    for question in course.questions if course else ():
        row = answers.get((submission, question.name))
        refusal = _refusal(row)
        parts.append(
            Part(
                question.name,
                0.0 if row is None or refusal else question.points,
                question.points,
                refusal if row is None or refusal else _outcome(row),
            )
        )
    return tuple(parts)


def _of(part: Part) -> str:
    if part.points is None:
        return "not judged yet"
    if part.most is None:
        return f"{number(part.points)} points"
    return f"{number(part.points)} of {number(part.most)} points"
