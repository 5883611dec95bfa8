"""A class as a document: what was handed in, what to look at, and what machines say together."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from analysis.document import Document, Section
from analysis.report import (
    class_codecs,
    class_failures,
    class_flags,
    class_glance,
    class_locks,
    class_model,
    class_polish,
    class_predicted,
)
from analysis.report.class_text import classes, clipped
from hardware_profiles.numerals import counted

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from analysis.course.results import ClassResults

_SECTIONS: tuple[Callable[[ClassResults], Section], ...] = (
    class_glance.glance,
    class_glance.compared,
    class_flags.flags,
    class_failures.failures,
    class_codecs.codecs,
    class_polish.machines,
    class_codecs.ratios,
    class_model.bounds,
    class_model.parameters,
    class_predicted.predictions,
    class_locks.locks,
    class_model.devices,
    class_failures.submissions,
)
"""In reading order."""


def class_document(results: ClassResults, date: datetime | None = None) -> Document:
    """Return all that is said of a class.

    Students appear by their pseudonyms alone; groups of machines under `results.group` by no name.
    Strangers' text is shortened, and what is hidden in it stands there by its number.

    Args:
        results: what the class comes to.
        date: of the last file that was handed in, UTC; a paper for archives needs one.

    """
    course = results.course
    title = f"{clipped(course.name, 80)}, {clipped(course.term, 80)}" if course else "A class"
    return Document(
        title,
        tuple(section(results) for section in _SECTIONS),
        lead=(
            f"What {counted(class_glance.students(results), 'student')} handed in, and what their "
            "machines say together. Who is who stands nowhere on this page; all rows are in "
            "class.csv and class.parquet beside it. `docs/explanation/class.md` says how to read "
            "it."
        ),
        values=_values(results),
        about=_about(results),
        date=date,
    )


def _about(results: ClassResults) -> tuple[str, ...]:
    course = results.course
    if course is None:
        return ("Without a course file: no term and no questions of its own",)
    due = f"due {course.deadline:%Y-%m-%d %H:%M} UTC" if course.deadline else "without a date"
    return (f"preset {clipped(course.preset)}", f"{course.division} division", due)


def _values(results: ClassResults) -> dict[str, Any]:
    status = Counter(str(row.status) for row in results.files)
    return {
        "files": len(results.files),
        "statuses": dict(status),
        "students": class_glance.students(results),
        "machines": results.machines,
        "modelled": results.modelled,
        "group": results.group,
        "machine_classes": classes(results),
        "similar": len(results.similar),
        "unlike": len(results.unlike),
        "uneven": len(results.uneven),
    }
