"""Which parts of a bundle a command needs, and which of them a run lacks."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.bundle.schema import Bundle


class Part(StrEnum):
    """A part of a bundle, by its place there."""

    CASES = "cases"
    CONFIGURATIONS = "pipeline.configurations"
    ISOLATED = "pipeline.isolated"
    IPC = "pipeline.ipc"
    LEARNING = "learning"
    DOORBELL = "learning.doorbell"


_WHAT = {
    Part.CASES: "encoders and decoders alone",
    Part.CONFIGURATIONS: "configurations of the pipeline",
    Part.ISOLATED: "storage, decode and transform in isolation",
    Part.IPC: "tensors from one process to another",
    Part.LEARNING: "classifiers on many noisy and few curated samples",
    Part.DOORBELL: "the doorbell's classifier",
}
PIPELINE = (Part.CONFIGURATIONS, Part.ISOLATED, Part.IPC)
"""What a model of a machine needs."""
_REMEDY = "a run of a whole preset measures it: nox -s bench"
_TRAINED = (Part.LEARNING, Part.DOORBELL)
_TRAINED_REMEDY = "python -m bench learning --add-to RUN trains them"


def lacking(bundle: Bundle, needs: Sequence[Part]) -> list[str]:
    """Say which parts a bundle lacks, why, and what measures them; empty where it has all."""
    measured = [part for part in needs if part not in _TRAINED]
    trained = [part for part in needs if part in _TRAINED]
    return [*_not_measured(bundle, measured), *_not_trained(bundle, trained)]


def _not_trained(bundle: Bundle, needs: Sequence[Part]) -> list[str]:
    learning = bundle.learning
    there = {
        Part.LEARNING: learning and learning.cells,
        Part.DOORBELL: learning and learning.doorbell,
    }
    return [
        f"{part.value}: {_WHAT[part]} were not trained in this run; {_TRAINED_REMEDY}"
        for part in needs
        if not there[part]
    ]


def _not_measured(bundle: Bundle, needs: Sequence[Part]) -> list[str]:
    pipeline = bundle.measured_pipeline
    if pipeline is None and any(part in PIPELINE for part in needs):
        why = bundle.why_no_pipeline
        reason = f" ({why})" if why else ", as in runs of a selection"
        return [f"pipeline: it was not measured in this run{reason}; {_REMEDY}"]
    return [
        f"{part.value}: {_WHAT[part]} were not measured in this run{_failure(bundle, part)}; "
        f"{_REMEDY}"
        for part in needs
        if not _measured(bundle, part)
    ]


def _measured(bundle: Bundle, part: Part) -> bool:
    if part is Part.CASES:
        return any(case.blocks for case in bundle.cases)
    pipeline = bundle.measured_pipeline
    if pipeline is None:
        return False
    if part is Part.CONFIGURATIONS:
        return any(record.windows for record in pipeline.configurations)
    return bool(pipeline.isolated if part is Part.ISOLATED else pipeline.ipc)


def _failure(bundle: Bundle, part: Part) -> str:
    pipeline = bundle.measured_pipeline
    failed = pipeline.probes_failed if pipeline else {}
    reason = failed.get(part.value.rpartition(".")[2])
    return f" ({reason})" if reason else ""
