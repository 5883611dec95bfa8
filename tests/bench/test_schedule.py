"""The order of measuring: random, interleaved, complete, on time, the same after a break."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from bench.schedule import Schedule, Slot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CASES, PROCESSES, WINDOWS = 20, 3, 2


def schedule(
    deadline_s: float = 1e9,
    seed: int = 7,
    finished: Iterable[Slot] = (),
    flagged: Iterable[Slot] = (),
) -> Schedule:
    return Schedule(
        cases=CASES,
        processes=PROCESSES,
        windows=WINDOWS,
        seed=seed,
        nominal_s=1.0,
        startup_s=0.0,
        deadline_s=deadline_s,
        finished=finished,
        flagged=flagged,
    )


def run(
    plan: Schedule,
    cost_s: Callable[[Slot], float] = lambda _: 1.0,
    flag: Callable[[Slot], bool] = lambda _: False,
    stop_after: int | None = None,
) -> tuple[list[Slot], float]:
    """Carry a schedule out on a clock of its own; return what was measured, and the time."""
    now, measured = 0.0, list[Slot]()
    for process in plan.processes:
        plan.begin(process, now)
        while slot := plan.next(now):
            if stop_after == len(measured):
                return measured, now
            now += cost_s(slot)
            plan.done(slot, cost_s(slot), flagged=flag(slot))
            measured.append(slot)
    return measured, now


def everything() -> set[Slot]:
    return {
        Slot(case, process, window)
        for case in range(CASES)
        for process in range(PROCESSES)
        for window in range(WINDOWS)
    }


def test_everything_once_where_nothing_is_flagged() -> None:
    measured, _ = run(schedule())
    assert len(measured) == len(set(measured))
    assert set(measured) == everything()


def test_order_is_random_interleaved_and_fixed_by_the_seed() -> None:
    measured, _ = run(schedule())
    again, _ = run(schedule())
    other, _ = run(schedule(seed=8))
    assert measured == again != other
    first = [slot.case for slot in measured if slot.process == 0]
    second = [slot.case for slot in measured if slot.process == 1]
    assert first != second
    neighbours = sum(a == b for a, b in pairwise(first))
    assert neighbours < CASES / 4
    # Both windows of a case are not next to each other but spread over the process.
    distances = [
        len(first) - 1 - first[::-1].index(case) - first.index(case) for case in set(first)
    ]
    assert sum(distances) / len(distances) > len(first) / 6


def test_a_flagged_block_is_run_again_once_later_in_its_process() -> None:
    measured, _ = run(schedule(), flag=lambda slot: slot.case == 3)
    assert Counter(slot.attempt for slot in measured if slot.case == 3) == {1: 6, 2: 6}
    assert all(slot.attempt == 1 for slot in measured if slot.case != 3)
    for process in range(PROCESSES):
        mine = [slot for slot in measured if slot.process == process]
        assert {slot.attempt for slot in mine[: CASES * WINDOWS]} == {1}


def test_it_ends_in_time_and_leaves_out_the_last_ranked() -> None:
    budget_s = 30.0
    measured, end_s = run(schedule(budget_s))
    assert end_s <= budget_s
    for process in range(PROCESSES):
        cases = {slot.case for slot in measured if slot.process == process}
        # Some ten seconds a process: first windows of the first ten cases, no second window.
        assert cases == set(range(len(cases)))
        assert len(cases) >= 8
    assert {slot.window for slot in measured} == {0}


@pytest.mark.parametrize("seed", range(5))
def test_it_ends_in_time_on_a_machine_of_changing_speed(seed: int) -> None:
    """Whatever blocks cost, the end is late by no more than the block under way."""
    rng = random.Random(seed)
    costs: dict[Slot, float] = {}

    def cost(slot: Slot) -> float:
        return costs.setdefault(slot, rng.lognormvariate(0, 1.0) * (1 + slot.process))

    _, end_s = run(schedule(90.0), cost, flag=lambda _: rng.random() < 0.5)
    assert end_s <= 90.0 + max(costs.values())


def test_first_blocks_that_cost_much_do_not_shorten_the_run() -> None:
    """Passing over is decided anew each time: nothing is lost to an early fright."""
    seen = 0

    def cost(_: Slot) -> float:
        nonlocal seen
        seen += 1
        return 8.0 if seen <= 4 else 1.0

    measured, _ = run(schedule(170.0), cost)
    assert set(measured) == everything()


def test_time_that_is_left_goes_to_reruns_of_all_processes() -> None:
    measured, end_s = run(schedule(150.0), flag=lambda _: True)
    reruns = Counter(slot.process for slot in measured if slot.attempt == 2)
    assert end_s <= 150.0
    assert set(measured) >= everything()
    assert max(reruns.values()) - min(reruns[p] for p in range(PROCESSES)) <= 2


@pytest.mark.parametrize("stop_after", [0, 1, 17, 40, 41, 75, 119, 130])
def test_resumed_it_measures_the_rest_and_nothing_twice(stop_after: int) -> None:
    def flag(slot: Slot) -> bool:
        return slot.case % 5 == 0 and slot.attempt == 1

    whole, _ = run(schedule(), flag=flag)
    before, _ = run(schedule(), flag=flag, stop_after=stop_after)
    flagged = [slot for slot in before if flag(slot)]
    after, _ = run(schedule(finished=before, flagged=flagged), flag=flag)
    assert len(before) == min(stop_after, len(whole))
    assert set(before) | set(after) == set(whole)
    assert not set(before) & set(after)


def test_a_dropped_case_is_measured_no_more() -> None:
    plan = schedule()
    plan.begin(0, 0.0)
    slot = plan.next(0.0)
    assert slot is not None
    plan.done(slot, 1.0, flagged=True)
    plan.drop(slot.case)
    rest, _ = run(plan)
    assert slot.case not in {other.case for other in rest}
    assert len(rest) == (CASES - 1) * PROCESSES * WINDOWS


def test_time_left_counts_down_to_nothing() -> None:
    plan = schedule()
    plan.begin(0, 0.0)
    assert plan.remaining_s(0.0) == pytest.approx(CASES * PROCESSES * WINDOWS)
    plan.begin(2, 0.0)
    assert plan.remaining_s(0.0) == pytest.approx(CASES * WINDOWS)
    assert schedule(5.0).remaining_s(9.0) == 0.0
