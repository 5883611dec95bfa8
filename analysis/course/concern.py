"""What a rule of judging has to say, before it is known which rule that is."""

from __future__ import annotations

from typing import NamedTuple

from analysis.course.remark import Severity


class Concern(NamedTuple):
    """A remark without its rule."""

    severity: Severity
    path: str
    expected: str
    actual: str
    remedy: str


def reject(path: str, expected: str, actual: str, remedy: str) -> Concern:
    """Return a concern that keeps a file from being used."""
    return Concern(Severity.REJECT, path, expected, actual, remedy)


def look(path: str, expected: str, actual: str, remedy: str) -> Concern:
    """Return a concern that somebody should look at."""
    return Concern(Severity.LOOK, path, expected, actual, remedy)


def note(path: str, expected: str, actual: str, remedy: str) -> Concern:
    """Return a concern of comparison alone."""
    return Concern(Severity.NOTE, path, expected, actual, remedy)
