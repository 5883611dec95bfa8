"""What a run measured of a configuration, and what a whole epoch of it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.acts.outcome import Result
from analysis.statistics.number import PREDICTED_LEVEL, Number
from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.model.machine import Machine
    from analysis.model.prediction import Prediction
    from bench.bundle import Setup


def measured(machine: Machine, setup: Setup) -> list[Result]:
    """Return what a run of this very configuration gave, where there was one."""
    # A prediction leaves it to the system how workers start; a record says how they did.
    ran = setup.model_copy(update={"start": setup.start or machine.calibration.start})
    cached = ran.model_copy(update={"control": "cached"})
    kinds = {
        ran: ("rate.measured", "Ingestion Speed, as measured"),
        cached: ("rate.cached", "Fed from batches that were made beforehand, as measured"),
    }
    calm = {record.setup: record.windows for record in machine.pipeline.configurations}
    whole = machine.bundle.measured_pipeline
    results = []
    for record in whole.configurations if whole else ():
        if record.setup not in kinds or not record.windows:
            continue
        # What was measured on a slowed core alone is shown, and said to be that.
        windows = calm.get(record.setup) or record.windows
        rates = [record.samples_per_s(window) for window in windows]
        mean = float(np.mean(rates))
        number = Number(mean, min(rates), max(rates), unit="samples/s", n=len(rates))
        text = f"The disk gave {_bytes([window.disk_bytes for window in windows])} meanwhile."
        if not calm.get(record.setup):
            text += " The machine was disturbed: measure it again."
        results.append(Result(*kinds[record.setup], number, text))
    return results


def _bytes(read: Sequence[int | None]) -> str:
    counts = [count for count in read if count is not None]
    if not counts:
        return "an amount that this system does not count"
    total = sum(counts)
    return f"{total / 1e6:,.1f} MB" if total else "nothing: it was all in memory"


def epoch(machine: Machine, prediction: Prediction) -> list[Result]:
    """Return what an epoch of the workload's data takes, and what its begin does."""
    setup = prediction.setup
    data = machine.catalogue[str(setup.workload)].get("data.items") if setup.workload else None
    rate, first = prediction.samples_per_s, prediction.first_batch_s
    start_s = _start_s(machine, setup.workers)
    results = [Result("start", "Starting the workers", _seconds(start_s), "As measured.")]
    if data is not None:
        items = float(next(iter(np.ravel(data.value)))) * data.unit.factor
        begins = ((first.value, rate.value), (first.low, rate.high), (first.high, rate.low))
        value, low, high = (start_s + begin + items / per_s for begin, per_s in begins)
        taken = Number(value, low, high, PREDICTED_LEVEL, "s", prediction.kind)
        saved = start_s + first.value
        text = f"An epoch is {items:,.0f} samples."
        if setup.workers:
            text += (
                f" Persistent workers save {saved:.3g} s of each epoch but the first, "
                f"{percent(saved / value, 2)} of it."
            )
        results.append(Result("epoch", "An epoch, start included", taken, text))
    return results


def _start_s(machine: Machine, workers: int) -> float:
    """Return how long starting so many workers took, of as many or the nearest number."""
    starts: dict[int, list[float]] = {}
    for record in machine.pipeline.configurations:
        took = [w.started_us / 1e6 for w in record.windows if w.started_us is not None]
        if took and record.setup.workers:
            starts.setdefault(record.setup.workers, []).extend(took)
    if not workers or not starts:
        return 0.0
    nearest = min(starts, key=lambda count: abs(count - workers))
    return float(np.median(starts[nearest])) * workers / nearest


def _seconds(value: float) -> Number:
    return Number(value, value, value, PREDICTED_LEVEL, "s")
