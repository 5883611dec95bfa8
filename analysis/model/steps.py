"""What an accelerator does with a batch: a measured step, a time to wait, or a device's."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.errors import OutOfRangeError
from bench.bundle.setup import REAL_DEVICES
from hardware_profiles.demand import demand, relative_work, usual_workload, waited_s

if TYPE_CHECKING:
    from bench.bundle import Device, Pipeline, Setup


class Step(NamedTuple):
    """What the accelerator does with a batch."""

    us: float
    waited: bool = False
    copy_us: float = 0.0
    busy_cores_us: float = 0.0
    flop: float | None = None
    peak_flop_s: float | None = None


class StepModel:
    """Steps of configurations, from a run's devices and from profiles."""

    def __init__(self, pipeline: Pipeline) -> None:
        """Gather the devices on which steps really ran."""
        self._devices: dict[str, list[Device]] = {}
        for record in pipeline.devices:
            if not isinstance(record, str):
                self._devices.setdefault(record.device, []).append(record)
        # Configurations of a grid share most of their steps.
        self._steps: dict[tuple[object, ...], Step] = {}

    def __call__(self, setup: Setup) -> Step:
        """Return what the accelerator does with a batch of a completed configuration.

        Raises:
            OutOfRangeError: a step that really runs was not measured for such samples.

        """
        if setup.accelerator == "none" or setup.remove == "step":
            return Step(0.0)
        key = (
            *(setup.accelerator, setup.accelerators, setup.workload, setup.method, setup.pin),
            *(setup.payload, setup.size, setup.batch),
        )
        if key not in self._steps:
            self._steps[key] = self._new_step(setup)
        return self._steps[key]

    def _new_step(self, setup: Setup) -> Step:
        if setup.accelerator in REAL_DEVICES:
            return self._real_step(setup)
        waited = waited_s(setup.accelerator)
        if waited is not None:
            return Step(waited * 1e6 / setup.accelerators, waited=True)
        batch, workload = setup.batch or 0, usual_workload(setup.payload_kind, setup.workload)
        asked = demand(
            setup.accelerator,
            setup.accelerators,
            workload,
            setup.method or "",
            setup.size or 0,
        )
        flop = asked.flop_per_sample * batch if asked.flop_per_sample else None
        return Step(
            asked.step_s(batch) * 1e6, waited=True, flop=flop, peak_flop_s=asked.peak_flop_s
        )

    def _real_step(self, setup: Setup) -> Step:
        records = self._devices.get(setup.accelerator)
        if not records or setup.payload_kind != "image":
            raise OutOfRangeError(
                f"accelerator: no step on {setup.accelerator} was measured for {setup.payload} in "
                f"this run; it has {', '.join(self._devices) or 'none'}, for images"
            )
        batch, side = setup.batch or 0, setup.size or 0
        workload = usual_workload("image", setup.workload)
        by_sample = fmean(d.flop / d.batch / relative_work(workload, d.side) for d in records)
        flop = by_sample * relative_work(workload, side) * batch
        us = flop / fmean(d.flop * d.steps / d.step.total for d in records)
        peak = fmean(d.peak_flop_s for d in records)
        size = float(batch * 3 * side**2 * 4)
        copies = [c for d in records for c in d.copies if c.pinned == setup.pin]
        near = min(copies, key=lambda c: abs(np.log(c.bytes / size))) if copies else None
        copy_us = size / (near.bytes * near.times / near.us) if near else 0.0
        busy = us if setup.accelerator == "cpu" else 0.0
        return Step(us, False, copy_us, busy, flop, peak)
