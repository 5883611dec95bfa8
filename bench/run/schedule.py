"""What is measured next: a random interleaved order that ends in time.

Pure: the clock is passed in. The order of a process is fixed by the seed; what the clock decides is
only what is shortened (later windows first) or left out (last-ranked cases first).
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One block to measure: a case (its rank), a process, a window, and which attempt it is."""

    case: int
    process: int
    window: int
    attempt: int = 1


@dataclass(slots=True)
class _Mean:
    """What something costs, case by case: the last seen, or the mean of other cases."""

    nominal_s: float
    seen_s: dict[int, float] = field(default_factory=dict)
    _mean_s: float | None = None

    def learn(self, case: int, cost_s: float) -> None:
        self.seen_s[case] = cost_s
        self._mean_s = sum(self.seen_s.values()) / len(self.seen_s)

    def expect(self, case: int) -> float:
        if case in self.seen_s:
            return self.seen_s[case]
        return self.nominal_s if self._mean_s is None else self._mean_s


class Schedule:
    """The blocks still to measure, in order.

    Use: for each process `begin`, then `next` and `done` in turn until `next` returns None.
    """

    def __init__(
        self,
        *,
        cases: int,
        processes: int,
        windows: int,
        seed: int,
        nominal_s: float,
        startup_s: float,
        deadline_s: float,
        flagged: Callable[[int], Mapping[Slot, int]],
        finished: Iterable[Slot] = (),
    ) -> None:
        """Plan a run.

        Args:
            cases: how many there are.
            processes: how many measure each case.
            windows: of a case in a process.
            seed: of the order.
            nominal_s: the expected cost of a block before any was measured.
            startup_s: the expected cost of starting a process.
            deadline_s: on the clock that `begin` and `next` are given.
            flagged: called once a process, when its first attempts are over: which slots to
                measure again, and how many good samples their case has there by now.
            finished: the slots of an earlier launch.

        """
        self._cases = range(cases)
        self._processes = processes
        self._windows = windows
        self._seed = seed
        self._startup_s = startup_s
        self._deadline_s = deadline_s
        self._flagged = flagged
        self._block = _Mean(nominal_s)
        self._setup = _Mean(0.0)
        self._first_setup = _Mean(0.0)
        self._finished = set(finished)
        self._dropped_cases: set[int] = set()
        self._queue: list[Slot] = []
        self._reruns: list[Slot] | None = None
        self._ready: set[int] = set()
        self._process = 0
        self._fair_end_s = deadline_s
        self._rerun_end_s = deadline_s
        self._rng = random.Random(seed)  # noqa: S311  an order, not a secret

    @property
    def processes(self) -> range:
        """All processes, in order; one whose blocks are all measured yields nothing."""
        return range(self._processes)

    def begin(self, process: int, now_s: float) -> None:
        """Start a process."""
        self._process = process
        self._rng = random.Random(f"{self._seed}/{process}")  # noqa: S311
        slots = [
            Slot(case, process, window) for window in range(self._windows) for case in self._cases
        ]
        self._rng.shuffle(slots)
        self._queue = [slot for slot in slots if self._is_open(slot)]
        self._reruns = None
        self._ready = set()
        self._fair_end_s = now_s + (self._deadline_s - now_s) / (self._later + 1)

    def next(self, now_s: float) -> Slot | None:
        """Return the next block to measure in this process, or None when it has no more."""
        shed = self._shed(now_s)
        for slot in self._queue:
            if slot not in shed:
                return slot
        if self._reruns is None:
            self._reruns = self._again()
            slack_s = self._deadline_s - now_s - self._later_s()
            self._rerun_end_s = now_s + slack_s / (self._later + 1)
        for slot in self._reruns:
            if now_s + self._cost([slot]) <= self._rerun_end_s:
                return slot
        return None

    def done(
        self, slot: Slot, cost_s: float, setup_s: float = 0.0, calibration_s: float = 0.0
    ) -> None:
        """Note that a block was measured, and what it cost.

        Args:
            slot: the block.
            cost_s: of measuring it.
            setup_s: of making its case ready, which each process pays.
            calibration_s: of choosing how many calls are a sample, which only the first pays.

        """
        self._finished.add(slot)
        self._block.learn(slot.case, cost_s)
        if slot.case not in self._ready:
            self._ready.add(slot.case)
            self._setup.learn(slot.case, setup_s)
            self._first_setup.learn(slot.case, setup_s + calibration_s)
        pending = self._queue if slot.attempt == 1 else self._reruns
        if pending is not None:
            pending.remove(slot)

    def drop(self, case: int) -> None:
        """Leave out all that remains of a case, because it cannot be measured."""
        self._dropped_cases.add(case)
        self._queue = [slot for slot in self._queue if slot.case != case]
        self._reruns = self._reruns and [slot for slot in self._reruns if slot.case != case]

    def remaining_s(self, now_s: float) -> float:
        """Return the expected time to the end of the run: what is pending, but not past the end."""
        pending_s = self._cost([*self._queue, *(self._reruns or [])])
        return max(0.0, min(pending_s + self._later_s(), self._deadline_s - now_s))

    def _again(self) -> list[Slot]:
        """Return what to run again, the neediest first, in random order among equals."""
        good = {replace(slot, attempt=2): n for slot, n in self._flagged(self._process).items()}
        again = [slot for slot in good if self._is_open(slot)]
        self._rng.shuffle(again)
        return sorted(again, key=good.__getitem__)

    def _is_open(self, slot: Slot) -> bool:
        return slot not in self._finished and slot.case not in self._dropped_cases

    @property
    def _later(self) -> int:
        return self._processes - self._process - 1

    def _later_s(self) -> float:
        """Return the expected cost of the processes after this one, without reruns."""
        blocks_s = sum(
            self._windows * self._block.expect(case) + self._setup.expect(case)
            for case in self._cases
            if case not in self._dropped_cases
        )
        return self._later * (self._startup_s + blocks_s)

    def _cost(self, slots: Iterable[Slot]) -> float:
        """Return the expected cost of blocks in this process."""
        blocks_s, fresh = 0.0, set[int]()
        for slot in slots:
            blocks_s += self._block.expect(slot.case)
            if slot.case not in self._ready:
                fresh.add(slot.case)
        return blocks_s + sum(self._setup_s(case) for case in fresh)

    def _setup_s(self, case: int) -> float:
        """Return the expected cost of making a case ready in this process."""
        known = case in self._setup.seen_s
        return (self._setup if known else self._first_setup).expect(case)

    def _shed(self, now_s: float) -> set[Slot]:
        """Return the pending blocks to pass over, so that the rest fits: later windows first.

        Among equals by rank. Nothing is passed over for good: should blocks turn out to be faster
        than the first ones let fear, it is measured after all. A process may use its fair part of
        the time, or all that the later ones leave over.
        """
        end_s = max(self._fair_end_s, self._deadline_s - self._later_s())
        excess_s = self._cost(self._queue) - (end_s - now_s)
        shed: set[Slot] = set()
        left = Counter(slot.case for slot in self._queue)
        for slot in sorted(self._queue, key=lambda s: (s.window, s.case), reverse=True):
            if excess_s <= 0:
                break
            shed.add(slot)
            excess_s -= self._block.expect(slot.case)
            left[slot.case] -= 1
            if not left[slot.case] and slot.case not in self._ready:
                excess_s -= self._setup_s(slot.case)
        return shed
