"""The blocks of a run as arrays, so that thousands of files are checked in little time.

What each number means is defined in `bench.bundle.quality` and `gates`; tests hold these to those.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from analysis.statistics.verdict import Disturbance
from bench.bundle import CPU_OVER_WALL, DRIFT, reference_us
from bench.bundle.quality import CALM_ENOUGH, most_are_calm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from bench.bundle import Block, Bundle

Floats: TypeAlias = "NDArray[np.float64]"
Integers: TypeAlias = "NDArray[np.int64]"


@dataclass(frozen=True)
class Ragged:
    """Rows of different lengths, one after another."""

    values: Integers
    starts: Integers
    """Where each row begins, and at the end where the last ends: shape (rows + 1,)."""

    @classmethod
    def of(cls, rows: list[tuple[int, ...]]) -> Ragged:
        """Return it from rows of integers."""
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        starts = np.concatenate(([0], np.cumsum(lengths)))
        values = np.fromiter(chain.from_iterable(rows), np.int64, int(starts[-1]))
        return cls(values, starts)

    @property
    def lengths(self) -> Integers:
        """How long each row is."""
        return np.diff(self.starts)

    @cached_property
    def row(self) -> Integers:
        """Which row each value is of."""
        return np.repeat(np.arange(len(self.starts) - 1), self.lengths)

    def sums(self) -> Integers:
        """Return the sum of each row; of an empty one, 0."""
        totals = np.concatenate(([0], np.cumsum(self.values)))
        return np.asarray(totals[self.starts[1:]] - totals[self.starts[:-1]])

    def sorted(self) -> Ragged:
        """Return each row in rising order."""
        return Ragged(self.values[np.lexsort((self.values, self.row))], self.starts)

    def quantiles(self, twentieths: int) -> Floats:
        """Return a quantile of each row, in 20ths, as `statistics.quantiles(method=inclusive)`.

        Rows must be sorted, and have a value at least.
        """
        last = self.lengths - 1
        place, rest = np.divmod(last * twentieths, 20)
        low = self.values[self.starts[:-1] + place]
        high = self.values[self.starts[:-1] + np.minimum(place + 1, last)]
        return np.asarray((low * (20 - rest) + high * rest) / 20)


@dataclass(frozen=True)
class BlockArrays:
    """All blocks of a run, in the order of its cases."""

    case: Integers
    """Which case each block is of."""
    blocks: list[Block]
    loops: Integers
    """Calls in a sample of each block."""
    process: Integers
    samples: Ragged
    warmup: Ragged
    canaries: Ragged
    cpu_us: Integers
    """-1 where it is not known."""

    @classmethod
    def of(cls, bundle: Bundle) -> BlockArrays:
        """Return the blocks of a run."""
        blocks = [block for case in bundle.cases for block in case.blocks]
        counts = [len(case.blocks) for case in bundle.cases]
        loops = [case.loops or 1 for case in bundle.cases]
        return cls(
            case=np.repeat(np.arange(len(counts)), counts),
            blocks=blocks,
            loops=np.repeat(np.array(loops, np.int64), counts),
            process=_integers(block.process for block in blocks),
            samples=Ragged.of([block.samples_us for block in blocks]),
            warmup=Ragged.of([block.warmup_us for block in blocks]),
            canaries=Ragged.of([block.canary_us for block in blocks]),
            cpu_us=_integers(-1 if block.cpu_us is None else block.cpu_us for block in blocks),
        )

    @cached_property
    def references_us(self) -> Floats:
        """The canary at full speed in each block's process, in us."""
        row_process = self.process[self.canaries.row]
        known = {
            int(process): reference_us(self.canaries.values[row_process == process].tolist())
            for process in np.unique(self.process)
        }
        return np.array([known[int(process)] for process in self.process])

    @cached_property
    def wall_us(self) -> Integers:
        """Time of all rounds of each block, warm-up too."""
        return np.asarray(self.warmup.sums() + self.samples.sums())

    @cached_property
    def lacks_cpu(self) -> NDArray[np.bool_]:
        """Whether each block ran without the CPU for part of its time."""
        return np.asarray((self.cpu_us >= 0) & (self.cpu_us < CPU_OVER_WALL * self.wall_us))

    @cached_property
    def calm(self) -> NDArray[np.bool_]:
        """Whether each sample was taken at the core's full speed."""
        row = self.samples.row
        place = np.arange(len(row)) - self.samples.starts[:-1][row]
        before = self.canaries.starts[:-1][row] + self.warmup.lengths[row] + place
        slower = np.maximum(self.canaries.values[before], self.canaries.values[before + 1])
        flagged = np.array(["p" in block.gates for block in self.blocks], bool)
        return np.asarray(~flagged[row] & (slower <= self.references_us[row] * (1 + DRIFT)))

    @cached_property
    def calm_counts(self) -> Integers:
        """How many samples of each block were taken at the core's full speed."""
        return np.bincount(self.samples.row[self.calm], minlength=len(self.blocks))

    @cached_property
    def calm_processes(self) -> dict[int, tuple[int, int]]:
        """By case: how many processes measured it, and how many of them were calm enough."""
        keys = self.case * (1 + int(self.process.max(initial=0))) + self.process
        unique, place = np.unique(keys, return_inverse=True)
        count = np.bincount(place, self.samples.lengths, len(unique))
        calm = np.bincount(place, self.calm_counts, len(unique)) >= np.minimum(CALM_ENOUGH, count)
        cases, inverse = np.unique(
            unique // (1 + int(self.process.max(initial=0))), return_inverse=True
        )
        processes = np.bincount(inverse).tolist()
        calm_ones = np.bincount(inverse, calm).astype(int).tolist()
        return dict(zip(cases.tolist(), zip(processes, calm_ones, strict=True), strict=True))

    def disturbance(self, planned: int) -> Disturbance:
        """Return how much the core's speed changed; planned: processes that the run was to have."""
        if not self.blocks:
            return Disturbance(0.0, 0.0)
        references = self.references_us
        disturbed = [not most_are_calm(calm, planned) for _, calm in self.calm_processes.values()]
        spread = float(references.max() / references.min() - 1)
        return Disturbance(spread, sum(disturbed) / len(disturbed))

    @cached_property
    def call_s(self) -> Floats:
        """Seconds of a call, for each sample."""
        return np.asarray(self.samples.values / 1e6 / self.loops[self.samples.row])

    @cached_property
    def median_us(self) -> Floats:
        """The median sample of each block, in us."""
        return self.samples.sorted().quantiles(10)

    @cached_property
    def time_s(self) -> Floats:
        """Seconds of a call in each block: the median of its calm samples, or of all."""
        counts = self.calm_counts
        use = self.calm | (counts == 0)[self.samples.row]
        lengths = np.where(counts == 0, self.samples.lengths, counts)
        starts = np.concatenate(([0], np.cumsum(lengths)))
        kept = Ragged(self.samples.values[use], starts).sorted()
        return np.asarray(kept.quantiles(10) / 1e6 / self.loops)


def _integers(values: Iterable[Any]) -> Integers:
    return np.fromiter(values, np.int64)


def medians_of(values: Floats, group: Integers, groups: int) -> Floats:
    """Return the median of each group; NaN of an empty one."""
    ordered = values[np.lexsort((values, group))]
    ends = np.cumsum(np.bincount(group, minlength=groups))
    counts = np.diff(np.concatenate(([0], ends)))
    result = np.full(groups, np.nan)
    some = counts > 0
    first = (ends - counts)[some]
    result[some] = (
        ordered[first + (counts[some] - 1) // 2] + ordered[first + counts[some] // 2]
    ) / 2
    return result
