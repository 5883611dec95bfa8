"""Algorithm or data pipeline: what a run measured when it was fed from batches made beforehand."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.model.machine import Machine
    from bench.bundle import Setup

CACHED = "cached"
"""The control that is fed from memory: nothing is read, decoded or transformed."""
_WORTH = 0.05
"""Of the rate: what less than this is lost is no bottleneck."""


def blueprint_or_fuel(machine: Machine) -> Iterator[str]:
    """Say of each control of a run whether the data pipeline or the rest bounds it, as measured."""
    rates = {
        record.setup: fmean(map(record.samples_per_s, record.windows))
        for record in machine.pipeline.configurations
        if record.windows
    }
    for setup, cached in rates.items():
        fed = rates.get(setup.model_copy(update={"control": None}))
        if setup.control == CACHED and fed is not None:
            yield _sentence(setup, fed, cached)


def _sentence(setup: Setup, fed: float, cached: float) -> str:
    """Return the verdict on one control; rates in samples a second."""
    lost = 1 - fed / cached
    label = setup.model_copy(update={"control": None}).label
    start = (
        f"Algorithm or data pipeline? {label} took {fed:,.0f} samples/s from the data and "
        f"{cached:,.0f} from batches made beforehand (both measured): "
    )
    if lost < _WORTH:
        return f"{start}data costs it less than {percent(_WORTH)}, so the algorithm bounds it."
    return f"{start}the data pipeline costs it {percent(lost)} of its rate, so the data bounds it."
