"""How predictions compare with what they have not seen: docs/validation.md is this document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.document import (
    Cell,
    Column,
    Document,
    Finding,
    Findings,
    Paragraph,
    Row,
    Section,
    Table,
)
from analysis.document.numbers import PREDICTED_PERCENT, plain, words
from analysis.model.baselines import BASELINES
from analysis.report.accuracy import intervention_findings
from analysis.report.calibration import parameters
from hardware_profiles.numerals import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from analysis.model.interventions import Gain, Interventions
    from analysis.model.machine import Machine
    from analysis.model.scoring import Errors, Scheme
    from analysis.model.validation import Validation

_INTRODUCTION = (
    "Written by `python -m analysis validate RUN --out docs/validation.md`, never by hand. Every "
    "configuration was predicted by a fit that had seen none of the runs named in its row; what "
    "its stages take alone was known, except in the last row, where not even that was. [The model, "
    "explained](explanation/model.md) says how."
)
_READING = (
    "Errors are of samples/s, predicted over measured; idle is the mean error of the "
    f"feeding tax, in percentage points. Hold: windows inside their {PREDICTED_PERCENT} interval; "
    "width: its mean half width on the log scale; score: the interval score there, lower is "
    "better; p99: the median error of the 99th percentile of the time from batch to batch, and "
    "how many windows have it in its interval. The first rows are how far a configuration lies "
    "from itself when it is measured again at the end of the run, where both have noise; and what "
    "a perfect prediction would be off by, since the mean of a configuration's windows, with which "
    "predictions are compared, has noise, too."
)
_BASELINES = (
    "The same configurations as others would predict them, from the same stages alone: MAPE, and "
    "the half width that intervals of theirs would need to hold as many windows as the model's do."
)


def validation(machine: Machine, validation: Validation) -> Document:
    """Return how predictions of a run compare with what it measured."""
    return Document(
        "Predicted, then checked",
        (
            Section("", tuple(_head(machine)), detail=True),
            Section(
                "",
                (
                    _schemes(validation),
                    Findings(tuple(intervention_findings(validation.interventions))),
                    Paragraph(_READING, quiet=True),
                ),
            ),
            Section(
                "Beside what others would predict",
                (Paragraph(_BASELINES), _baselines(validation.schemes)),
                detail=True,
            ),
            *_interventions(validation.interventions),
            Section("Parameters", (parameters(machine.calibration),), detail=True),
        ),
        values={
            "floor": validation.floor,
            "schemes": validation.schemes,
            "interventions": validation.interventions,
        },
    )


def _head(machine: Machine) -> Iterator[Paragraph | Findings]:
    run, facts, calibration = machine.bundle.run, machine.bundle.machine, machine.calibration
    start = calibration.observations.configurations[0].setup.start
    yield Paragraph(_INTRODUCTION)
    yield Paragraph(
        f"A {run.preset} run of {facts.started[:10]} on {facts.cpu}, "
        f"{machine.stage_model.cores} cores, {facts.system}, Python {facts.python}; workers by "
        f"{start}."
    )
    if calibration.reasons_not_to_trust:
        reasons = tuple(
            Finding(f"Not to be trusted: {r}.") for r in calibration.reasons_not_to_trust
        )
        yield Findings(reasons)


def _schemes(validation: Validation) -> Table:
    columns = (
        Column("left out", left=True),
        *(Column(name) for name in ("n", "MAPE", "median", "p90", "bias", "idle", "hold", "width")),
        Column("score", detail=True),
        Column("p99", detail=True),
        Column("best baseline"),
    )
    rows = [_scheme(scheme) for scheme in validation.schemes]
    if validation.floor:
        floor = validation.floor
        rows[:0] = [
            _floor("(measured again)", floor.throughput, floor.idle),
            _floor("(a perfect prediction)", floor.perfect, None),
        ]
    return Table("", columns, tuple(rows))


def _scheme(scheme: Scheme) -> Row:
    held, slow = scheme.intervals, scheme.slowest
    best = min(errors.mape for errors in scheme.baselines.values())
    return Row(
        (
            words(scheme.name),
            *_errors(scheme.throughput),
            _idle(scheme.idle),
            Cell(f"{percent(held.coverage)} of {held.count}", held.coverage),
            Cell(percent(held.half_width), held.half_width),
            Cell(f"{held.score:.2f}", held.score),
            Cell(
                f"{percent(slow.errors.median)} ({percent(slow.coverage)})",
                slow.errors.median,
            ),
            Cell(percent(best), best),
        )
    )


def _floor(name: str, throughput: Errors, idle: Errors | None) -> Row:
    empty = (words(""),) * 5
    return Row((words(name), *_errors(throughput), _idle(idle), *empty))


def _errors(errors: Errors) -> tuple[Cell, ...]:
    return (
        Cell(str(errors.count), errors.count),
        Cell(percent(errors.mape, 1), errors.mape),
        Cell(percent(errors.median, 1), errors.median),
        Cell(percent(errors.p90, 1), errors.p90),
        Cell(percent(errors.bias, 1, signed=True), errors.bias),
    )


def _idle(errors: Errors | None) -> Cell:
    if errors is None:
        return plain(None)
    return Cell(f"{errors.mape:.1f} (p90 {errors.p90:.1f})", errors.mape)


def _baselines(schemes: Sequence[Scheme]) -> Table:
    rows = []
    for scheme in schemes:
        errors, width = scheme.throughput, scheme.intervals.half_width
        cells = [Cell(f"{percent(errors.mape, 1)} ({percent(width)})", errors.mape)]
        for name in BASELINES:
            mape, needed = scheme.baselines[name].mape, scheme.baseline_widths[name]
            cells.append(Cell(f"{percent(mape)} ({percent(needed)})", mape))
        rows.append(Row((words(scheme.name), *cells)))
    heads = (Column("left out", left=True), Column("model"), *map(Column, BASELINES))
    return Table("", heads, tuple(rows))


def _interventions(interventions: Interventions) -> Iterator[Section]:
    if interventions.removals:
        gains = [gain for removal in interventions.removals for gain in removal.gains.values()]
        close = sum(gain.close for gain in gains)
        yield Section(
            "What taking a stage out gains",
            (
                Paragraph(
                    f"Of all {len(gains)} removals, {close} leave a rate within 10 % of what was "
                    "predicted."
                ),
                _gains(("configuration", "stage taken out"), _removals(interventions)),
            ),
            detail=True,
        )
    if interventions.changes:
        changes = sorted(interventions.changes, key=lambda c: (c.lever, c.before))
        yield Section(
            "What one change gains",
            (
                Paragraph("Pairs of configurations that differ in one thing."),
                _gains(
                    ("changed", "from", "to"),
                    (((c.lever, c.before, c.after), c.gain) for c in changes),
                ),
            ),
            detail=True,
        )


def _removals(interventions: Interventions) -> Iterator[tuple[tuple[str, ...], Gain]]:
    for removal in interventions.removals:
        ranked = sorted(removal.gains.items(), key=lambda item: -item[1].measured)
        for place, (stage, gain) in enumerate(ranked):
            yield ("" if place else removal.label, stage), gain


def _gains(names: Sequence[str], rows: Iterable[tuple[tuple[str, ...], Gain]]) -> Table:
    return Table(
        "",
        (
            *(Column(name, left=True) for name in names),
            Column("predicted"),
            Column("measured"),
            Column("its repeats"),
        ),
        tuple(
            Row(
                (
                    *map(words, key),
                    Cell(percent(gain.predicted, signed=True), gain.predicted),
                    Cell(percent(gain.measured, signed=True), gain.measured),
                    words(f"{percent(gain.low, signed=True)} to {percent(gain.high, signed=True)}"),
                )
            )
            for key, gain in rows
        ),
    )
