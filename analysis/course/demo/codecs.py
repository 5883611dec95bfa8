"""The blocks of codecs as a machine would have measured them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from analysis.course.demo.gates import letters, references

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.course.demo.circumstances import Circumstances
    from analysis.course.demo.machines import DrawnMachine
    from analysis.course.demo.template import Template
    from analysis.course.demo.variances import Variances

_SAMPLE_US = 20_000.0
_SLOW_US = 100_000.0
"""As in `bench.worker.measure`: how long a sample lasts at least, and a call that is its own."""
_ON_CPU = (0.985, 1.0)
"""Share of its time that a block has the core, where nobody takes it. Assumed."""
_WITHOUT_CPU = (0.55, 0.85)
"""The same where a host gives the core to others. Assumed."""
_COARSE = "Windows"
"""The system whose CPU clock is too coarse for a block."""
_WARMER = 0.01
"""By how much a warm-up round is slower. Assumed."""


class Plan(NamedTuple):
    """How a run times its codecs."""

    processes: int
    windows: int
    samples: int
    warmup: int


class Setting(NamedTuple):
    """Which codecs are timed, where, and how."""

    template: Template
    machine: DrawnMachine
    variances: Variances
    circumstances: Circumstances
    plan: Plan


class Times(NamedTuple):
    """What was timed, in us, before it is recorded; the arrays of `Blocks`."""

    loops: NDArray[np.int64]
    slow: NDArray[np.bool_]
    order: NDArray[np.int64]
    rounds: NDArray[np.float64]
    canaries: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Blocks:
    """All blocks of a run; arrays of shape (cases, processes, windows, rounds)."""

    loops: NDArray[np.int64]
    """Of each case."""
    slow: NDArray[np.bool_]
    """Cases whose call is a sample of its own, one a block."""
    rounds_us: NDArray[np.int64]
    """Warm-up rounds and samples."""
    canary_us: NDArray[np.int64]
    """One more than there are rounds."""
    cpu_us: NDArray[np.int64] | None
    """Shape (cases, processes, windows); None: the clock of the system is too coarse."""
    order: NDArray[np.int64]
    gates: NDArray[Any]
    measured: NDArray[np.bool_]
    """Which of them there are."""
    timed_us: float
    """What of it took time, canaries included."""


def loops_of(call_us: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many calls make a sample, as calibrating at that speed finds."""
    loops = np.ones(len(call_us), dtype=np.int64)
    while True:
        short = loops * call_us < _SAMPLE_US
        if not short.any():
            return loops
        more = np.ceil(1.1 * _SAMPLE_US / call_us).astype(np.int64)
        loops[short] = np.maximum(loops + 1, np.minimum(10 * loops, more))[short]


def call_times(template: Template, machine: DrawnMachine) -> NDArray[np.float64]:
    """Return how long a call of each measured case takes on a machine, in us.

    What only moves memory scales with its copies, the rest with its core.
    """
    copied = template.copied_us
    cells = machine.cells[template.cell_of_case]
    return (template.call_us - copied) * cells + copied * machine.copies


def blocks(rng: np.random.Generator, setting: Setting) -> Blocks:
    """Return the blocks of a run."""
    template, machine, variances, circumstances, plan = setting
    cases = len(template.measured)
    shape = (cases, plan.processes, plan.windows)
    rounds = plan.warmup + plan.samples
    order = _order(rng, *shape)
    noisier = circumstances.noisier
    canary, case = variances.spreads["canary"], variances.spreads["case"]
    coupling = variances.coupling
    run = float(canary["run"].draw(rng, 1)[0])
    process = canary["process"].draw(rng, plan.processes)[None, :, None]
    window = canary["window"].draw(rng, *shape) * noisier
    grain = canary["sample"].draw(rng, *shape, rounds + 1) * noisier
    slower = _circumstances(circumstances, order, plan)
    canary_us = (
        template.canary_us
        * machine.canary
        * np.exp(run + slower[..., None] + (process + window)[..., None] + grain)
    )
    of_run = (
        coupling["run"] * run
        + float(case["run"].draw(rng, 1)[0])
        + case["case_run"].draw(rng, cases)
    )
    own = (
        of_run[:, None, None]
        + coupling["process"] * process
        + case["process"].draw(rng, cases, plan.processes)[..., None]
        + coupling["window"] * window
        + case["window"].draw(rng, *shape) * noisier
        + slower
    )
    beside = coupling["sample"] * 0.5 * (grain[..., 1:] + grain[..., :-1])
    inner = case["sample"].draw(rng, *shape, rounds) * noisier + beside
    inner[..., : plan.warmup] += _WARMER
    calls = call_times(template, machine)
    usual = calls * np.exp(of_run) * circumstances.everything
    loops = loops_of(usual)
    times = (calls * loops)[:, None, None, None] * np.exp(own[..., None] + inner)
    slow = (loops == 1) & (usual > _SLOW_US)
    return _as_recorded(rng, setting, Times(loops, slow, order, times, canary_us))


def _order(rng: np.random.Generator, cases: int, processes: int, windows: int) -> NDArray[np.int64]:
    """Return each block's place: process after process, window after window, at random within."""
    order = np.empty((cases, processes, windows), dtype=np.int64)
    start = 0
    for process in range(processes):
        for window in range(windows):
            order[:, process, window] = start + rng.permutation(cases)
            start += cases
    return order


def _circumstances(
    circumstances: Circumstances, order: NDArray[np.int64], plan: Plan
) -> NDArray[np.float64]:
    """Return the logarithm of how much slower the core is in each block."""
    slower = np.full(order.shape, np.log(circumstances.everything))
    if circumstances.processes:
        slower += np.log(np.array(circumstances.processes[: plan.processes]))[None, :, None]
    slower += np.where(order * 2 >= order.size, np.log(circumstances.from_middle), 0.0)
    return slower


def _as_recorded(rng: np.random.Generator, setting: Setting, timed: Times) -> Blocks:
    """Return times as whole microseconds, with the CPU's account and the gates."""
    loops, slow, order, times, canaries = timed
    circumstances, warmup = setting.circumstances, setting.plan.warmup
    stolen = rng.random(order.shape) < circumstances.stolen
    on_cpu = np.where(
        stolen, rng.uniform(*_WITHOUT_CPU, order.shape), rng.uniform(*_ON_CPU, order.shape)
    )
    if circumstances.stolen:
        times = times / np.where(stolen, on_cpu, 1.0)[..., None]
    rounds_us = np.maximum(1, np.rint(times)).astype(np.int64)
    canary_us = np.maximum(2, np.rint(canaries)).astype(np.int64)
    wall = rounds_us.sum(axis=-1)
    wall[slow] = rounds_us[slow, ..., warmup]
    fine = setting.machine.facts["system"] != _COARSE
    cpu_us = np.rint(wall * on_cpu).astype(np.int64) if fine else None
    measured = np.ones(order.shape, dtype=bool)
    if circumstances.interrupted_at is not None:
        measured = order < max(1, int(circumstances.interrupted_at * order.size))
    reference = references(canary_us, slow, measured)
    account = wall if cpu_us is None else cpu_us
    gates = letters(rounds_us, canary_us, account, reference, warmup)
    gates[slow] = letters(
        rounds_us[slow][..., warmup : warmup + 1],
        canary_us[slow][..., :2],
        account[slow],
        reference,
        0,
    )
    spent = float(wall[measured].sum() + canary_us[measured].sum())
    return Blocks(loops, slow, rounds_us, canary_us, cpu_us, order, gates, measured, spent)


def rows(blocks: Blocks, plan: Plan) -> list[list[Any]]:
    """Return the rows of each case's blocks, as a bundle has them."""
    rounds, canaries = blocks.rounds_us.tolist(), blocks.canary_us.tolist()
    cpu = None if blocks.cpu_us is None else blocks.cpu_us.tolist()
    order, gates = blocks.order.tolist(), blocks.gates.tolist()
    measured, warmup = blocks.measured.tolist(), plan.warmup
    result: list[list[Any]] = []
    for case, slow in enumerate(blocks.slow.tolist()):
        kept: list[Any] = []
        for process in range(plan.processes):
            for window in range(plan.windows):
                if not measured[case][process][window]:
                    continue
                times, beside = rounds[case][process][window], canaries[case][process][window]
                kept.append(
                    [
                        process,
                        window,
                        1,
                        order[case][process][window],
                        cpu and cpu[case][process][window],
                        [] if slow else times[:warmup],
                        times[warmup : warmup + 1] if slow else times[warmup:],
                        beside[:2] if slow else beside,
                        gates[case][process][window],
                    ]
                )
        result.append(kept)
    return result
