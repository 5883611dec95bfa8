"""What a class taught of how decoding follows a CPU's index, in words and as JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from analysis.devices.cpus import CPUS
from analysis.document import Finding, Findings, Section
from analysis.document.numbers import number, plain_interval, with_interval
from analysis.statistics.number import number_of
from hardware_profiles.numerals import counted, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.devices.class_scaling import ClassScaling, Lesson
    from analysis.model.machine import Machine
    from analysis.statistics.number import Number

TITLE = "What the class teaches"


def section(lesson: Lesson, machine: Machine) -> Section:
    """Return what a class taught, and whether it is used on a machine.

    Args:
        lesson: of the class.
        machine: from which devices are seen.

    """
    published = _published(machine)
    if lesson.scaling is None:
        text = (
            f"{lesson.file} teaches nothing here: {lesson.why_not}. So the published index is "
            f"used, to the power {with_interval(published)} ({published.kind})."
        )
        return Section(TITLE, (Findings((Finding(text),)),))
    return Section(TITLE, (Findings(tuple(_findings(lesson.scaling, machine, published))),))


def values(lesson: Lesson, machine: Machine) -> dict[str, Any]:
    """Return the same for JSON."""
    scaling = lesson.scaling
    common = {"file": lesson.file, "used": lesson.used is not None}
    common |= {"exponent_published": _published(machine)}
    if scaling is None:
        return common | {"why_not": lesson.why_not}
    placed = scaling.place(machine.bundle)
    return common | {
        "machines": scaling.machines,
        "cpus": scaling.cpus,
        "cases": len(scaling.known.times.cases),
        "exponent": scaling.exponent,
        "machine_sd": scaling.machine_sd,
        "cell_sd": scaling.cell_sd,
        "error_left_out": scaling.error,
        "error_left_out_published": scaling.published_error,
        "placed_by_cases": placed[1] if placed else 0,
    }


def _findings(scaling: ClassScaling, machine: Machine, published: Number) -> Iterator[Finding]:
    times = scaling.known.times
    yield Finding(
        f"{times.file}: {counted(scaling.machines, 'machine')} with "
        f"{counted(scaling.cpus, 'different CPU')} whose index is published, "
        f"{counted(len(times.cases), 'decode case')}. Intervals rest on the CPUs."
    )
    yield Finding(
        f"Decoding is faster by the index to the power {with_interval(scaling.exponent)} "
        f"({scaling.exponent.kind}); published: {with_interval(published)} ({published.kind}).",
        {"exponent": scaling.exponent, "published": published},
    )
    yield Finding(
        f"What the index does not say: machines differ by {_share(scaling.machine_sd)}, and cases "
        f"on one machine by {_share(scaling.cell_sd)} (standard deviations)."
    )
    ours, theirs = _share(scaling.error), _share(scaling.published_error)
    yield Finding(
        f"One CPU left out at a time, its times were missed by {ours} from the class, by {theirs} "
        f"from another machine and the published index (root mean square): "
        + (
            "below, the class is used."
            if scaling.is_better
            else "below, the published index is used, which missed by less."
        )
    )
    if scaling.is_better:
        yield _place(scaling, machine)


def _place(scaling: ClassScaling, machine: Machine) -> Finding:
    placed = scaling.place(machine.bundle)
    if placed is None:
        return Finding(
            "This machine has too few decode cases in common with the class to be placed by its "
            "own times, so that it is placed by its index."
        )
    middle = number(scaling.middle)
    here, cases = scaling.on_scale(machine.bundle, machine.catalogue[CPUS]["index.unknown"])
    off = number_of(here)
    return Finding(
        f"This machine is placed by its own times of {counted(cases, 'case')}, not by an index: a "
        f"case takes {plain_interval(off.value, off.low, off.high)} times what it takes on a "
        f"machine of {middle} points.",
        {"place": off},
    )


def _published(machine: Machine) -> Number:
    return number_of(machine.catalogue[CPUS]["exponent.decode"])


def _share(sd: float) -> str:
    """Write what is off on the log scale in percent."""
    return percent(math.expm1(sd))
