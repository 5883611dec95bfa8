"""Which variants of a loader are run when, in a budget of time.

Runs of a round lie side by side, each round with a run of the loader as it is: their ratios hold
where the machine is faster or slower in another round.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.diagnosis.record import CHANGE, Diagnosis, LoaderRun, Variant
from bench.diagnosis.variants import CONTROLS, LOADER_AS_IS, changes
from bench.errors import LoaderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bench.diagnosis.client import LoaderProcesses

_FIRST, _REST = 0.15, 0.7
"""Shares of the budget: for the first look at the loader, and until when all changes had a turn."""
_LONGEST_FIRST_S = 60.0
_MOST = 1.25
"""No run is begun after so much of the budget."""
_WINDOW, _SHORTEST_S, _LONGEST_S = 0.015, 0.4, 3.0
"""Length of a run: a share of the budget, within limits."""
_GROUP = 3
"""Variants of a round, beside the loader as it is."""
_ROUNDS = 5
"""Rounds of the changes that gain most."""
_BEST = 3
"""So many of them."""
_UNKNOWN = 1.05
"""What a change is taken to gain of which the model knows nothing: it is tried before those that
gain nothing."""
_DIGESTS = Variant("looking for duplicates", "check", "digests", "digests")
_CHECKED_S = 1.0


class DiagnosisSchedule:
    """Runs a loader and its variants; holds what they did, also where it is interrupted."""

    def __init__(
        self,
        processes: LoaderProcesses,
        step: str,
        budget_s: float,
        workers: Sequence[int] | None,
        clock_s: Callable[[], float],
    ) -> None:
        """Take a loader that is open.

        Args:
            processes: run it.
            step: what consumes its batches, in words; "": nothing does.
            budget_s: how long all may take, about.
            workers: numbers of workers to try; None: those that fit this machine.
            clock_s: the time, in s.

        """
        self._processes, self._clock_s = processes, clock_s
        self._begin_s, self._budget_s = clock_s(), budget_s
        self.diagnosis = Diagnosis(processes.facts, bool(step), step, (), {}, None)
        """What was measured so far."""
        counts = usual_workers(processes.facts.cores) if workers is None else workers
        self.variants = (*CONTROLS, *changes(processes.facts, counts))
        """All that can be run."""
        self._window_s = min(_LONGEST_S, max(_SHORTEST_S, _WINDOW * budget_s))
        self._round = 0
        self._random = random.Random(0)  # noqa: S311 - no secret

    def steps(self, gain: Callable[[Diagnosis, Variant], float | None]) -> Iterator[str]:
        """Run all that there is time for; yield, before each run, what is run.

        Args:
            gain: what a change is expected to gain, after what was measured so far, as a factor;
                None: it is not known.

        Raises:
            LoaderError: the loader as it is cannot be run.

        """
        yield "the loader as it is"
        self._run(
            LOADER_AS_IS,
            min(_LONGEST_FIRST_S, max(2.0, _FIRST * self._budget_s)),
            starts=2,
            must=True,
        )
        if self._processes.facts.kind == "iterable":
            yield "whether workers load the same samples"
            self._look_for_duplicates()
        yield from self._rounds([CONTROLS])
        changed = [variant for variant in self.variants if variant.role == CHANGE]
        left = list(changed)
        # One round of changes at least, however slow the loader is.
        while left and (self._spent() < _REST or len(left) == len(changed)):
            # Again before each round: it knows more then.
            left.sort(key=lambda variant: self._turn(variant, gain(self.diagnosis, variant)))
            yield from self._rounds([left[:_GROUP]])
            left = left[_GROUP:]
        for number in range(1, _ROUNDS):
            if self._spent() > 1:
                break
            group = self._best(most=_BEST if number < _ROUNDS // 2 else 1)
            yield from self._rounds([group, CONTROLS] if number == 1 else [group])

    @property
    def spent_s(self) -> float:
        """How long it has run, in s."""
        return self._clock_s() - self._begin_s

    def _spent(self) -> float:
        return self.spent_s / self._budget_s

    def _rounds(self, groups: Sequence[Sequence[Variant]]) -> Iterator[str]:
        for group in groups:
            self._round += 1
            order = [LOADER_AS_IS, *group]
            self._random.shuffle(order)
            for variant in order:
                if self._spent() > _MOST:
                    return
                yield variant.name
                self._run(variant, self._window_s, starts=self._starts(variant))

    def _turn(self, variant: Variant, gain: float | None) -> tuple[bool, float]:
        """Return by what changes are put in order: those that gain most first.

        Where libraries may use more threads than there are cores, fewer of them come before all:
        threads that fight for cores slow down whatever the gains of others are predicted from.
        """
        facts = self._processes.facts
        fight = variant.field == "threads" and facts.most_threads * facts.workers > facts.cores
        return not fight, -(gain or _UNKNOWN)

    def _starts(self, variant: Variant) -> int:
        """Return how many beginnings of an epoch to time: those of living workers come second."""
        return 2 if variant.field == "persistent" else 0

    def _run(self, variant: Variant, seconds: float, starts: int, *, must: bool = False) -> None:
        if variant.name in self.diagnosis.failures:
            return
        try:
            run = self._processes.run(variant, seconds, self._round, starts)
        except LoaderError as error:
            if must:
                raise
            self._fail(variant, str(error))
            return
        if run is None:
            if must:
                raise LoaderError("the loader gave no batch; is its data set empty?")
            self._fail(variant, "it gave no batch")
            return
        self.diagnosis = replace(self.diagnosis, runs=(*self.diagnosis.runs, run))

    def _fail(self, variant: Variant, why: str) -> None:
        failures = {**self.diagnosis.failures, variant.name: why}
        self.diagnosis = replace(self.diagnosis, failures=failures)

    def _look_for_duplicates(self) -> None:
        """Compare the samples that two workers load, or those of the loader's own workers."""
        variant = _DIGESTS
        try:
            values = self._processes.values(variant, _CHECKED_S)
        except LoaderError:
            return
        seen = [set(samples) for samples in values.get("digests", ()) if samples]
        if len(seen) < 2:
            return
        shared = seen[0] & seen[1]
        share = len(shared) / min(len(seen[0]), len(seen[1]))
        self.diagnosis = replace(self.diagnosis, duplicates=share)

    def _best(self, most: int) -> list[Variant]:
        """Return the changes that gained most where they ran."""
        period: dict[str, float] = {}
        for run in self.diagnosis.runs:
            period[run.name] = _relative_period(run, self.diagnosis)
        ran = [v for v in self.variants if v.role == CHANGE and v.name in period]
        return sorted(ran, key=lambda variant: period[variant.name])[:most]


def _relative_period(run: LoaderRun, diagnosis: Diagnosis) -> float:
    """Return a run's time by batch over that of the loader as it is beside it."""
    epoch = diagnosis.facts.batches
    beside = [r for r in diagnosis.runs if not r.field and r.round == run.round]
    if not beside:
        return 1.0
    return run.epoch_period_s(epoch) / beside[0].epoch_period_s(epoch)


def usual_workers(cores: int) -> tuple[int, ...]:
    """Return the numbers of workers to try on a machine: none, one, and up to two by core."""
    counts = {0, 1, 2, cores, 2 * cores}
    count = 4
    while count < 2 * cores:
        counts.add(count)
        count *= 2
    return tuple(sorted(counts))
