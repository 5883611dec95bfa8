"""Algorithm or data pipeline: what a run measured when it was fed from batches made beforehand."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.model.machine import Machine
    from bench.bundle import Configured

CACHED = "cached"
"""The control that is fed from memory: nothing is read, decoded or transformed."""
_MOST_OF = 0.95
"""From this share of the time on the step bounds what is fed from memory."""


def algorithm_or_pipeline(machine: Machine) -> Iterator[str]:
    """Say of each control of a run whether the data pipeline or the rest bounds it, as measured."""
    records = {record.setup: record for record in machine.pipeline.configurations if record.windows}
    for setup, cached in records.items():
        fed = records.get(setup.model_copy(update={"control": None}))
        if setup.control == CACHED and fed is not None:
            yield _sentence(fed, cached)


def _sentence(fed: Configured, cached: Configured) -> str:
    """Return the verdict on one control: where the time goes from data, and from memory."""
    start = (
        f"{fed.setup.label} took {_rates(fed)} samples/s from the data "
        f"and {_rates(cached)} from batches made beforehand (both measured)"
    )
    from_data, from_memory = _busy(fed), _busy(cached)
    shares = f"a step ran {percent(from_data)} and {percent(from_memory)} of the time"
    if from_memory < _MOST_OF:
        return (
            f"{start}: {shares}, so that even without reading, decoding and transforming the "
            "hand-over between processes or the loop bounds it."
        )
    if from_data >= _MOST_OF:
        return f"{start}: {shares}, so that the algorithm bounds it."
    return f"{start}: {shares}, so that the data pipeline bounds it."


def _busy(record: Configured) -> float:
    """Return the share of the time in which a step ran."""
    return fmean(window.busy or 0.0 for window in record.windows)


def _rates(record: Configured) -> str:
    """Return the rates of a configuration's windows, from the lowest to the highest."""
    rates = sorted(map(record.samples_per_s, record.windows))
    low, high = f"{rates[0]:,.0f}", f"{rates[-1]:,.0f}"
    return low if low == high else f"{low} to {high}"
