"""How fast predictions are: `python -m tests.benchmarks.prediction RUN`.

All configurations of a sweep at once, one by itself, and the whole command as a user waits for it;
the best of some repeats, since the machine's other work is not asked about. Exit status 1 where one
takes longer than it should on a laptop.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.model.machine import Machine
from analysis.model.prediction import predict, predict_many
from bench.bundle import find, read
from hardware_profiles.catalogue import catalogue
from hardware_profiles.draws import DRAWS

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIGURATIONS = 30_000
REPEATS = 7


def seconds(what: Callable[[], object]) -> float:
    """Return how long something takes at best."""
    times_s = []
    for _ in range(REPEATS):
        start_ns = time.perf_counter_ns()
        what()
        times_s.append((time.perf_counter_ns() - start_ns) / 1e9)
    return min(times_s)


def main() -> int:
    """Measure, print; return 1 where something takes too long."""
    path = find(Path(sys.argv[1]))
    machine = Machine(read(path), catalogue())
    calibration, stage_model = machine.calibration, machine.stage_model
    records = calibration.observations.configurations
    chosen = np.random.default_rng(0).integers(0, len(records), CONFIGURATIONS)
    setups = [records[number].setup for number in chosen]

    def grid() -> object:
        return predict_many(calibration, stage_model.resolve_many(setups))

    def command(*arguments: str) -> Callable[[], object]:
        whole = [sys.executable, "-m", "analysis", "predict", *arguments]
        return lambda: subprocess.run(whole, capture_output=True, check=False)

    missed = False
    for name, what, most_s in (
        (f"{CONFIGURATIONS} configurations, from setups to intervals", grid, 2.0),
        ("one configuration", lambda: predict(calibration, setups[0]), 5e-3),
        ("the command", command(str(path)), 0.7),
        ("the command's help", command("--help"), 0.3),
    ):
        took_s = seconds(what)
        missed |= took_s > most_s
        sys.stdout.write(f"{name}: {took_s * 1e3:.1f} ms, at most {most_s * 1e3:g} ms\n")
    sys.stdout.write(f"({DRAWS} draws a configuration; the best of {REPEATS})\n")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
