"""What training costs: operations by count, time and energy as they were measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.statistics.interval import log_t_interval
from analysis.statistics.number import PREDICTED_LEVEL, Number

if TYPE_CHECKING:
    from bench.bundle import Learning, TrainingGroup


def training_flop(learning: Learning, samples: float) -> float:
    """Return the operations of training one network on so many samples, all epochs.

    Those of its matrix products. Steps are a batch at the least and as many as the epochs take.
    """
    network = learning.network
    steps = max(network.least_steps, np.ceil(network.epochs * samples / network.batch))
    return float(steps * network.batch * network.flop_per_sample)


def filter_flop(learning: Learning, samples: float) -> float:
    """Return the operations of scoring samples by loss: a reference is trained, and run on each."""
    network = learning.network
    steps = max(network.least_steps, np.ceil(learning.reference_epochs * samples / network.batch))
    trained = steps * network.batch * network.flop_per_sample
    return float(trained + samples * network.flop_per_scored)


def training_rate(learning: Learning) -> Number:
    """Return the operations a second that training came to on this machine, one core.

    With a 90 % interval from group to group.
    """
    rates = [_flop(learning, group) / group.wall_us * 1e6 for group in learning.groups]
    return log_t_interval(rates, PREDICTED_LEVEL, "FLOP/s")


def joules_per_flop(learning: Learning) -> dict[str, Number]:
    """Return the energy an operation above what the machine takes idle, by meter; empty: no meter.

    With a 90 % interval from group to group; of a meter only where each group has a positive rest.
    """
    idle_uw = learning.idle_uw
    if isinstance(idle_uw, str):
        return {}
    result = {}
    for meter, idle in idle_uw.items():
        measured = [group for group in learning.groups if meter in group.energy_uj]
        joules = [(g.energy_uj[meter] - idle * g.wall_us / 1e6) / 1e6 for g in measured]
        if joules and min(joules) > 0:
            each = [j / _flop(learning, g) for j, g in zip(joules, measured, strict=True)]
            result[meter] = log_t_interval(each, PREDICTED_LEVEL, "J/FLOP")
    return result


def _flop(learning: Learning, group: TrainingGroup) -> float:
    """Return the operations of a group: its networks, and those that scored their samples."""
    network = learning.network
    steps = group.networks * group.steps + group.references * group.reference_steps
    scored = group.scored * network.flop_per_scored
    return steps * network.batch * network.flop_per_sample + scored
