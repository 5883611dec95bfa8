"""Ways of transforming: what each takes of a worker, hands over, and leaves to the device.

The stages of a batch are measured with the usual way; beside them a run times all ways on the same
batch, and their ratios are what another way changes. Bytes are exact: a way hands over as many for
each sample.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import OutOfRangeError
from analysis.model.demands import Basis
from analysis.model.equation import LEAST_SD
from bench.bundle.setup import REAL_DEVICES
from hardware_profiles.demand import pass_s
from hardware_profiles.errors import ProfileError

if TYPE_CHECKING:
    from analysis.model.demands import BatchBytes, BatchCost
    from analysis.model.steps import Step
    from bench.bundle import Pipeline, Setup, Transformed

USUAL = "steps"
"""The way that the stages of a batch are measured with."""
_OTHER_SHAPE_SD = 0.15
"""Of the logarithm of a ratio, by each doubling of the bytes it was measured on: caches end
somewhere. Assumed, as for the stages of a batch."""


class TransformModel:
    """Ratios between ways of transforming, by payload."""

    def __init__(self, pipeline: Pipeline) -> None:
        """Gather what was timed."""
        self._records: dict[tuple[str, str], list[Transformed]] = defaultdict(list)
        for record in pipeline.transforms:
            self._records[record.payload, record.variant].append(record)

    def cost(self, setup: Setup, cost: BatchCost, size: BatchBytes) -> BatchCost:
        """Return what the stages of a batch take in a configuration's way.

        Args:
            setup: a completed configuration.
            cost: of the same in the usual way.
            size: likewise.

        Raises:
            OutOfRangeError: the way was not timed in this run.

        """
        if setup.transform == USUAL:
            return cost
        usual, other = self._pair(setup, size)
        ratio = _mean_us(other) / _mean_us(usual)
        transform = cost.transform * ratio
        whole = cost.storage + cost.decode + transform
        far = abs(np.log2(size.tensors_bytes / usual[0].bytes))
        sd = transform / whole * float(np.hypot(LEAST_SD, _OTHER_SHAPE_SD * far))
        basis = Basis.TIMED if cost.basis is Basis.MEASURED else cost.basis
        text = "the transform as timed beside other ways"
        if basis is Basis.TIMED:
            return cost._replace(
                transform=transform, sd=_joint(cost.sd, sd), basis=basis, text=text
            )
        return cost._replace(
            transform=transform, sd=_joint(cost.sd, sd), text=f"{cost.text}; {text}"
        )

    def size(self, setup: Setup, size: BatchBytes) -> BatchBytes:
        """Return the size of a batch that a worker hands over in a configuration's way.

        Raises:
            OutOfRangeError: the way was not timed in this run.

        """
        if setup.transform == USUAL:
            return size
        usual, other = self._pair(setup, size)
        share = (other[0].bytes / other[0].batch) / (usual[0].bytes / usual[0].batch)
        return size._replace(tensors_bytes=size.tensors_bytes * share, tensors=other[0].tensors)

    def step(self, setup: Setup, step: Step, usual: BatchBytes, handed: BatchBytes) -> Step:
        """Return a step that begins with what is left of the transform.

        A device of a profile reads what is handed over, and writes what the model takes, once. A
        time to wait is the whole step, as it was given.

        Args:
            setup: a completed configuration.
            step: without it.
            usual: the size of a batch where nothing is left, which is what the model takes.
            handed: the size of a batch as it is handed over.

        Raises:
            OutOfRangeError: how long a device takes for it is not known.

        """
        if setup.transform != "device" or not step.us:
            return step
        if setup.is_emulated_device:
            moved = usual.tensors_bytes + handed.tensors_bytes
            try:
                takes = pass_s(setup.accelerator, setup.accelerators, moved)
            except ProfileError as error:
                raise OutOfRangeError(str(error)) from None
            return step._replace(us=step.us + takes * 1e6)
        if setup.accelerator not in REAL_DEVICES:
            return step
        records = [
            r for r in self._records[setup.payload_kind, "device"] if setup.accelerator in r.finish
        ]
        if not records:
            raise OutOfRangeError(
                f"transform: what is left to {setup.accelerator} was not timed in this run"
            )
        total = sum(r.finish[setup.accelerator].total for r in records)
        us = total / sum(r.bytes * r.batches for r in records) * handed.tensors_bytes
        share = handed.tensors_bytes / usual.tensors_bytes
        busy = us if step.busy_cores_us else 0.0
        return step._replace(
            us=step.us + us,
            copy_us=step.copy_us * share,
            busy_cores_us=step.busy_cores_us + busy,
        )

    def _pair(self, setup: Setup, size: BatchBytes) -> tuple[list[Transformed], list[Transformed]]:
        """Return what was timed in the usual way, and in a configuration's, of the nearest batch.

        size: of a batch in the usual way.
        """
        if setup.transform == "device" and setup.accelerator == "none":
            raise OutOfRangeError(
                "transform: there is no device to leave it to; choose an accelerator, or fused"
            )
        usual, other = (
            self._records.get((setup.payload_kind, way)) for way in (USUAL, setup.transform)
        )
        if not usual or not other:
            raise OutOfRangeError(
                f"transform: that of {setup.payload} was not timed in other ways in this run; "
                "measure it with bench experiment, or start a new run"
            )
        near = min(usual, key=lambda r: abs(np.log(r.bytes / size.tensors_bytes)))
        shape = (near.size, near.batch)
        return _of(usual, shape), _of(other, shape)


def _of(records: list[Transformed], shape: tuple[int, int]) -> list[Transformed]:
    return [r for r in records if (r.size, r.batch) == shape]


def _mean_us(records: list[Transformed]) -> float:
    return sum(r.worker.total for r in records) / sum(r.batches for r in records)


def _joint(first: float, second: float) -> float:
    return float(np.hypot(first, second))
