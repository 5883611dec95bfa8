"""A configuration on another device's host: what feeds its accelerator, and what holds it up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.devices.answer import Answer
from analysis.errors import OutOfRangeError
from analysis.model.equation import IN_TIME, PARTS, Load, terms
from analysis.statistics.number import Number, number_of_draws
from hardware_profiles.catalogue import catalogue
from hardware_profiles.demand import PHASES, phases
from hardware_profiles.provenance import Kind
from hardware_profiles.quantity import Quantity, exact

if TYPE_CHECKING:
    from analysis.devices.scaling import Elsewhere
    from analysis.model.fit import Array
    from bench.bundle import Setup
    from hardware_profiles.provenance import Fact

_NOTHING = np.array(0.0)


@dataclass(frozen=True)
class Fed:
    """What one accelerator of a device gets, with the cores and the disk that are its share.

    demand is what it could take, None where the device is not known to run the workload; bound the
    part of the host that is busiest; dominant the input that the throughput's width comes from
    most, with its share.
    """

    device: str
    setup: Setup
    samples_per_s: Number
    demand: Number | None
    tax: Number | None
    bound: str
    inputs: tuple[Fact, ...]
    dominant: tuple[str, float] | None


def fed(there: Elsewhere, setup: Setup) -> Fed:
    """Return what a configuration gives one accelerator of a device.

    Its cores and its disk are one accelerator's share of the host's; workers are as many as these
    cores, less one for the consumer, where the configuration names none.

    Raises:
        OutOfRangeError: such a machine would not run this software, or nothing was measured here.

    """
    profile, draws = there.profile, there.found.draws
    if not there.runs_this:
        raise OutOfRangeError(
            f"{profile.name}: {profile['memory.capacity'].text()} of memory do not hold Python and "
            "torch with its workers; cycles and joules a sample are below"
        )
    share = profile["accelerator.count"] if "accelerator.count" in profile else exact(1)
    cores = max(1, int(profile["cpu.cores"].value / share.value))
    changes = {"storage": "disk", "accelerator": "none", "workers": setup.workers or cores - 1}
    asked = there.found.machine.ask(setup.model_copy(update=changes))
    usual, own, batch = asked.setup, asked.load, asked.samples
    sd = float(np.hypot(asked.making.sd, there.found.spread.work))
    work = there.measured(f"make.{usual.payload}.{usual.codec}", float(own.make), sd, "us")
    demand, disk = _demand(there, usual), _disk(there)

    def drawn(quantity: Quantity | None, unit: str) -> Array:
        """Return as many draws as the parameters have, in a unit."""
        if quantity is None:
            return np.zeros(draws.shape[1])
        found = quantity.draws / quantity.to(unit).unit.factor
        return np.resize(found[: draws.shape[1]], draws.shape[1])

    slower, copies = drawn(there.slower, "1"), drawn(there.copies, "1")
    jitter = drawn(work, "us") / float(own.make)
    encoded = exact(asked.bytes.encoded, "B")
    reading = drawn(encoded * share / disk if disk is not None else None, "us")
    step = drawn(exact(batch, "sample") / demand if demand is not None else None, "us")
    load = Load(
        workers=np.array(float(asked.setup.workers)),
        prefetch=own.prefetch,
        cores=np.array(float(cores)),
        make=own.make * slower * jitter,
        held=reading,
        send=own.send * copies * jitter,
        receive=own.receive * slower * jitter,
        copy=_NOTHING,
        step=step,
        waited=_NOTHING,
        busy_cores=_NOTHING,
        link=reading,
    )
    found = terms(draws + np.where(IN_TIME[:, None], np.log(slower), 0.0), load)
    rate = batch * 1e6 / found.period
    known = [q.facts for q in (there.slower, there.copies, work, demand, disk) if q is not None]
    answer = Answer("", Quantity(rate, exact(1).dimension, frozenset().union(*known)), "")
    return Fed(
        device=profile.name,
        setup=usual,
        samples_per_s=_extrapolated(rate, "samples/s"),
        demand=number_of_draws(batch * 1e6 / step, "samples/s", Kind.EXTRAPOLATED)
        if demand is not None
        else None,
        tax=number_of_draws(np.maximum(0.0, 1 - step / found.period), "1", Kind.EXTRAPOLATED)
        if demand is not None
        else None,
        bound=PARTS[int(np.argmax(found.parts[:, 0]))],
        inputs=answer.inputs,
        dominant=answer.dominant,
    )


def _extrapolated(draws: Array, unit: str) -> Number:
    return number_of_draws(draws, unit, Kind.EXTRAPOLATED)


def _demand(there: Elsewhere, setup: Setup) -> Quantity | None:
    """Return how many samples a second one accelerator of the device takes; None: not known."""
    base = setup.payload.partition("-")[0]
    takes = [p for p in catalogue().of("workloads") if p.texts["payload"] == base]
    workload = next((p for p in takes if setup.workload in {None, p.name}), None)
    known = phases(there.profile.name, workload.name) if workload else ()
    if workload is None or not known:
        return None
    table, *_ = PHASES[setup.phase or known[0]]
    rate = workload[f"{table}.{there.profile.name}"]
    if "token" in str(rate.unit):
        return rate / exact(setup.size or 1, "token/sample")
    return rate


def _disk(there: Elsewhere) -> Quantity | None:
    """Return what the fastest of the device's own disks gives; None: it has none."""
    reads = [q for path, q in there.profile.below("storage").items() if path.endswith(".read")]
    return max(reads, key=lambda read: float(read.draws[0]), default=None)
