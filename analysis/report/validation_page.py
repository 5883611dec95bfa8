"""docs/validation.md: how good the predictions of a run are, written from its bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.document.numbers import number
from analysis.model.baselines import BASELINES
from analysis.model.calibration import parameters_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.model.calibration import Calibration
    from analysis.model.interventions import Gain, Interventions
    from analysis.model.validation import Errors, Scheme, Validation
    from bench.bundle import Bundle

_INTRODUCTION = """\
Written by `python -m analysis validate RUN --out docs/validation.md`, never by hand. Every
configuration was predicted by a fit that had seen none of the runs named in its row; what its
stages take alone was known, except in the last row, where not even that was.
[The model, explained](explanation/model.md) says how."""

_READING = """\
Errors are of samples a second, predicted over measured; idle is the mean error of the feeding tax,
in percentage points. Hold: windows inside their 90 % interval; width: its mean half width on the
log scale; score: the interval score there, lower is better; p99: the median error of the 99th
percentile of the time from batch to batch, and how many windows have it in its interval. The first
row is how far a configuration lies from itself when it is measured again at the end of the run:
what no prediction can pass."""

_BASELINES = """\
The same configurations as others would predict them, from the same stages alone: MAPE, and the half
width that intervals of theirs would need to hold as many windows as the model's do."""


def page(bundle: Bundle, found: Calibration, validation: Validation) -> str:
    """Return the page, as Markdown."""
    return "\n".join([*_lines(bundle, found, validation), ""])


def _lines(bundle: Bundle, found: Calibration, validation: Validation) -> Iterator[str]:
    run, machine = bundle.run, bundle.machine
    yield "# Predicted, then checked"
    yield ""
    yield _INTRODUCTION
    yield ""
    yield (
        f"A {run.preset} run of {machine.started[:10]} on {machine.cpu}, {found.machine.cores} "
        f"cores, {machine.system}, Python {machine.python}; workers by "
        f"{found.observed.configurations[0].setup.start}."
    )
    for reason in found.distrust:
        yield f"Its verdict: {reason}."
    yield ""
    yield "| left out | n | MAPE | median | p90 | bias | idle | hold | width | score | p99 |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    if validation.floor:
        idle = validation.floor.idle
        yield (
            f"| *measured again* | {_errors(validation.floor.throughput)} | {_idle(idle)} | | | | |"
        )
    for scheme in validation.schemes:
        held = scheme.intervals
        yield (
            f"| {scheme.name} | {_errors(scheme.throughput)} | {_idle(scheme.idle)} | "
            f"{held.coverage:.0%} of {held.count} | {held.half_width:.0%} | {held.score:.2f} | "
            f"{scheme.slowest.errors.median:.0%} ({scheme.slowest.coverage:.0%}) |"
        )
    yield ""
    yield _READING
    yield ""
    yield from _baselines(validation.schemes)
    yield from _interventions(validation.interventions)
    yield from _parameters(found)


def _baselines(schemes: tuple[Scheme, ...]) -> Iterator[str]:
    yield "## Beside what others would predict"
    yield ""
    yield _BASELINES
    yield ""
    yield f"| left out | model | {' | '.join(BASELINES)} |"
    yield "|---|---|" + "---|" * len(BASELINES)
    for scheme in schemes:
        cells = [
            f"{scheme.baselines[name].mape:.0%} ({scheme.baseline_widths[name]:.0%})"
            for name in BASELINES
        ]
        mine = f"{scheme.throughput.mape:.1%} ({scheme.intervals.half_width:.0%})"
        yield f"| {scheme.name} | {mine} | {' | '.join(cells)} |"
    yield ""


def _interventions(found: Interventions) -> Iterator[str]:
    if found.removals:
        clear = [removal for removal in found.removals if removal.clear]
        right = sum(removal.right for removal in clear)
        gains = [gain for removal in found.removals for gain in removal.gains.values()]
        close = sum(gain.close for gain in gains)
        yield "## What taking a stage out gains"
        yield ""
        yield (
            "The bottleneck is the stage whose removal gains most. It was foreseen in "
            f"{right} of {len(clear)} cases in which one gained clearly more than any other. Of "
            f"all {len(gains)} removals, {close} leave a rate within 10 % of what was predicted."
        )
        yield ""
        yield "| configuration | stage taken out | predicted | measured | its repeats |"
        yield "|---|---|---|---|---|"
        for removal in found.removals:
            ranked = sorted(removal.gains.items(), key=lambda gain: -gain[1].measured)
            for place, (stage, gain) in enumerate(ranked):
                label = "" if place else removal.label
                yield f"| {label} | {stage} | {_gain(gain)} |"
        yield ""
    if found.changes:
        close = sum(change.gain.close for change in found.changes)
        yield "## What one change gains"
        yield ""
        yield (
            f"Pairs that differ in one thing: the rate afterwards is within 10 % of what was "
            f"predicted in {close} of {len(found.changes)}."
        )
        yield ""
        yield "| changed | from | to | predicted | measured | its repeats |"
        yield "|---|---|---|---|---|---|"
        for change in sorted(found.changes, key=lambda c: (c.lever, c.before)):
            yield f"| {change.lever} | {change.before} | {change.after} | {_gain(change.gain)} |"
        yield ""


def _parameters(found: Calibration) -> Iterator[str]:
    yield "## Parameters"
    yield ""
    yield "| parameter | value | 90 % | meaning |"
    yield "|---|---|---|---|"
    for row in parameters_table(found):
        unit = f" {row.unit}" if row.unit else ""
        poor = " (poorly determined)" if row.name in found.poorly_determined else ""
        yield (
            f"| {row.name} | {number(row.value)}{unit} | {number(row.low)} to {number(row.high)} | "
            f"{row.meaning}{poor} |"
        )


def _errors(found: Errors) -> str:
    return (
        f"{found.count} | {found.mape:.1%} | {found.median:.1%} | {found.p90:.1%} | "
        f"{found.bias:+.1%}"
    )


def _idle(found: Errors | None) -> str:
    return "" if found is None else f"{found.mape:.1f} (p90 {found.p90:.1f})"


def _gain(found: Gain) -> str:
    repeats = f"{found.low:+.0%} to {found.high:+.0%}"
    return f"{found.predicted:+.0%} | {found.measured:+.0%} | {repeats}"
