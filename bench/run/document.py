"""The document of a bundle at the beginning of a launch: of a new run, or of one that goes on."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from bench.bundle import EDITION, SCHEMA, SCHEMA_VERSION, Bundle, Problem
from bench.cases import CaseSpec, Filters, Role, select, source
from bench.environment import environment
from bench.errors import ResumeError
from bench.machine import difference, machine
from bench.presets import PRESETS, Preset
from bench.run.pipeline_record import Document, new_pipeline, try_again, unlike
from formats.registry import LAYOUTS

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAY_BE_TRIED_AGAIN = {Problem.KILLED, Problem.CRASHED}
"""What may have had a reason that is no more."""


def tool_version() -> str:
    """Return the version of this program."""
    try:
        return version("data-factory")
    except PackageNotFoundError:
        return "unknown"


def new_document(
    preset: Preset,
    *,
    seed: int,
    nonce: str,
    filters: Filters | None = None,
    start: str | None = None,
) -> Document:
    """Return the bundle of a run that has measured nothing yet.

    start is how workers of a DataLoader start; None: as this system does.

    Raises:
        SelectionError: the filters leave no case.

    """
    filters = filters or Filters()
    cases = select(preset, filters)
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "tool": tool_version(),
        "rules_edition": EDITION,
        "run": {
            "preset": preset.name,
            "processes": preset.processes,
            "windows": preset.windows,
            "samples": preset.samples,
            "warmup": preset.warmup,
            "budget_s": preset.budget_s,
            "seed": seed,
            "nonce": nonce,
            **{name: list(values) for name, values in filters._asdict().items()},
            "state": "partial",
            "launches": 1,
            "elapsed_ns": 0,
            "left_out": [],
        },
        "machine": machine().model_dump(mode="json"),
        "before": environment().model_dump(mode="json"),
        "after": None,
        "threads": None,
        "slowed_by": None,
        "storage": None,
        "pipeline": None if any(filters) else new_pipeline(preset, nonce, start),
        "learning": None,
        "data": [],
        "layouts": _layouts(cases),
        "cases": [_new_case(case, role) for case, role in cases.items()],
    }


def _layouts(cases: Iterable[CaseSpec]) -> list[Document]:
    names = dict.fromkeys(case.decoder.layout for case in cases if case.codec)
    return [
        {
            "layout": layout.id,
            "canonical": layout.canonical,
            "summary": layout.summary,
            "detects": layout.detects.value,
        }
        for layout in map(LAYOUTS.__getitem__, names)
    ]


def _new_case(case: CaseSpec, role: Role | None) -> Document:
    return {
        "id": case.id,
        "kind": case.kind,
        "codec": case.codec,
        "role": role.value if role else None,
        "payload": case.payload,
        "size": case.size,
        "batch": case.batch,
        "source": source(case),
        "loops": None,
        "encoded_bytes": None,
        "decoded_bytes": case.data.sample_bytes * case.batch,
        "problem": None,
        "blocks": [],
    }


def _has_failures(bundle: Bundle) -> bool:
    """Whether something is missing that might be measured now."""
    pipeline = bundle.model_dump(mode="json")["pipeline"]
    return any(case.problem in _MAY_BE_TRIED_AGAIN for case in bundle.cases) or (
        isinstance(pipeline, dict) and try_again(pipeline)
    )


def resumed_document(bundle: Bundle) -> Document:
    """Return the bundle of an interrupted run, ready to be continued.

    Raises:
        ResumeError: it is complete, or what it measured is not what would be measured now.

    """
    run = bundle.run
    if run.state == "complete" and not _has_failures(bundle):
        raise ResumeError("that run is complete; there is nothing to resume")
    if run.preset not in PRESETS:
        raise ResumeError(f"that run's preset {run.preset!r} is not known here; start a new run")
    preset = PRESETS[run.preset]
    if (run.processes, run.windows, run.samples, run.warmup, run.budget_s) != (
        preset.processes,
        preset.windows,
        preset.samples,
        preset.warmup,
        preset.budget_s,
    ):
        raise ResumeError(f"the preset {run.preset} has changed since that run; start a new run")
    filters = Filters(run.payloads, run.formats, run.codecs, run.sizes, run.batches)
    specs = select(PRESETS[run.preset], filters)
    now = [(case.id, source(case)) for case in specs]
    if now != [(case.id, case.source) for case in bundle.cases]:
        raise ResumeError("the code has changed since that run began; start a new run")
    if unlike(bundle.pipeline, preset, run.nonce):
        raise ResumeError("the code has changed since that run began; start a new run")
    if name := difference(bundle.machine):
        raise ResumeError(f"{name} is not what that run began with; start a new run")
    document: Document = bundle.model_dump(mode="json", by_alias=True)
    for case, measured in zip(document["cases"], bundle.cases, strict=True):
        case["blocks"] = list(measured.blocks)
        if measured.problem in _MAY_BE_TRIED_AGAIN:
            case["problem"] = None
    if isinstance(document["pipeline"], dict):
        try_again(document["pipeline"])
    document["run"]["state"] = "partial"
    document["run"]["launches"] += 1
    return document
