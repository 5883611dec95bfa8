"""What a class of machines teaches of how decoding follows a CPU's published index.

    log time of a case on a machine = case's effect - exponent * log(index) + machine + cell

Cases' effects come from a median polish over CPUs, the exponent from least squares over CPUs, what
machines and cells add from the moments (`analysis.statistics.new_machine`). It is judged by what it
was not fitted to: one CPU at a time is left out, with all of its machines, and its times are
predicted, by what the others taught and by the published exponent.

A machine needs no index of its own here: the cases that it has in common with the class place it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from analysis.devices.class_times import LEAST_CASES, DecodeTimes, KnownMachines
from analysis.devices.cpus import either_way
from analysis.devices.facts import RunFact
from analysis.errors import NotEnoughDataError
from analysis.statistics.new_machine import (
    DISTRIBUTION_FREE,
    Spread,
    free_quantile,
    spread_of,
    student,
)
from analysis.statistics.number import PREDICTED_LEVEL, Z90, Number
from analysis.statistics.polish import polish
from analysis.statistics.timing import timing
from bench.bundle import references_us
from hardware_profiles.provenance import Checked, Kind
from hardware_profiles.quantity import Quantity, exact, exp, log, sourced

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.bundle import Bundle
    from hardware_profiles.catalogue import Profile

    Array = NDArray[np.float64]

_PARAMETERS = 2
"""Of the line: its height and its slope."""
_LEAST_OF_A_SET = 3
"""CPUs of an instruction set from which the class's own spread stands for it."""
_MEDIAN_OVER_MEAN = 1.2533


@dataclass(frozen=True, eq=False)
class _Line:
    """Effects of cases, and how a CPU's place follows its index."""

    cases: Array
    """Of each case, the logarithm of its time on a machine with the middle index."""
    middle: float
    """The mean logarithm of the indices."""
    slope: float
    """Minus the exponent."""

    @classmethod
    def of(cls, table: Array, log_index: Array) -> _Line:
        """Fit it: a median polish, then least squares on the effects of CPUs.

        Args:
            table: log times, shape (CPUs, cases).
            log_index: of the CPUs.

        """
        polished = polish(table.T)
        middle = float(log_index.mean())
        x = log_index - middle
        slope = float(x @ polished.machines / (x @ x))
        height = polished.overall + float(polished.machines.mean())
        return cls(np.asarray(height + polished.cases, np.float64), middle, slope)

    def predicted(self, log_index: Array) -> Array:
        """Return log times, shape (CPUs, cases)."""
        return self.cases + self.slope * (log_index - self.middle)[:, np.newaxis]


@dataclass(frozen=True, eq=False)
class ClassScaling:
    """How decoding follows the index, as a class shows it."""

    known: KnownMachines
    published_error: float
    """By how much the published exponent missed a CPU's times, as `error` says it."""

    @property
    def machines(self) -> int:
        """How many it rests on."""
        return len(self.known.cpu)

    @property
    def cpus(self) -> int:
        """How many different CPUs these have: what the intervals rest on."""
        return len(self.known.names)

    @property
    def is_better(self) -> bool:
        """Whether it missed CPUs that were left out by less than the published exponent did."""
        return self.error <= self.published_error

    @property
    def middle(self) -> float:
        """The middle of the CPUs' indices, in points: their geometric mean."""
        return math.exp(self._line.middle)

    @cached_property
    def exponent(self) -> Number:
        """To which power time falls with the index; Student's interval over CPUs."""
        x = self.known.log_index - self._line.middle
        df = self.cpus - _PARAMETERS
        error = self._spread.mean_sd / math.sqrt(float(x @ x))
        reach = float(stdtrit(df, (1 + PREDICTED_LEVEL) / 2)) * error
        value = -self._line.slope
        bounds = (value, value - reach, value + reach)
        return Number(*bounds, PREDICTED_LEVEL, "1", Kind.CALIBRATED, self.cpus)

    @property
    def machine_sd(self) -> float:
        """Of a machine with another CPU, about the line: of the logarithm of its times."""
        return math.sqrt(self._spread.machine_sd**2 + self._within)

    @property
    def cell_sd(self) -> float:
        """Of a case on such a machine, beside what all of its cases share."""
        return self._spread.cell_sd

    @cached_property
    def error(self) -> float:
        """How far predictions of left-out CPUs lay off: root mean square of logarithms.

        From another machine, placed by its own times: what that one's case adds is in it. Each CPU
        weighs the same.
        """
        squares = np.nanmean(self._left_out**2, axis=1)
        return math.sqrt(float(squares.mean()) + self.cell_sd**2)

    @cached_property
    def reach(self) -> float:
        """How far a case of a machine with another CPU lies from the line in 9 of 10 cases.

        From 20 CPUs on by those that were left out, asking for no distribution; else Student's.
        """
        if self.cpus >= DISTRIBUTION_FREE:
            return free_quantile(np.abs(self._left_out), PREDICTED_LEVEL)
        spread = self._spread
        return student(
            Spread(self.machine_sd, spread.cell_sd, spread.mean_sd, self.cpus, spread.df)
        )

    def place(self, bundle: Bundle) -> tuple[float, int] | None:
        """Return where a run's machine stands by its own times: a logarithm, and by how many cases.

        0 is a machine with the middle index, on the line. None: it has fewer than five decode
        times in common with the class.
        """
        references = references_us(bundle)
        effects = dict(zip(self.known.times.cases, self._line.cases, strict=True))
        offs = [
            math.log(measured.time_s.value) - effects[case.id]
            for case in bundle.cases
            if case.kind == "decode"
            and case.id in effects
            and (measured := timing(case, references, bundle.run.processes))
        ]
        return (float(np.median(offs)), len(offs)) if len(offs) >= LEAST_CASES else None

    def slower(self, bundle: Bundle, index: Quantity, device: Profile, cpus: Profile) -> Quantity:
        """Return how much longer work of the processor takes on a device than in a run.

        Args:
            bundle: the run.
            index: of the run's machine, for where its times do not place it.
            device: its profile.
            cpus: the profile of indices.

        """
        here, _ = self.on_scale(bundle, index)
        return self.at(device["cpu.index"]) * self._beyond(device, cpus) / here

    def at(self, index: Quantity, error: str = "machine") -> Quantity:
        """Return how much longer a case takes on a machine with an index than at the middle one.

        Args:
            index: in points.
            error: what machines and cells add is drawn by this name.

        """
        exponent = self._fact("exponent.decode", *_bounds(self.exponent))
        middle = exact(self.middle, "point")
        reach = math.exp(self.reach)
        return exp(log(middle / index) * exponent) * self._fact(
            f"error.{error}", 1.0, 1 / reach, reach
        )

    def on_scale(self, bundle: Bundle, index: Quantity) -> tuple[Quantity, int]:
        """Return the same of a run's machine, and by how many of its own cases it is placed.

        Args:
            bundle: the run.
            index: of its machine, for where its times do not place it: by 0 cases, then.

        """
        placed = self.place(bundle)
        if placed is None:
            return self.at(index, "this_machine"), 0
        off, cases = placed
        width = Z90 * self.cell_sd * math.sqrt(1 + _MEDIAN_OVER_MEAN**2 / cases)
        name = f"place.{bundle.digest[:_DIGITS]}"
        return self._fact(name, *(math.exp(off + side * width) for side in (0, -1, 1))), cases

    def _beyond(self, device: Profile, cpus: Profile) -> Quantity:
        """Return what comes on top for a device of a kind that the class has too few of."""
        isa = device.texts["cpu.isa"]
        if isa == "microcontroller":
            return either_way(cpus["error.microcontroller"])
        if self.known.isas.count(isa) >= _LEAST_OF_A_SET:
            return exact(1.0)
        return either_way(cpus["error.other_isa"])

    def _fact(self, name: str, value: float, low: float, high: float) -> Quantity:
        """Return a number that the class taught, drawn by the class's digest."""
        return sourced(
            RunFact(
                name=f"class-{self.known.digest[:_DIGITS]} {name}",
                value=value,
                low=low,
                high=high,
                unit="1",
                kind=Kind.CALIBRATED,
                source=f"a class of {self.machines} machines with {self.cpus} CPUs, file "
                f"{self.known.times.file}",
                checked=Checked.SEEN,
            )
        )

    @cached_property
    def _line(self) -> _Line:
        return _Line.of(self.known.by_cpu, self.known.log_index)

    @cached_property
    def _spread(self) -> Spread:
        """Of CPUs about the line."""
        left = self.known.by_cpu - self._line.predicted(self.known.log_index)
        return spread_of(left, _PARAMETERS)

    @cached_property
    def _within(self) -> float:
        """Variance of machines with the same CPU, as far as it is not among that of CPUs."""
        levels = polish(self.known.times.logs.T).machines
        counts = np.bincount(self.known.cpu)
        more = self.machines - self.cpus
        if not more:
            return 0.0
        means = np.bincount(self.known.cpu, levels) / counts
        variance = float(np.sum((levels - means[self.known.cpu]) ** 2)) / more
        return variance * (1 - float(np.mean(1 / counts)))

    @cached_property
    def _left_out(self) -> Array:
        """What predictions miss of each CPU from all others, shape (CPUs, cells of its machines).

        NaN: not measured, or on no other CPU.
        """
        known = self.known
        predicted = np.full_like(known.by_cpu, np.nan)
        for place in range(self.cpus):
            others = np.arange(self.cpus) != place
            line = _Line.of(known.by_cpu[others], known.log_index[others])
            predicted[place] = line.predicted(known.log_index[place : place + 1])[0]
        return known.of_cpu(known.times.logs - predicted[known.cpu])


_DIGITS = 12
"""Of a digest in names of facts."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a class's file came to."""

    file: str
    scaling: ClassScaling | None
    why_not: str = ""
    """Why it teaches nothing, where scaling is None."""

    @property
    def used(self) -> ClassScaling | None:
        """The class's scaling, where it is better than the published one."""
        return self.scaling if self.scaling and self.scaling.is_better else None


def learn(times: DecodeTimes, cpus: Profile) -> Lesson:
    """Return what a class teaches, or why it teaches nothing.

    Args:
        times: its decode times.
        cpus: the profile of indices and of the published exponent.

    """
    try:
        known = KnownMachines.of(times, cpus)
    except NotEnoughDataError as error:
        return Lesson(times.file, None, str(error))
    published = float(cpus["exponent.decode"].value)
    return Lesson(times.file, ClassScaling(known, _error_of_pairs(known, published)))


def _error_of_pairs(known: KnownMachines, exponent: float) -> float:
    """Return by how much a power of the index misses a CPU's times, from another CPU's.

    Root mean square of logarithms over all pairs of CPUs, each of the same weight.
    """
    scaled = known.times.logs + exponent * known.log_index[known.cpu][:, np.newaxis]
    mean, square = (_mean_by_cpu(known, values) for values in (scaled, scaled**2))
    pairs = square[:, np.newaxis] - 2 * mean[:, np.newaxis] * mean + square
    off = [
        float(np.nanmean(pairs[one, other]))
        for one in range(len(mean))
        for other in range(len(mean))
        if one != other and np.isfinite(pairs[one, other]).any()
    ]
    return math.sqrt(float(np.mean(off)))


def _mean_by_cpu(known: KnownMachines, values: Array) -> Array:
    """Return the means over each CPU's machines, shape (CPUs, cases)."""
    finite = np.isfinite(values)
    counts, sums = (np.zeros((len(known.names), values.shape[1])) for _ in range(2))
    np.add.at(counts, known.cpu, finite)
    np.add.at(sums, known.cpu, np.where(finite, values, 0.0))
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _bounds(number: Number) -> tuple[float, float, float]:
    return number.value, number.low, number.high
