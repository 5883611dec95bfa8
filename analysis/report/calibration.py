"""What `calibrate` prints: what stages take alone, the parameters, and what they leave open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.document.numbers import number
from analysis.model.calibration import parameters_table
from analysis.model.demands import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.model.calibration import Calibration
    from analysis.model.demands import Demand
    from analysis.model.stage_model import Machine

_SHOWN_MOST = 12
_WORST = 5
_NAMES = {"storage": "read"}


def calibration(found: Calibration) -> Iterator[str]:
    """Yield the lines of a calibration."""
    seen = found.observed
    yield (
        f"calibrated on {len(seen.configurations)} configurations, {len(seen.of)} windows, "
        f"{found.machine.cores} cores"
    )
    yield ""
    yield "What a batch of n samples takes alone, in us, with 90 % intervals of all of it:"
    yield from _demands(found.machine)
    yield from _crossings(found.machine)
    yield from _disk(found.machine)
    yield ""
    yield "What a loader makes of it, with 90 % intervals:"
    poor = found.poorly_determined
    for row in parameters_table(found):
        unit = f" {row.unit}" if row.unit else ""
        mark = " (poorly determined)" if row.name in poor else ""
        bounds = f"[{number(row.low)}, {number(row.high)}]"
        yield f"  {row.name:10} {number(row.value) + unit:>9} {bounds:18} {row.meaning}{mark}"
    yield ""
    yield (
        f"What no parameter explains: {found.spread.work:.0%} of the machine's own work, "
        f"{found.spread.floor:.1%} at the least. Farthest off:"
    )
    for label, off in sorted(_residuals(found), key=lambda one: -abs(one[1]))[:_WORST]:
        yield f"  {label}: {abs(off):.0%} {'more' if off > 0 else 'less'} time than the fit says"
    for reason in found.distrust:
        yield f"Not to be trusted: {reason}."
    for label, why in list(found.left_out.items())[:_SHOWN_MOST]:
        yield f"Left out: {label} ({why})."


def calibration_plain(found: Calibration) -> dict[str, Any]:
    """Return a calibration as plain values."""
    return {
        "configurations": len(found.observed.configurations),
        "windows": len(found.observed.of),
        "cores": found.machine.cores,
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
            for demand in found.machine.demands.table()
        ],
        "crossings": {
            way: {
                side: dict(zip(("us", "us_a_tensor", "us_a_byte"), line.tolist(), strict=True))
                for side, line in (("send", one.send), ("receive", one.receive))
            }
            for way, one in found.machine.crossings.items()
        },
        "reads": [
            {
                "state": state,
                "order": one.order,
                "readers": one.readers,
                "request_bytes": one.request_bytes,
                "bytes_per_s": one.requests * one.request_bytes / one.us * 1e6,
            }
            for state, reads in found.machine.reads.items()
            for one in reads
        ],
        "parameters": [
            row._asdict() | {"poorly_determined": row.name in found.poorly_determined}
            for row in parameters_table(found)
        ],
        "unexplained": {"of_work": found.spread.work, "least": found.spread.floor},
        "residuals": [{"label": label, "off": off} for label, off in _residuals(found)],
        "distrust": list(found.distrust),
        "left_out": found.left_out,
    }


def _demands(machine: Machine) -> Iterator[str]:
    rows: dict[tuple[str, str], list[Demand]] = {}
    for demand in machine.demands.table():
        payload, size, codec = demand.shape
        rows.setdefault((f"{payload}-{size}", codec), []).append(demand)
    heads = "".join(f"{_NAMES.get(stage, stage):>26}" for stage in STAGES)
    yield f"  {'payload':14} {'codec':22}{heads}"
    for (payload, codec), demands in sorted(rows.items()):
        yield f"  {payload:14} {codec:22}{''.join(f'{_line(d):>26}' for d in demands)}"


def _line(demand: Demand) -> str:
    fixed = f"{number(demand.fixed)} + " if demand.fixed else ""
    return f"{fixed}{number(demand.each)} n ±{demand.high - 1:.0%}"


def _crossings(machine: Machine) -> Iterator[str]:
    for way, one in machine.crossings.items():
        for side, line in (("sending", one.send), ("receiving", one.receive)):
            fixed, tensor, byte = (number(float(us)) for us in line * [1, 1, 1e6])
            yield f"  {side} by {way}: {fixed} + {tensor} a tensor + {byte} a MB"


def _disk(machine: Machine) -> Iterator[str]:
    """Yield what one reader gets, by size of request."""
    for state, reads in machine.reads.items():
        one = sorted((r for r in reads if r.readers == 1), key=lambda r: r.request_bytes)
        curve = "; ".join(
            f"{r.order} {r.request_bytes / 1024:,.0f} KiB "
            f"{number(r.requests * r.request_bytes / r.us)} MB/s"
            for r in one
        )
        if curve:
            yield f"  reading {state}: {curve}"


def _residuals(found: Calibration) -> list[tuple[str, float]]:
    """Return how much longer each configuration took than the fit says, as a share, by label."""
    seen = found.observed
    total = np.bincount(seen.of, found.off, len(seen.configurations))
    shares = np.expm1(total / np.bincount(seen.of, minlength=len(seen.configurations)))
    labels = [one.setup.label for one in seen.configurations]
    return list(zip(labels, shares.tolist(), strict=True))
