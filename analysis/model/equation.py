"""The equation: how long a batch takes, from what it asks of each part of the machine.

A loader is a closed queueing network of four parts. None can be faster than what it is asked for a
batch, so the slowest bounds the rate; and where two are about as slow, they wait for each other and
the batch takes longer than either, which a norm of the four says well (p about 5):

    consumer    t_c + copy + r                     the step, the copy to the device, the receive
    workers     || m + held, s ||_q / W            making a batch, while the thread beside sends one
    cores       (m + s + r) / C                    the CPU time of all processes
    link        the time that an emulated disk, shared by all workers, is busy with a batch

    m = k_make (read + decode + transform)     s = k_send send + o_send     r = k_receive receive +
                                                                                o_receive

held is how long a worker waits for an emulated disk longer than its own read takes. Without workers
one process does everything, one thing after another:

    T = t_c + copy + k_alone (read + decode + transform) + held + o_alone
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from analysis.model.fit import Array


class Parameter(NamedTuple):
    """A parameter of the equation: what it is before anything was measured, and what it means.

    It is positive; sd is of its logarithm.
    """

    name: str
    prior: float
    sd: float
    unit: str
    meaning: str


# The priors were set on two machines with two cores, and are wide.
PARAMETERS = (
    Parameter("k_make", 1.2, 0.3, "", "making a batch in a worker, over making it alone"),
    Parameter("k_send", 1.2, 0.4, "", "sending a batch in a loader, over sending it alone"),
    Parameter("o_send", 600, 0.8, "us", "a worker's work for a batch beside making and sending it"),
    Parameter("k_receive", 1.5, 0.5, "", "receiving a batch, over receiving it alone"),
    Parameter("o_receive", 400, 0.8, "us", "the consumer's work for a batch beside receiving it"),
    Parameter("p", 5.0, 0.4, "", "how little parts that are about as slow delay each other"),
    Parameter("q", 1.6, 0.3, "", "how well a worker sends one batch while it makes the next"),
    Parameter("crowd", 0.15, 0.8, "", "how much longer work takes where processes outnumber cores"),
    Parameter("o_wait", 30, 0.8, "us", "how much longer a wait lasts than it was asked to"),
    Parameter("o_cold", 300, 0.8, "us", "a batch's extra work once the consumer has waited"),
    Parameter("k_alone", 1.05, 0.1, "", "making a batch without workers, over its stages alone"),
    Parameter("o_alone", 60, 0.8, "us", "the loader's own work for a batch without workers"),
)
NAMES = tuple(parameter.name for parameter in PARAMETERS)
PRIOR = np.log([parameter.prior for parameter in PARAMETERS])
PRIOR_SD = np.array([parameter.sd for parameter in PARAMETERS])

IN_TIME = np.array([name in {"o_send", "o_receive", "o_cold", "o_alone"} for name in NAMES])
"""Parameters that are times of work, and go with the machine's speed."""

PARTS = ("consumer", "workers", "cores", "link")
"""Of the machine, in the order of `Terms.parts`."""


@dataclass(frozen=True)
class Load:
    """What a batch asks of the parts of a machine, in us; arrays that broadcast with each other.

    make is reading, decoding and transforming, each as it takes alone; held: see the module; copy
    is to a real device; waited tells a step that is only waited; busy_cores is the CPU time of one
    that runs on the cores; link: how long an emulated disk is busy with it.
    """

    workers: Array
    prefetch: Array
    cores: Array
    make: Array
    held: Array
    send: Array
    receive: Array
    copy: Array
    step: Array
    waited: Array
    busy_cores: Array
    link: Array

    def scaled(self, factor: Array) -> Load:
        """Return it with all work of the machine's own longer by a factor; waits stay."""
        work = ("make", "send", "receive")
        found = {
            field.name: getattr(self, field.name) * (factor if field.name in work else 1.0)
            for field in fields(self)
        }
        return Load(**found)

    def __getitem__(self, place: object) -> Load:
        """Return the configurations at a place, of arrays over configurations."""
        return Load(**{field.name: getattr(self, field.name)[place] for field in fields(self)})


class Terms(NamedTuple):
    """What the equation gives, in us: a batch's time, its step's, and what each part needs for it.

    parts has an axis before all others, in the order of `PARTS`; worker_cpu and receive are the CPU
    time of all workers and of the consumer's receive.
    """

    period: Array
    step: Array
    parts: Array
    worker_cpu: Array
    receive: Array


def terms(log_parameters: Array, load: Load) -> Terms:
    """Return how long a batch takes.

    Args:
        log_parameters: logarithms, in the order of `PARAMETERS` on the first axis; the other axes
            broadcast with those of the load.
        load: what a batch asks for.

    """
    (
        k_make, k_send, o_send, k_receive, o_receive, p, q, crowd, o_wait, o_cold, k_alone, o_alone
    ) = np.exp(log_parameters)  # fmt: skip
    step = load.step + np.where(load.waited, o_wait, 0.0)
    before = step + load.copy + np.where(load.waited, o_cold, 0.0)
    crowded = np.where(load.workers >= load.cores, 1 + crowd, 1.0)
    make = k_make * load.make * crowded
    send = (k_send * load.send + o_send) * crowded
    receive = k_receive * load.receive + o_receive
    making = make + load.held
    # With one batch ahead there is none to make while the one before is sent and taken.
    one = np.where(load.prefetch > 1, _norm(q, making, send), making + send + receive)
    none = load.workers == 0
    cpu = make + send + receive + load.busy_cores
    parts = np.stack(
        np.broadcast_arrays(
            before + receive, one / np.maximum(load.workers, 1), cpu / load.cores, load.link
        )
    )
    alone = k_alone * load.make + load.held + o_alone
    period = np.where(none, before + alone, _norm(p, *parts))
    worker = np.stack(np.broadcast_arrays(before + alone, 0.0, 0.0, 0.0))
    return Terms(
        period,
        step,
        np.where(none, worker, parts),
        np.where(none, 0.0, make + send),
        np.where(none, 0.0, receive),
    )


def _norm(p: Array, *parts: Array) -> Array:
    """Return the p-norm of positive times; scaled by the largest, so that no power overflows."""
    most = np.maximum.reduce(parts)
    safe = np.maximum(most, 1e-12)
    total = sum((part / safe) ** p for part in parts)
    return np.asarray(most * total ** (1 / p), np.float64)
