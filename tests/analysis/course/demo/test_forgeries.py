"""Forgeries: valid bundles whose numbers no machine of theirs measured."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

import pytest

from analysis.commands.demo_class import made_up_course
from analysis.course.checking import check_bytes
from analysis.course.demo.forgeries import ALL_TIMES, FEW_CASES, FORGERIES, Forged
from analysis.course.demo.naming import generator
from analysis.course.demo.students import friend_of, honest
from analysis.course.remark import Status
from analysis.course.submission import Contents
from bench.bundle import canonical, parse
from tests.analysis.course.demo.test_students import recipe

if TYPE_CHECKING:
    from collections.abc import Mapping

CAREFUL = [name for name in FORGERIES if not name.endswith("naive")]


def forged(name: str) -> tuple[Contents, Contents, Forged]:
    own, _ = honest(recipe(), 4)
    friend, _ = honest(recipe(), friend_of(recipe(), 4))
    return own, friend, FORGERIES[name](own, friend, generator(1, 4, "forgery"))


def time_us(case: Mapping[str, Any]) -> float:
    return float(median(us / case["loops"] for row in case["blocks"] for us in row[6]))


def faster(own: Contents, made: Forged) -> dict[str, float]:
    """Return by what factor the time of each case was multiplied."""
    return {
        before["id"]: time_us(after) / time_us(before)
        for before, after in zip(own.bundle["cases"], made.bundle["cases"], strict=True)
        if before["blocks"]
    }


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_a_bundle_with_a_right_digest(name: str) -> None:
    own, _, made = forged(name)
    parse(canonical.dumps(made.bundle), name)
    before = canonical.digest({k: v for k, v in own.bundle.items() if k != "digest"})
    assert own.bundle["digest"] == before, "the honest bundle was changed with it"
    assert made.bundle["digest"] != own.bundle["digest"]


@pytest.mark.parametrize("name", CAREFUL)
def test_a_careful_forgery_passes_all_rules_of_one_file(name: str) -> None:
    own, _, made = forged(name)
    content = Contents(own.pseudonym, "2026-11-20T10:00Z", made.bundle, own.ledger).packed()
    checked = check_bytes(content, name, made_up_course())
    assert checked.status is Status.SOUND, [remark.line() for remark in checked.remarks]


@pytest.mark.parametrize("name", ["a few cases faster, naive", "a few cases faster, careful"])
def test_a_few_cases_are_faster_and_the_others_as_they_were(name: str) -> None:
    own, _, made = forged(name)
    assert len(made.truth["cases"]) == 4
    for case, factor in faster(own, made).items():
        expected = FEW_CASES if case in made.truth["cases"] else 1.0
        assert factor == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("name", ["all times scaled, naive", "all times scaled, careful"])
def test_all_times_are_faster(name: str) -> None:
    own, _, made = forged(name)
    for factor in faster(own, made).values():
        assert factor == pytest.approx(ALL_TIMES, rel=0.02)


@pytest.mark.parametrize("name", ["a case of a friend, naive", "a case of a friend, careful"])
def test_a_case_is_of_a_friend(name: str) -> None:
    own, friend, made = forged(name)
    assert made.truth["from"] == friend.pseudonym
    (copied,) = made.truth["cases"]
    for case, factor in faster(own, made).items():
        assert (factor == 1.0) == (case != copied)
    theirs = next(c for c in friend.bundle["cases"] if c["id"] == copied)
    mine = next(c for c in made.bundle["cases"] if c["id"] == copied)
    shapes = [
        [us / rows[6][0] for us in rows[6]] for case in (theirs, mine) for rows in case["blocks"]
    ]
    half = len(shapes) // 2
    for their, other in zip(shapes[:half], shapes[half:], strict=True):
        assert other == pytest.approx(their, abs=2e-4)


def test_a_friends_bundle_is_the_friends() -> None:
    _, friend, made = forged("a friend's bundle")
    assert made.bundle == friend.bundle
