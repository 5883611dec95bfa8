"""What is measured next: a random interleaved order that ends in time.

Pure: the clock is passed in. The order of a process is fixed by the seed; what the clock decides is
only what is shortened (later windows first) or left out (last-ranked cases first).
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One block to measure: a case (its rank), a process, a window, and which attempt it is."""

    case: int
    process: int
    window: int
    attempt: int = 1


@dataclass(slots=True)
class _Pace:
    """How long blocks take here, case by case, learned while measuring."""

    nominal_s: float
    measured_s: dict[int, float] = field(default_factory=dict)
    _mean_s: float = 0.0

    def learn(self, case: int, cost_s: float) -> None:
        self.measured_s[case] = cost_s
        self._mean_s = sum(self.measured_s.values()) / len(self.measured_s)

    def expect(self, case: int) -> float:
        """Return the expected cost of a block: the last seen, or the mean of other cases."""
        if case in self.measured_s:
            return self.measured_s[case]
        return self._mean_s or self.nominal_s


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
        finished: Iterable[Slot] = (),
        flagged: Iterable[Slot] = (),
    ) -> None:
        """Plan a run.

        nominal_s is the expected cost of a block before any was seen, startup_s that of a process;
        deadline_s is on the clock that `begin` and `next` are given. finished are the slots of an
        earlier launch, and flagged those of them that a gate did not let pass.
        """
        self._cases = range(cases)
        self._processes = processes
        self._windows = windows
        self._seed = seed
        self._startup_s = startup_s
        self._deadline_s = deadline_s
        self._pace = _Pace(nominal_s)
        self._finished = set(finished)
        self._flagged = set(flagged)
        self._dropped_cases: set[int] = set()
        self._queue: list[Slot] = []
        self._reruns: list[Slot] = []
        self._process = 0
        self._fair_end_s = deadline_s
        self._rerun_end_s: float | None = None
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
        usable = [slot for slot in slots if slot.case not in self._dropped_cases]
        self._queue = [slot for slot in usable if slot not in self._finished]
        self._reruns = [
            again
            for slot in usable
            if slot in self._flagged and (again := _again(slot)) not in self._finished
        ]
        self._fair_end_s = now_s + (self._deadline_s - now_s) / (self._later + 1)
        self._rerun_end_s = None

    def next(self, now_s: float) -> Slot | None:
        """Return the next block to measure in this process, or None when it has no more."""
        shed = self._shed(now_s)
        for slot in self._queue:
            if slot not in shed:
                return slot
        if not self._reruns:
            return None
        if self._rerun_end_s is None:
            slack_s = self._deadline_s - now_s - self._later_s()
            self._rerun_end_s = now_s + slack_s / (self._later + 1)
        again = self._reruns[0]
        return again if now_s + self._pace.expect(again.case) <= self._rerun_end_s else None

    def done(self, slot: Slot, cost_s: float, *, flagged: bool) -> None:
        """Note that a block was measured, what such a block costs, and whether to run it again."""
        self._finished.add(slot)
        self._pace.learn(slot.case, cost_s)
        if slot.attempt == 1:
            self._queue.remove(slot)
            if flagged:
                self._flagged.add(slot)
                # Somewhere among the others: right after itself it would meet the same spell.
                self._reruns.insert(self._rng.randint(0, len(self._reruns)), _again(slot))
        else:
            self._reruns.remove(slot)

    def drop(self, case: int) -> None:
        """Leave out all that remains of a case, because it cannot be measured."""
        self._dropped_cases.add(case)
        self._queue = [slot for slot in self._queue if slot.case != case]
        self._reruns = [slot for slot in self._reruns if slot.case != case]

    def remaining_s(self, now_s: float) -> float:
        """Return the expected time to the end of the run: what is pending, but not past the end."""
        pending_s = self._cost(self._queue) + self._cost(self._reruns)
        return max(0.0, min(pending_s + self._later_s(), self._deadline_s - now_s))

    @property
    def _later(self) -> int:
        return self._processes - self._process - 1

    def _later_s(self) -> float:
        """Return the expected cost of the processes after this one, without reruns."""
        blocks = (Slot(case, 0, 0) for case in self._cases if case not in self._dropped_cases)
        return self._later * (self._startup_s + self._windows * self._cost(blocks))

    def _cost(self, slots: Iterable[Slot]) -> float:
        return sum(self._pace.expect(slot.case) for slot in slots)

    def _shed(self, now_s: float) -> set[Slot]:
        """Return the pending blocks to pass over, so that the rest fits: later windows first.

        Among equals by rank. Nothing is passed over for good: should blocks turn out to be faster
        than the first ones let fear, it is measured after all. A process may use its fair part of
        the time, or all that the later ones leave over.
        """
        end_s = max(self._fair_end_s, self._deadline_s - self._later_s())
        excess_s = self._cost(self._queue) - (end_s - now_s)
        shed: set[Slot] = set()
        for slot in sorted(self._queue, key=lambda s: (s.window, s.case), reverse=True):
            if excess_s <= 0:
                break
            shed.add(slot)
            excess_s -= self._pace.expect(slot.case)
        return shed


def _again(slot: Slot) -> Slot:
    return Slot(slot.case, slot.process, slot.window, attempt=2)
