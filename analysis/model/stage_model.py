"""From a configuration to what its batches ask of each part of the machine."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING

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
from analysis.model.reading import ReadingModel
from analysis.model.regimes import MOST_BATCHES_BESIDE_P99, Epochs, uneven, with_tail
from analysis.model.steps import StepModel
from analysis.model.transforms import TransformModel
from bench.bundle import REMOVABLE, Stage
from formats.payloads import UnknownNameError, kind, payload
from hardware_profiles.demand import usual_method, usual_size, usual_workload
from hardware_profiles.errors import ProfileError
from hardware_profiles.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analysis.model.demands import IpcCost
    from analysis.model.fit import Array
    from analysis.model.steps import Step
    from bench.bundle import Bundle, Isolated, Pipeline, Setup
    from hardware_profiles.catalogue import Catalogue


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
    slow_over_mean: float = 1.0
    """99th percentile of the time from batch to batch over its mean, that slow records make."""
    slow_us: float = 0.0
    """What it is at least, where epochs are so short that one batch in 100 begins one."""

    @property
    def samples(self) -> int:
        """Samples in a batch."""
        return self.setup.batch or 1

    @property
    def removable(self) -> tuple[str, ...]:
        """Stages that can be taken out; none where one is: the model does not know two."""
        if self.setup.remove is not None:
            return ()
        stages = map(str, REMOVABLE)
        return tuple(s for s in stages if s != Stage.STEP or float(self.load.step) > 0)

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
        self.memory_bytes = bundle.machine.memory_gib * 2.0**30
        self.ipc_costs = ipc_costs(pipeline.ipc)
        self.reading = ReadingModel(bundle)
        self.catalogue = catalogue
        self._steps = StepModel(pipeline)
        self._transforms = TransformModel(pipeline)
        self._epochs = Epochs(pipeline)
        # Configurations of a grid share most of what they ask for.
        self._costs: dict[tuple[Shape, int], tuple[BatchCost, BatchBytes]] = {}
        self._names: dict[tuple[str | int | None, ...], tuple[int, int, str]] = {}

    def resolve(self, setup: Setup, step_us: float | None = None) -> ResolvedConfiguration:
        """Return what a configuration's batches ask for.

        Args:
            setup: the configuration.
            step_us: of an emulated accelerator, as a run waited it; None: as profiles have it.

        Raises:
            OutOfRangeError: the model does not know such a configuration, or nothing measured is
                near it.

        """
        setup = self.completed(setup)
        _check(setup)
        cost, size, step = self._batch(setup)
        make = sum(getattr(cost, name) for name in STAGES if name != setup.remove)
        held, link = (
            (0.0, 0.0) if setup.remove == "storage" else self.reading.waits(setup, cost, size)
        )
        send, receive = self._ipc(setup)(size.tensors, size.tensors_bytes)
        read = 0.0 if setup.remove == "storage" else cost.storage
        consumer = receive + step.copy_us + step.us
        between = self._epochs(setup, self.cores, make + held + send, consumer)
        slow = uneven(setup, self.cores, make - read, read + held + send, consumer)
        load = (
            float(setup.workers),
            float(setup.prefetch),
            float(self.cores),
            make,
            held,
            send,
            receive,
            step.copy_us,
            step_us if step_us and step.us else step.us,
            step.waited,
            step.busy_cores_us,
            link,
            slow.blocking,
            between / setup.epoch if setup.epoch else 0.0,
        )
        often = setup.epoch is not None and setup.epoch <= MOST_BATCHES_BESIDE_P99
        return ResolvedConfiguration(
            setup,
            load,
            cost,
            size,
            step.flop,
            step.peak_flop_s,
            slow.p99,
            between if often else 0.0,
        )

    def _batch(self, setup: Setup) -> tuple[BatchCost, BatchBytes, Step]:
        """Return what the mean batch takes and is, and what the accelerator does with it."""
        batch = setup.batch or 0
        shape = Shape(setup.payload, setup.size or 0, setup.codec)
        if (shape, batch) not in self._costs:
            self._costs[shape, batch] = (
                self.demands.cost(shape, batch),
                self.demands.bytes(shape, batch),
            )
        cost, size = self._costs[shape, batch]
        cost = cost._replace(storage=cost.storage + self.reading.opens_us(setup))
        step = self._steps(setup)
        if setup.remove == "transform":
            return with_tail(setup, cost), _decoded(shape, batch, size), step
        handed = self._transforms.size(setup, size)
        cost = self._transforms.cost(setup, cost, size)
        return with_tail(setup, cost), handed, self._transforms.step(setup, step, size, handed)

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
        key = (setup.payload, setup.size, setup.codec, setup.workload, setup.accelerator)
        if key not in self._names:
            self._names[key] = self._named(setup)
        size, usual_batch, codec = self._names[key]
        named = setup.model_copy(
            update={"size": size, "batch": setup.batch or usual_batch, "codec": codec}
        )
        if not setup.is_emulated_device and (setup.phase or setup.method):
            field = "phase" if setup.phase else "method"
            raise OutOfRangeError(
                f"{field}: only an emulated device has one; choose an accelerator, such as h100"
            )
        if setup.accelerator == "none":
            return named
        workload = usual_workload(setup.payload_kind, setup.workload)
        known: dict[str, str | None] = {"workload": workload.name}
        if setup.is_emulated_device:
            try:
                method = usual_method(setup.accelerator, workload, setup.phase, setup.method)
            except ProfileError as error:
                raise OutOfRangeError(str(error)) from None
            known |= {"method": method, "phase": METHODS[method].phase}
        return named.model_copy(update=known)

    def _named(self, setup: Setup) -> tuple[int, int, str]:
        """Return a configuration's size, usual batch and full codec.

        Raises:
            OutOfRangeError: nothing of such a payload, codec or workload is known.

        """
        try:
            usual_batch = kind(setup.payload).usual[1]
        except UnknownNameError as error:
            raise OutOfRangeError(f"payload: {error}") from None
        try:
            usual = usual_size(setup.payload_kind, setup.workload, setup.accelerator)
        except ProfileError as error:
            raise OutOfRangeError(str(error)) from None
        size = payload(setup.payload, setup.size or usual).size
        return size, usual_batch, self.demands.named(setup.payload, size, setup.codec)

    def _ipc(self, setup: Setup) -> IpcCost:
        if not self.ipc_costs:
            raise OutOfRangeError("crossing processes was not measured in this run; run it again")
        usual = next(iter(self.ipc_costs.values()))
        return self.ipc_costs.get(setup.sharing or "", usual)


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

    if setup.threads != 1:
        raise OutOfRangeError(
            "threads: how far a decoder holds Python's lock is not in the model; measure it with "
            "bench experiment"
        )
    if setup.heap:
        raise OutOfRangeError(
            "heap: copying the pages that workers share with their parent ends once all are "
            "copied, and is not in the model; measure it with bench experiment"
        )


def stacked(configurations: Iterable[ResolvedConfiguration]) -> Load:
    """Return the loads of several configurations as one, with arrays of shape (n,)."""
    columns = np.array([c.values for c in configurations], np.float64)
    return Load(*columns.reshape(-1, len(fields(Load))).T)
