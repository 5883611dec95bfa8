"""How often intervals for a new machine hold: `python -m tests.benchmarks.new_machine`.

Prints the table of docs/explanation/class-statistics.md: simulated classes of 3 to 50 machines.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from analysis.statistics.new_machine import interval_for_new_machine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MACHINES = (3, 4, 5, 7, 10, 15, 19, 20, 30, 50)
DISTRIBUTIONS = ("normal", "t3")
MACHINE_SD, CELL_SD, CELLS, MISSING = 0.12, 0.06, 40, 0.1
CLASSES = 4000


def effects(rng: np.random.Generator, distribution: str, count: int) -> Array:
    """Draw effects of machines, SD 0.12: normal, or Student's with 3 degrees of freedom."""
    z = rng.standard_normal(count)
    if distribution == "t3":
        z = rng.standard_t(3, count) / np.sqrt(3)
    return MACHINE_SD * z


def coverage(distribution: str, machines: int, classes: int, seed: int) -> tuple[int, float]:
    """Return in how many classes a cell of a new machine is held, and the mean half-width."""
    rng = np.random.default_rng(seed)
    held, width = 0, 0.0
    for _ in range(classes):
        drawn = effects(rng, distribution, machines + 1)
        values = drawn[:-1, np.newaxis] + rng.normal(0, CELL_SD, (machines, CELLS))
        values[rng.random(values.shape) < MISSING] = np.nan
        result = interval_for_new_machine(values)
        held += bool(result.low <= drawn[-1] + rng.normal(0, CELL_SD) <= result.high)
        width += (result.high - result.low) / 2 / classes
    return held, width


def main() -> int:
    """Print a row a number of machines."""
    sys.stdout.write("| machines | normal | t3 |\n|---|---|---|\n")
    for machines in MACHINES:
        cells = []
        for number, distribution in enumerate(DISTRIBUTIONS):
            held, width = coverage(distribution, machines, CLASSES, 1000 * number + machines)
            cells.append(f"{100 * held / CLASSES:.1f} %, {width:.2f}")
        sys.stdout.write(f"| {machines} | {' | '.join(cells)} |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
