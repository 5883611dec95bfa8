"""The four tracks within the report of a run: what each mission comes to, so far as it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.gravity.options import NAMES
from analysis.acts.levers import LEVERS, TRACKS
from analysis.acts.limits import PLAN
from analysis.acts.mission import mission_result
from analysis.acts.outcome import DEADLINE, ENERGY, HUNGER
from analysis.document import Cell, Column, Finding, Findings, Paragraph, Row, Section, Table
from analysis.ledger.rules import is_open
from analysis.report.outcome import result_cell, text_of
from analysis.statistics.number import number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeAlias

    from analysis.acts.limits import Limits
    from analysis.acts.mission import MissionResult
    from analysis.acts.outcome import Outcome, Result
    from analysis.ledger.entries import Body
    from analysis.model.machine import Machine

    _Shown: TypeAlias = tuple[Column, str, Callable[[Outcome], Cell]]

TITLE = "The four tracks"
_INTRODUCTION = (
    "Each mission of the lab with its own defaults: its data over its own link and by the fastest "
    "other way, and its accelerator fed from this machine. `python -m analysis predict "
    "--all-devices` says what the answers to the devices' questions rest on."
)
_TITLES = {
    "gravity": "Data gravity", "feeding-tax": "The feeding tax", "zero-waste": "Zero waste",
}  # fmt: skip


def mission_results(
    machine: Machine, bodies: Sequence[Body], limits: Limits = PLAN
) -> tuple[MissionResult, ...]:
    """Return what each track's mission comes to, of acts that are open.

    Args:
        machine: the run.
        bodies: what the ledger holds.
        limits: what badges are held against.

    """
    acts = [act for act in _TITLES if is_open(bodies, act)]
    return tuple(mission_result(machine, track, acts, limits) for track in TRACKS)


def section(
    results: Sequence[MissionResult], bodies: Sequence[Body], limits: Limits = PLAN
) -> Section:
    """Return what each track's mission comes to, of acts that are open, and its device's questions.

    Args:
        results: of all tracks, as `mission_results` returns them.
        bodies: what the ledger holds.
        limits: what badges are held against.

    """
    acts = [act for act in _TITLES if is_open(bodies, act)]
    closed = tuple(
        Finding(
            f"{_TITLES[act]} of each track is shown after its lock: `python -m analysis lock "
            f"{act}`, or `nox -s lock`."
        )
        for act in _TITLES
        if act not in acts
    )
    return Section(
        TITLE,
        (
            Paragraph(_INTRODUCTION, quiet=True),
            *_tables(results, acts, limits),
            *([Findings(closed)] if closed else []),
        ),
        tuple(_track(result) for result in results),
    )


def _result(outcome: Outcome | None, name: str) -> Result | None:
    return next((r for r in outcome.results if r.name == name), None) if outcome else None


def _link(outcome: Outcome) -> Cell:
    link = outcome.scenario["link"]
    return Cell(LEVERS["link"].on_page.get(link, link))


def _other(outcome: Outcome) -> str:
    """Return the fastest way beside the scenario's own."""
    others = [name for name in outcome.chances if name != outcome.scenario["method"]]
    return min(others, key=lambda name: outcome.number(f"{name}.time").value)


def _verdict(outcome: Outcome, name: str) -> Cell:
    return Cell(next((str(v.state) for v in outcome.verdicts if v.name == name), ""))


def _workers(outcome: Outcome) -> Cell:
    """Return how many workers are enough, or that none are."""
    equilibrium, knee = _result(outcome, "equilibrium"), _result(outcome, "knee")
    if equilibrium is not None:
        return Cell(f"{equilibrium.number.value:g}", equilibrium.number)
    return Cell("none" if knee is None else f"none; {knee.number.value:g} for 95 %")


_COLUMNS: tuple[_Shown, ...] = (
    (Column("link", left=True), "gravity", _link),
    (Column("time"), "gravity", lambda o: result_cell(_result(o, f"{o.scenario['method']}.time"))),
    (Column("or by", left=True), "gravity", lambda o: Cell(NAMES[_other(o)])),
    (Column("in"), "gravity", lambda o: result_cell(_result(o, f"{_other(o)}.time"))),
    (Column("deadline", left=True), "gravity", lambda o: _verdict(o, DEADLINE)),
    (Column("feeding tax"), "feeding-tax", lambda o: result_cell(_result(o, "tax"))),
    (Column("bottleneck", left=True), "feeding-tax", lambda o: Cell(o.bottleneck)),
    (Column("enough workers", left=True), "feeding-tax", _workers),
    (Column("energy"), "zero-waste", lambda o: result_cell(_result(o, "energy"))),
    (Column("data/compute"), "zero-waste", lambda o: result_cell(_result(o, "ratio"))),
    (Column("energy budget", left=True), "zero-waste", lambda o: _verdict(o, ENERGY)),
)
"""Of each act, what is shown of its outcome."""


def _columns(limits: Limits) -> tuple[_Shown, ...]:
    hunger = Column(f"hunger < {limits.hunger_percent}", left=True)
    return (*_COLUMNS, (hunger, "feeding-tax", lambda outcome: _verdict(outcome, HUNGER)))


def _tables(
    results: Sequence[MissionResult], acts: Sequence[str], limits: Limits
) -> Iterator[Table]:
    """Yield whose missions they are, and a table for each act that is open."""
    rows = tuple(
        Row(
            (
                Cell(result.mission.texts["track"]),
                Cell(result.mission.texts["persona"]),
                Cell(result.mission.texts["north_star"]),
                Cell(result.device.title),
            )
        )
        for result in results
    )
    names = ("track", "persona", "mission", "device")
    columns = tuple(Column(name, left=True, detail=name != "track") for name in names)
    yield Table("Each track's mission", columns, rows)
    for act in acts:
        shown = [(column, cell) for column, of_act, cell in _columns(limits) if of_act == act]
        if not shown:
            continue
        rows = tuple(
            Row(
                (
                    Cell(result.mission.texts["track"]),
                    *(
                        cell(result.outcomes[act]) if act in result.outcomes else Cell("")
                        for _, cell in shown
                    ),
                )
            )
            for result in results
        )
        columns = (Column("track", left=True), *(column for column, _ in shown))
        yield Table(f"{_TITLES[act]} of each track, with 90 % intervals", columns, rows)


def _track(result: MissionResult) -> Section:
    """Return a track's mission, what its acts say of it, and its device's questions."""
    texts = result.mission.texts
    about = (
        f"{texts['persona']}. Mission: {texts['north_star']} Data gravity: {texts['gravity']} "
        f"{result.mission.summary} Device: {result.device.title}."
    )
    asked = tuple(
        Finding(
            f"{answer.question} {answer.text} ({answer.kind})",
            {"value": number_of(answer.quantity)},
        )
        for answer in result.answers
    )
    if result.unanswered:
        why = "The rest" if asked else "Its device's questions"
        asked += (Finding(f"{why} cannot be answered from this run: {result.unanswered}"),)
    findings = tuple(_findings_of(result))
    return Section(
        texts["track"],
        (Paragraph(about), *([Findings(findings)] if findings else [])),
        (
            Section(
                f"{texts['track']}: what its device asks",
                (Findings(asked),),
                detail=True,
                page_only=True,
            ),
        ),
        detail=True,
        page_only=True,
    )


def _findings_of(result: MissionResult) -> Iterator[Finding]:
    """Yield the verdicts, the refusals and what else the acts find."""
    for act, title in _TITLES.items():
        if act in result.refusals:
            yield Finding(f"{title} is not worked out from this run: {result.refusals[act]}")
        if act not in result.outcomes:
            continue
        outcome = result.outcomes[act]
        for verdict in outcome.verdicts:
            yield Finding(f"{verdict.label}: {verdict.state}. {verdict.reason}.")
        yield from (Finding(f"It cannot be done: {text}.") for text in outcome.refusals)
        if act == "gravity":
            yield from _ways(outcome)
        yield from (Finding(text) for text in outcome.findings[: _FIRST_FINDINGS[act]])


_FIRST_FINDINGS = {"gravity": 0, "feeding-tax": 2, "zero-waste": 2}
"""Of an act's findings, how many are of the mission: what bounds it, and the flow equilibrium; what
the budgets are of, and whether selecting pays."""


def _ways(outcome: Outcome) -> Iterator[Finding]:
    """Yield how long the data takes by the track's own link, and by the fastest other way."""
    for name in (outcome.scenario["method"], _other(outcome)):
        time = _result(outcome, f"{name}.time")
        if time:
            number = {"time": time.number}
            yield Finding(f"{time.label}: {text_of(time)} ({time.number.kind}).", number)
