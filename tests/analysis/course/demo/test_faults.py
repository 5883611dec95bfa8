"""Every kind of bad file is what it says, and is rejected or flagged for the right reason."""

from __future__ import annotations

import tracemalloc

import pytest

from analysis.commands.demo_class import made_up_course
from analysis.course.checking import check_bytes
from analysis.course.demo.faults import FAULTS, SOUND, Given
from analysis.course.demo.naming import generator
from analysis.course.demo.students import honest
from tests.analysis.course.demo.test_students import recipe

LEAST_KINDS = 40


def given(number: int = 1) -> Given:
    contents, _ = honest(recipe(), number)
    return Given(contents, generator(1, number, "fault"))


def test_there_are_many_kinds() -> None:
    assert len([fault for fault in FAULTS.values() if fault.status != SOUND]) >= LEAST_KINDS


@pytest.mark.parametrize("name", FAULTS)
def test_a_bad_file_is_judged_for_the_right_reason(name: str) -> None:
    fault = FAULTS[name]
    checked = check_bytes(fault.make(given()), f"x{fault.suffix}", made_up_course())
    assert checked.status.value == fault.status, [remark.line() for remark in checked.remarks]
    if fault.rule:
        worst = checked.remarks[0].severity
        assert fault.rule in {r.rule for r in checked.remarks if r.severity == worst}


@pytest.mark.parametrize("name", FAULTS)
def test_a_bad_file_is_the_same_for_the_same_seed(name: str) -> None:
    assert FAULTS[name].make(given()) == FAULTS[name].make(given())


def test_a_bomb_takes_no_memory_to_be_refused() -> None:
    bomb = FAULTS["gzip bomb"].make(given())
    assert len(bomb) < 200_000
    tracemalloc.start()
    check_bytes(bomb, "bomb", None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 << 20
