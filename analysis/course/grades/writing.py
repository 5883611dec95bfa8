"""Grades written: from the rows of a class to the files that systems take, and who is not in them.

Lines may name people. They are for the instructor's terminal, and for no page or table of a class.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.course.gradebook import read_sheet
from analysis.course.grades import SYSTEMS
from analysis.course.grades.system import Export, Graded, Request
from analysis.course.joining import SOURCES, Joined, joined, late_files
from analysis.course.roster import people, read_roster
from analysis.course.rubric import JUDGED, RUBRIC_NAME, judged, read_rubric, rubric
from analysis.course.scores import most, scores
from analysis.errors import GradesError
from bench.bundle.files import make_folder, write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from analysis.course.gradebook import Sheet
    from analysis.course.grades.system import System
    from analysis.course.roster import Person
    from analysis.course.rubric import Reading
    from analysis.course.scores import Score
    from bench.course import Course

SECOND_RUBRIC = "rubric-new.csv"
"""What the rubric is called where the one that lies there holds a reader's points."""


@dataclass(frozen=True)
class Written:
    """What was written."""

    files: tuple[Path, ...]
    lines: tuple[str, ...]
    """What a user should know; with people's names."""
    scores: tuple[Score, ...]
    """With a reader's points; by person, where people are known."""


@dataclass(frozen=True)
class Order:
    """A system that was asked for."""

    system: System
    export: Sheet | None
    path: Path | None
    """Of the export."""


@dataclass(frozen=True)
class Inputs:
    """All that grades are made of beside the class's tables, read and looked over."""

    orders: Sequence[Order]
    people: Sequence[Person]
    source: str | None
    """Of `SOURCES`, where it stands who handed in what; None: nobody wants to know."""
    readings: Sequence[Reading] | None
    """Of a rubric."""
    paths: Sequence[Path]
    """Of all that was read."""

    @classmethod
    def read(
        cls,
        systems: Sequence[str],
        roster: Path | None,
        identity_from: str | None,
        rubric_file: Path | None,
    ) -> Inputs:
        """Read all files; see `write_grades`.

        Raises:
            GradesError: one cannot be used, or it is not known who handed in what.

        """
        orders = [_order(text) for text in systems]
        persons = _people(roster, orders)
        source = _source(persons, identity_from, orders)
        readings = read_rubric(rubric_file) if rubric_file else None
        paths = [path for path in (roster, rubric_file, *(o.path for o in orders)) if path]
        return cls(orders, persons, source, readings, paths)


def write_grades(
    out: Path,
    systems: Sequence[str],
    *,
    submissions: pa.Table | Sequence[Mapping[str, Any]],
    locks: pa.Table | Sequence[Mapping[str, Any]],
    course: Course | None,
    roster: Path | None = None,
    identity_from: str | None = None,
    only_changed: bool = False,
    column: str | None = None,
    rubric_file: Path | None = None,
) -> Written:
    """Write the grades of a class, and the rubric for its reader.

    Args:
        out: the folder to write to; it is made.
        systems: names of `SYSTEMS`, with `=FILE` where one is filled: canvas=EXPORT.csv.
        submissions: rows of `analysis.course.tables.SUBMISSIONS`.
        locks: rows of `analysis.course.tables.LOCKS`.
        course: what gives points; None: a run gives one.
        roster: of the people; None: the first export is one, too.
        identity_from: a name of `SOURCES`; None: `roster`, where that has pseudonyms.
        only_changed: whether files that are filled keep only rows that changed.
        column: of exports, which to fill.
        rubric_file: the rubric that a reader filled.

    Raises:
        GradesError: a file cannot be used, or it is not known who handed in what. Nothing has been
            written then.
        StoreError: a file cannot be written.

    """
    handed, answers = _rows(submissions), _rows(locks)
    inputs = Inputs.read(systems, roster, identity_from, rubric_file)
    join = joined(handed, inputs.people, inputs.source) if inputs.source else None
    result = scores(handed, answers, course, _owners(join), late_files(handed))
    lines = list(join.lines) if join else []
    if inputs.readings is not None:
        result, more = judged(result, inputs.readings)
        lines += more
    contents: dict[Path, bytes] = {}
    for order in inputs.orders:
        request = Request(
            _graded(result, join), most(course), course.name if course else "",
            order.export, column, only_changed and order.export is not None,
        )  # fmt: skip
        filled = order.system.write(request)
        path = out / _file_name(order, inputs.orders)
        _require_other(path, inputs.paths, contents)
        contents[path] = filled.data
        lines += [f"{path}: {line}" for line in filled.lines]
    if course and course.questions:
        path, more = _rubric_path(out, rubric_file)
        contents[path] = rubric(result, answers, course)
        lines += more
    _write(out, contents)
    return Written(tuple(contents), tuple(lines), tuple(result))


def _write(out: Path, contents: Mapping[Path, bytes]) -> None:
    make_folder(out)
    for path, data in contents.items():
        write_atomically(path, data)


def _rows(table: Any) -> list[Mapping[str, Any]]:
    return table.to_pylist() if hasattr(table, "to_pylist") else list(table)


def _order(text: str) -> Order:
    name, separator, file = text.partition("=")
    system = SYSTEMS.get(name)
    usage = f"--grades {text}"
    if system is None:
        known = ", ".join(f"{each.NAME} ({each.WHAT})" for each in SYSTEMS.values())
        raise GradesError(usage, [f"there is no system {name!r}; there are {known}"])
    if separator and system.EXPORT is Export.NONE:
        raise GradesError(usage, [f"{name} fills no file; say --grades {name}"])
    if (separator and not file) or (not separator and system.EXPORT is Export.NEEDED):
        raise GradesError(usage, [f"name the file that was exported: --grades {name}=EXPORT.csv"])
    path = Path(file) if separator else None
    return Order(system, read_sheet(path) if path else None, path)


def _people(roster: Path | None, orders: Sequence[Order]) -> list[Person]:
    if roster:
        return read_roster(roster)
    export = next((order.export for order in orders if order.export), None)
    return people(export) if export else []


def _source(
    persons: Sequence[Person], identity_from: str | None, orders: Sequence[Order]
) -> str | None:
    """Return where it stands who handed in what."""
    source = identity_from
    if source is None and any(person.first("pseudonym") for person in persons):
        source = "roster"
    if source is not None and not persons:
        raise GradesError(
            f"--identity-from {source}", ["there is nobody to find; name the people by --roster"]
        )
    needing = next((o.system.NAME for o in orders if o.system.NEEDS_PEOPLE), None)
    if source is None and (needing or persons):
        raise GradesError(
            f"--grades {needing}" if needing else "--roster",
            [
                (
                    "submissions carry a pseudonym and no name; say where it stands who handed "
                    f"one in: --identity-from {', '.join(SOURCES)}; and who there is: --roster FILE"
                )
            ],
        )
    return source


def _owners(join: Joined | None) -> dict[str, str]:
    return {file: _key(place) for file, place in join.owners.items()} if join else {}


def _key(place: int) -> str:
    # No pseudonym looks like it.
    return f"person {place}"


def _graded(result: Sequence[Score], join: Joined | None) -> tuple[Graded, ...]:
    """Return scores with their people, in the scores' order, then people without one."""
    persons = {_key(place): p for place, p in enumerate(join.people)} if join else {}
    having = [Graded(persons.pop(score.owner, None), score) for score in result]
    return (*having, *(Graded(person, None) for person in persons.values()))


def _file_name(order: Order, orders: Sequence[Order]) -> str:
    alike = [each for each in orders if each.system is order.system]
    if len(alike) > 1:
        stem = order.path.stem if order.path else f"{alike.index(order) + 1}"
        return f"grades-{order.system.NAME}-{stem}.csv"
    return f"grades-{order.system.NAME}.csv"


def _require_other(path: Path, inputs: Sequence[Path], written: Mapping[Path, bytes]) -> None:
    """Refuse to write over what was read, however it is named, or what is to be written."""
    remedy = "rename it, or write elsewhere by --out"
    if path in written:
        raise GradesError(str(path), [f"two exports of one name would be written here; {remedy}"])
    for read in inputs:
        if path.exists() and path.samefile(read):
            raise GradesError(str(path), [f"it is {read}, which is read; {remedy}"])


def _rubric_path(out: Path, rubric_file: Path | None) -> tuple[Path, list[str]]:
    """Return where the rubric goes: never over one that holds a reader's work."""
    usual = out / RUBRIC_NAME
    if not usual.exists() or not _is_filled(usual):
        return usual, []
    hint = "" if rubric_file else f"; count its points by --rubric {usual}"
    second = out / SECOND_RUBRIC
    line = f"{usual}: holds a reader's work and was left as it is{hint}; the new one is {second}"
    return second, [line]


def _is_filled(path: Path) -> bool:
    """Tell whether a rubric holds what a reader wrote; what cannot be read may."""
    try:
        sheet = read_sheet(path)
    except GradesError:
        return True
    header = [name.casefold() for name in sheet.header()]
    places = [place for place, name in enumerate(header) if name in {*JUDGED, "comment"}]
    return not places or any(
        sheet.value(row, place).strip() for row in range(1, len(sheet.rows)) for place in places
    )
