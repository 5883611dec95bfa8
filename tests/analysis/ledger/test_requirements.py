"""What a complete hand-in has: each part is missed where it is not there."""

from __future__ import annotations

import pytest

from analysis.acts.levers import ACTS
from analysis.ledger.entries import Body, Rationale, Reveal
from analysis.ledger.questions import QUESTIONS
from analysis.ledger.requirements import (
    challenge,
    is_complete,
    requirements,
    solver_is_open,
)
from bench.course import Lab
from hardware_profiles.catalogue import catalogue
from tests.analysis.ledger.whole import DECISION, SAVED, WHOLE, fed, lock, moved, selected, without

FACTS = catalogue()
PLAN = Lab()


def lacking(bodies: list[Body], lab: Lab = PLAN) -> set[str]:
    asked = requirements(bodies, FACTS, lab)
    assert is_complete(bodies, FACTS, lab) == all(part.is_met for part in asked)
    return {part.name for part in asked if not part.is_met}


def test_an_empty_ledger_lacks_everything_and_a_whole_one_nothing() -> None:
    assert lacking([]) == set(WHOLE)
    assert lacking(without("")) == set()
    assert set(ACTS) < set(QUESTIONS)


@pytest.mark.parametrize("name", WHOLE)
def test_each_part_is_missed(name: str) -> None:
    assert lacking(without(name)) == {name}


@pytest.mark.parametrize("act", ACTS)
def test_a_revelation_is_no_lock_and_none_after_it(act: str) -> None:
    name = f"lock.{act}"
    reveal = Reveal(question=act)
    assert lacking([reveal, *without(name)]) == {name}
    assert lacking([reveal, *without("")]) == {name}
    assert lacking([*without(""), reveal]) == set()
    part = next(part for part in requirements([reveal], FACTS, PLAN) if part.name == name)
    assert part.detail == "revealed without a lock"


def test_a_recollection_is_a_lock() -> None:
    late = lock("gravity").model_copy(update={"measured_before": True})
    assert lacking([late, *without("lock.gravity")]) == set()


def test_spaces_are_no_reasons() -> None:
    blank = Rationale(question="gravity", text=" \n ")
    assert lacking([blank, *without("rationale.gravity")]) == {"rationale.gravity"}
    empty = DECISION.model_copy(update={"risk": " "})
    assert lacking([empty, *without("decision")]) == {"decision"}


def test_four_tiers_of_scale_are_not_five() -> None:
    moves = [moved(size) for size in ("10 GB", "20 GB", "300 GB", "10 TB", "300 TB")]
    assert lacking([*moves, *without("scales")]) == {"scales"}
    part = next(p for p in requirements(moves, FACTS, PLAN) if p.name == "scales")
    assert part.detail == "4 of 5 tried"


def test_the_solver_opens_once_it_is_met_or_the_iterations_are_used_up() -> None:
    tries = [fed(count, 99.0) for count in range(1, 16)]
    assert not solver_is_open(tries[:14], PLAN)
    assert solver_is_open(tries, PLAN)
    assert solver_is_open([fed(3)], PLAN)
    assert not solver_is_open([fed(1)] * 20, PLAN), "the same one again is no iteration"
    assert not solver_is_open([fed(3, None)] * 2, PLAN), "no number of workers feeds it"
    short = Lab(iterations=3)
    assert not solver_is_open(tries[:2], short)
    assert solver_is_open(tries[:3], short)
    assert lacking([*tries[:14], *without("equilibrium")]) == {"equilibrium"}
    assert lacking([*tries, *without("equilibrium")]) == set()


def test_the_challenge_is_met_by_the_act_s_own_verdict_alone() -> None:
    no = [
        selected(),
        selected({"energy": "met"}),
        selected({"half-saved": "missed"}),
        selected({"half-saved": "cannot-tell"}),
        SAVED.model_copy(update={"act": "drift"}),
    ]
    assert challenge(no) is None
    assert lacking([*no, *without("challenge")]) == {"challenge"}
    later = SAVED.model_copy(update={"track": "tiny_pioneer"})
    assert challenge([*no, SAVED, later]) is SAVED
