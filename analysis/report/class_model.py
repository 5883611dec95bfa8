"""What the model says of a class: bounds, parameters, other devices."""

from __future__ import annotations

from math import exp, inf, log
from typing import TYPE_CHECKING

from analysis.document import Cell, Column, Figure, Paragraph, Row, Section, Table
from analysis.document.figures import Axis, Bar, Bars, Part, Shape, Span, Strip, Strips
from analysis.document.live import constant
from analysis.document.numbers import number, plain
from analysis.model.equation import PARAMETERS
from analysis.report.class_text import (
    caution,
    class_label,
    clipped,
    interval_share,
    is_shown,
    spread_cell,
)
from hardware_profiles.numerals import counted, percent
from hardware_profiles.provenance import Kind

if TYPE_CHECKING:
    from analysis.course.results import Bound, ClassResults, DeviceSpread, ParameterSpread

_MEANINGS = {parameter.name: parameter.meaning for parameter in PARAMETERS}
_MACHINES = "90 % of machines"
_HALF = "half of machines"
_MIDDLE = "middle machine"
_ONE = "interval of one machine"
_NAMED = 4
"""Parameters that a sentence names."""
_AROUND = 1.15
"""Of an axis, beyond what is on it."""


def bounds(results: ClassResults) -> Section:
    """Return by which stage machines are bound."""
    title = "What machines are bound by"
    those = [b for b in results.bound if is_shown(results, b.machine_class, b.machines)]
    whole = [b for b in those if b.machine_class is None]
    if not whole:
        return Section(title, (_too_few(results, "measured a pipeline"),))
    first = max(whole, key=lambda b: b.share)
    text = (
        f"{clipped(first.stage).capitalize()} binds {percent(first.share)} of all configurations "
        f"with a clear bottleneck, on {counted(first.machines, 'machine')}."
    )
    how = Paragraph(
        "A configuration is bound by the stage whose removal gains most. Which configurations "
        "there are is the preset's choice: shares compare classes of machines, they are no "
        "property of a machine.",
        quiet=True,
    )
    few = caution(first.machines, results.group, "a share")
    stages = tuple(dict.fromkeys(clipped(b.stage) for b in sorted(those, key=lambda b: -b.share)))
    groups: dict[str | None, list[Bound]] = {None: whole}
    for bound in those:
        if bound.machine_class is not None:
            groups.setdefault(bound.machine_class, []).append(bound)
    bars = tuple(_bar(results, name, stages, group) for name, group in groups.items())
    drawing = Bars(bars, stages, "share of configurations with a clear bottleneck", shares=True)
    return Section(title, (Paragraph(text), how, *few, Figure(drawing, "Bottlenecks by class")))


def _bar(
    results: ClassResults, name: str | None, stages: tuple[str, ...], group: list[Bound]
) -> Bar:
    lengths = {clipped(bound.stage): bound.share for bound in group}
    parts, start = [], 0.0
    for stage in stages:
        if stage in lengths:
            parts.append(Part(stage, start, lengths[stage]))
            start += lengths[stage]
    label = class_label(results, name)
    return Bar(f"{label}, {counted(group[0].machines, 'machine')}", tuple(parts))


def _too_few(results: ClassResults, what: str) -> Paragraph:
    return Paragraph(f"Fewer than {results.group} machines {what}: there is nothing to be seen.")


def parameters(results: ClassResults) -> Section:
    """Return the parameters of calibrated machines."""
    title = "Calibrated parameters"
    those = [p for p in results.parameters if p.values.machines >= results.group]
    if not those:
        return Section(title, (_too_few(results, "could be calibrated"),))
    widest = max(those, key=lambda p: p.values.high / p.values.low if p.values.low > 0 else 1.0)
    count = max(p.values.machines for p in those)
    alike = [p for p in those if _reach(p) <= p.half_width]
    names = (
        ", ".join(f"`{clipped(p.parameter, 24)}`" for p in alike)
        if len(alike) <= _NAMED
        else f"{len(alike)} of {len(those)} parameters"
    )
    same = (
        f" Machines differ no more than the interval of one is wide in {names}: they may well have "
        "the same."
        if alike
        else ""
    )
    text = (
        f"Of {counted(count, 'calibrated machine')}, `{clipped(widest.parameter, 24)}` differs "
        f"most, {number(widest.values.low)} to {number(widest.values.high)} "
        f"{clipped(widest.unit, 12)}".rstrip()
        + f" in 90 % of machines.{same}"
    )
    few = caution(count, results.group, "a parameter's range")
    return Section(title, (Paragraph(text), *few, _parameters(those)))


def _reach(parameter: ParameterSpread) -> float:
    """Return half the range of machines on the log scale."""
    low, high = parameter.values.low, parameter.values.high
    return log(high / low) / 2 if low > 0 else inf


def _parameters(those: list[ParameterSpread]) -> Table:
    rows = tuple(
        Row(
            (
                Cell(clipped(p.parameter, 24)),
                Cell(f"{p.values.machines:,}", p.values.machines),
                spread_cell(p.values, p.unit or "1", Kind.CALIBRATED),
                Cell(clipped(p.unit, 12)),
                Cell(interval_share(p.half_width), p.half_width),
                Cell(_MEANINGS.get(p.parameter, "")),
            )
        )
        for p in those
    )
    columns = (
        Column("parameter", left=True),
        Column("machines"),
        Column("middle [5th, 95th percentile of machines]"),
        Column("unit", left=True),
        Column("90 % interval of one"),
        Column("meaning", left=True),
    )
    note = (
        "The range is that of machines; the interval is how well one machine's own runs determine "
        "it, in the middle. Where the interval is the wider one, machines may be alike."
    )
    return Table("Parameters over calibrated machines", columns, rows, (note,))


def devices(results: ClassResults) -> Section:
    """Return what machines imply for devices: their spread beside the interval of one."""
    title = "What each machine implies for other devices"
    those = [d for d in results.devices if d.samples_per_s.machines >= results.group]
    if not those:
        return Section(title, (_too_few(results, "say something of another device"),))
    sentences = []
    for device in those:
        rate = device.samples_per_s
        sentences.append(
            f"{clipped(device.device, 24)}: 90 % of {counted(rate.machines, 'machine')} imply "
            f"{number(rate.low)} to {number(rate.high)} samples/s, a factor of "
            f"{number(rate.high / rate.low)}; the 90 % interval of one spans "
            f"{_factor(device)}"
        )
    verdict = Paragraph(
        "All machines are asked about the same device, so that they should agree as far as their "
        "intervals say. Where they differ by more, the intervals of single machines are too narrow "
        "for what it takes to go from one machine to another.",
        quiet=True,
    )
    few = caution(those[0].samples_per_s.machines, results.group, "a spread")
    figure = Figure(_strips(those), "Implied samples/s of devices")
    text = f"{'. '.join(sentences)}."
    return Section(title, (Paragraph(text), verdict, *few, figure, _devices(those)))


def _factor(device: DeviceSpread) -> str:
    return f"a factor of {number(exp(2 * device.half_width))}"


def _strips(those: list[DeviceSpread]) -> Strips:
    rows, ends = [], []
    for device in those:
        rate = device.samples_per_s
        one = (rate.middle / exp(device.half_width), rate.middle * exp(device.half_width))
        ends += [rate.low, rate.high, *one]
        name = clipped(device.device, 24)
        spans = (
            Span(_MACHINES, constant((rate.low, rate.high)), Shape.RANGE),
            Span(_HALF, constant((rate.lower, rate.upper)), Shape.BAR),
            Span(_MIDDLE, constant((rate.middle, rate.middle)), Shape.DOT),
        )
        rows.append(Strip(f"{name}: spread between machines", spans))
        around = (Span(_ONE, constant(one), Shape.RANGE),)
        rows.append(Strip(f"{name}: interval of one machine", around))
    axis = Axis("samples/s", min(ends) / _AROUND, max(ends) * _AROUND, logarithmic=True)
    widest = max(those, key=lambda d: d.samples_per_s.high / d.samples_per_s.low)
    rate = widest.samples_per_s
    finding = (
        f"Machines differ by a factor of {number(rate.high / rate.low)} on what they imply for "
        f"{clipped(widest.device, 24)}; the interval of one spans {_factor(widest)}."
    )
    return Strips(tuple(rows), (_HALF, _MIDDLE), axis, finding)


def _devices(those: list[DeviceSpread]) -> Table:
    rows = tuple(
        Row(
            (
                Cell(clipped(d.device, 24)),
                Cell(clipped(d.configuration, 80)),
                Cell(f"{d.samples_per_s.machines:,}", d.samples_per_s.machines),
                spread_cell(d.samples_per_s, "samples/s", Kind.EXTRAPOLATED),
                plain(d.samples_per_s.lower),
                plain(d.samples_per_s.upper),
                Cell(interval_share(d.half_width), d.half_width),
            )
        )
        for d in those
    )
    columns = (
        Column("device", left=True),
        Column("configuration", left=True),
        Column("machines"),
        Column("middle [5th, 95th percentile], samples/s"),
        Column("25th"),
        Column("75th"),
        Column("90 % interval of one"),
    )
    return Table("Extrapolated from each machine", columns, rows)
