"""What is kept of a file: its rows of the class's tables."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from analysis.course.blocks import medians_of
from analysis.course.inner import ratios
from analysis.course.machines import machine_class
from analysis.course.remark import Checked, Remark, Status
from analysis.course.tables import CASES, INNER, LOCKS, PRINTS, REMARKS, SUBMISSIONS, WINDOWS
from analysis.ledger.entries import Rationale, Try
from analysis.ledger.questions import QUESTIONS
from analysis.ledger.rules import lock_of, score_of
from analysis.statistics.interval import log_t_intervals
from bench.bundle.quality import CALM_ENOUGH, most_are_calm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.course.blocks import Floats, Integers, Ragged
    from analysis.course.draft import Submitted

_LEAST_SAMPLES = 8
"""Of a case, for a print: of fewer, two machines may have the same."""
_MOST_SAMPLES = 24
_BIN = 0.25
"""Of a print, in standard deviations of the samples' logarithms."""


def tables(checked: Checked) -> dict[str, pa.Table]:
    """Return the rows of a file, by table: of `submissions` one."""
    key, name, status = checked.submission, checked.file, checked.status
    remarks, submitted = checked.remarks, checked.submitted
    row: dict[str, Any] = {
        "submission": key,
        "file": _text(name),
        "status": status.value,
        "reasons": [_text(f"{remark.rule}: {remark.line()}") for remark in remarks],
    }
    result = {
        "remarks": _table(REMARKS, [{"submission": key, **_record(r)} for r in remarks]),
        "submissions": _table(SUBMISSIONS, [row | (_described(submitted) if submitted else {})]),
    }
    if submitted and status is not Status.REJECTED:
        result |= {
            "windows": _windows(key, status, submitted),
            "cases": _cases(key, submitted),
            "locks": _table(LOCKS, list(_locks(key, submitted))),
            "prints": _prints(key, submitted),
            "inner": _table(
                INNER,
                [
                    {"submission": key, "name": name, "value": value}
                    for name, value in ratios(submitted).items()
                ],
            ),
        }
    return result


def _table(schema: pa.Schema, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=schema)


def _record(remark: Remark) -> dict[str, str]:
    return {name: _text(value) for name, value in remark.record().items()}


def _text(text: str) -> str:
    """Return text that is valid UTF-8: of a file's name may be in no encoding at all."""
    return text.encode("utf-8", "backslashreplace").decode()


def workload_of(submitted: Submitted) -> str:
    """Return what defines what a run measured: those of different ones do not compare."""
    bundle, run = submitted.bundle, submitted.bundle.run
    chosen = [getattr(run, name) for name in ("payloads", "formats", "codecs", "sizes", "batches")]
    what_if = " what-if" if any(chosen) else ""
    measured = [run.preset, run.samples, run.windows, run.warmup, chosen, bundle.rules_edition]
    division = submitted.division
    if division != "closed":
        measured += [(case.id, case.source) for case in bundle.cases]
    digest = hashlib.sha256(repr(measured).encode()).hexdigest()[:8]
    return f"{run.preset} {division}{what_if} {digest}"


def _described(submitted: Submitted) -> dict[str, Any]:
    bundle = submitted.bundle
    run, machine = bundle.run, bundle.machine
    virtual = _known(machine.virtual)
    return {
        "pseudonym": submitted.pseudonym,
        "digest": bundle.digest,
        "written": submitted.written,
        "started": machine.started,
        "nonce": run.nonce,
        "preset": run.preset,
        "state": run.state,
        "edition": bundle.rules_edition,
        "division": submitted.division,
        "workload": workload_of(submitted),
        "trust": submitted.verdict.trust.value,
        "cpu": machine.cpu,
        "machine_class": machine_class(machine.cpu, virtual=virtual),
        "architecture": machine.architecture,
        "system": machine.system,
        "cores": machine.cores_logical,
        "memory_gib": machine.memory_gib,
        "virtual": virtual,
        "power": _known(bundle.before.power),
        "python": machine.python,
        "tool": bundle.tool,
        "elapsed_s": run.elapsed_ns / 1e9,
        "parts": list(_parts(submitted)),
    }


def _known(value: Any) -> Any:
    """Return a value; None where it is `unavailable: reason`."""
    return None if isinstance(value, str) and value.startswith("unavailable") else value


def _parts(submitted: Submitted) -> Iterator[str]:
    bundle = submitted.bundle
    there = {
        "cases": any(case.blocks for case in bundle.cases),
        "storage": bundle.measured_storage,
        "pipeline": bundle.measured_pipeline,
        "learning": bundle.learning,
        "ledger": submitted.bodies is not None,
    }
    return (name for name, part in there.items() if part)


def _windows(key: str, status: Status, submitted: Submitted) -> pa.Table:
    bundle, arrays = submitted.bundle, submitted.blocks
    rows = len(arrays.blocks)
    cases = [bundle.cases[case] for case in arrays.case.tolist()]
    machine = bundle.machine
    same = {
        "submission": key,
        "pseudonym": submitted.pseudonym,
        "status": status.value,
        "machine_class": machine_class(machine.cpu, virtual=_known(machine.virtual)),
        "cpu": machine.cpu,
        "architecture": machine.architecture,
        "preset": bundle.run.preset,
        "edition": bundle.rules_edition,
        "division": submitted.division,
    }
    blocks = arrays.blocks
    columns: dict[str, Any] = {
        **{
            name: pa.repeat(pa.scalar(value, pa.string()), rows)
            for name, value in same.items()
            if name != "edition"
        },
        "edition": pa.repeat(pa.scalar(bundle.rules_edition, pa.int64()), rows),
        "case": [case.id for case in cases],
        **{name: [getattr(case, name) for case in cases] for name in _CASE_COLUMNS},
        **{name: [getattr(block, name) for block in blocks] for name in _BLOCK_COLUMNS},
        "warmup_us": _lists(arrays.warmup),
        "samples_us": _lists(arrays.samples),
        "canary_us": _lists(arrays.canaries),
        "calm": arrays.calm_counts if rows else [],
        "time_s": arrays.time_s if rows else [],
    }
    return _columns(WINDOWS, columns)


def _columns(schema: pa.Schema, columns: dict[str, Any]) -> pa.Table:
    arrays = [columns[field.name] for field in schema]
    return pa.table(
        [
            array if isinstance(array, pa.Array) else pa.array(array, field.type)
            for array, field in zip(arrays, schema, strict=True)
        ],
        schema=schema,
    )


_CASE_COLUMNS = (
    *("kind", "codec", "payload", "size", "batch", "source", "decoded_bytes"),
    *("encoded_bytes", "loops"),
)
_BLOCK_COLUMNS = ("process", "window", "attempt", "order", "gates", "cpu_us")


def _lists(rows: Ragged) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(rows.starts, pa.int32()), pa.array(rows.values))


def _cases(key: str, submitted: Submitted) -> pa.Table:
    """Return the time of each case, as `analysis.statistics.timing` works it out."""
    arrays, bundle = submitted.blocks, submitted.bundle
    if not arrays.blocks:
        return CASES.empty_table()
    of_process, everything, calm = _process_medians(submitted)
    numbers, group = np.unique(of_process, return_inverse=True)
    counted = ~np.isnan(calm)
    processes = np.bincount(group)
    calm_processes = np.bincount(group[counted], minlength=len(numbers))
    trusted = most_are_calm(calm_processes, bundle.run.processes)
    use = counted | ~trusted[group]
    medians = np.where(counted, calm, everything)
    times = log_t_intervals(medians[use], group[use], len(numbers))
    kept = [at for at, number in enumerate(numbers.tolist()) if not bundle.cases[number].problem]
    cases = [bundle.cases[int(numbers[at])] for at in kept]
    columns: dict[str, Any] = {
        "submission": pa.repeat(pa.scalar(key, pa.string()), len(kept)),
        "case": [case.id for case in cases],
        **{name: [getattr(case, name) for case in cases] for name in _CASE_COLUMNS[:5]},
        "time_s": times.value[kept],
        "low_s": times.low[kept],
        "high_s": times.high[kept],
        "processes": processes[kept],
        "trusted": trusted[kept],
        "mb_per_s": [case.decoded_bytes / 1e6 for case in cases] / times.value[kept],
    }
    return _columns(CASES, columns)


def _process_medians(submitted: Submitted) -> tuple[Integers, Floats, Floats]:
    """Return, for each process of each case: the case, the median of all calls, of calm ones.

    In seconds; of calm ones NaN where too few were.
    """
    arrays = submitted.blocks
    width = 1 + int(arrays.process.max())
    keys = (arrays.case * width + arrays.process)[arrays.samples.row]
    unique, group = np.unique(keys, return_inverse=True)
    everything = medians_of(arrays.call_s, group, len(unique))
    calm = medians_of(arrays.call_s[arrays.calm], group[arrays.calm], len(unique))
    counts = np.bincount(group, minlength=len(unique))
    calm_counts = np.bincount(group[arrays.calm], minlength=len(unique))
    calm[calm_counts < np.minimum(CALM_ENOUGH, counts)] = np.nan
    return unique // width, everything, calm


def _locks(key: str, submitted: Submitted) -> Iterator[dict[str, Any]]:
    bodies = submitted.bodies
    if bodies is None:
        return
    for name in QUESTIONS:
        lock, score = lock_of(bodies, name), score_of(bodies, name)
        texts = [b.text for b in bodies if isinstance(b, Rationale) and b.question == name]
        yield {
            "submission": key,
            "question": name,
            "choice": lock and lock.choice,
            "low": lock and lock.low,
            "high": lock and lock.high,
            "confidence": lock and lock.confidence,
            "late": lock and bool(lock.measured_before),
            "answer": score and score.choice,
            "value": score and score.value,
            "right": score and score.right,
            "held": score and score.held,
            "interval_score": score and score.interval_score,
            "tries": sum(isinstance(b, Try) and b.act == name for b in bodies),
            "rationale": "\n\n".join(texts) or None,
        }


def _prints(key: str, submitted: Submitted) -> pa.Table:
    """Return hashes of the samples of each case, and of their shape whatever the scale."""
    arrays = submitted.blocks
    if not arrays.blocks:
        return PRINTS.empty_table()
    samples = arrays.samples.values
    of_case = arrays.case[arrays.samples.row]
    cases, starts, group, counts = np.unique(
        of_case, return_index=True, return_inverse=True, return_counts=True
    )
    used = np.arange(len(samples)) - starts[group] < _MOST_SAMPLES
    number = np.bincount(group[used])
    # Around the mean of each block, since blocks may have been scaled by a factor each.
    block = arrays.samples.row
    logs = np.log(samples)
    logs -= (np.bincount(block, logs) / arrays.samples.lengths)[block]
    spread = np.sqrt(np.bincount(group[used], logs[used] ** 2) / number)
    with np.errstate(divide="ignore", invalid="ignore"):
        shape = np.nan_to_num(logs / spread[group] / _BIN, posinf=0, neginf=0)
    forms = [samples, np.floor(shape), np.floor(shape + 0.5)]
    rows: list[tuple[str, int, int]] = []
    for at in np.flatnonzero(counts >= _LEAST_SAMPLES).tolist():
        case = submitted.bundle.cases[int(cases[at])].id
        part = slice(int(starts[at]), int(starts[at] + number[at]))
        # Without spread there is no shape: a clock that ticks too coarsely, or a forgery by hand.
        for grid, form in enumerate(forms if spread[at] > 0 else forms[:1]):
            digest = hashlib.blake2b(form[part].astype("<i8").tobytes(), digest_size=8).digest()
            rows.append((case, grid, int.from_bytes(digest, "little", signed=True)))
    names, grids, prints = zip(*rows, strict=True) if rows else ((), (), ())
    columns = {
        "submission": pa.repeat(pa.scalar(key, pa.string()), len(rows)),
        "case": list(names),
        "grid": list(grids),
        "print": list(prints),
    }
    return _columns(PRINTS, columns)
