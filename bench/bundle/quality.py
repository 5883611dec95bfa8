"""Which samples were taken while the core ran at its full speed.

A shared or throttled core has slow spells of up to seconds. The canary beside each sample tells
them apart without looking at the sample, so that choosing by it does not bias the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.bundle.schema import Gate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.bundle.schema import Block, Bundle, Case

DRIFT = 0.05
"""A canary this much above the process's reference marks a disturbed sample."""

CPU_OVER_WALL = 0.9
"""Single-threaded work that had the core to itself spends its wall time on the CPU."""

_REFERENCE_QUANTILE = 0.2
"""See `reference_us`."""


def reference_us(canaries_us: Iterable[int]) -> float:
    """Return the speed to hold canaries against: the 20th percentile of those of one process.

    About the middle of the full-speed ones even where the core spends half its time, or a little
    more, in a slow state; not the fastest, which are outliers.
    """
    ordered = sorted(canaries_us)
    return float(ordered[int(_REFERENCE_QUANTILE * (len(ordered) - 1))])


def calm_samples(block: Block, reference: float) -> tuple[int, ...]:
    """Return the positions of a block's samples whose two canaries both ran at full speed.

    A sample of a block that ran without the CPU for part of its time (gate `cpu`) is never calm.
    """
    if Gate.CPU in block.gates:
        return ()
    limit = reference * (1 + DRIFT)
    canaries: Sequence[int] = block.canary_us[len(block.warmup_us) :]
    return tuple(
        index
        for index in range(len(block.samples_us))
        if max(canaries[index], canaries[index + 1]) <= limit
    )


CALM_ENOUGH = 3
"""Calm samples of a case from which its process counts as undisturbed."""

NOISY_SHARE = 0.25
"""Share of disturbed cases from which a whole run is not to be trusted."""


def references_us(bundle: Bundle) -> dict[int, float]:
    """Return the reference canary of each process that measured anything."""
    canaries: dict[int, list[int]] = {}
    for case in bundle.cases:
        for block in case.blocks:
            canaries.setdefault(block.process, []).extend(block.canary_us)
    return {process: reference_us(times) for process, times in canaries.items()}


@dataclass(frozen=True, slots=True)
class ProcessSamples:
    """What one process measured of a case: seconds of one call, in the order of measuring."""

    process: int
    all_s: tuple[float, ...]
    calm_s: tuple[float, ...]

    @property
    def calm(self) -> bool:
        """Whether enough of it was measured at the core's full speed."""
        return len(self.calm_s) >= min(CALM_ENOUGH, len(self.all_s))


def by_process(case: Case, references: dict[int, float]) -> list[ProcessSamples]:
    """Return the samples of a case, process by process, its windows and attempts together."""
    samples: dict[int, tuple[list[float], list[float]]] = {}
    for block in sorted(case.blocks, key=lambda b: b.order):
        everything, calm = samples.setdefault(block.process, ([], []))
        calls = [us / 1e6 / (case.loops or 1) for us in block.samples_us]
        everything.extend(calls)
        calm.extend(calls[i] for i in calm_samples(block, references[block.process]))
    return [ProcessSamples(p, tuple(a), tuple(c)) for p, (a, c) in sorted(samples.items())]


def enough_calm(pairs: Sequence[ProcessSamples], planned: int) -> bool:
    """Tell whether most of the planned processes, and two at the least, were undisturbed."""
    return bool(most_are_calm(sum(pair.calm for pair in pairs), planned))


def most_are_calm(calm: Any, planned: int) -> Any:
    """Tell whether most of the planned processes, and two at the least, were undisturbed.

    calm is how many were: a number, or an array of them.
    """
    return (calm >= 2) & (2 * calm > planned)


def pace_spread(bundle: Bundle) -> float:
    """Return how much slower the slowest process's full speed is than the fastest's, 0 for none."""
    references = references_us(bundle).values()
    return max(references) / min(references) - 1 if references else 0.0


def disturbed_share(bundle: Bundle) -> float:
    """Return the share of measured cases that most processes measured in a slow spell."""
    references = references_us(bundle)
    cases = [pairs for case in bundle.cases if (pairs := by_process(case, references))]
    disturbed = sum(not enough_calm(pairs, bundle.run.processes) for pairs in cases)
    return disturbed / len(cases) if cases else 0.0
