"""The controls of a page: the levers of the acts, at the settings that a page offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.levers import ACTS, LEVERS, TRACKS
from analysis.acts.scenario import scenario
from analysis.document import Controls
from analysis.document.live import Control

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.acts.scenario import Scenario
    from hardware_profiles.catalogue import Catalogue

NOTHING = "—"
"""Of what is not there, or not known."""
TRACK = TRACKS[0]
"""Whose mission a page begins with: the acts of the lab's plan tell it."""
_RADIOS = {"method", "format"}
"""Levers whose options are worth seeing at once."""


def track_control(catalogue: Catalogue) -> Control:
    """Return the choice of a persona, which sets all levers as that one's mission has them."""
    levers = [name for act in ACTS for name in levers_of(act)]
    return Control(
        "track",
        "Whose mission",
        tuple((name, catalogue[name].texts["track"]) for name in TRACKS),
        TRACK,
        radios=True,
        sets={track: {name: LEVERS[name].default_of(track) for name in levers} for track in TRACKS},
    )


def levers_of(act: str) -> tuple[str, ...]:
    """Return the levers of an act that a page has a control for."""
    return tuple(name for name in ACTS[act] if LEVERS[name].on_page)


def controls_of(act: str, catalogue: Catalogue) -> dict[str, Control]:
    """Return the controls of an act by name, that of the track among them."""
    controls = {"track": track_control(catalogue)}
    for name in levers_of(act):
        lever = LEVERS[name]
        controls[name] = Control(
            name,
            lever.label,
            tuple(lever.on_page.items()),
            lever.default_of(TRACK),
            radios=name in _RADIOS,
        )
    return controls


def block(act: str, controls: Mapping[str, Control], result: str) -> Controls:
    """Return an act's controls as a block, without that of the track; result: in a sentence."""
    others = [f"`--{name}`" for name in ACTS[act] if name not in levers_of(act)]
    beside = f", and {', '.join(others)}" if others else ""
    note = (
        f"Other settings{beside}: `python -m analysis {act} --help`. What you try "
        "there is kept in your ledger; what you try here is not."
    )
    items = tuple(control for name, control in controls.items() if name != "track")
    return Controls("Levers", items, note, result)


def scenario_at(act: str, at: Mapping[str, str]) -> Scenario:
    """Return the scenario of some settings; levers without one are as the track has them."""
    given = {name: setting for name, setting in at.items() if name != "track"}
    return scenario(act, at["track"], given)
