"""What others would predict: the equations of data sheets and of published tools, by name.

All take the same stages, measured in isolation, as the model does; none has anything fitted. Each
takes the load of n configurations and returns the time of a batch of each, in us: shape (n,).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.model.equation import Load
    from analysis.model.fit import Array


def _work(load: Load) -> Array:
    """Return what a worker does for a batch, in us."""
    send = np.where(load.workers > 0, load.send, 0.0)
    return np.asarray(load.make + load.held + send, np.float64)


def _each(load: Load) -> Array:
    return np.asarray(np.maximum(load.workers, 1.0), np.float64)


def linear_workers(load: Load) -> Array:
    """Return (m + held) / W: workers divide the making, and nothing else takes time."""
    return (load.make + load.held) / _each(load)


def bottleneck(load: Load) -> Array:
    """Return the time of the slowest of making, crossing and step.

    So DS-Analyzer (Mohan et al., VLDB 2021) and Plumber (Kuchnik et al., MLSys 2022) predict.
    """
    crossing = np.where(load.workers > 0, load.send + load.receive, 0.0)
    making = (load.make + load.held) / _each(load)
    return np.asarray(np.maximum.reduce([making, crossing, load.step]), np.float64)


def additive(load: Load) -> Array:
    """Return step + r + S / W: nothing overlaps; S is all that a worker does for a batch."""
    receive = np.where(load.workers > 0, load.receive, 0.0)
    return np.asarray(load.step + receive + _work(load) / _each(load), np.float64)


def perfect_overlap(load: Load) -> Array:
    """Return max(step, S / W): the accelerator never waits where workers could make enough."""
    return np.maximum(load.step, _work(load) / _each(load))


def serial_receive(load: Load) -> Array:
    """Return max(step + r, S / W): the consumer receives between steps."""
    receive = np.where(load.workers > 0, load.receive, 0.0)
    alone = np.where(load.workers > 0, 0.0, load.step)
    return np.maximum(load.step + receive, alone + _work(load) / _each(load))


BASELINES: dict[str, Callable[[Load], Array]] = {
    "linear workers": linear_workers,
    "bottleneck max": bottleneck,
    "additive": additive,
    "perfect overlap": perfect_overlap,
    "max(t_c + r, S/W)": serial_receive,
}
