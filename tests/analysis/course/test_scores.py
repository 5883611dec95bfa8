"""Which submission counts, and the points that it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.course.remark import Status
from analysis.course.scores import is_late, most, order, scores
from tests.analysis.course.classes import COURSE, A, B, C, lock, submission

if TYPE_CHECKING:
    from analysis.course.scores import Score


def only(rows: list[dict[str, Any]], locks: list[dict[str, Any]] | None = None) -> Score:
    (score,) = scores(rows, locks or [], COURSE)
    return score


def test_the_last_that_is_not_rejected_counts_and_all_are_kept() -> None:
    score = only([
        submission(A, "2026-10-13T10:00Z", file="third"),
        submission(A, "2026-10-11T10:00Z", file="first"),
        submission(A, "2026-10-14T10:00Z", "rejected", file="last", reasons=("digest: no",)),
        submission(A, "2026-10-12T10:00Z", "look", file="second"),
    ])  # fmt: skip
    assert score.counted
    assert score.counted.file == "third"
    assert [attempt.file for attempt in score.tries] == ["first", "second", "third", "last"]
    assert score.points == 4
    assert "submission 3 of 4 counts" in score.reasons
    assert "a later one was rejected: digest: no" in score.reasons


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from(["sound", "look", "rejected"])),
        min_size=1,
        max_size=6,
    ),
    st.randoms(use_true_random=False),
)
def test_no_order_of_files_and_no_later_rejection_changes_what_counts(
    tries: list[tuple[int, str]], random: Any
) -> None:
    rows = [
        submission(A, f"2026-10-1{day}T10:00Z", status, file=f"{place}.json.gz")
        for place, (day, status) in enumerate(tries)
    ]
    score = only(rows)
    shuffled = list(rows)
    random.shuffle(shuffled)
    later = submission(A, "2026-10-30T10:00Z", "rejected", file="later")
    again = only([*shuffled, later])
    assert again.counted == score.counted
    assert len(again.tries) == len(rows) + 1
    usable = [row for row in rows if row["status"] != "rejected"]
    if usable:
        assert score.counted
        assert score.counted.written == max(row["written"] for row in usable)
    else:
        assert score.points is None
        assert score.status is Status.REJECTED


def test_of_one_minute_the_file_that_comes_last_counts() -> None:
    rows = [submission(A, file=f"a{end}.json.gz") for end in ("-10", "-9", "")]
    counted = only(rows).counted
    assert counted
    assert counted.file == "a-10.json.gz"
    assert sorted(["x-1.json.gz", "x.json.gz"], key=order) == ["x.json.gz", "x-1.json.gz"]


@pytest.mark.parametrize(
    ("changes", "points", "why"),
    [
        ({}, 2.0, "predicted drive, [2, 8]: right, and the interval holds 5"),
        ({"right": False, "held": False, "answer": "wire", "value": 90.0}, 2.0, "it is wire"),
        ({"late": True}, 0.0, "after the run that answers it"),
        ({"choice": None, "low": None, "high": None}, 0.0, "no prediction was made before"),
        ({"low": None}, 0.0, "has no interval"),
        ({"answer": None, "value": None}, 2.0, "not answered yet"),
    ],
)
def test_a_prediction_gives_its_points_right_or_wrong_if_it_came_first(
    changes: dict[str, Any], points: float, why: str
) -> None:
    row = submission(A)
    score = only([row], [lock(row["submission"], "gravity", **changes)])
    part = {part.name: part for part in score.parts}["gravity"]
    assert (part.points, part.most) == (points, 2.0)
    assert why in part.why
    assert score.points == 4 + points
    assert any("drift: 0 of 1.5 points" in reason for reason in score.reasons)


def test_a_lock_in_time_is_not_lost_to_a_second_one_that_is_late() -> None:
    row = submission(A)
    key = row["submission"]
    for locks in (
        [lock(key, "gravity", late=True), lock(key, "gravity")],
        [lock(key, "gravity"), lock(key, "gravity", late=True)],
    ):
        assert only([row], locks).points == 6


def test_late_is_marked_and_costs_nothing() -> None:
    late = only([submission(A, "2026-10-14T22:01Z")])
    assert late.is_late
    assert late.points == 4
    assert "handed in late" in late.reasons
    assert not only([submission(A, "2026-10-14T22:00Z")]).is_late
    (marked,) = scores(
        [submission(A, file="x_LATE_1_2_y")], [], COURSE, late_files=["x_LATE_1_2_y"]
    )
    assert marked.is_late
    assert not is_late("yesterday", COURSE)
    assert is_late("2026-10-14T22:01", COURSE)
    assert not is_late("2026-10-14T22:01Z", None)


def test_what_does_not_count_is_none_and_stands_last() -> None:
    rows = [
        submission(None, None, "rejected", file="0.json.gz", reasons=("not gzip",)),
        submission(A, status="rejected", reasons=("digest: no",)),
        submission(C),
        submission(B),
    ]
    result = scores(rows, [], COURSE)
    assert [score.pseudonym for score in result] == [B, C, "", A]
    assert [score.points for score in result] == [4, 4, None, None]
    assert result[2].reasons == ("no submission counts", "not gzip")
    assert result[2].owner == "0.json.gz"


def test_owners_bring_together_what_one_person_handed_in() -> None:
    rows = [
        submission(A, "2026-10-10T10:00Z", file="old laptop"),
        submission(B, "2026-10-12T10:00Z", file="new laptop"),
        submission(C, file="other"),
    ]
    owners = {"old laptop": "person 1", "new laptop": "person 1", "other": "person 2"}
    result = {score.owner: score for score in scores(rows, [], COURSE, owners)}
    assert result["person 1"].pseudonym == B
    assert len(result["person 1"].tries) == 2
    assert result["person 2"].pseudonym == C


def test_without_a_course_a_run_gives_a_point_and_rows_may_be_a_table() -> None:
    row = submission(A, "2030-01-01T00:00Z")
    (score,) = scores(pa.Table.from_pylist([row]), [], None)
    assert score.points == most(None) == 1
    assert not score.is_late
    assert score.reasons == ()
    assert most(COURSE) == 7.5
