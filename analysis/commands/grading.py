"""What `compare` does for grades: its options, and the files that grade systems take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware_profiles import streams
from hardware_profiles.command_line import path

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from analysis.course.database import Database
    from bench.course import Course

SOURCES = ("folder", "filename", "roster")
"""Of `analysis.course.joining.SOURCES`, whose module takes its time to load."""
_USUAL = ["plain"]
"""What is written where only people or a rubric are named."""


def add_grades(parser: argparse.ArgumentParser) -> None:
    """Add the options of grades."""
    group = parser.add_argument_group("grades")
    group.add_argument(
        "--grades",
        action="append",
        default=[],
        metavar="SYSTEM[=FILE]",
        help="write grades: canvas=EXPORT.csv fills a column of that gradebook, moodle or "
        "moodle=WORKSHEET.csv, ucsc, plain; may be repeated",
    )
    group.add_argument(
        "--roster",
        type=path,
        metavar="FILE",
        help="who there is: a CSV file with names, addresses, IDs, logins or pseudonyms "
        "(default: the gradebook)",
    )
    group.add_argument(
        "--identity-from",
        choices=SOURCES,
        help="where it stands who handed in a file: in its folder's or its own name, or in the "
        "roster, by pseudonym",
    )
    group.add_argument(
        "--column", metavar="NAME", help="which column of an export to fill (default: the course's)"
    )
    group.add_argument(
        "--only-changed", action="store_true", help="leave out rows of an export that stay"
    )
    group.add_argument(
        "--rubric",
        type=path,
        metavar="FILE",
        help="add the points of rubric.csv, whose cells a reader filled",
    )


def systems(options: argparse.Namespace) -> list[str]:
    """Return which systems want grades; none: no grades are written."""
    if options.grades:
        return list(options.grades)
    return _USUAL if options.roster or options.rubric or options.identity_from else []


def require_grades(options: argparse.Namespace) -> None:
    """Refuse what cannot be read before anything takes its time.

    Raises:
        GradesError: a file cannot be used, or it is not known where it stands who is who.

    """
    if wanted := systems(options):
        from analysis.course.grades.writing import Inputs

        Inputs.read(wanted, _path(options.roster), options.identity_from, _path(options.rubric))


def grades(
    options: argparse.Namespace, data: Database, chosen: Course | None, out: Path
) -> list[Path]:
    """Write the grades of a class whose files are listed in its tables; return the files.

    What is said on stderr names people. It goes into no page and no table.
    """
    wanted = systems(options)
    if not wanted:
        return []
    from analysis.characters import visible
    from analysis.course.grades.writing import write_grades

    written = write_grades(
        out,
        wanted,
        submissions=data.table("SELECT * FROM handed_in"),
        locks=data.table(
            "SELECT * FROM locks WHERE submission IN (SELECT submission FROM handed_in)"
        ),
        course=chosen,
        roster=_path(options.roster),
        identity_from=options.identity_from,
        only_changed=options.only_changed,
        column=options.column,
        rubric_file=_path(options.rubric),
    )
    for line in written.lines:
        streams.say(visible(line))
    return list(written.files)


def _path(name: str | None) -> Path | None:
    from pathlib import Path

    return Path(name) if name else None
