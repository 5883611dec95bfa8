"""The controls of a page: the levers of the acts, at the settings that a page offers."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Offer:
    """What a reader can set of an act: its controls, and the levers that stay as they are."""

    act: str
    controls: Mapping[str, Control]
    """By name, that of the track among them."""
    fixed: Mapping[str, str]
    """Settings of levers without a control, where they are not as the track has them."""
    shows_solution: bool = True
    """Whether what a reader is to look for, such as the flow equilibrium, is shown."""

    def settings(self, lever: str) -> tuple[str, ...]:
        """Return all settings of a lever with a control, in order."""
        return self.controls[lever].settings

    def scenario(self, at: Mapping[str, str]) -> Scenario:
        """Return the scenario of some settings, the track's among them."""
        given = {name: setting for name, setting in at.items() if name != "track"}
        return scenario(self.act, at["track"], {**self.fixed, **given})


def offer(act: str, catalogue: Catalogue) -> Offer:
    """Return what a page offers of an act: all settings of its controls."""
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
    return Offer(act, controls, {})


def offer_of(chosen: Scenario, *, shows_solution: bool = True) -> Offer:
    """Return an offer of one scenario alone, so that only what it comes to is worked out."""
    settings = dict(chosen.settings)
    controls = {"track": Control("track", "Whose mission", ((chosen.track,) * 2,), chosen.track)}
    for name in levers_of(chosen.act):
        setting = settings.pop(name)
        controls[name] = Control(name, LEVERS[name].label, ((setting, setting),), setting)
    return Offer(chosen.act, controls, settings, shows_solution)


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
