"""Whether a diagnosis names what was planted: `python -m tests.benchmarks.diagnosis [--page FILE]`.

Each of twelve loaders has one planted bottleneck. It is diagnosed; then the change that is ranked
first is run again beside the loader as it is, in new processes, and its gain is compared with what
was said. What looking costs is the ratio of paired runs, watched over unwatched. With --page, a
table is written there; `nox -s loaders` renews docs/performance-of-diagnosis.md so.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from analysis.statistics.interval import log_t_interval
from bench.bundle import write_atomically
from bench.diagnosis.client import LoaderProcesses, loader_run
from bench.diagnosis.record import CHANGE, LoaderRun, Variant
from bench.diagnosis.variants import LOADER_AS_IS, changes
from bench.system.limits import usable_cores
from hardware_profiles.durations import duration_s
from tests.bench.diagnosis.planted import LOADERS

_MODULE = "tests.bench.diagnosis.planted"
_ROUNDS, _WINDOW_S = 7, 1.5
_LOOKED_AT = ("workers", "step", "crossing", "decode")
"""Loaders on which the cost of looking is measured: of long and short batches, and many tensors."""
_NEAR = 0.15


@dataclass(frozen=True)
class Named:
    """What a diagnosis said of a planted loader, and what came of its advice."""

    name: str
    planted: str
    cause: str
    share: float
    probability: float
    change: str
    known: str
    said: float
    gained: float | None
    """None: nothing was advised."""

    @property
    def is_right(self) -> bool:
        """Whether the planted cause is the one that was named."""
        return self.cause == self.planted

    @property
    def is_near(self) -> bool:
        """Whether the first change gained what was said, within 15 %; also where none was said."""
        return self.gained is None or abs(math.log(self.gained / self.said)) < math.log1p(_NEAR)


def main() -> int:
    """Diagnose all loaders, or those that are named; print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("loader", nargs="*", choices=[*LOADERS, []], help="these only")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each diagnosis")
    parser.add_argument("--page", type=Path, help="write the table there")
    options = parser.parse_args()
    results = []
    for name in options.loader or LOADERS:
        results.append(named(name, options.seconds))
        sys.stderr.write(f"{row(results[-1])}\n")
    costs = {} if options.loader else {name: cost_of_looking(name) for name in _LOOKED_AT}
    text = page(results, costs, options.seconds)
    sys.stdout.write(text)
    if options.page:
        write_atomically(options.page, text.encode())
    return 0


def named(name: str, seconds: float) -> Named:
    """Diagnose a planted loader, and follow its first advice."""
    planted, _, accelerator = LOADERS[name]
    words = (f"{_MODULE}:{name}", "--accelerator", accelerator, "--seconds", str(seconds))
    done = subprocess.run(
        [sys.executable, "-m", "bench", "diagnose", *words, "--json"],
        check=True,
        capture_output=True,
    )
    answer = json.loads(done.stdout)
    first = next((c for c in answer["changes"] if c["gain"] and c["gain"]["low"] > 1), None)
    gained = None if first is None else gain_of(name, first["name"])
    return Named(
        name,
        planted,
        answer["bottleneck"],
        answer["share"],
        answer["probability"],
        first["name"] if first else "none",
        first["known"] if first else "",
        first["gain"]["value"] if first else 1.0,
        gained,
    )


def opened(name: str) -> LoaderProcesses:
    """Return processes of a planted loader, with its step."""
    processes = LoaderProcesses(f"{_MODULE}:{name}", None)
    processes.step_s = duration_s(LOADERS[name][2])
    return processes


def gain_of(name: str, change: str) -> float:
    """Return the throughput with a change over that without it, of runs side by side."""
    with opened(name) as processes:
        epoch = processes.facts.batches
        counts = range(65)
        variant = next(v for v in changes(processes.facts, counts) if v.name == change)
        assert variant.role == CHANGE
        starts = 2 if variant.field == "persistent" else 0
        ratios = []
        for number in range(_ROUNDS):
            pair = (LOADER_AS_IS, variant)
            runs = {v.name: ran(processes, v, starts) for v in pair[:: -1 if number % 2 else 1]}
            as_it_is = runs[LOADER_AS_IS.name].epoch_period_s(epoch)
            ratios.append(as_it_is / runs[change].epoch_period_s(epoch))
    return median(ratios)


def ran(processes: LoaderProcesses, variant: Variant, starts: int) -> LoaderRun:
    run = processes.run(variant, _WINDOW_S, starts=starts)
    assert run is not None
    return run


def cost_of_looking(name: str) -> Any:
    """Return the throughput of a loader that is watched over that of one that is not."""
    ratios = []
    with opened(name) as processes:
        for number in range(2 * _ROUNDS):
            periods = {}
            for watched in (True, False) if number % 2 else (False, True):
                values = processes.values(LOADER_AS_IS, _WINDOW_S, watched=watched)
                periods[watched] = loader_run(LOADER_AS_IS, 0, values).period_s
            ratios.append(periods[False] / periods[True])
    return log_t_interval(ratios)


def row(result: Named) -> str:
    """Return a row of the table."""
    mark = "yes" if result.is_right else "**no**"
    gained = "" if result.gained is None else f"x{result.gained:.2f}"
    near = "yes" if result.is_near else "**no**"
    said = f"x{result.said:.2f}, {result.known}" if result.known else ""
    return (
        f"| {result.planted} | {result.cause} | {mark} | {result.share:.0%} | "
        f"{result.probability:.0%} | {result.change} | {said} | {gained} | {near} |"
    )


def page(results: list[Named], costs: dict[str, Any], seconds: float) -> str:
    """Return the page of all figures."""
    right = sum(result.is_right for result in results)
    near = sum(result.is_near for result in results)
    system = f"{platform.system()}, {usable_cores()} cores"
    lines = [
        "# What a diagnosis is worth",
        "",
        f"Made by `nox -s loaders` on {system}. Each of twelve loaders has one planted bottleneck",
        f"(`tests/bench/diagnosis/planted.py`), and is diagnosed for {seconds:.0f} s.",
        "",
        f"**Named: {right} of {len(results)}.** The change that is ranked first was run again,",
        f"{_ROUNDS} pairs of runs in new processes: **it gained what was said, within 15 %, in",
        f"{near} of {len(results)}**, those of which no change was said to gain among them.",
        "",
        "| planted | named | right | of the time | sure | first change | said | gained | near |",
        "|---|---|---|---|---|---|---|---|---|",
        *map(row, results),
        "",
    ]
    if costs:
        lines += [
            "Throughput watched over unwatched, paired runs, with 95 % intervals (goal: 0.98):",
            "",
            "| loader | ratio |",
            "|---|---|",
            *(
                f"| {name} | {cost.value:.3f} [{cost.low:.3f}, {cost.high:.3f}] |"
                for name, cost in costs.items()
            ),
            "",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
