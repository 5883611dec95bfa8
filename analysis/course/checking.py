"""A file, held against all rules: the same for whoever hands it in and whoever takes it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from analysis.course.draft import Draft, Submitted
from analysis.course.intake import IntakeError
from analysis.course.remark import Checked, Remark, Severity
from analysis.course.rules import RULES
from analysis.course.rules.reading import ManyError

if TYPE_CHECKING:
    from pathlib import Path

    from bench.course import Course

_A_FILE = "a file that this rule can judge"
_TELL = "tell those who maintain this program; the other rules had their say"
KEY_DIGITS = 16
"""Of a submission's key: 64 bits, so that a million files have no two alike by chance."""


def check_file(path: Path, course: Course | None = None, name: str | None = None) -> Checked:
    """Return what checking a file comes to; nothing of it is run, and it is read once.

    Args:
        path: of the file.
        course: what it is held against; None: only against itself.
        name: what it is called; None: its path.

    """
    return _checked(Draft(path), name or path.as_posix(), course)


def check_bytes(data: bytes, name: str, course: Course | None = None) -> Checked:
    """Return what checking a file comes to whose bytes are there, as `check_file` does."""
    return _checked(Draft(None, data), name, course)


def refused(name: str, error: IntakeError) -> Checked:
    """Return what checking a file comes to that cannot be taken."""
    return Checked(name, key_of(name.encode("utf-8", "surrogatepass")), (error.remark,))


def key_of(data: bytes) -> str:
    """Return the key of a submission."""
    return hashlib.sha256(data).hexdigest()[:KEY_DIGITS]


def _checked(draft: Draft, name: str, course: Course | None) -> Checked:
    remarks = list(_read(draft))
    submitted = None
    if not remarks and draft.bundle is not None:
        submitted = Submitted(
            draft.bundle,
            draft.entries,
            draft.document.get("pseudonym") if draft.is_submission else None,
            draft.document.get("written") if draft.is_submission else None,
            course,
        )
        remarks += _judged(submitted)
    worst = list(Severity)
    remarks.sort(key=lambda remark: worst.index(remark.severity))
    key = key_of(draft.data or name.encode("utf-8", "surrogatepass"))
    return Checked(name, key, tuple(remarks), submitted)


def _read(draft: Draft) -> tuple[Remark, ...]:
    """Take all steps of reading; return why one of them could not be taken, if so."""
    for rule in RULES.values():
        if rule.read is None:
            continue
        try:
            rule.read(draft)
        except ManyError as error:
            return error.remarks
        except IntakeError as error:
            return (error.remark,)
        except RecursionError:
            return (
                Remark(
                    rule.name, Severity.REJECT, "", "JSON of a few levels", "more", "see submit"
                ),
            )
    return ()


def _judged(submitted: Submitted) -> list[Remark]:
    """Return what all rules of judging say."""
    remarks: list[Remark] = []
    for rule in RULES.values():
        if rule.judge is None:
            continue
        try:
            remarks += [Remark(rule.name, *concern) for concern in rule.judge(submitted)]
        except Exception as error:  # noqa: BLE001 - one file must not stop those of others
            what = f"{type(error).__name__}: {error}"[:200]
            remarks.append(Remark(rule.name, Severity.LOOK, "", _A_FILE, what, _TELL))
    return remarks
