"""Rules of physics: what no machine can do, and what one run says twice.

How far honest runs go is measured (docs/explanation/class.md). Limits are wide: these rules look
for what cannot be; `compare` holds each machine against its class, which sees more.
"""

from __future__ import annotations

from itertools import islice
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from analysis.course.concern import Concern, look, reject
from analysis.statistics.verdict import invalidating

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.course.draft import Submitted
    from bench.bundle import Pipeline

_DOUBTFUL, _IMPOSSIBLE = 1.3, 2.0
"""Times as fast as copying the decoded bytes: honest runs have 0.6, and noise comes on top."""
_CPU_OVER_WALL = 1.1
"""CPU time of single-threaded work over its wall time: honest runs have 1.03 at the most."""
_SHORT_STEP = 0.93
"""A wait is never shorter than it was to be; 5 % are what the pipeline itself allows."""
_SHORT_SAMPLE = 0.7
"""The median case's sample over 20 ms, for which loops are calibrated: honest runs have 1.2."""
_FLOOR = 0.5
"""Of the time of a copy of the decoded bytes, for storage, decode and transform: they move more."""
_SAMPLE_US = 20_000
"""What loops are calibrated for (`bench.presets.SAMPLE_S`)."""
_ROUNDING_US = 2
_MOST_CONCERNS = 10
_LOOK = "ask for the run to be repeated; a wrong clock or a changed program may explain it"


def ceilings(submitted: Submitted) -> Iterator[Concern]:
    """Nothing decodes or encodes faster than the same batch is copied."""
    times = submitted.case_times_s
    cases = submitted.bundle.cases
    copies = {
        (case.payload, case.size, case.batch): times[index]
        for index, case in enumerate(cases)
        if case.kind == "memcpy" and index in times
    }
    for index, case in enumerate(cases):
        copy_s = copies.get((case.payload, case.size, case.batch))
        if case.kind not in {"decode", "encode"} or copy_s is None or index not in times:
            continue
        share = copy_s / times[index]
        if share > _DOUBTFUL:
            concern = reject if share > _IMPOSSIBLE else look
            actual = f"{times[index]:.3g} s, {share:.2f} times as fast"
            yield concern(f"cases[{index}]", f"more than {copy_s:.3g} s, a copy", actual, _LOOK)


def processor(submitted: Submitted) -> Iterator[Concern]:
    """One thread uses no more CPU time than passes."""
    blocks = submitted.blocks
    over = (blocks.cpu_us >= 0) & (blocks.cpu_us > _CPU_OVER_WALL * blocks.wall_us + 1000)
    for place in islice(np.flatnonzero(over).tolist(), _MOST_CONCERNS):
        case = int(blocks.case[place])
        expected = f"at most {int(blocks.wall_us[place]):,} us, the time of its rounds"
        yield look(f"cases[{case}].blocks", expected, f"{int(blocks.cpu_us[place]):,} us", _LOOK)


def samples(submitted: Submitted) -> Iterator[Concern]:
    """Samples last as long as the calls in them were chosen for."""
    blocks = submitted.blocks
    looped = blocks.loops > 1
    if not looped.any():
        return
    middle_us = float(np.median(blocks.median_us[looped]))
    if middle_us < _SHORT_SAMPLE * _SAMPLE_US:
        expected = f"{_SAMPLE_US / 1e3:.0f} ms a sample or more, for which loops are calibrated"
        yield look("cases", expected, f"{middle_us / 1e3:.1f} ms in the middle", _LOOK)


def steps(submitted: Submitted) -> Iterator[Concern]:
    """Emulated steps are as long as they were to be: they are waits by the clock."""
    pipeline = submitted.bundle.measured_pipeline
    shares = [
        window.step.total / window.batches * 1e3 / record.requested_step_ns
        for record in (pipeline.configurations if pipeline else ())
        for window in record.windows
        if record.requested_step_ns and window.step
    ]
    if shares and median(shares) < _SHORT_STEP:
        actual = f"{median(shares):.2f} times that"
        yield look("pipeline.configurations", "steps of the requested time", actual, _LOOK)


def floors(submitted: Submitted) -> Iterator[Concern]:
    """No stage of the pipeline takes less than half a copy of its bytes."""
    pipeline = submitted.bundle.measured_pipeline
    if pipeline is None:
        return
    times = submitted.case_times_s
    copies = {
        (case.payload, case.size, case.batch): 1e6 * times[index]
        for index, case in enumerate(submitted.bundle.cases)
        if case.kind == "memcpy" and index in times
    }
    for index, record in enumerate(pipeline.isolated):
        copy_us = copies.get((record.payload, record.size, record.batch))
        for stage in ("decode", "transform"):
            us = getattr(record, stage).total / record.batches
            if copy_us is not None and us < _FLOOR * copy_us:
                expected = f"{_FLOOR * copy_us:.0f} us or more, half a copy"
                yield look(f"pipeline.isolated[{index}].{stage}", expected, f"{us:.0f} us", _LOOK)
    yield from _windows(pipeline)


def _windows(pipeline: Pipeline) -> Iterator[Concern]:
    """The parts of a window fit into it."""
    for number, record in enumerate(pipeline.configurations):
        for place, window in enumerate(record.windows):
            parts = [window.wait, window.h2d, window.step]
            spent = sum(times.total for times in parts if times)
            allowed = window.us * 1.05 + _ROUNDING_US * window.batches + 1000
            if spent > allowed:
                path = f"pipeline.configurations[{number}].windows[{place}]"
                yield look(path, f"parts of at most {window.us:,} us", f"{spent:,} us", _LOOK)


def order(submitted: Submitted) -> Iterator[Concern]:
    """What was measured fits into the time of the run, and later processes come later."""
    blocks, run = submitted.blocks, submitted.bundle.run
    spent_us = int(blocks.wall_us.sum() + blocks.canaries.sums().sum())
    pipeline = submitted.bundle.measured_pipeline
    if pipeline:
        spent_us += sum(w.us for c in pipeline.configurations for w in c.windows)
    if spent_us * 1000 > run.elapsed_ns:
        expected = f"{spent_us / 1e6:.1f} s or more, the time of all blocks and windows"
        yield look("run.elapsed_ns", expected, f"{run.elapsed_ns / 1e9:.1f} s", _LOOK)
    machine = submitted.bundle.machine
    if isinstance(machine.cores_physical, int) and machine.cores_physical > machine.cores_logical:
        expected = f"at most {machine.cores_logical}, the logical ones"
        yield look("machine.cores_physical", expected, str(machine.cores_physical), _LOOK)


def trust(submitted: Submitted) -> Iterator[Concern]:
    """The run is not invalid: such a run says nothing, whatever its numbers."""
    for reason in invalidating(submitted.bundle):
        yield look("", "a run that can be trusted", reason.what, reason.advice)
