"""What a run says of its machine: what stages take alone, the parameters, what they leave open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.document import (
    Cell,
    Column,
    Document,
    Finding,
    Findings,
    Paragraph,
    Row,
    Section,
    Table,
)
from analysis.document.numbers import PREDICTED_PERCENT, number, words
from analysis.model.calibration import parameters_table
from analysis.model.demands import STAGES
from hardware_profiles.numerals import counted, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.model.calibration import Calibration
    from analysis.model.demands import StageCost
    from analysis.model.stage_model import StageModel

_MOST_LEFT_OUT = 12
_FARTHEST = 5
"""How many configurations are listed that were left out, and that are farthest from their fit."""
_NAMES = {"storage": "read"}
"""How stages are headed, where not by their own name."""


def calibration(calibration: Calibration) -> Document:
    """Return what a run says of its machine."""
    stage_model = calibration.stage_model
    isolated = (_stages(stage_model), _ipc(stage_model), *_disk(stage_model))
    return Document(
        "What a run says of this machine",
        (
            Section(
                "What a batch of n samples takes in each stage alone, in us, with "
                f"{PREDICTED_PERCENT} intervals",
                tuple(table for table in isolated if table.rows),
            ),
            Section(
                f"The loader's parameters, with {PREDICTED_PERCENT} intervals",
                (parameters(calibration),),
            ),
            Section("What no parameter explains", tuple(_unexplained(calibration))),
        ),
        f"Calibrated on {counted(len(calibration.observations.configurations), 'configuration')}, "
        f"{counted(len(calibration.observations.of), 'window')}, "
        f"{counted(stage_model.cores, 'core')}.",
        _values(calibration),
    )


def parameters(calibration: Calibration) -> Table:
    """Return the model's parameters as a table."""
    poor = calibration.poorly_determined
    return Table(
        "",
        (
            Column("parameter", left=True),
            Column("value"),
            Column(PREDICTED_PERCENT),
            Column("meaning", left=True),
        ),
        tuple(
            Row(
                (
                    Cell(row.name, code=True),
                    Cell(f"{number(row.value)} {row.unit}".rstrip(), row.value),
                    words(f"{number(row.low)} to {number(row.high)}"),
                    words(row.meaning + (" (poorly determined)" if row.name in poor else "")),
                )
            )
            for row in parameters_table(calibration)
        ),
    )


def _unexplained(calibration: Calibration) -> Iterator[Paragraph | Findings]:
    noise = calibration.noise
    yield Paragraph(
        f"{percent(noise.work)} of the machine's own work, and at least "
        f"{percent(noise.floor, 1)} of a period. Farthest from the fit:"
    )
    residuals = sorted(_residuals(calibration), key=lambda item: -abs(item[1]))
    yield Findings(
        tuple(
            Finding(
                f"{label}: {percent(abs(share))} {'more' if share > 0 else 'less'} time than fitted"
            )
            for label, share in residuals[:_FARTHEST]
        )
    )
    remarks = [f"Not to be trusted: {reason}." for reason in calibration.reasons_not_to_trust]
    for label, reason in list(calibration.left_out.items())[:_MOST_LEFT_OUT]:
        remarks.append(f"Left out: {label} ({reason}).")
    if remarks:
        yield Findings(tuple(map(Finding, remarks)))


def _stages(stage_model: StageModel) -> Table:
    rows: dict[tuple[str, str], list[StageCost]] = {}
    for demand in stage_model.demands.table():
        payload, size, codec = demand.shape
        rows.setdefault((f"{payload}-{size}", codec), []).append(demand)
    return Table(
        "",
        (
            Column("payload", left=True),
            Column("codec", left=True),
            *(Column(_NAMES.get(stage, stage)) for stage in STAGES),
        ),
        tuple(
            Row((words(payload), Cell(codec, code=True), *map(_line, demands)))
            for (payload, codec), demands in sorted(rows.items())
        ),
    )


def _line(demand: StageCost) -> Cell:
    fixed = f"{number(demand.fixed)} + " if demand.fixed else ""
    return words(f"{fixed}{number(demand.each)} n ±{percent(demand.high - 1)}")


def _ipc(stage_model: StageModel) -> Table:
    rows = []
    for transport, costs in stage_model.ipc_costs.items():
        for side, line in (("send", costs.send), ("receive", costs.receive)):
            numbers = [float(us) for us in line * [1, 1, 1e6]]
            cells = (Cell(number(us), us) for us in numbers)
            rows.append(Row((words(transport), words(side), *cells)))
    return Table(
        "From a worker to the consumer, us",
        (
            Column("transport", left=True),
            Column("side", left=True),
            Column("per batch"),
            Column("per tensor"),
            Column("per MB"),
        ),
        tuple(rows),
    )


def _disk(stage_model: StageModel) -> Iterator[Table]:
    """Yield what one reader gets, by size of request."""
    rows = []
    for state, reads in stage_model.reading.reads.items():
        for read in sorted((r for r in reads if r.readers == 1), key=lambda r: r.request_bytes):
            mb_per_s = read.requests * read.request_bytes / read.us
            rows.append(
                Row(
                    (
                        words(state),
                        words(read.order),
                        Cell(f"{read.request_bytes / 1024:,.0f} KiB", read.request_bytes),
                        Cell(number(mb_per_s), mb_per_s),
                    )
                )
            )
    yield Table(
        "Reading, one reader",
        (
            Column("from", left=True),
            Column("order", left=True),
            Column("request"),
            Column("MB/s"),
        ),
        tuple(rows),
    )


def _residuals(calibration: Calibration) -> list[tuple[str, float]]:
    """Return how much longer each configuration took than the fit says, as a share, by label."""
    observed = calibration.observations
    count = len(observed.configurations)
    total = np.bincount(observed.of, calibration.log_residuals, count)
    shares = np.expm1(total / np.bincount(observed.of, minlength=count))
    labels = [record.setup.label for record in observed.configurations]
    return list(zip(labels, shares.tolist(), strict=True))


def _values(calibration: Calibration) -> dict[str, Any]:
    stage_model = calibration.stage_model
    return {
        "configurations": len(calibration.observations.configurations),
        "windows": len(calibration.observations.of),
        "cores": stage_model.cores,
        "demands": [
            {
                **demand.shape._asdict(),
                "stage": demand.stage,
                "batches": demand.batches,
                "us_a_batch": demand.fixed,
                "us_a_sample": demand.each,
                "low": demand.low,
                "high": demand.high,
            }
            for demand in stage_model.demands.table()
        ],
        "ipc": {
            transport: {
                side: dict(zip(("us", "us_a_tensor", "us_a_byte"), line.tolist(), strict=True))
                for side, line in (("send", costs.send), ("receive", costs.receive))
            }
            for transport, costs in stage_model.ipc_costs.items()
        },
        "reads": [
            {
                "state": state,
                "order": read.order,
                "readers": read.readers,
                "request_bytes": read.request_bytes,
                "bytes_per_s": read.requests * read.request_bytes / read.us * 1e6,
            }
            for state, reads in stage_model.reading.reads.items()
            for read in reads
        ],
        "parameters": [
            row._asdict() | {"poorly_determined": row.name in calibration.poorly_determined}
            for row in parameters_table(calibration)
        ],
        "unexplained": {"of_work": calibration.noise.work, "least": calibration.noise.floor},
        "residuals": [
            {"label": label, "residual": residual} for label, residual in _residuals(calibration)
        ],
        "reasons_not_to_trust": calibration.reasons_not_to_trust,
        "left_out": calibration.left_out,
    }
