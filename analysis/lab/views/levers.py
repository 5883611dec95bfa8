"""Zone 2, the levers: those of the current act in front, each with the value that was used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.acts.feeding.setups import setup_of
from analysis.acts.lever import MISSION
from analysis.acts.levers import ACTS as LEVERS_OF
from analysis.acts.levers import LEVERS
from analysis.errors import AnalysisError
from analysis.lab.acts import ACTS, Shown
from analysis.lab.views.templates import filled
from analysis.lab.views.words import MISSION_WORDS, USUAL, counted_in, words_of
from formats.names import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.acts.lever import Lever
    from analysis.acts.outcome import Outcome
    from analysis.acts.scenario import Scenario
    from analysis.lab.session import Session
    from bench.bundle import Setup

_RESOLVED = {"layout", "decoder", "accelerator", "rate"}
"""Levers whose settings not every machine, or every accelerator, is known with."""
_PARTS_OF_A_CODEC = {"layout": 1, "decoder": 2}
"""Levers that name a part of a codec, and which it is."""
_MEASURED = "feeding-tax"
"""The act whose levers can be run on this machine."""


@dataclass(frozen=True)
class Slider:
    """Whole numbers, evenly spaced."""

    least: int
    most: int
    step: int
    at: str
    unit: str
    words: str
    """Value and unit."""


@dataclass(frozen=True)
class LeverControl:
    """A lever as a control of the page."""

    name: str
    label: str
    setting: str
    options: tuple[tuple[str, str], ...]
    slider: Slider | None
    used: str
    """The value that the calculation used; "": there was none."""


def show(session: Session) -> str:
    """Return the zone."""
    act = session.place.act
    names = [act, *(name for name in ACTS if name != act)]
    groups = [
        (
            name,
            ACTS[name].number,
            ACTS[name].title,
            session.is_open(name),
            list(_controls(session, name)),
            [(lever.name, lever.label) for lever in _amounts(name)],
        )
        for name in names
    ]
    known = session.shown(act)
    return filled(
        "levers",
        session,
        front=groups[0],
        others=groups[1:],
        result=known.result if isinstance(known, Shown) else "",
        can_measure=act == _MEASURED and isinstance(known, Shown) and not session.is_reference,
        job=session.jobs.state,
    )


def _amounts(act: str) -> Iterator[Lever]:
    """Yield the levers that take amounts beside those that are offered."""
    for name in LEVERS_OF[act]:
        lever = LEVERS[name]
        if (lever.unit and not lever.slider) or lever.pattern:
            yield lever


def _controls(session: Session, act: str) -> Iterator[LeverControl]:
    chosen = session.scenario_of(act)
    known = session.shown(act)
    for name, setting in chosen.settings:
        lever = LEVERS[name]
        used = ""
        if isinstance(known, Shown):
            used = _used(session, lever, known.outcome)
        yield LeverControl(
            name,
            lever.label,
            setting,
            tuple(_options(session, lever, chosen)),
            _slider(lever, setting),
            used,
        )


def _slider(lever: Lever, setting: str) -> Slider | None:
    """Return a slider, if the lever has one on which the setting lies."""
    if lever.slider is None:
        return None
    least, most, step = lever.slider
    unit = "%" if lever.unit == "percent" else lever.name
    at = float(lever.amount(setting).to(lever.unit).value)
    if not at.is_integer() or not least <= at <= most:
        return None
    return Slider(least, most, step, f"{at:.0f}", unit, counted_in(f"{at:.0f}", unit))


def _options(session: Session, lever: Lever, chosen: Scenario) -> Iterator[tuple[str, str]]:
    """Yield what a lever can be set to, with how each reads; what it is set to among them."""
    setting = chosen[lever.name]
    first = (MISSION,) if lever.takes_mission else ()
    offered = (*first, *lever.names, *map(lever.check, (*lever.stops, *lever.on_page)))
    for other in dict.fromkeys((*offered, *_measured(session, chosen, lever.name), setting)):
        if other == setting or _is_known(session, chosen, lever.name, other):
            yield other, words_of(lever, other, session.machine.catalogue)


def _is_known(session: Session, chosen: Scenario, lever: str, setting: str) -> bool:
    """Tell whether the model knows a configuration with another setting: no other is offered."""
    if lever not in _RESOLVED:
        return True
    try:
        session.machine.stage_model.resolve(setup_of(chosen.changed(**{lever: setting})))
    except AnalysisError:
        return False
    return True


def _measured(session: Session, chosen: Scenario, lever: str) -> list[str]:
    """Return the layouts, or the decoders, of the format that is set, that the run has."""
    place = _PARTS_OF_A_CODEC.get(lever)
    if place is None:
        return []
    names = [name.split("/") for name in session.machine.stage_model.demands.codecs]
    form, layout = chosen["format"], chosen["layout"]
    layout = FORMATS[form].canonical if layout == USUAL else layout
    return [
        parts[place]
        for parts in names
        if parts[0] == form and (lever == "layout" or parts[1] == layout)
    ]


def _used(session: Session, lever: Lever, outcome: Outcome) -> str:
    """Return the value that a calculation used: a mission's with its range, what `usual` is."""
    setting = outcome.scenario[lever.name]
    if setting == MISSION:
        mission = session.machine.catalogue[session.place.track]
        name = f"data.{lever.name}"
        return mission[name].text() if name in mission else MISSION_WORDS
    if setting == USUAL and outcome.setup is not None:
        return _resolved(lever.name, outcome.setup)
    words = words_of(lever, setting, session.machine.catalogue)
    return counted_in(words, lever.name) if lever.slider and lever.unit == "1" else words


def _resolved(lever: str, setup: Setup) -> str:
    """Return what is usual of a configuration: its layout, decoder, or accelerator's rate."""
    place = _PARTS_OF_A_CODEC.get(lever)
    if place is None:
        return setup.method or USUAL
    parts = setup.codec.split("/")
    return parts[place] if place < len(parts) else USUAL
