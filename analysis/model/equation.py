"""The equation: how long a batch takes, from what it asks of each part of the machine.

A loader is a closed queueing network of four parts. None can be faster than what it is asked for a
batch, so the slowest bounds the rate (the utilisation law); and where two are about as slow, they
wait for each other and the batch takes longer than either, which a norm of the four describes:

    (1) T = || consumer, workers, cores, link ||_p                           p about 5
    (2) consumer = t + copy + cold + r
    (3) workers  = || m + held, s ||_q / W     with prefetch > 1
                   (m + held + s + r) / W      with one batch ahead: nothing overlaps
    (4) cores    = (m + s + r + busy) / C      the CPU time of all processes
    (5) link     = the time that an emulated disk, shared by all workers, is busy with a batch

with the step t, and what each process does for a batch:

    (6) t = step + o_wait, cold = o_cold       where a step is only waited; else t = step, cold = 0
    (7) m = k_make (read + decode + transform) x
    (8) s = (k_send send + o_send) x
    (9) r = k_receive receive + o_receive
    (10) x = 1 + oversubscription crowding     with W + 1 processes on C cores

where T has a factor, blocking, if some batches are slow: they are waited for in order
(`analysis.model.order`); and what is between two epochs is added. held is how long a worker waits
for an emulated disk beyond its own read. crowding rises from 0, where each process has a core, to 1
where there are half as many processes again: three on two cores are the least that were measured.
Without workers one process does everything, one thing after another:

    (11) T = t + copy + cold + k_alone (read + decode + transform) + held + o_alone

On two cores with the parameters' priors, two workers deliver batches whose stages take 10 ms in
isolation every 9.1 ms: both cores are full.

>>> ms = np.array(1e3)
>>> zero = np.array(0.0)
>>> load = Load(workers=np.array(2.0), prefetch=np.array(2.0), cores=np.array(2.0), make=10 * ms,
...             held=zero, send=ms, receive=0.5 * ms, copy=zero, step=zero, waited=zero,
...             busy_cores=zero, link=zero)
>>> round(float(terms(PRIOR, load).period) / 1e3, 1)
9.1
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.statistics.number import Z90

if TYPE_CHECKING:
    from analysis.model.fit import Array


class Parameter(NamedTuple):
    """A parameter of the equation; it is positive."""

    name: str
    prior: float
    """Its median before anything was measured."""
    sd: float
    """Of its logarithm, before anything was measured."""
    unit: str
    meaning: str


# The priors are medians and spreads of fits to runs of two machines with two cores, widened until
# `analysis validate` on a quick run of either was no worse than on a rigorous one.
PARAMETERS = (
    Parameter("k_make", 1.2, 0.3, "", "making a batch in a worker, over making it alone"),
    Parameter("k_send", 1.2, 0.4, "", "sending a batch in a loader, over sending it alone"),
    Parameter("o_send", 600, 0.8, "us", "a worker's work for a batch beside making and sending it"),
    Parameter("k_receive", 1.5, 0.5, "", "receiving a batch, over receiving it alone"),
    Parameter("o_receive", 400, 0.8, "us", "the consumer's work for a batch beside receiving it"),
    Parameter("p", 5.0, 0.4, "", "how little parts that are about as slow delay each other"),
    Parameter("q", 1.6, 0.3, "", "how well a worker sends one batch while it makes the next"),
    Parameter("oversubscription", 0.15, 0.8, "", "how much longer work takes on crowded cores"),
    Parameter("o_wait", 30, 0.8, "us", "how much longer a wait lasts than was requested"),
    Parameter("o_cold", 300, 0.8, "us", "a batch's extra work once the consumer has waited"),
    Parameter("k_alone", 1.05, 0.1, "", "making a batch without workers, over its stages alone"),
    Parameter("o_alone", 60, 0.8, "us", "the loader's own work for a batch without workers"),
)
NAMES = tuple(parameter.name for parameter in PARAMETERS)
PRIOR = np.log([parameter.prior for parameter in PARAMETERS])
PRIOR_SD = np.array([parameter.sd for parameter in PARAMETERS])

_CROWDED = 0.5
"""Processes over cores, less 1, from which work takes as much longer as it ever does. On two cores,
where the parameter was measured, two workers and the consumer are the least that outnumber them."""

LEAST_SD = 0.03
"""Of the logarithm of a stage's time alone: what no repetition shows, such as how memory is laid
out. Set on two machines by `analysis validate`."""

IN_TIME = np.array([name in {"o_send", "o_receive", "o_cold", "o_alone"} for name in NAMES])
"""Parameters that are times of work, and go with the machine's speed."""

PARTS = ("consumer", "workers", "cores", "link")
"""Of the machine, in the order of `Terms.parts`."""


@dataclass(frozen=True)
class Load:
    """What a batch asks of the parts of a machine: arrays that broadcast with each other.

    Times are in us.
    """

    workers: Array
    prefetch: Array
    cores: Array
    make: Array
    """Reading, decoding and transforming, each as it takes in isolation."""
    held: Array
    """How long a worker waits for an emulated disk beyond its own read."""
    send: Array
    receive: Array
    copy: Array
    """To a real device."""
    step: Array
    waited: Array
    """1 where the step is only waited."""
    busy_cores: Array
    """CPU time of a step that runs on the cores."""
    link: Array
    """How long an emulated disk is busy with it."""
    blocking: Array = field(default_factory=lambda: np.array(1.0))
    """How many times as long batches take because some are slow, and are waited for in order."""
    between: Array = field(default_factory=lambda: np.array(0.0))
    """What ending an epoch and beginning the next one take, shared by its batches."""

    def scaled(self, factor: Array) -> Load:
        """Return the load with all of the machine's work longer by a factor; waits stay."""
        work = ("make", "send", "receive", "between")
        values = {
            each.name: getattr(self, each.name) * (factor if each.name in work else 1.0)
            for each in fields(self)
        }
        return Load(**values)

    def __getitem__(self, index: object) -> Load:
        """Return the configurations at an index, of arrays over configurations."""
        return Load(**{each.name: getattr(self, each.name)[index] for each in fields(self)})


class Terms(NamedTuple):
    """What the equation gives, in us for a batch."""

    period: Array
    """T."""
    step: Array
    """t."""
    parts: Array
    """What each part needs, with an axis before all others, in the order of `PARTS`."""
    worker_cpu: Array
    """CPU time of all workers."""
    receive: Array
    """CPU time of the consumer's receive."""


def terms(log_parameters: Array, load: Load) -> Terms:
    """Return how long a batch takes.

    Args:
        log_parameters: natural logarithms, in the order of `PARAMETERS` on the first axis; the
            other axes broadcast with those of the load.
        load: what a batch asks for.

    Returns:
        times in us, of the shape to which parameters and load broadcast.

    """
    at = dict(zip(NAMES, np.exp(log_parameters), strict=True))
    step = load.step + np.where(load.waited, at["o_wait"], 0.0)
    before = step + load.copy + np.where(load.waited, at["o_cold"], 0.0)
    oversubscribed = 1 + at["oversubscription"] * crowding(load)
    make = at["k_make"] * load.make * oversubscribed
    send = (at["k_send"] * load.send + at["o_send"]) * oversubscribed
    receive = at["k_receive"] * load.receive + at["o_receive"]
    making = make + load.held
    per_batch = np.where(load.prefetch > 1, _norm(at["q"], making, send), making + send + receive)
    none = load.workers == 0
    cpu = make + send + receive + load.busy_cores
    parts = np.stack(
        np.broadcast_arrays(
            before + receive, per_batch / np.maximum(load.workers, 1), cpu / load.cores, load.link
        )
    )
    alone = at["k_alone"] * load.make + load.held + at["o_alone"]
    period = np.where(none, before + alone, load.blocking * _norm(at["p"], *parts))
    period = period + load.between
    single = np.stack(np.broadcast_arrays(before + alone, 0.0, 0.0, 0.0))
    return Terms(
        period,
        step,
        np.where(none, single, parts),
        np.where(none, 0.0, make + send),
        np.where(none, 0.0, receive),
    )


def crowding(load: Load) -> Array:
    """Return how far processes outnumber the cores: 0 not at all, 1 by half or more; shape (n,)."""
    over = (load.workers + 1) / load.cores - 1
    return np.asarray(np.clip(over / _CROWDED, 0.0, 1.0), np.float64)


def least_period(load: Load, make_sd: Array | float) -> Array:
    """Return what no batch can take less than, however the loader does, in us: shape (n,).

    The step; the emulated disk's time; and the CPU time that the batch's stages and its way between
    processes take alone, on as many cores as there are, its making on as many as there are workers.
    Without workers that is left out, since then it is what is predicted, not a bound to it.

    Args:
        load: of n configurations.
        make_sd: of the logarithm of making, where it was extrapolated; 0: it was measured.

    """
    sd = np.asarray(make_sd)
    make = load.make * np.exp(-Z90 * sd)
    cores = (make + load.send + load.receive + load.busy_cores) / load.cores
    workers = load.make * np.exp(-Z90 * np.maximum(sd, LEAST_SD)) / np.maximum(load.workers, 1)
    computed = np.where(load.workers > 0, np.maximum(cores, workers), 0.0)
    return np.asarray(np.maximum.reduce([load.step, load.link, computed]), np.float64)


def _norm(p: Array, *parts: Array) -> Array:
    """Return the p-norm of positive times; scaled by the largest, so that no power overflows."""
    most = np.maximum.reduce(parts)
    safe = np.maximum(most, 1e-12)
    total = sum((part / safe) ** p for part in parts)
    return np.asarray(most * total ** (1 / p), np.float64)
