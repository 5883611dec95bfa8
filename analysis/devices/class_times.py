"""Decode times of a class, and what is left of them once machines of one CPU stand for it.

A rule that follows the index of a CPU can be tried on CPUs, not on machines: thirty laptops with
the same one are one observation of how time follows it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analysis.devices.cpus import UNKNOWN, index_of, instruction_set
from analysis.errors import NotEnoughDataError
from analysis.statistics.polish import polish

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hardware_profiles.catalogue import Profile

    Array = NDArray[np.float64]

LEAST_MACHINES = 10
"""Of known CPU, from which a class teaches: 90 % of what is seen needs nine to be told from all."""
LEAST_CPUS = 4
"""A rule has two parameters; with one CPU left out, three others leave one degree of freedom."""
MOST_OF_A_CPU = 100
"""Machines of one CPU that are looked at: more say nothing new of other CPUs."""
LEAST_CPUS_OF_A_CASE = 3
"""On which a case was measured: with one left out, two others say what it takes."""
LEAST_RATIO = 1.2
"""Between the slowest CPU's index and the fastest's: below it nothing shows how time follows it."""
LEAST_CASES = 5
"""Of a machine, or in common with one, that place it."""


@dataclass(frozen=True, eq=False)
class DecodeTimes:
    """Logarithms of decode times in seconds, machines by cases; NaN: not measured."""

    file: str
    """Where they come from, as it was named."""
    cpus: tuple[str, ...]
    """Of each machine, the name that it gave."""
    architectures: tuple[str, ...]
    cases: tuple[str, ...]
    """Ids of the cases."""
    logs: Array
    """Shape (machines, cases)."""


@dataclass(frozen=True, eq=False)
class KnownMachines:
    """The machines of a class whose CPU has a published index, CPU by CPU."""

    times: DecodeTimes
    cpu: NDArray[np.int64]
    """Of each machine, the place of its CPU in `names`."""
    names: tuple[str, ...]
    """Of the CPUs, as the profile of indices names them."""
    log_index: Array
    """Of each CPU, the logarithm of its points."""
    isas: tuple[str | None, ...]
    """Of each CPU, its instruction set."""

    @classmethod
    def of(cls, times: DecodeTimes, cpus: Profile) -> KnownMachines:
        """Return the machines that a rule may be fitted to.

        Left out are machines of unknown CPU, machines with fewer than five cases, cases on fewer
        than three CPUs, and what has no cases in common with most others.

        Args:
            times: of all machines.
            cpus: the profile of indices.

        Raises:
            NotEnoughDataError: fewer than ten machines or four CPUs are left, or their indices are
                much the same; the text says so.

        """
        names = np.array([index_of(cpu, cpus) for cpu in times.cpus])
        keep, cases = _connected(times.logs, names, _at_most(names))
        known = sorted(set(names[keep].tolist()))
        if len(keep) < LEAST_MACHINES or len(known) < LEAST_CPUS:
            raise NotEnoughDataError(
                f"{len(keep)} of its {len(names)} machines have a CPU whose index is published and "
                f"{LEAST_CASES} decode times in common with others, of {len(known)} different "
                f"CPUs; from {LEAST_MACHINES} machines and {LEAST_CPUS} CPUs on a class teaches "
                "how decoding follows the index"
            )
        points = np.array([float(cpus[f"index.{name}"].to("point").value) for name in known])
        if points.max() < LEAST_RATIO * points.min():
            raise NotEnoughDataError(
                f"the indices of its CPUs, {points.min():,.0f} to {points.max():,.0f} points, lie "
                "too near each other to show how decoding follows them"
            )
        kept = DecodeTimes(
            times.file,
            tuple(times.cpus[machine] for machine in keep),
            tuple(times.architectures[machine] for machine in keep),
            tuple(times.cases[case] for case in cases),
            times.logs[np.ix_(keep, cases)],
        )
        cpu = np.array([known.index(names[machine]) for machine in keep])
        isas = tuple(
            instruction_set(kept.architectures[int(np.flatnonzero(cpu == place)[0])])
            for place in range(len(known))
        )
        return cls(kept, cpu, tuple(known), np.log(points), isas)

    @cached_property
    def by_cpu(self) -> Array:
        """Return a CPU's log times: the level is its machines' mean, the shape their median.

        Shape (CPUs, cases); NaN where none of its machines has the case.
        """
        levels = polish(self.times.logs.T).machines
        shapes = self.times.logs - levels[:, np.newaxis]
        table = np.full((len(self.names), shapes.shape[1]), np.nan)
        for place in range(len(self.names)):
            ours = self.cpu == place
            some = np.isfinite(shapes[ours]).any(axis=0)
            table[place, some] = np.nanmedian(shapes[np.ix_(ours, some)], axis=0)
            table[place] += levels[ours].mean()
        return table

    @cached_property
    def digest(self) -> str:
        """Hexadecimal digits that stand for these times: draws are seeded by facts' names."""
        text = "\n".join([*self.times.cpus, *self.times.cases])
        return hashlib.sha256(text.encode() + self.times.logs.tobytes()).hexdigest()

    def of_cpu(self, values: Array) -> Array:
        """Return values of machines as one row a CPU, padded with NaN.

        Args:
            values: shape (machines, cells).

        """
        counts = np.bincount(self.cpu, minlength=len(self.names))
        rows = np.full((len(self.names), int(counts.max()) * values.shape[1]), np.nan)
        for place in range(len(self.names)):
            flat = values[self.cpu == place].ravel()
            rows[place, : flat.size] = flat
        return rows


def _at_most(names: NDArray[np.str_]) -> NDArray[np.int64]:
    """Return the places of machines of known CPU, evenly chosen where one CPU has very many."""
    chosen: list[int] = []
    for name in sorted(set(names.tolist()) - {UNKNOWN}):
        places = np.flatnonzero(names == name)
        chosen += places[:: max(1, -(-len(places) // MOST_OF_A_CPU))].tolist()
    return np.array(sorted(chosen), np.int64)


def _connected(
    logs: Array, names: NDArray[np.str_], machines: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places of machines and of cases that have enough in common with each other.

    Args:
        logs: of all machines, shape (machines, cases).
        names: of their CPUs.
        machines: the places of those that may be chosen.

    """
    cases = np.arange(logs.shape[1])
    before = (-1, -1)
    while before != (before := (len(machines), len(cases))) and min(before):
        there = np.isfinite(logs[np.ix_(machines, cases)])
        ours = names[machines]
        on_cpus = sum(there[ours == name].any(axis=0).astype(int) for name in set(ours.tolist()))
        cases = cases[on_cpus >= LEAST_CPUS_OF_A_CASE]
        there = np.isfinite(logs[np.ix_(machines, cases)])
        machines = machines[there.sum(axis=1) >= LEAST_CASES]
        if len(machines) and len(cases):
            parts = polish(logs[np.ix_(machines, cases)].T).parts
            machines = machines[parts == np.bincount(parts).argmax()]
    return machines, cases
