"""Records of loaders that were never run, with known answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bench.diagnosis.record import BatchTimes, Diagnosis, LoaderFacts, LoaderRun

FACTS = LoaderFacts(
    kind="map",
    workers=2,
    prefetch=2,
    start="fork",
    sharing="file_descriptor",
    pin=False,
    persistent=False,
    in_order=True,
    batch_size=16,
    batches=None,
    cores=2,
)
NO_TIME = dict.fromkeys(
    (
        "fetch",
        "collate",
        "send",
        "receive",
        "index",
        "step",
        "wait",
        "cpu",
        "delay",
        "slowest",
        "blocked",
    ),
    0.0,
)


def run(name: str = "as is", field: str = "", value: Any = None, **settings: Any) -> LoaderRun:
    """Return a run of 100 batches; times by batch are settings, in ms, the same for each."""
    given = {key: settings.pop(key) / 1e3 for key in list(settings) if key in NO_TIME}
    times = NO_TIME | given
    period_s = settings.pop("period", 1e3 * (times["wait"] + times["step"])) / 1e3
    fields: dict[str, Any] = {
        "round": 0,
        "seconds": 100 * period_s,
        "batches": 100,
        "samples": 1600,
        "period_s": period_s,
        "first_batch_s": (period_s,),
        "epoch_batches": None,
        "epochs": 0,
        "times": (BatchTimes(**times),) * 100,
        "p99_s": period_s,
        "busy": 0.5,
        "tensor_bytes": 1000,
        "tensors": 1,
        "message_bytes": 500,
        "cpu_s": {"consumer": 0.1},
        "memory_bytes": {"consumer": 10**8},
        "memory_kind": "PSS",
        "memory_points": (),
        "disk_bytes": 0,
        "free_bytes": 10**10,
        "threads": {"consumer": 1},
    }
    return LoaderRun(name=name, field=field, value=value, **(fields | settings))


def diagnosis(*runs: LoaderRun, has_step: bool = True, **facts: Any) -> Diagnosis:
    """Return a diagnosis of these runs; other facts than `FACTS` are given."""
    step = "10ms" if has_step else ""
    return Diagnosis(replace(FACTS, **facts), has_step, step, runs, {}, None)
