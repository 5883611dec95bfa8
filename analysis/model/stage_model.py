"""From a configuration to what its batches ask of each part of the machine."""

from __future__ import annotations

from dataclasses import dataclass, fields
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.errors import OutOfRangeError
from analysis.model.demands import STAGES, Bytes, Making, Shape, crossings
from analysis.model.equation import Load
from formats.payloads import UnknownNameError, kind, payload
from hardware_profiles.catalogue import catalogue
from hardware_profiles.demand import PHASES, device, phases, waited_s
from hardware_profiles.errors import ProfileError
from hardware_profiles.service import service

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analysis.model.demands import Crossings, Demands
    from analysis.model.fit import Array
    from bench.bundle import Bundle, Device, Pipeline, Setup, StorageReads

_REAL = ("cpu", "cuda", "mps")
_MOST_LATENCY_S = 60.0


@dataclass(frozen=True)
class Asked:
    """A configuration with what was left to what is usual named, and what its batches ask for.

    flop and peak_flop_s are of a batch's step and of the accelerator; None: not known.
    """

    setup: Setup
    load: Load
    making: Making
    bytes: Bytes
    flop: float | None
    peak_flop_s: float | None

    @property
    def samples(self) -> int:
        """Samples in a batch."""
        return self.setup.batch or 1


@dataclass(frozen=True)
class _Step:
    us: float
    waited: bool = False
    copy_us: float = 0.0
    busy_cores_us: float = 0.0
    flop: float | None = None
    peak_flop_s: float | None = None


class Machine:
    """What a bundle says of a machine, as the loads of configurations need it."""

    def __init__(self, bundle: Bundle, pipeline: Pipeline, demands: Demands) -> None:
        self.demands = demands
        usable = bundle.machine.cores_usable
        self.cores = usable if isinstance(usable, int) else bundle.machine.cores_logical
        self.crossings = crossings(pipeline.ipc)
        self.reads = _reads(bundle)
        self._devices: dict[str, list[Device]] = {}
        for found in pipeline.devices:
            if not isinstance(found, str):
                self._devices.setdefault(found.device, []).append(found)

    def ask(self, setup: Setup) -> Asked:
        """Return what a configuration's batches ask for.

        Raises:
            OutOfRangeError: the model does not know such a configuration, or nothing measured is
                near it.

        """
        setup = self.completed(setup)
        _check(setup)
        shape = Shape(setup.payload, setup.size or 0, setup.codec)
        batch = setup.batch or 0
        making, size = self.demands.making(shape, batch), self.demands.bytes(shape, batch)
        if setup.remove == "transform":
            size = size._replace(**_decoded(shape, batch))
        parts = {name: getattr(making, name) for name in STAGES if name != setup.remove}
        held, link = (0.0, 0.0) if setup.remove == "storage" else self._waits(setup, making, size)
        step = _Step(0.0) if setup.remove == "step" else self._step(setup)
        send, receive = self._crossing(setup)(size.tensors, size.handed)
        load = Load(
            workers=np.array(float(setup.workers)),
            prefetch=np.array(float(setup.prefetch)),
            cores=np.array(float(self.cores)),
            make=np.array(sum(parts.values())),
            held=np.array(held),
            send=np.array(send),
            receive=np.array(receive),
            copy=np.array(step.copy_us),
            step=np.array(step.us),
            waited=np.array(step.waited),
            busy_cores=np.array(step.busy_cores_us),
            link=np.array(link),
        )
        return Asked(setup, load, making, size, step.flop, step.peak_flop_s)

    def completed(self, setup: Setup) -> Setup:
        """Return a configuration in which all that was left to what is usual is named.

        Raises:
            OutOfRangeError: nothing of such a payload, codec or workload is known.

        """
        try:
            usual = kind(setup.payload).usual
            size = payload(setup.payload, setup.size).size
        except UnknownNameError as error:
            raise OutOfRangeError(f"payload: {error}") from None
        workload = setup.workload
        if setup.accelerator != "none" and workload is None:
            base = setup.payload.partition("-")[0]
            # The first that takes the payload is the usual one.
            takes = [p.name for p in catalogue().of("workloads") if p.texts["payload"] == base]
            workload = takes[0]
        return setup.model_copy(
            update={
                "size": size,
                "batch": setup.batch or usual[1],
                "codec": self.demands.named(setup.payload, size, setup.codec),
                "workload": workload,
            }
        )

    def _crossing(self, setup: Setup) -> Crossings:
        if not self.crossings:
            raise OutOfRangeError("crossing processes was not measured in this run; run it again")
        usual = next(iter(self.crossings.values()))
        return self.crossings.get(setup.sharing or "", usual)

    def _waits(self, setup: Setup, making: Making, size: Bytes) -> tuple[float, float]:
        """Return for how long a worker is held up by its storage, and how long that is busy."""
        if setup.storage in {"disk", "tmpfs"}:
            return 0.0, 0.0
        if setup.storage == "cold":
            takes, busy = self._cold(size.encoded)
        else:
            try:
                tier = service(setup.storage)
            except ProfileError as error:
                raise OutOfRangeError(f"storage: {error}") from None
            if tier.latency_s > _MOST_LATENCY_S:
                raise OutOfRangeError(
                    f"storage: {setup.storage} answers after {tier.latency_s / 3600:.1f} h: data "
                    "is restored from it first; choose another"
                )
            takes = tier.takes_s(round(size.encoded)) * 1e6
            busy = tier.busy_s(round(size.encoded)) * 1e6 if tier.shared else 0.0
        return max(0.0, takes - making.storage), busy

    def _cold(self, encoded: float) -> tuple[float, float]:
        reads = self.reads.get("cold")
        if not reads:
            raise OutOfRangeError(
                "storage: reads past the page cache were not measured in this run; measure one "
                "configuration with python -m bench experiment --storage cold"
            )
        one = [r for r in reads if r.readers == 1] or reads
        near = min(one, key=lambda r: abs(np.log(r.request_bytes / encoded)))
        takes = near.us * near.readers / near.requests * max(1.0, encoded / near.request_bytes)
        return takes, encoded / max(r.total_bytes / r.us for r in reads)

    def _step(self, setup: Setup) -> _Step:
        if setup.accelerator == "none":
            return _Step(0.0)
        if setup.accelerator in _REAL:
            return self._real_step(setup)
        waited = waited_s(setup.accelerator)
        if waited is not None:
            return _Step(waited * 1e6, waited=True)
        workload, batch = setup.workload or "", setup.batch or 0
        known = phases(setup.accelerator, workload) if workload in catalogue() else ()
        if not known:
            tables = [table for table, *_ in PHASES.values()]
            names = [n for table in tables for n in catalogue()[workload].below(table)]
            raise OutOfRangeError(
                f"accelerator: no step time of {workload} is known on {setup.accelerator!r}; "
                f"choose from none, {', '.join(dict.fromkeys(names))}, or a time such as 10ms"
            )
        if setup.phase and setup.phase not in known:
            raise OutOfRangeError(
                f"phase: {workload} on {setup.accelerator} is known to {known[0]} only"
            )
        base = setup.payload.partition("-")[0]
        items = (setup.size or 1) if base == "tokens" else 1
        found = device(
            setup.accelerator, setup.accelerators, workload, setup.phase or known[0], items
        )
        flop = found.flop_per_sample * batch if found.flop_per_sample else None
        us = found.step_s(batch) * 1e6
        return _Step(us, waited=True, flop=flop, peak_flop_s=found.peak_flop_s)

    def _real_step(self, setup: Setup) -> _Step:
        found = self._devices.get(setup.accelerator)
        if not found or setup.payload.partition("-")[0] != "image":
            raise OutOfRangeError(
                f"accelerator: no step on {setup.accelerator} was measured for {setup.payload} in "
                f"this run; it has {', '.join(self._devices) or 'none'}, for images"
            )
        batch, side = setup.batch or 0, setup.size or 0
        flop = fmean(d.flop / d.batch / d.side**2 for d in found) * batch * side**2
        us = flop / fmean(d.flop * d.steps / d.step.total for d in found)
        peak = fmean(d.peak_flop_s for d in found)
        size = float(batch * 3 * side**2 * 4)
        copies = [c for d in found for c in d.copies if c.pinned == setup.pin]
        near = min(copies, key=lambda c: abs(np.log(c.bytes / size))) if copies else None
        copy_us = size / (near.bytes * near.times / near.us) if near else 0.0
        busy = us if setup.accelerator == "cpu" else 0.0
        return _Step(us, False, copy_us, busy, flop, peak)


def _decoded(shape: Shape, batch: int) -> dict[str, Any]:
    """Return the tensors of a batch that is handed over as it was decoded."""
    found = payload(shape.payload, shape.size)
    return {"handed": float(found.sample_bytes * batch), "tensors": len(found.fields)}


def _check(setup: Setup) -> None:
    if setup.items == "sample":
        raise OutOfRangeError(
            "items: a sample at a time is not in the model; measure it with bench experiment"
        )
    if setup.control:
        raise OutOfRangeError(
            "control: replayed batches are not in the model; measure it with bench experiment"
        )
    if setup.epoch:
        raise OutOfRangeError("epoch: the model knows the steady state only; leave it out")


def _reads(bundle: Bundle) -> dict[str, list[StorageReads]]:
    found: dict[str, list[StorageReads]] = {}
    if bundle.storage is not None and not isinstance(bundle.storage, str):
        for reads in bundle.storage.reads:
            if reads.order != "files":
                found.setdefault(reads.state, []).append(reads)
    return found


def stacked(loads: Iterable[Load]) -> Load:
    """Return the loads of several configurations as one, with arrays of shape (n,)."""
    found: Sequence[Load] = tuple(loads)
    columns: dict[str, Array] = {
        field.name: np.array([float(getattr(load, field.name)) for load in found])
        for field in fields(Load)
    }
    return Load(**columns)
