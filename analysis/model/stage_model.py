"""From a configuration to what its batches ask of each part of the machine."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.errors import OutOfRangeError
from analysis.model.demands import (
    STAGES,
    BatchBytes,
    BatchCost,
    Demands,
    Shape,
    ipc_costs,
)
from analysis.model.equation import Load
from bench.bundle.setup import REAL_DEVICES
from formats.payloads import UnknownNameError, kind, payload
from hardware_profiles.demand import PHASES, USUAL_WORKLOADS, device, phases, waited_s
from hardware_profiles.errors import ProfileError
from hardware_profiles.service import service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analysis.model.demands import IpcCost
    from analysis.model.fit import Array
    from bench.bundle import Bundle, Device, Isolated, Pipeline, Setup, StorageReads
    from hardware_profiles.catalogue import Catalogue


class _Step(NamedTuple):
    """What the accelerator does with a batch."""

    us: float
    waited: bool = False
    copy_us: float = 0.0
    busy_cores_us: float = 0.0
    flop: float | None = None
    peak_flop_s: float | None = None


@dataclass(frozen=True)
class ResolvedConfiguration:
    """A configuration with all defaults filled in, and its resource demands per batch."""

    setup: Setup
    values: tuple[float, ...]
    """What a batch asks of each part, in the order of the fields of `Load`."""
    cost: BatchCost
    bytes: BatchBytes
    flop: float | None
    """Of a batch's step; None: not known."""
    peak_flop_s: float | None
    """Of the accelerator; None: not known."""

    @property
    def samples(self) -> int:
        """Samples in a batch."""
        return self.setup.batch or 1

    @cached_property
    def load(self) -> Load:
        """What a batch asks of each part, as arrays of shape ()."""
        return Load(*(np.array(value) for value in self.values))


@dataclass(frozen=True)
class ResolvedConfigurations:
    """Several resolved configurations, with what a prediction needs of them as arrays."""

    configurations: tuple[ResolvedConfiguration, ...]

    @cached_property
    def load(self) -> Load:
        """What their batches ask of each part, as arrays of shape (n,)."""
        return stacked(self.configurations)

    @cached_property
    def samples(self) -> Array:
        """Samples in a batch of each, shape (n,)."""
        return np.array([c.samples for c in self.configurations], np.float64)


class StageModel:
    """Resource demands of configurations on a machine, from its isolated stages."""

    def __init__(
        self,
        bundle: Bundle,
        pipeline: Pipeline,
        catalogue: Catalogue,
        keep: Callable[[Isolated], bool] = lambda _: True,
    ) -> None:
        """Gather what was measured.

        Args:
            bundle: a run of the machine.
            pipeline: its pipeline.
            catalogue: profiles of tiers, accelerators and workloads.
            keep: which measurements of isolated stages may be used.

        """
        self.demands = Demands(bundle, pipeline, keep)
        usable = bundle.machine.cores_usable
        self.cores = usable if isinstance(usable, int) else bundle.machine.cores_logical
        self.ipc_costs = ipc_costs(pipeline.ipc)
        self.reads = _reads(bundle)
        self.catalogue = catalogue
        self._devices: dict[str, list[Device]] = {}
        for record in pipeline.devices:
            if not isinstance(record, str):
                self._devices.setdefault(record.device, []).append(record)
        # Configurations of a grid share most of what they ask for.
        self._costs: dict[tuple[Shape, int], tuple[BatchCost, BatchBytes]] = {}
        self._steps: dict[tuple[object, ...], _Step] = {}
        self._names: dict[tuple[str, int | None, str], tuple[int, int, str]] = {}

    def resolve(self, setup: Setup) -> ResolvedConfiguration:
        """Return what a configuration's batches ask for.

        Raises:
            OutOfRangeError: the model does not know such a configuration, or nothing measured is
                near it.

        """
        setup = self.completed(setup)
        _check(setup)
        batch = setup.batch or 0
        shape = Shape(setup.payload, setup.size or 0, setup.codec)
        if (shape, batch) not in self._costs:
            self._costs[shape, batch] = (
                self.demands.cost(shape, batch),
                self.demands.bytes(shape, batch),
            )
        cost, size = self._costs[shape, batch]
        if setup.remove == "transform":
            size = _decoded(shape, batch, size)
        make = sum(getattr(cost, name) for name in STAGES if name != setup.remove)
        held, link = (0.0, 0.0) if setup.remove == "storage" else self._waits(setup, cost, size)
        step = self._step(setup)
        send, receive = self._ipc(setup)(size.tensors, size.tensors_bytes)
        load = (
            float(setup.workers),
            float(setup.prefetch),
            float(self.cores),
            make,
            held,
            send,
            receive,
            step.copy_us,
            step.us,
            step.waited,
            step.busy_cores_us,
            link,
        )
        return ResolvedConfiguration(setup, load, cost, size, step.flop, step.peak_flop_s)

    def resolve_many(self, setups: Iterable[Setup]) -> ResolvedConfigurations:
        """Return what the batches of several configurations ask for, as arrays.

        Raises:
            OutOfRangeError: the model does not know one of them.

        """
        return ResolvedConfigurations(tuple(map(self.resolve, setups)))

    def completed(self, setup: Setup) -> Setup:
        """Return a configuration with all defaults filled in.

        Raises:
            OutOfRangeError: nothing of such a payload, codec or workload is known.

        """
        key = (setup.payload, setup.size, setup.codec)
        if key not in self._names:
            try:
                usual_batch = kind(setup.payload).usual[1]
                size = payload(setup.payload, setup.size).size
            except UnknownNameError as error:
                raise OutOfRangeError(f"payload: {error}") from None
            codec = self.demands.named(setup.payload, size, setup.codec)
            self._names[key] = size, usual_batch, codec
        size, usual_batch, codec = self._names[key]
        workload = setup.workload
        if setup.accelerator != "none" and workload is None:
            workload = USUAL_WORKLOADS[setup.payload_kind]
        return setup.model_copy(
            update={
                "size": size,
                "batch": setup.batch or usual_batch,
                "codec": codec,
                "workload": workload,
            }
        )

    def _ipc(self, setup: Setup) -> IpcCost:
        if not self.ipc_costs:
            raise OutOfRangeError("crossing processes was not measured in this run; run it again")
        usual = next(iter(self.ipc_costs.values()))
        return self.ipc_costs.get(setup.sharing or "", usual)

    def _waits(self, setup: Setup, cost: BatchCost, size: BatchBytes) -> tuple[float, float]:
        """Return how long storage holds up a worker, and how long it is busy with it, in us."""
        if setup.storage in {"disk", "tmpfs"}:
            return 0.0, 0.0
        if setup.storage == "cold":
            takes, busy = self._cold(size.encoded)
        else:
            try:
                tier = service(setup.storage)
            except ProfileError as error:
                raise OutOfRangeError(f"storage: {error}") from None
            if why := tier.why_offline:
                raise OutOfRangeError(f"storage: {setup.storage} {why}; choose another")
            takes = tier.takes_s(round(size.encoded)) * 1e6
            busy = tier.busy_s(round(size.encoded)) * 1e6 if tier.shared else 0.0
        return max(0.0, takes - cost.storage), busy

    def _cold(self, encoded: float) -> tuple[float, float]:
        reads = self.reads.get("cold")
        if not reads:
            raise OutOfRangeError(
                "storage: reads past the page cache were not measured in this run; measure one "
                "configuration with python -m bench experiment --storage cold"
            )
        single = [r for r in reads if r.readers == 1] or reads
        near = min(single, key=lambda r: abs(np.log(r.request_bytes / encoded)))
        takes = near.us * near.readers / near.requests * max(1.0, encoded / near.request_bytes)
        return takes, encoded / max(r.total_bytes / r.us for r in reads)

    def _step(self, setup: Setup) -> _Step:
        if setup.accelerator == "none" or setup.remove == "step":
            return _Step(0.0)
        key = (
            *(setup.accelerator, setup.accelerators, setup.workload, setup.phase, setup.pin),
            *(setup.payload, setup.size, setup.batch),
        )
        if key not in self._steps:
            self._steps[key] = self._new_step(setup)
        return self._steps[key]

    def _new_step(self, setup: Setup) -> _Step:
        if setup.accelerator in REAL_DEVICES:
            return self._real_step(setup)
        waited = waited_s(setup.accelerator)
        if waited is not None:
            return _Step(waited * 1e6, waited=True)
        workload, batch = setup.workload or "", setup.batch or 0
        known = phases(setup.accelerator, workload) if workload in self.catalogue else ()
        if not known:
            tables = [table for table, *_ in PHASES.values()]
            names = [n for table in tables for n in self.catalogue[workload].below(table)]
            raise OutOfRangeError(
                f"accelerator: no step time of {workload} is known on {setup.accelerator!r}; "
                f"choose from none, {', '.join(dict.fromkeys(names))}, or a time such as 10ms"
            )
        if setup.phase and setup.phase not in known:
            raise OutOfRangeError(
                f"phase: {workload} on {setup.accelerator} is known to {known[0]} only"
            )
        base = setup.payload_kind
        items = (setup.size or 1) if base == "tokens" else 1
        rate = device(
            setup.accelerator, setup.accelerators, workload, setup.phase or known[0], items
        )
        flop = rate.flop_per_sample * batch if rate.flop_per_sample else None
        us = rate.step_s(batch) * 1e6
        return _Step(us, waited=True, flop=flop, peak_flop_s=rate.peak_flop_s)

    def _real_step(self, setup: Setup) -> _Step:
        records = self._devices.get(setup.accelerator)
        if not records or setup.payload_kind != "image":
            raise OutOfRangeError(
                f"accelerator: no step on {setup.accelerator} was measured for {setup.payload} in "
                f"this run; it has {', '.join(self._devices) or 'none'}, for images"
            )
        batch, side = setup.batch or 0, setup.size or 0
        flop = fmean(d.flop / d.batch / d.side**2 for d in records) * batch * side**2
        us = flop / fmean(d.flop * d.steps / d.step.total for d in records)
        peak = fmean(d.peak_flop_s for d in records)
        size = float(batch * 3 * side**2 * 4)
        copies = [c for d in records for c in d.copies if c.pinned == setup.pin]
        near = min(copies, key=lambda c: abs(np.log(c.bytes / size))) if copies else None
        copy_us = size / (near.bytes * near.times / near.us) if near else 0.0
        busy = us if setup.accelerator == "cpu" else 0.0
        return _Step(us, False, copy_us, busy, flop, peak)


def _decoded(shape: Shape, batch: int, size: BatchBytes) -> BatchBytes:
    """Return the size of a batch that is handed over as it was decoded."""
    decoded = payload(shape.payload, shape.size)
    tensors_bytes = float(decoded.sample_bytes * batch)
    return size._replace(tensors_bytes=tensors_bytes, tensors=len(decoded.fields))


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
    """Return what was read of a file, by the state of reading."""
    by_state: dict[str, list[StorageReads]] = {}
    for reads in bundle.measured_storage.reads if bundle.measured_storage else ():
        if reads.order != "files":
            by_state.setdefault(reads.state, []).append(reads)
    return by_state


def stacked(configurations: Iterable[ResolvedConfiguration]) -> Load:
    """Return the loads of several configurations as one, with arrays of shape (n,)."""
    columns = np.array([c.values for c in configurations], np.float64)
    return Load(*columns.reshape(-1, len(fields(Load))).T)
