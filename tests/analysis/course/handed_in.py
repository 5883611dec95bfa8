"""A hand-in to change: of a student that never was, whose run is closed, complete and sound."""

from __future__ import annotations

import copy
import gzip
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

from analysis.course.checking import check_bytes
from analysis.course.demo.bundles import Term
from analysis.course.demo.students import Recipe, honest
from bench.bundle import canonical
from bench.course import Course

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.course.remark import Checked

Document = dict[str, Any]
COURSE = Course.model_validate(
    {
        "name": "ML Systems",
        "term": "autumn",
        "nonce": "demo-class",
        "preset": "quick",
        "opens": date(2026, 9, 1),
        "questions": [{"name": "gravity", "points": 2.0}],
    }
)


@cache
def _packed(number: int) -> bytes:
    term = Term(COURSE.nonce, COURSE.preset, "quick", "2026-10-01T08Z")
    contents, _ = honest(Recipe(7, term), number)
    return contents.packed()


def packed(number: int = 0) -> bytes:
    """Return the bytes of a hand-in."""
    return _packed(number)


def document(number: int = 0) -> Document:
    """Return the document of a hand-in, to be changed."""
    return copy.deepcopy(_document(number))


@cache
def _document(number: int) -> Document:
    result: Document = orjson.loads(gzip.decompress(_packed(number)))
    return result


def rewritten(changed: Document) -> bytes:
    """Return a changed document as bytes, its digests made right again."""
    if isinstance(changed.get("bundle"), dict):
        changed["bundle"] = orjson.loads(canonical.dumps(changed["bundle"]))
    return canonical.dumps(changed)


def checked(change: Callable[[Document], None], number: int = 0) -> Checked:
    """Return what checking comes to of a hand-in that somebody changed, digests redone."""
    changed = document(number)
    change(changed)
    return check_bytes(rewritten(changed), "changed.json", COURSE)
