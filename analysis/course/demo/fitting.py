"""Fit the spread of times, level by level, to repeated real runs of one machine.

All of it is in natural logarithms, and by medians: each level's core is 1.4826 times the median
absolute deviation, with what the levels below it contribute taken away; what lies more than four
such deviations above it is its slow tail.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from analysis.course.demo.variances import BUSY, QUIET, Spread, Variances
from analysis.errors import NotEnoughDataError
from bench.bundle import NOISY_SHARE, disturbed_share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from bench.bundle import Block, Bundle, Case

_TO_SD = 1.4826
_TAIL = 4.0
"""Deviations of the core above which a value is of the slow tail. Assumed."""
_LEAST = 2
"""Values that a level needs to be fitted."""
_MOST_COUPLING = 1.2
_MEDIAN_OF_FEW = 1.35
"""Variance of the median of about four values, times their number, over that of one value."""


def spread(deviations: Iterable[float], below: float = 0.0) -> Spread:
    """Return the spread of deviations at one level.

    Args:
        deviations: from the centre of their group, as if it were known.
        below: the variance that the levels below contribute to each.

    """
    values = np.fromiter(deviations, dtype=np.float64)
    if len(values) < _LEAST:
        return Spread(0.0)
    core = _TO_SD * float(np.median(np.abs(values - np.median(values))))
    slow = values > _TAIL * core
    excess = float((values[slow] - 2 * core).mean()) if slow.any() else 0.0
    sd = float(np.sqrt(max(core**2 - below, 0.0)))
    return Spread(round(sd, 5), round(float(slow.mean()), 5), round(excess, 5))


def centred(values: Sequence[float]) -> NDArray[np.float64]:
    """Return deviations from the mean of a group, widened by what the mean itself takes of them."""
    array = np.array(values)
    if len(array) < 2:
        return array[:0]
    widened: NDArray[np.float64] = (array - array.mean()) * np.sqrt(len(array) / (len(array) - 1))
    return widened


def slope(pairs: Sequence[tuple[float, float]]) -> float:
    """Return how far the second of each pair follows the first, from 0 to somewhat over 1."""
    if len(pairs) < _LEAST:
        return 0.0
    first, second = np.clip(np.array(pairs).T, -0.5, 0.5)
    square = float((first**2).sum())
    if not square:
        return 0.0
    return round(float(np.clip((first * second).sum() / square, 0.0, _MOST_COUPLING)), 3)


def fit_sets(bundles: Sequence[Bundle]) -> dict[str, tuple[int, Variances]]:
    """Return each set's number of runs and its variances.

    What trusted runs are too few to tell of pipelines and stages is taken from the others: there it
    is no less.
    """
    fitted = {name: (len(runs), fit(runs)) for name, runs in sets(bundles).items()}
    if len(fitted) > 1:
        number, quiet = fitted[QUIET]
        busy = fitted[BUSY][1]
        spreads = {what: dict(levels) for what, levels in quiet.spreads.items()}
        for what in ("pipeline", "isolated"):
            for level, spread_of_level in busy.spreads[what].items():
                if not spreads[what][level].sd:
                    spreads[what][level] = spread_of_level
        fitted[QUIET] = number, Variances(spreads, quiet.coupling)
    return fitted


@dataclass
class _Blocks:
    """One run's blocks as logarithms."""

    canary: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Medians of the canaries of blocks, by process."""
    cases: dict[str, list[tuple[int, float, float]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """By case: process, the median canary of a block, the median time of a call."""
    beside: list[float] = field(default_factory=list)
    """Canaries around the median of their block."""
    inner: list[tuple[float, float]] = field(default_factory=list)
    """Mean of the canaries beside a sample, and the sample; each around its block's median."""


def _blocks(bundle: Bundle) -> _Blocks:
    result = _Blocks()
    for case in bundle.cases:
        for block in case.blocks:
            _add(result, case, block)
    return result


def _add(result: _Blocks, case: Case, block: Block) -> None:
    canary = np.log(np.array(block.canary_us, dtype=float))
    samples = np.log(np.array(block.samples_us, dtype=float) / (case.loops or 1))
    middle, time = float(np.median(canary)), float(np.median(samples))
    result.canary[block.process].append(middle)
    result.cases[case.id].append((block.process, middle, time))
    if len(samples) > 2:
        result.beside += list(canary - middle)
        pairs = canary[len(block.warmup_us) :]
        around = 0.5 * (pairs[1:] + pairs[:-1]) - middle
        result.inner += list(zip(around.tolist(), (samples - time).tolist(), strict=True))


def sets(bundles: Sequence[Bundle]) -> dict[str, tuple[Bundle, ...]]:
    """Return runs by the set of variances that they are for: trusted ones, and the others."""
    result: dict[str, list[Bundle]] = {QUIET: [], BUSY: []}
    for bundle in bundles:
        result[BUSY if disturbed_share(bundle) > NOISY_SHARE else QUIET].append(bundle)
    return {name: tuple(runs) for name, runs in result.items() if runs}


def fit(bundles: Sequence[Bundle]) -> Variances:
    """Return the spreads that repeated runs of one machine show.

    Args:
        bundles: the runs; the level between runs needs two at least, and is 0 without. Those that
            had other cores than the first count for codecs alone.

    Raises:
        NotEnoughDataError: a run has measured nothing.

    """
    runs = [_blocks(bundle) for bundle in bundles]
    for bundle, run in zip(bundles, runs, strict=True):
        if not run.canary:
            raise NotEnoughDataError(
                f"the run with the digest {bundle.digest[:12]} has measured nothing: there is "
                "nothing to fit to; leave it out"
            )
    cores = bundles[0].machine.cores_usable
    alike = [bundle for bundle in bundles if bundle.machine.cores_usable == cores]
    canary = _canary(runs)
    sample_coupling = slope([pair for run in runs for pair in run.inner])
    inner = [own - sample_coupling * beside for run in runs for beside, own in run.inner]
    sample = spread(inner)
    pairs = [pair for run in runs for blocks in run.cases.values() for pair in _around(blocks)]
    coupling = slope(pairs)
    window, process = _windows_and_processes(runs, coupling, sample)
    below = (window.sd**2 / 2 + process.sd**2) / 3
    case_run, of_run, run_coupling = _runs(runs, below)
    return Variances(
        {
            "canary": canary,
            "case": {
                "sample": sample,
                "window": window,
                "process": process,
                "case_run": case_run,
                "run": of_run,
            },
            "pipeline": _pipeline(alike),
            "isolated": _isolated(alike),
        },
        {
            "sample": sample_coupling,
            "window": coupling,
            "process": coupling,
            "run": run_coupling,
        },
    )


def _canary(runs: Sequence[_Blocks]) -> dict[str, Spread]:
    sample = spread(value for run in runs for value in run.beside)
    window = spread(
        (
            value
            for run in runs
            for medians in run.canary.values()
            for value in np.array(medians) - np.median(medians)
        ),
        below=_MEDIAN_OF_FEW * sample.sd**2 / 6,
    )
    medians = [[float(np.median(m)) for m in run.canary.values()] for run in runs]
    process = spread(value for each in medians for value in centred(each))
    between = centred([float(np.mean(each)) for each in medians])
    return {
        "sample": sample,
        "window": window,
        "process": process,
        "run": spread(between, below=process.sd**2 / 3),
    }


def _around(blocks: Sequence[tuple[int, float, float]]) -> Iterator[tuple[float, float]]:
    """Yield how far each block of a case lies from their mean: the canary, and the case."""
    canaries, times = (np.array([block[place] for block in blocks]) for place in (1, 2))
    if len(blocks) > 1:
        yield from zip(canaries - canaries.mean(), times - times.mean(), strict=True)


def _windows_and_processes(
    runs: Sequence[_Blocks], coupling: float, sample: Spread
) -> tuple[Spread, Spread]:
    windows: list[float] = []
    processes: list[float] = []
    for run in runs:
        for blocks in run.cases.values():
            own: dict[int, list[float]] = defaultdict(list)
            for process, canary, time in blocks:
                own[process].append(time - coupling * canary)
            for values in own.values():
                windows += list(centred(values))
            processes += list(centred([float(np.mean(values)) for values in own.values()]))
    of_samples = _MEDIAN_OF_FEW * sample.sd**2 / 4
    window = spread(windows, below=of_samples)
    return window, spread(processes, below=(window.sd**2 + of_samples) / 2)


def _runs(runs: Sequence[_Blocks], below: float) -> tuple[Spread, Spread, float]:
    """Return the spread of a case in a run, that of runs, and how far runs follow the canary.

    below: the variance of a case's mean over the processes of a run.
    """
    means = [
        {name: float(np.mean([block[2] for block in blocks])) for name, blocks in run.cases.items()}
        for run in runs
    ]
    shared = set.intersection(*(set(run) for run in means))
    if len(runs) < 2 or not shared:
        return Spread(0.0), Spread(0.0), 0.0
    names = sorted(shared)
    table = np.array([[run[name] for name in names] for run in means])
    table -= table.mean(axis=0)
    effects = np.median(table, axis=1)
    widening = np.sqrt(len(runs) / (len(runs) - 1))
    case_run = spread(((table - effects[:, None]) * widening).ravel(), below=below)
    levels = np.array([np.mean([np.median(m) for m in run.canary.values()]) for run in runs])
    levels -= levels.mean()
    coupling = slope(list(zip(levels.tolist(), effects.tolist(), strict=True)))
    return case_run, spread((effects - coupling * levels) * widening), coupling


def _pipeline(bundles: Sequence[Bundle]) -> dict[str, Spread]:
    """Return the spread of configurations: between windows of a run, and between runs."""
    within: list[float] = []
    means: list[dict[str, float]] = []
    for bundle in bundles:
        pipeline, of_run = bundle.measured_pipeline, {}
        for record in pipeline.configurations if pipeline else ():
            periods = [float(np.log(window.us / window.batches)) for window in record.windows]
            within += list(centred(periods))
            if periods:
                of_run[record.setup.model_dump_json()] = float(np.mean(periods))
        means.append(of_run)
    return {"window": spread(within), "run": _between(means)}


def _isolated(bundles: Sequence[Bundle]) -> dict[str, Spread]:
    """Return the spread of decoding alone: around what its run does to all, and between runs."""
    means: list[dict[str, float]] = []
    for bundle in bundles:
        pipeline = bundle.measured_pipeline
        times: dict[str, list[float]] = defaultdict(list)
        for record in pipeline.isolated if pipeline else ():
            key = f"{record.payload} {record.size} {record.codec} {record.batch}"
            times[key].append(float(np.log(record.decode.p50 or 1)))
        means.append({key: float(np.mean(values)) for key, values in times.items()})
    effects, table = _table(means)
    window = spread(value for row in table for value in row)
    return {"window": window, "run": spread(effects)}


def _between(means: Sequence[dict[str, float]]) -> Spread:
    effects, _ = _table(means)
    return spread(effects)


def _table(means: Sequence[dict[str, float]]) -> tuple[list[float], list[list[float]]]:
    """Return what each run does to all that it shares with the others, and what is left."""
    centres: dict[str, float] = {}
    for key in {key for run in means for key in run}:
        values = [run[key] for run in means if key in run]
        if len(values) > 1:
            centres[key] = float(np.mean(values))
    rows = [[run[key] - centre for key, centre in centres.items() if key in run] for run in means]
    rows = [row for row in rows if row]
    effects = [float(np.median(row)) for row in rows]
    widened = list(centred(effects))
    return widened, [[v - e for v in row] for row, e in zip(rows, effects, strict=True)]
