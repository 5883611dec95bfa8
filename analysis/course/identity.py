"""Who handed in a file, by the name that a system gave the file or its folder.

Each system that collects files writes into their names who they are of, in its own way: a pattern
each. What a name says is a clue; only a roster makes a person of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a system names files or folders."""

    name: str
    form: re.Pattern[str]
    """Its groups are kinds of `analysis.course.roster.KINDS`, `name`, or `late`."""
    example: str


PATTERNS = {
    pattern.name: pattern
    for pattern in (
        Pattern(
            "canvas",
            re.compile(r"(?P<name>\w*?)(?P<late>_LATE)?_(?P<canvas>\d+)_\d+_.+"),
            "doejane_LATE_12345_67890_submission.json.gz",
        ),
        Pattern(
            "moodle",
            re.compile(r"(?P<name>.+?)_(?P<participant>\d+)_assignsubmission_\w+?_.*"),
            "Jane Doe_12345_assignsubmission_file_",
        ),
        Pattern(
            "gradescope",
            re.compile(r"submission_(?P<gradescope>\d+)"),
            "submission_123456789",
        ),
    )
}
"""Tried in this order. What none of them fits is compared with what systems call people."""
ENDINGS = re.compile(r"(\.json)?(\.gz)?$", re.IGNORECASE)
WHOLE = ("email", "login", "number", "github", "canvas", "participant")
"""Kinds that a name without a pattern may be as a whole: jdoe.json.gz."""
SUFFIX = "github"
"""The kind that may end a name, behind a hyphen: repositories are assignment-username."""
_NEUTRAL = re.compile(r"(hand-in-)?[0-9a-f]{12}(-\d+)?(\.json)?(\.gz)?", re.ASCII)
"""What `submit` calls a file, of which a system may have made another: it has a pseudonym alone."""


@dataclass(frozen=True, slots=True)
class Clue:
    """What a file's or a folder's name says of its owner."""

    text: str
    """The name, without endings."""
    pattern: str
    """Which it fits; empty: none."""
    ids: Mapping[str, str]
    name: str
    is_late: bool


def clue(text: str) -> Clue:
    """Return what a name says.

    >>> clue("doejane_LATE_12345_67890_submission-1.json.gz").ids
    {'canvas': '12345'}
    """
    for pattern in PATTERNS.values():
        if match := pattern.form.fullmatch(text):
            groups = {kind: value for kind, value in match.groupdict().items() if value}
            name, is_late = groups.pop("name", ""), bool(groups.pop("late", ""))
            return Clue(text, pattern.name, groups, name, is_late)
    return Clue(ENDINGS.sub("", text, count=1), "", {}, "", is_late=False)


def folder_clue(folders: tuple[str, ...]) -> Clue | None:
    """Return what the folders that a file lies in say, innermost first; None: there is none."""
    clues = [clue(folder) for folder in reversed(folders)]
    return next((each for each in clues if each.pattern), clues[0] if clues else None)


def public_name(file: str, submission: str) -> str:
    """Return how a class's page and tables call a file: what systems call it says whose it is.

    >>> public_name("class/hand-in-a1b2c3d4e5f6.json.gz", "0123456789abcdef")
    'hand-in-a1b2c3d4e5f6.json.gz'
    >>> public_name("doejane_12345_67890_hand-in.json.gz", "0123456789abcdef")
    'file 0123456789abcdef'
    """
    name = file.replace("\\", "/").rpartition("/")[2]
    return name if _NEUTRAL.fullmatch(name) else f"file {submission}"
