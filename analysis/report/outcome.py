"""What the documents of all acts share: badges, levers, numbers, and all of it for a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.acts.lever import MISSION
from analysis.acts.levers import LEVERS
from analysis.acts.outcome import DRIFT, State
from analysis.document import Callout, Cell, Column, Finding, Row, Table, Tone
from analysis.document.numbers import number, plain, share, with_interval
from analysis.statistics.number import Number
from hardware_profiles.sensitivity import dominant, inputs

if TYPE_CHECKING:
    from analysis.acts.outcome import Outcome, Plot, Result
    from analysis.acts.scenario import Scenario

TONES = {State.MET: Tone.GOOD, State.MISSED: Tone.BAD, State.UNKNOWN: Tone.CAUTION}
ALERT_TONES = {State.MET: Tone.BAD, State.MISSED: Tone.GOOD, State.UNKNOWN: Tone.CAUTION}
"""Of the badge that is an alert: that it is there is no good news."""


def badges(outcome: Outcome) -> tuple[Callout, ...]:
    """Return the verdicts on the mission's limits."""
    return tuple(
        Callout(
            ALERT_TONES[v.state] if v.name == DRIFT else TONES[v.state],
            f"{v.label}: {v.word}",
            (Finding(v.reason),),
        )
        for v in outcome.verdicts
    )


def levers(scenario: Scenario) -> Table:
    """Return how the levers are set, and by which options."""
    rows = [
        Row(
            (
                Cell(LEVERS[name].label),
                Cell("as the mission says" if setting == MISSION else setting),
                Cell(f"--{name}", code=True),
            )
        )
        for name, setting in scenario.settings
    ]
    columns = (Column("lever", left=True), Column("set to", left=True), Column("option", left=True))
    return Table("The levers", columns, tuple(rows))


def text_of(result: Result) -> str:
    """Return a number with its interval and unit."""
    amount = result.quantity
    if not isinstance(amount, Number):
        return amount.text()
    if amount.unit != "1":
        if amount.low == amount.high:
            whole = float(amount.value).is_integer()
            return f"{f'{amount.value:,.0f}' if whole else number(amount.value)} {amount.unit}"
        return with_interval(amount)
    value, low, high = (f"{100 * part:.3g}" for part in (amount.value, amount.low, amount.high))
    return f"{value} % [{low}, {high}]"


def result_cell(result: Result | None) -> Cell:
    """Return a number as a cell; an empty one where there is none."""
    return Cell("") if result is None else Cell(text_of(result), result.number)


def plot_table(plot: Plot) -> Table:
    """Return the data of a figure as a table."""
    points = [dict(zip(curve.x, curve.y, strict=True)) for curve in plot.curves]
    show = share if plot.y_axis == "share" else plain
    rows = [
        Row(
            (
                Cell(place if isinstance(place, str) else f"{place:.4g}"),
                *(show(curve.get(place)) for curve in points),
            )
        )
        for place in dict.fromkeys(place for curve in points for place in curve)
    ]
    columns = (Column(plot.x_axis, left=True), *(Column(curve.label) for curve in plot.curves))
    return Table(f"{plot.title} ({plot.name}), {plot.y_axis}", columns, tuple(rows))


def outcome_values(outcome: Outcome) -> dict[str, Any]:
    """Return all of an outcome by name."""
    return {
        "act": outcome.scenario.act,
        "track": outcome.scenario.track,
        "settings": dict(outcome.scenario.settings),
        "results": {result.name: _value(result) for result in outcome.results},
        "verdicts": {
            verdict.name: {
                "label": verdict.label,
                "state": verdict.state,
                "chance": verdict.chance,
                "reason": verdict.reason,
            }
            for verdict in outcome.verdicts
        },
        "plots": {plot.name: _plot(plot) for plot in outcome.plots},
        "findings": list(outcome.findings),
        "log": list(outcome.log),
        "refusals": list(outcome.refusals),
        "bottleneck": outcome.bottleneck,
        "configuration": outcome.setup and outcome.setup.model_dump(mode="json"),
    }


def _value(result: Result) -> dict[str, Any]:
    shown, amount = result.number, result.quantity
    value: dict[str, Any] = {
        "label": result.label,
        "value": shown.value,
        "low": shown.low,
        "high": shown.high,
        "unit": shown.unit,
        "kind": shown.kind,
    }
    if not isinstance(amount, Number):
        widest = dominant(amount)
        value["inputs"] = [fact.name for fact in inputs(amount)]
        value["width_from"] = widest and {"input": widest.name, "share": widest.share}
    return value


def _plot(plot: Plot) -> dict[str, Any]:
    return {
        "title": plot.title,
        "x_axis": plot.x_axis,
        "y_axis": plot.y_axis,
        "finding": plot.finding,
        "curves": [
            {
                "label": curve.label,
                "x": list(curve.x),
                "y": list(curve.y),
                "low": list(curve.low),
                "high": list(curve.high),
            }
            for curve in plot.curves
        ],
    }
