"""What is looked at: forgeries are, honest machines, odd ones too, are not."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from analysis.course.batch import Listing, Work, chunks
from analysis.course.comparing import Comparison
from analysis.course.database import opened
from analysis.course.demo.bundles import Term
from analysis.course.demo.making import make, read_truth
from analysis.course.demo.students import Recipe
from analysis.course.places import files
from analysis.course.store import Store
from bench.course import Course

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.course.results import ClassResults

pytest.importorskip("duckdb")
pytestmark = pytest.mark.simulation

STUDENTS = 240
COURSE = Course.model_validate(
    {"name": "ML Systems", "term": "autumn", "nonce": "forgeries", "preset": "quick"}
)
SHARE_TO_FIND = 0.8
MOST_FALSE = 0.1
"""Flags a machine, of honest ones."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("forged")
    term = Term(COURSE.nonce, COURSE.preset, "quick", "2026-10-01T08Z")
    recipe = Recipe(404, term, odd=0.25, faulty=0.0, forged=0.25)
    make(recipe, STUDENTS, out, processes=1, progress=lambda _: None)
    return out


@cache
def compared(folder: Path) -> tuple[ClassResults, dict[str, set[str]]]:
    """Return the class, and by submission which rules had something to say of it."""
    store = Store(str(folder / "store"))
    listing = Listing.of(files([str(folder / "submissions")]), store)
    remarked = {}
    for chunk in chunks(listing.new):
        for outcome in Work(COURSE, store)(chunk):
            listing.keys[outcome.file] = outcome.submission
            remarked[outcome.submission] = {
                remark.rule for remark in outcome.remarks if remark.severity != "note"
            }
    with opened(store) as data:
        return Comparison(data, listing.keys, COURSE).results(), remarked


def flags(folder: Path) -> dict[str, set[str]]:
    """Return by pseudonym what is to be looked at of a student, by whichever way."""
    results, remarked = compared(folder)
    result: dict[str, set[str]] = defaultdict(set)
    for row in results.files:
        result[row.pseudonym or row.file] |= remarked[row.submission]
    for unlike in results.unlike:
        result[unlike.pseudonym].add(f"unlike: {unlike.case}")
    for uneven in results.uneven:
        result[uneven.pseudonym].add("uneven")
    for pair in results.similar:
        result[pair.first].add(f"alike: {pair.second}")
        result[pair.second].add(f"alike: {pair.first}")
    return result


def students(folder: Path, *, honest: bool) -> list[dict[str, Any]]:
    return [student for student in read_truth(folder)["truth"] if student["honest"] is honest]


def test_forgeries_are_seen(folder: Path) -> None:
    """Each of the three kinds of the course, made without care or with it."""
    seen, all_of_them = Counter[str](), Counter[str]()
    marked = flags(folder)
    for student in students(folder, honest=False):
        kind = student["kind"].partition(",")[0]
        all_of_them[kind] += 1
        seen[kind] += bool(marked[student["pseudonym"]])
    assert sum(all_of_them.values()) >= 40
    shares = {kind: seen[kind] / count for kind, count in all_of_them.items()}
    assert all(share >= SHARE_TO_FIND for share in shares.values()), shares


def test_honest_machines_are_not_accused(folder: Path) -> None:
    """Odd ones neither. A student whose samples another has copied is shown beside that one."""
    forgers = {student["pseudonym"] for student in students(folder, honest=False)}
    marked = flags(folder)
    honest = students(folder, honest=True)
    false = {
        student["pseudonym"]: own
        for student in honest
        if (
            own := {
                flag
                for flag in marked[student["pseudonym"]]
                if flag.removeprefix("alike: ") not in forgers
            }
        )
        and "handed in again" not in student["kind"]
    }
    assert sum(map(len, false.values())) <= MOST_FALSE * len(honest), false


def test_no_honest_run_is_rejected_that_was_handed_in_whole(folder: Path) -> None:
    results, _ = compared(folder)
    honest = {
        student["pseudonym"]
        for student in students(folder, honest=True)
        if student["kind"] != "handed in again, rejected"
    }
    rejected = [row for row in results.files if row.status == "rejected"]
    assert [row.file for row in rejected if (row.pseudonym or "") in honest] == []


def test_small_groups_are_not_shown(folder: Path) -> None:
    results, _ = compared(folder)
    for spread in results.codecs:
        assert spread.mb_per_s.machines >= results.group
    assert all(count >= results.group for name, count in list(results.machine_classes.items())[:-1])
    named = {spread.machine_class for spread in results.codecs}
    assert named <= {None, *results.machine_classes}
