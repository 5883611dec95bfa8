"""The order of measuring: random, interleaved, complete, on time, the same after a break."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from bench.run.schedule import Schedule, Slot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CASES, PROCESSES, WINDOWS = 20, 3, 2


class Plan:
    """A schedule, and what is flagged of what it measures."""

    def __init__(
        self,
        deadline_s: float = 1e9,
        seed: int = 7,
        finished: Iterable[Slot] = (),
        flag: Callable[[Slot], bool] = lambda _: False,
        good: Callable[[Slot], int] = lambda _: 0,
    ) -> None:
        self.measured = list(finished)
        self._good = good
        self._flag = flag
        self.schedule = Schedule(
            cases=CASES,
            processes=PROCESSES,
            windows=WINDOWS,
            seed=seed,
            nominal_s=1.0,
            startup_s=0.0,
            deadline_s=deadline_s,
            flagged=self.flagged,
            finished=finished,
        )

    def flagged(self, process: int) -> dict[Slot, int]:
        first = (s for s in self.measured if s.process == process and s.attempt == 1)
        return {slot: self._good(slot) for slot in first if self._flag(slot)}

    def run(
        self,
        cost_s: Callable[[Slot], float] = lambda _: 1.0,
        setup_s: float = 0.0,
        stop_after: int | None = None,
        calibration_s: float = 0.0,
    ) -> tuple[list[Slot], float]:
        """Carry it out on a clock of its own; return what was measured, and the time."""
        now, before = 0.0, len(self.measured)
        for process in self.schedule.processes:
            self.schedule.begin(process, now)
            seen: set[int] = set()
            while slot := self.schedule.next(now):
                if stop_after == len(self.measured) - before:
                    return self.measured[before:], now
                setup = 0.0 if slot.case in seen else setup_s
                calibration = calibration_s if setup and process == 0 else 0.0
                seen.add(slot.case)
                now += cost_s(slot) + setup + calibration
                self.measured.append(slot)
                self.schedule.done(slot, cost_s(slot), setup, calibration)
        return self.measured[before:], now


def everything() -> set[Slot]:
    return {
        Slot(case, process, window)
        for case in range(CASES)
        for process in range(PROCESSES)
        for window in range(WINDOWS)
    }


def test_everything_once_where_nothing_is_flagged() -> None:
    measured, _ = Plan().run()
    assert len(measured) == len(set(measured))
    assert set(measured) == everything()


def test_order_is_random_interleaved_and_fixed_by_the_seed() -> None:
    measured, _ = Plan().run()
    again, _ = Plan().run()
    other, _ = Plan(seed=8).run()
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
    measured, _ = Plan(flag=lambda slot: slot.case == 3).run()
    assert Counter(slot.attempt for slot in measured if slot.case == 3) == {1: 6, 2: 6}
    assert all(slot.attempt == 1 for slot in measured if slot.case != 3)
    for process in range(PROCESSES):
        slots = [slot for slot in measured if slot.process == process]
        assert {slot.attempt for slot in slots[: CASES * WINDOWS]} == {1}


def test_it_ends_in_time_and_leaves_out_the_last_ranked() -> None:
    budget_s = 30.0
    measured, end_s = Plan(budget_s).run()
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

    _, end_s = Plan(90.0, flag=lambda _: rng.random() < 0.5).run(cost)
    assert end_s <= 90.0 + max(costs.values())


def test_first_blocks_that_cost_much_do_not_shorten_the_run() -> None:
    """Passing over is decided anew each time: nothing is lost to an early fright."""
    seen = 0

    def cost(_: Slot) -> float:
        nonlocal seen
        seen += 1
        return 8.0 if seen <= 4 else 1.0

    measured, _ = Plan(170.0).run(cost)
    assert set(measured) == everything()


def test_time_that_is_left_goes_to_reruns_of_all_processes() -> None:
    measured, end_s = Plan(150.0, flag=lambda _: True).run()
    reruns = Counter(slot.process for slot in measured if slot.attempt == 2)
    assert end_s <= 150.0
    assert set(measured) >= everything()
    assert max(reruns.values()) - min(reruns[p] for p in range(PROCESSES)) <= 2


@pytest.mark.parametrize("stop_after", [0, 1, 17, 40, 41, 75, 119, 130])
def test_resumed_it_measures_the_rest_and_nothing_twice(stop_after: int) -> None:
    def flag(slot: Slot) -> bool:
        return slot.case % 5 == 0 and slot.attempt == 1

    whole, _ = Plan(flag=flag).run()
    before, _ = Plan(flag=flag).run(stop_after=stop_after)
    after, _ = Plan(flag=flag, finished=before).run()
    assert len(before) == min(stop_after, len(whole))
    assert set(before) | set(after) == set(whole)
    assert not set(before) & set(after)


def test_a_dropped_case_is_measured_no_more() -> None:
    plan = Plan(flag=lambda _: True)
    plan.schedule.begin(0, 0.0)
    slot = plan.schedule.next(0.0)
    assert slot is not None
    plan.schedule.drop(slot.case)
    rest, _ = plan.run()
    assert slot.case not in {other.case for other in rest}
    assert len(rest) == 2 * (CASES - 1) * PROCESSES * WINDOWS


def test_set_up_of_a_case_is_planned_for() -> None:
    """Making a case ready costs once a process; later processes get as much done as the first."""
    measured, end_s = Plan(100.0).run(setup_s=1.0)
    blocks = Counter(slot.process for slot in measured)
    assert end_s <= 100.0
    assert max(blocks.values()) - min(blocks.values()) <= 3


def test_calibration_is_not_planned_for_again() -> None:
    """Only the first process pays for it, and reruns are shared out evenly all the same."""
    plan = Plan(260.0, flag=lambda _: True)
    measured, end_s = plan.run(setup_s=0.5, calibration_s=2.0)
    reruns = Counter(slot.process for slot in measured if slot.attempt == 2)
    assert end_s <= 260.0
    assert {slot for slot in measured if slot.attempt == 1} == everything()
    assert max(reruns.values()) - min(reruns[p] for p in range(PROCESSES)) <= 2


def test_the_neediest_are_run_again_first() -> None:
    measured, _ = Plan(flag=lambda _: True, good=lambda slot: slot.case % 4).run()
    for process in range(PROCESSES):
        again = [s.case for s in measured if s.process == process and s.attempt == 2]
        assert [case % 4 for case in again] == sorted(case % 4 for case in again)
        assert again != sorted(again, key=lambda case: (case % 4, case))


def test_a_rerun_that_is_too_dear_does_not_hold_up_the_others() -> None:
    measured, _ = Plan(375.0, flag=lambda _: True).run(lambda slot: 40.5 if slot.case == 0 else 0.5)
    again = [slot for slot in measured if slot.attempt == 2]
    assert {slot.case for slot in again} == set(range(1, CASES))


def test_time_left_counts_down_to_nothing() -> None:
    plan = Plan().schedule
    plan.begin(0, 0.0)
    assert plan.remaining_s(0.0) == pytest.approx(CASES * PROCESSES * WINDOWS)
    plan.begin(2, 0.0)
    assert plan.remaining_s(0.0) == pytest.approx(CASES * WINDOWS)
    assert Plan(5.0).schedule.remaining_s(9.0) == 0.0
