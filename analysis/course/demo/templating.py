"""Put a template together: the shape of one run, the numbers of another, and what that one lacks.

The shape is of a run by the present code, which need not be complete: its cases, configurations and
stages. Numbers are of a run that was quiet and complete when it was taken. What has changed since
is taken from further runs of the same machine, brought to the speed of the core by the canaries
beside it.
"""

from __future__ import annotations

import gzip
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.bundle import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.bundle import Bundle

Document = dict[str, Any]

_KEYS = {
    "isolated": ("payload", "size", "codec", "batch"),
    "ipc": ("transport", "tensors", "bytes"),
    "contention": ("payload", "size", "codec", "batch", "decoders"),
    "devices": ("device",),
}
"""What two records of a stage alone have in common where they are of the same."""
_TIMES = ("storage", "decode", "transform", "send", "receive", "cpu_us", "step", "canary_us")
_OF_WINDOW = ("us", "consumer_cpu_us", "workers_cpu_us", "wait", "period", "canary_us")


def merged(shape: Bundle, base: Bundle, others: Sequence[Bundle]) -> bytes:
    """Return a template as the bytes of its file.

    Args:
        shape: a run by the present code.
        base: whose numbers count.
        others: where those are taken from that it lacks.

    """
    document, numbers, *more = (
        bundle.model_dump(mode="json", by_alias=True) for bundle in (shape, base, *others)
    )
    rest = [*more, document]
    same_preset = next((d for d in rest if d["storage"]), numbers)
    result = dict(document)
    result["cases"] = [_case(case, [numbers, *rest], document["run"]) for case in document["cases"]]
    pipeline = dict(document["pipeline"])
    pipeline["configurations"] = [
        _configured(record, numbers, rest) for record in pipeline["configurations"]
    ]
    for part, keys in _KEYS.items():
        pipeline[part] = list(_records(part, keys, numbers, [same_preset, *rest]))
    result["pipeline"] = pipeline
    for part in ("storage", "threads", "slowed_by", "before", "after", "data"):
        result[part] = same_preset[part]
    result["learning"] = next(
        (d["learning"] for d in rest if d["learning"] and d["learning"]["doorbell"]), None
    )
    _renumber(result)
    return gzip.compress(canonical.dumps(result), 9, mtime=0)


def _case(case: Document, sources: Sequence[Document], run: Document) -> Document:
    """Return a case with the blocks of the first source that has any, as many as fit the run."""
    for source in sources:
        for other in source["cases"]:
            if other["id"] == case["id"] and other["blocks"]:
                blocks = [
                    row
                    for row in other["blocks"]
                    if row[0] < run["processes"] and row[1] < run["windows"]
                ]
                numbers = {name: other[name] for name in ("loops", "encoded_bytes")}
                return case | numbers | {"blocks": blocks, "problem": None}
    return case


def _configured(record: Document, base: Document, others: Sequence[Document]) -> Document:
    kept = {name: record[name] for name in ("origin", "held_out", "retest", "base")}
    for source in (base, *others):
        for other in source["pipeline"]["configurations"]:
            if other["setup"] == record["setup"] and other["windows"]:
                windows = other["windows"][:1]
                if source is not base:
                    windows = [_at_speed(w, _pace(w, base)) for w in windows]
                return {**other, **kept, "windows": windows}
    return record


def _records(
    part: str, keys: Sequence[str], base: Document, others: Sequence[Document]
) -> Iterator[Any]:
    """Yield a stage's records, as many as the first of the others has."""
    shape, *_ = others
    for record in shape["pipeline"][part]:
        if isinstance(record, str):
            yield record
            continue
        own = [record[key] for key in keys]
        for other in base["pipeline"][part]:
            if not isinstance(other, str) and [other[key] for key in keys] == own:
                yield other | {"repeat": 0}
                break
        else:
            yield _slower(record, _pace(record, base)) | {"repeat": 0}


def _pace(record: Document, base: Document) -> float:
    """Return what brings a record to the speed that the core of the base has beside the same."""
    level = median(us for w in _windows(base) for us in w["canary_us"])
    return float(level / median(record["canary_us"])) if record["canary_us"] else 1.0


def _windows(document: Document) -> Iterator[Document]:
    for record in document["pipeline"]["configurations"]:
        yield from record["windows"]


def _times(value: Any, factor: float) -> Any:
    if isinstance(value, list):
        return [_times(each, factor) for each in value]
    return max(1, round(value * factor)) if value else value


def _slower(record: Document, factor: float) -> Document:
    """Return a record whose times are multiplied; rates are divided."""
    changed = {name: _times(record[name], factor) for name in _TIMES if name in record}
    for rate in ("batches_x100", "peak_flop_s"):
        if rate in record:
            changed[rate] = _times(record[rate], 1 / factor)
    return record | changed


def _at_speed(window: Document, factor: float) -> Document:
    """Return a window at another speed of the core; emulated steps and tiers stay."""
    stages = {
        name: times if name == "storage" else _times(times, factor)
        for name, times in window["stages"].items()
    }
    changed = {name: _times(window[name], factor) for name in _OF_WINDOW}
    raw = [[_times(row[0], factor), *row[1:]] for row in window["raw"]]
    return window | changed | {"stages": stages, "raw": raw}


def _renumber(document: Document) -> None:
    """Give blocks and windows places that no other has; the run is a complete one."""
    blocks = [row for case in document["cases"] for row in case["blocks"]]
    for place, row in enumerate(sorted(blocks, key=lambda row: (row[0], row[3]))):
        row[3] = place
    for place, window in enumerate(_windows(document)):
        window |= {"order": place, "repeat": 0}
    left_out = [case["id"] for case in document["cases"] if not case["blocks"]]
    timed_us = sum(sum(row[5]) + sum(row[6]) + sum(row[7]) for row in blocks)
    timed_us += sum(window["us"] for window in _windows(document))
    document["run"] = document["run"] | {
        "state": "complete",
        "launches": 1,
        "left_out": left_out,
        "elapsed_ns": timed_us * 1_200,
    }
