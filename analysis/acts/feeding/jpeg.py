"""ResNet-50 on JPEG records as this machine decodes and transforms them: how many cores feed a GPU.

From what a run measured of JPEG in its pipeline, stage by stage and end to end; nothing, where it
measured none.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from analysis.acts.outcome import Result
from analysis.statistics.number import PREDICTED_LEVEL, Number
from formats.names import kind_of, layout_of
from hardware_profiles.methods import METHODS
from hardware_profiles.numerals import percent
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from analysis.model.demands import Shape, StageCost
    from analysis.model.machine import Machine
    from hardware_profiles.catalogue import Catalogue

LAYOUT = "jpeg"
"""The name of the layouts, whatever the format."""
_DEVICE, _METHOD = "h100", "tuned"
"""Whose demand the cores are counted for."""


def results(machine: Machine, catalogue: Catalogue) -> tuple[list[Result], list[str]]:
    """Return the cores that feed an H100, for each codec of JPEG, and what ran end to end."""
    numbers, texts = [], []
    for shape, costs in _by_shape(machine).items():
        result, text = _cores(machine, catalogue, shape, costs)
        numbers.append(result)
        texts.append(text)
    return numbers, [*texts, *_ran(machine)]


def _is_jpeg(payload: str, codec: str) -> bool:
    return kind_of(payload) == "image" and (layout_of(codec) or "").endswith(f"/{LAYOUT}")


def _by_shape(machine: Machine) -> dict[Shape, list[StageCost]]:
    """Return what the stages take of each shape that is JPEG, as measured alone."""
    costs: dict[Shape, list[StageCost]] = defaultdict(list)
    for cost in machine.stage_model.demands.table():
        if _is_jpeg(cost.shape.payload, cost.shape.codec):
            costs[cost.shape].append(cost)
    return costs


def _cores(
    machine: Machine, catalogue: Catalogue, shape: Shape, costs: list[StageCost]
) -> tuple[Result, str]:
    """Return how many cores feed the device with records of a shape, and a sentence about it.

    cores = rate of the device x sum of what a core takes for a sample in each stage. The device's
    rate is of pictures of 224 pixels a side, whatever their records' size.
    """
    largest = max(cost.batches[-1] for cost in costs)
    each_us = {cost.stage: cost.each + cost.fixed / largest for cost in costs}
    demand = catalogue["resnet50"][f"demand.{_METHOD}.{_DEVICE}"]
    rate_per_s = float(demand.value)
    value = rate_per_s * sum(each_us.values()) / 1e6
    # Stages are measured together, so that they err together.
    low, high = (
        rate_per_s * sum(each_us[c.stage] * bound for c, bound in bounds) / 1e6
        for bounds in ([(c, c.low) for c in costs], [(c, c.high) for c in costs])
    )
    cores = Number(value, low, high, PREDICTED_LEVEL, "cores", Kind.EXTRAPOLATED)
    record_bytes = machine.stage_model.demands.bytes(shape, 1).encoded
    name = f"{shape.codec}, {shape.payload} {shape.size} px"
    stages = ", ".join(f"{stage} {us / 1e3:.3g} ms" for stage, us in each_us.items())
    text = (
        f"ResNet-50 on JPEG records, {name}: a record of {record_bytes / 1e3:,.1f} kB takes a core "
        f"of this machine {stages}. {_DEVICE}, {METHODS[_METHOD].description}, takes "
        f"{rate_per_s:,.0f} a second: {value:,.1f} such cores feed it, if nothing else holds them "
        "up."
    )
    label = f"Cores that feed one {_DEVICE} with {name}"
    return Result(f"jpeg.cores.{shape.codec}.{shape.size}", label, cores), text


def _ran(machine: Machine) -> list[str]:
    """Say what configurations of JPEG with an emulated device did end to end, if there are any."""
    did = []
    for record in machine.pipeline.configurations:
        setup = record.setup
        shares = [window.busy for window in record.windows if window.busy is not None]
        if not _is_jpeg(setup.payload, setup.codec) or not setup.is_emulated_device or not shares:
            continue
        rate = float(np.mean([record.samples_per_s(window) for window in record.windows]))
        busy = percent(float(np.mean(shares)))
        did.append(f"{setup.label} took {rate:,.0f} samples/s, a step ran {busy} of the time")
    return [f"ResNet-50 on JPEG records, as it ran: {'; '.join(did)}."] if did else []
