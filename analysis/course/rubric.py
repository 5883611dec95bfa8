"""The rubric: for each question of a student, its numbers, and room for a reader's points.

Numbers are filled in by the program, and a reader may change them. What a student writes is for a
reader: why, and which trade-off. The file comes back as it went out, with cells filled; a cell
that is left blank leaves its part out of the score, and is listed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.course.gradebook import read_sheet
from analysis.course.scores import Part, with_parts
from analysis.course.spreadsheet import label, table, unlabelled
from analysis.errors import GradesError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from analysis.course.gradebook import Sheet
    from analysis.course.scores import Score
    from bench.course import Course

RUBRIC_NAME = "rubric.csv"
NUMBERS = "numbers"
JUDGED = ("why", "trade-off")
"""What a reader gives points for."""
COLUMNS = (
    *("pseudonym", "submission", "question", "choice", "answer", "right"),
    *("low", "high", "confidence", "value", "held", "interval score", "tries", "rationale"),
    *(NUMBERS, *JUDGED, "comment"),
)
_MOST = 1000.0
_POINTS = re.compile(r"\d{1,4}([.,]\d{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of a question of a student."""

    row: int
    pseudonym: str
    submission: str
    question: str
    points: Mapping[str, float | None]
    """By part; None: left blank."""


def rubric(
    scores: Iterable[Score], locks: Iterable[Mapping[str, Any]], course: Course | None
) -> bytes:
    """Return the rubric as a CSV file: a row a question that counts of each student with a score.

    Args:
        scores: as `analysis.course.scores` has them.
        locks: rows of `analysis.course.tables.LOCKS`.
        course: whose questions count; None: there are none.

    """
    answers = {(row["submission"], row["question"]): row for row in locks}
    names = [question.name for question in course.questions] if course else []
    rows = [
        _row(score, answers.get((score.counted.submission, name), {}), name)
        for score in scores
        if score.counted
        for name in names
    ]
    return table(COLUMNS, rows, for_people=True)


def _row(score: Score, answer: Mapping[str, Any], question: str) -> list[object]:
    parts = {part.name: part for part in score.parts}
    keys = ("choice", "answer", "right", "low", "high", "confidence", "value", "held")
    submission = score.counted.submission if score.counted else ""
    return [
        label(score.pseudonym),
        label(submission),
        question,
        *(answer.get(key) for key in keys),
        answer.get("interval_score"),
        answer.get("tries"),
        answer.get("rationale"),
        parts[question].points,
        *(part.points if (part := parts.get(f"{question}: {name}")) else None for name in JUDGED),
        None,
    ]


def read_rubric(path: Path) -> list[Reading]:
    """Return what a reader filled in.

    Raises:
        GradesError: it is no rubric, or a cell holds no points; all problems at once.

    """
    sheet = read_sheet(path)
    places = _places(sheet)
    problems: list[str] = []
    readings = [
        reading
        for row in range(1, len(sheet.rows))
        if (reading := _reading(sheet, row, places, problems)) is not None
    ]
    once: dict[tuple[str, str, str], Reading] = {}
    for reading in readings:
        key = reading.pseudonym, reading.submission, reading.question
        first = once.setdefault(key, reading)
        if first.points != reading.points:
            problems.append(
                f"rows {first.row} and {reading.row} give {reading.pseudonym} different points "
                f"for {reading.question}; keep one of them"
            )
    if problems:
        raise GradesError(str(path), problems)
    return list(once.values())


def judged(scores: Sequence[Score], readings: Sequence[Reading]) -> tuple[list[Score], list[str]]:
    """Return scores with a reader's points added, and lines of what was left out, and why."""
    exact = {(r.submission, r.question): r for r in readings}
    of_another = {(r.pseudonym, r.question): r for r in readings}
    used: set[int] = set()
    lines: list[str] = []
    result = []
    for score in scores:
        parts: list[Part] = []
        for part in score.parts:
            submission = score.counted.submission if score.counted else ""
            reading = exact.get((submission, part.name))
            if reading is None and (reading := of_another.get((score.pseudonym, part.name))):
                lines.append(
                    f"{score.pseudonym}, {part.name}: was judged on another submission than the "
                    "one that counts"
                )
            if reading:
                used.add(reading.row)
                parts += _judged_parts(part, reading)
        lines += [
            f"{score.pseudonym}, {part.name}: left blank, and left out"
            for part in parts
            if part.points is None
        ]
        result.append(with_parts(score, parts))
    lines += [
        f"row {r.row}: {r.pseudonym}, {r.question}: nobody of this class has it"
        for r in readings
        if r.row not in used
    ]
    return result, lines


def _judged_parts(part: Part, reading: Reading) -> Iterator[Part]:
    numbers = reading.points[NUMBERS]
    if numbers is not None and numbers != part.points:
        yield Part(part.name, numbers, part.most, f"as its reader decided; else: {part.why}")
    for name in JUDGED:
        points = reading.points[name]
        why = "its reader left it blank" if points is None else "by its reader"
        yield Part(f"{part.name}: {name}", points, None, why)


def _places(sheet: Sheet) -> dict[str, int]:
    header = [name.casefold() for name in sheet.header()]
    needed = ("pseudonym", "submission", "question", NUMBERS, *JUDGED)
    if missing := [name for name in needed if name not in header]:
        raise GradesError(
            sheet.source,
            [
                (
                    f"row 1: no column {', '.join(missing)}; take the {RUBRIC_NAME} that compare "
                    "wrote and fill its cells"
                )
            ],
        )
    return {name: header.index(name) for name in needed}


def _reading(
    sheet: Sheet, row: int, places: Mapping[str, int], problems: list[str]
) -> Reading | None:
    values = {name: unlabelled(sheet.value(row, column)) for name, column in places.items()}
    if not any(values.values()):
        return None
    points: dict[str, float | None] = {}
    for name in (NUMBERS, *JUDGED):
        text = values[name]
        points[name] = None
        if not text:
            continue
        if not _POINTS.fullmatch(text) or float(text.replace(",", ".")) > _MOST:
            problems.append(
                f"row {row + 1}, {name}: {text[:40]!r} is no number of points from 0 to "
                f"{_MOST:.0f}; write one, or leave it blank"
            )
            continue
        points[name] = float(text.replace(",", "."))
    return Reading(row + 1, values["pseudonym"], values["submission"], values["question"], points)
