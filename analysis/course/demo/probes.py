"""Stages alone, and the disk, as a machine would have measured them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.course.demo.conditions import scaled
from analysis.course.demo.template import cells_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.course.demo.conditions import Canaries, Conditions
    from analysis.course.demo.template import Document

_ON_CPU = 0.985
"""Share of its time that a stage alone has the core. Assumed."""


def _isolated(
    conditions: Conditions, canaries: Canaries, record: Document, deviation: float
) -> Document:
    decode, transform = (conditions.factor(cell) * deviation for cell in cells_of(record))
    factors = {
        "storage": conditions.machine.copies * deviation,
        "decode": decode,
        "transform": transform,
    }
    before = record["batches"]
    stages = {name: scaled(record[name], before, before, f) for name, f in factors.items()}
    wall = sum(times[0] for times in stages.values())
    return record | {
        **stages,
        "cpu_us": round(wall * _ON_CPU),
        "canary_us": canaries.beside(len(record["canary_us"])),
    }


def _ipc(
    conditions: Conditions, canaries: Canaries, record: Document, deviation: float
) -> Document:
    machine = conditions.machine
    by_message = machine.slower * conditions.slower
    share = min(1.0, record["bytes"] / 2**20)
    factor = (by_message * (1 - share) + machine.copies * share) * deviation
    count = record["count"]
    return record | {
        "send": scaled(record["send"], count, count, factor),
        "receive": scaled(record["receive"], count, count, factor),
        "canary_us": canaries.beside(len(record["canary_us"])),
    }


def _contention(
    conditions: Conditions, canaries: Canaries, record: Document, deviation: float
) -> Document:
    decode, transform = (conditions.factor(cell) for cell in cells_of(record))
    del transform
    here = conditions.template.document["machine"]["cores_usable"]
    decoders = record["decoders"]
    gain = min(1.0, conditions.cores / decoders) / min(1.0, here / decoders)
    factor = gain / (decode * deviation)
    return record | {
        "batches_x100": [max(1, round(count * factor)) for count in record["batches_x100"]],
        "canary_us": canaries.beside(len(record["canary_us"])),
    }


def _device(
    conditions: Conditions, canaries: Canaries, record: Document, deviation: float
) -> Document:
    here = conditions.template.document["machine"]["cores_usable"]
    slower = conditions.machine.slower * conditions.slower * deviation
    slower /= (conditions.cores / here) ** 0.8
    steps = record["steps"]
    return record | {
        "peak_flop_s": round(record["peak_flop_s"] / slower),
        "step": scaled(record["step"], steps, steps, slower),
        "canary_us": canaries.beside(len(record["canary_us"])),
    }


PROBES: dict[str, Callable[[Conditions, Canaries, Document, float], Document]] = {
    "isolated": _isolated,
    "ipc": _ipc,
    "contention": _contention,
    "devices": _device,
}


def storage(rng: np.random.Generator, conditions: Conditions) -> Any:
    """Return what the disk gives, or why nothing."""
    document = conditions.template.document["storage"]
    if not isinstance(document, dict):
        return document
    noise = np.exp(rng.normal(0, 0.05, len(document["reads"]))).tolist()
    machine = conditions.machine
    reads = [
        read
        | {
            "us": max(
                1,
                round(
                    read["us"]
                    * deviation
                    * (machine.disk if read["disk_bytes"] else machine.copies)
                ),
            )
        }
        for read, deviation in zip(document["reads"], noise, strict=True)
    ]
    return document | {"reads": reads}
