"""How often what a class teaches holds: `python -m tests.benchmarks.class_scaling [CLASS OTHER]`.

Prints the table of docs/explanation/class-statistics.md: simulated classes of 6 to 24 CPUs. With
the class.parquet of two classes: how often machines of the other one are where the first says.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.course.teaching import read_times
from analysis.devices.class_scaling import learn
from analysis.devices.class_times import LEAST_RATIO
from analysis.devices.cpus import CPUS, index_of
from analysis.errors import AnalysisError
from hardware_profiles.catalogue import catalogue
from hardware_profiles.quantity import exact
from tests.analysis.devices.classes import CASES, LAPTOPS, points, run_of, simulated

SIZES = (6, 10, 15, 20, 24)
TAILS = (math.inf, 3.0)
EXPONENT, MACHINE_SD, CELL_SD = 0.9, 0.12, 0.06
MACHINES_OF_A_CPU = 2
CLASSES = 1000


@dataclass(frozen=True, slots=True)
class Held:
    """In how many classes intervals held the truth, and what they were."""

    exponents: int
    answers: int
    half_width: float
    """Of the exponent, on average."""
    better: int
    """In how many the class missed left-out CPUs by less than the published exponent did."""


def held(cpus: int, classes: int, tails: float, seed: int) -> Held:
    """Return how often the exponent and a case's time on a device are held.

    A class has two machines of each CPU. The run that is placed and the device have other CPUs,
    where the class has not all that are known; a case of the device is predicted from the run's.
    """
    rng = np.random.default_rng(seed)
    profile = catalogue()[CPUS]
    exponents = answers = better = 0
    width = 0.0
    for number in range(classes):
        names = _class(rng, cpus)
        there = names[1]
        errors = MACHINE_SD, CELL_SD
        times = simulated(names, EXPONENT, *errors, 0.1, seed=seed + number, tails=tails)
        whole = simulated(names, EXPONENT, *errors, 0.0, seed=seed + number, tails=tails).logs
        kept = type(times)(
            times.file, times.cpus[2:], times.architectures[2:], CASES, times.logs[2:]
        )
        scaling = learn(kept, profile).scaling
        if scaling is None:
            raise AssertionError(names)
        low, high = scaling.exponent.low, scaling.exponent.high
        exponents += low <= EXPONENT <= high
        width += (high - low) / 2 / classes
        better += scaling.is_better
        run = run_of(dict(zip(CASES, np.exp(whole[0]).tolist(), strict=True)))
        place, cells = scaling.on_scale(run, exact(1500.0, "point"))
        index = exact(float(profile[f"index.{there}"].to("point").value), "point")
        factor = scaling.at(index) / place
        assert cells == len(CASES)
        truth = math.exp(whole[1, number % len(CASES)] - whole[0, number % len(CASES)])
        below, above = (float(np.quantile(factor.draws[1:], q)) for q in (0.05, 0.95))
        answers += below <= truth <= above
    return Held(exponents, answers, width, better)


def _class(rng: np.random.Generator, cpus: int) -> tuple[str, ...]:
    """Return CPUs: of a run's machine, of the device, and of a class whose indices differ."""
    while True:
        here, there, *others = rng.permutation(LAPTOPS).tolist()
        # A class of all CPUs has those two as well.
        chosen = tuple([*others, here, there][:cpus])
        if np.ptp(np.log(points(chosen))) > math.log(LEAST_RATIO):
            return (here, there, *chosen * MACHINES_OF_A_CPU)


def from_one_to_another(one: Path, other: Path) -> tuple[int, float]:
    """Return how many pairs of machines there are, and which share of their cases' ratios is held.

    From each machine of the other class, placed by its times, to each other one, by its index.

    Raises:
        AnalysisError: the first class teaches nothing.

    """
    profile, times = catalogue()[CPUS], read_times(other)
    lesson = learn(read_times(one), profile)
    scaling = lesson.scaling
    if scaling is None:
        raise AnalysisError(lesson.why_not)
    names = [index_of(cpu, profile) for cpu in times.cpus]
    there = {
        name: scaling.at(profile[f"index.{name}"]).draws[1:] for name in set(names) - {"unknown"}
    }
    shares = []
    for machine, logs in enumerate(times.logs):
        measured = np.isfinite(logs)
        ours = np.array(times.cases)[measured].tolist()
        run = run_of(dict(zip(ours, np.exp(logs[measured]).tolist(), strict=True)))
        here = scaling.on_scale(run, exact(1500.0, "point"))[0].draws[1:]
        for target, name in enumerate(names):
            if target != machine and name in there:
                low, high = np.quantile(np.log(there[name] / here), (0.05, 0.95))
                off = times.logs[target] - logs
                off = off[np.isfinite(off)]
                shares.append(float(np.mean((off >= low) & (off <= high))))
    return len(shares), float(np.mean(shares))


def main() -> int:
    """Print a row a size of a class, or the share of pairs of two classes."""
    if len(sys.argv) == 3:
        pairs, share = from_one_to_another(Path(sys.argv[1]), Path(sys.argv[2]))
        sys.stdout.write(f"{pairs} pairs of machines, {100 * share:.1f} % of their cases held\n")
        return 0
    sys.stdout.write(
        "| CPUs | exponent, normal | answers | exponent, t3 | answers | better than published |\n"
        "|---|---|---|---|---|---|\n"
    )
    for cpus in SIZES:
        normal, heavy = (held(cpus, CLASSES, tails, seed=cpus) for tails in TAILS)
        cells = (
            f"{100 * normal.exponents / CLASSES:.1f} %, {normal.half_width:.2f}",
            f"{100 * normal.answers / CLASSES:.1f} %",
            f"{100 * heavy.exponents / CLASSES:.1f} %, {heavy.half_width:.2f}",
            f"{100 * heavy.answers / CLASSES:.1f} %",
            f"{100 * normal.better / CLASSES:.0f} %",
        )
        sys.stdout.write(f"| {cpus} | {' | '.join(cells)} |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
