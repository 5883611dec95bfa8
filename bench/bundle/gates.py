"""Checks on a block that do not look at whether its result is welcome."""

from __future__ import annotations

from statistics import median, quantiles
from typing import TYPE_CHECKING

from bench.bundle.quality import CPU_OVER_WALL, calm_samples
from bench.bundle.schema import Block, Gate

if TYPE_CHECKING:
    from collections.abc import Callable

# Assumed.
P95_OVER_P50 = 1.25
WARMUP_OVER_MEDIAN = 1.5


def _canary(block: Block, reference_us: float) -> bool:
    """More than half of the samples were taken while the core ran below its full speed."""
    return 2 * len(calm_samples(block, reference_us)) < len(block.samples_us)


def _cpu(block: Block, _: float) -> bool:
    """The process did not have the CPU for part of the time."""
    wall_us = sum(block.warmup_us) + sum(block.samples_us)
    return block.cpu_us is not None and block.cpu_us < CPU_OVER_WALL * wall_us


def _spread(block: Block, _: float) -> bool:
    """The slowest samples stand far off the median."""
    if len(block.samples_us) < 2:
        return False
    p95 = quantiles(block.samples_us, n=20, method="inclusive")[-1]
    return p95 > P95_OVER_P50 * median(block.samples_us)


def _warmup(block: Block, _: float) -> bool:
    """The last warm-up round was so slow that the samples may not have settled."""
    last = block.warmup_us[-1:]
    return bool(last) and last[0] > WARMUP_OVER_MEDIAN * median(block.samples_us)


# One check and one line each.
GATES: dict[Gate, Callable[[Block, float], bool]] = {
    Gate.CANARY: _canary,
    Gate.CPU: _cpu,
    Gate.SPREAD: _spread,
    Gate.WARMUP: _warmup,
}


def gates(block: Block, reference_us: float) -> str:
    """Return the letters of the gates that a block does not pass.

    reference_us is the full-speed canary of its process (`bench.bundle.reference_us`).
    """
    return "".join(gate for gate, fails in GATES.items() if fails(block, reference_us))
