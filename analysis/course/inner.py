"""Ratios within a run: parts of it that measure alike things, one against the other.

A machine, fast or slow, has about the ratios of its class. Who makes one part faster, by hand, has
others. Each is a logarithm.
"""

from __future__ import annotations

from collections import defaultdict
from math import log
from statistics import median
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.course.draft import Submitted
    from bench.bundle import Isolated, Pipeline

_STAGES = ("decode", "transform")
_USUAL = {"transform": "steps", "tail": 1, "shards": 1, "threads": 1, "heap": 0}
"""With others, stages take another time than in isolation."""
_LARGE_BYTES = 1 << 20
"""Of tensors from which sending them is about their bytes."""

_Shape: TypeAlias = tuple[str, int, str, int]


def ratios(submitted: Submitted) -> dict[str, float]:
    """Return the ratios of a run, those that it has the parts for."""
    pipeline = submitted.bundle.measured_pipeline
    if pipeline is None:
        return {}
    isolated: dict[_Shape, list[Isolated]] = defaultdict(list)
    for record in pipeline.isolated:
        isolated[record.payload, record.size, record.codec, record.batch].append(record)
    logs = {
        "windows over isolated stages": list(_windows(pipeline, isolated)),
        "isolated decode over codecs": list(_isolated(submitted, isolated)),
        "crossing processes over copying": list(_crossing(submitted, pipeline)),
    }
    return {name: median(values) for name, values in logs.items() if values}


def _windows(pipeline: Pipeline, isolated: dict[_Shape, list[Isolated]]) -> Iterator[float]:
    """Yield what a stage takes of a batch in a loader of one worker, over what it takes alone."""
    for record in pipeline.configurations:
        setup = record.setup
        alone = isolated.get((setup.payload, setup.size or 0, setup.codec, setup.batch or 0))
        usual = all(getattr(setup, name) == usual for name, usual in _USUAL.items()) and not (
            setup.control or setup.remove
        )
        if alone is None or setup.workers > 1 or not usual:
            continue
        for stage in _STAGES:
            usual_us = median(getattr(each, stage).total / each.batches for each in alone)
            for window in record.windows:
                times = window.stages.get(stage)
                if times and times.total:
                    yield log(times.total / window.batches / usual_us)


def _isolated(submitted: Submitted, isolated: dict[_Shape, list[Isolated]]) -> Iterator[float]:
    """Yield what decoding takes in isolation, over what it takes among the codecs."""
    for place, time_s in submitted.case_times_s.items():
        case = submitted.bundle.cases[place]
        if case.kind == "decode" and case.codec:
            records = isolated.get((case.payload, case.size, case.codec, case.batch), ())
            for record in records:
                yield log(record.decode.total / record.batches / 1e6 / time_s)


def _crossing(submitted: Submitted, pipeline: Pipeline) -> Iterator[float]:
    """Yield what a byte takes from one process to another, over what it takes to be copied."""
    copies = [
        time_s / submitted.bundle.cases[place].decoded_bytes
        for place, time_s in submitted.case_times_s.items()
        if submitted.bundle.cases[place].kind == "memcpy"
    ]
    if not copies:
        return
    copy_s = median(copies)
    for record in pipeline.ipc:
        if record.bytes >= _LARGE_BYTES:
            us = (record.send.total + record.receive.total) / record.count
            yield log(us / 1e6 / record.bytes / copy_s)
