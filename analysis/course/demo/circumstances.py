"""What a run may meet: how it differs from a quiet run on a machine that stands still."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from analysis.course.demo.machines import EXTREMES
from analysis.course.demo.variances import BUSY, QUIET

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from analysis.course.demo.machines import Model


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Of one run."""

    model: Model | None = None
    """A certain machine; None: any."""
    processes: tuple[float, ...] = ()
    """How much slower each process of the codecs ran, canaries and all; empty: none did."""
    from_middle: float = 1.0
    """How much slower the core is from the middle of the run on."""
    everything: float = 1.0
    """How much slower the core is all the time."""
    variances: str = QUIET
    """Which set of them."""
    noisier: float = 1.0
    """By what factor samples spread more."""
    stolen: float = 0.0
    """Share of blocks that ran without the CPU for a part of their time."""
    interrupted_at: float | None = None
    """The share of the run after which it was interrupted; None: it is complete."""
    machine: dict[str, Any] = field(default_factory=dict)
    """Facts of the machine that differ."""
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    """What the environment was, before and after, where that differs."""


USUAL = Circumstances()


def throttled(rng: np.random.Generator, processes: int) -> Circumstances:
    """Heat slows the core from the middle of the run on."""
    del processes
    events = int(rng.integers(20, 900))
    return Circumstances(
        from_middle=float(rng.uniform(1.25, 1.7)),
        before={"throttled": 0},
        after={"throttled": events},
    )


def on_battery(rng: np.random.Generator, processes: int) -> Circumstances:
    """The core is slower, and its speed wanders."""
    del processes
    return Circumstances(
        everything=float(rng.uniform(1.2, 1.6)),
        noisier=1.8,
        before={"power": "battery", "governor": "powersave"},
        after={"power": "battery", "governor": "powersave"},
    )


def efficiency_cores(rng: np.random.Generator, processes: int) -> Circumstances:
    """Some processes run on efficiency cores, 1.6 times slower, their canaries too."""
    slow = rng.random(processes) < 0.4
    slow[int(rng.integers(processes))] = True
    return Circumstances(processes=tuple(1.6 if one else 1.0 for one in slow))


def stolen_time(rng: np.random.Generator, processes: int) -> Circumstances:
    """A virtual machine whose host gives the core to others now and then."""
    del rng, processes
    return Circumstances(stolen=0.25, noisier=1.4, machine={"virtual": True})


def bimodal_cores(rng: np.random.Generator, processes: int) -> Circumstances:
    """A process is either at full speed or a third slower, whichever core it is on."""
    return Circumstances(
        processes=tuple(1.33 if one else 1.0 for one in rng.random(processes) < 0.5)
    )


def busy(rng: np.random.Generator, processes: int) -> Circumstances:
    """Other programs run all the time, as they did on the machine of the fit."""
    del processes
    share = int(rng.integers(20, 70))
    return Circumstances(
        variances=BUSY, before={"busy_percent": share}, after={"busy_percent": share}
    )


def interrupted(rng: np.random.Generator, processes: int) -> Circumstances:
    """The run was interrupted, and never resumed."""
    del processes
    return Circumstances(interrupted_at=float(rng.uniform(0.3, 0.9)))


def _extreme(name: str) -> Callable[[np.random.Generator, int], Circumstances]:
    def draw(rng: np.random.Generator, processes: int) -> Circumstances:
        del rng, processes
        return replace(USUAL, model=EXTREMES[name])

    return draw


ODD: dict[str, Callable[[np.random.Generator, int], Circumstances]] = {
    "throttled": throttled,
    "on battery": on_battery,
    "efficiency cores": efficiency_cores,
    "stolen time": stolen_time,
    "bimodal cores": bimodal_cores,
    "busy": busy,
    "interrupted": interrupted,
    **{name: _extreme(name) for name in EXTREMES},
}
"""Honest machines that look odd: a function each, of random numbers and how many processes a run
has. None of them may be accused."""
