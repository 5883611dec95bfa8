"""What a change is expected to gain, before it is run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.diagnosis.evidence import as_is, batch_times, crossing_alone, epoch_batches
from analysis.diagnosis.simulation import SimulatedLoader, period_s

if TYPE_CHECKING:
    from bench.diagnosis.record import Diagnosis, LoaderRun


def expected_gain(diagnosis: Diagnosis, field: str, value: object) -> float | None:
    """Return the throughput after a change over that before, over an epoch.

    Args:
        diagnosis: what was measured so far; the loader as it is, at least.
        field: what is changed.
        value: what it is set to.

    Returns:
        None where nothing that was measured tells.

    """
    model = simulated_loader(diagnosis)
    epoch = epoch_batches(diagnosis)
    start = _start_s(diagnosis) / epoch if epoch else 0.0
    changed, changed_start = model, start
    if field == "workers":
        changed = with_workers(diagnosis, model, int(str(value)))
        if not changed.workers:
            changed_start = 0.0
    elif field == "prefetch":
        changed = replace(model, ahead=int(str(value)))
    elif field == "order":
        changed = replace(model, in_order=bool(value))
    elif field == "threads":
        return _without_delay(diagnosis)
    elif field == "persistent":
        changed_start = float(model.making.mean()) / epoch if epoch else 0.0
    else:
        return None
    return (period_s(model) + start) / (period_s(changed) + changed_start)


def _without_delay(diagnosis: Diagnosis) -> float | None:
    """Return what would be gained if no worker waited for a core, where threads may be why."""
    facts = diagnosis.facts
    if facts.most_threads * facts.workers <= facts.cores:
        return None
    times = batch_times(as_is(diagnosis))
    making = float((times["fetch"] + times["collate"] + times["send"]).mean())
    return making / max(making - float(times["delay"].mean()), making / facts.most_threads)


def simulated_loader(diagnosis: Diagnosis) -> SimulatedLoader:
    """Return the loader as it is, as it is simulated."""
    facts = diagnosis.facts
    times = batch_times(as_is(diagnosis))
    making = times["fetch"] + times["collate"] + times["send"]
    # A core that others had is not the loader's own time.
    making = (making - times["delay"]).clip(min=0.0)
    receive = float(times["receive"].mean())
    # The rest of it goes by while a worker's next batch holds Python's lock.
    alone = min(receive, crossing_alone(diagnosis).get("receive", receive))
    return SimulatedLoader(
        making,
        cpu=float(times["cpu"].mean() + times["send"].mean()),
        receiving=alone + float(times["index"].mean()),
        step=float(times["step"].mean()) if diagnosis.has_step else 0.0,
        workers=facts.workers,
        ahead=facts.prefetch,
        in_order=facts.in_order,
        cores=facts.cores,
        latency=receive - alone,
    )


def with_workers(diagnosis: Diagnosis, model: SimulatedLoader, workers: int) -> SimulatedLoader:
    """Return a loader with so many workers; what crossing costs, from a run that has any."""
    crossing = _crossing_s(diagnosis)
    facts, making, receiving = diagnosis.facts, model.making, model.receiving
    latency = model.latency if workers else 0.0
    if facts.workers and not workers:
        times = batch_times(as_is(diagnosis))
        making = (times["fetch"] + times["collate"] - times["delay"]).clip(min=0.0)
        receiving = float(times["index"].mean())
    elif workers and not facts.workers:
        making, receiving = making + crossing[0], receiving + crossing[1]
    ahead = model.ahead or 2
    model = replace(model, making=making, receiving=receiving, latency=latency)
    return replace(model, workers=workers, ahead=ahead)


def _crossing_s(diagnosis: Diagnosis) -> tuple[float, float]:
    """Return what sending and receiving a batch take, in s, in some run with workers."""
    crossed = [run for run in diagnosis.runs if run.field in {"", "workers"} and run.mean("send")]
    if not crossed:
        return 0.0, 0.0
    receive = crossed[0].mean("receive")
    alone = crossing_alone(diagnosis).get("receive", receive)
    return crossed[0].mean("send"), min(receive, alone)


def _start_s(diagnosis: Diagnosis) -> float:
    """Return the mean time by epoch until its first batch, beyond that of any batch."""
    runs: tuple[LoaderRun, ...] = as_is(diagnosis)
    return max(0.0, sum(run.start_s - run.period_s for run in runs) / len(runs))
