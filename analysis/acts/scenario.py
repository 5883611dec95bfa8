"""A scenario: the levers' settings of one act."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from analysis.acts.lever import MISSION
from analysis.acts.levers import ACTS, LEVERS, TRACKS
from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hardware_profiles.quantity import Quantity


@dataclass(frozen=True)
class Scenario:
    """The settings of an act's levers, all of them valid."""

    act: str
    track: str
    settings: tuple[tuple[str, str], ...]
    """By lever, in the order of the act."""

    def __getitem__(self, lever: str) -> str:
        """Return a setting as it is written."""
        return dict(self.settings)[lever]

    def amount(self, lever: str, mission: Quantity) -> Quantity:
        """Return an amount: that of the mission, with its range, or the one that is set."""
        setting = self[lever]
        return mission if setting == MISSION else LEVERS[lever].amount(setting)

    def changed(self, **settings: str) -> Scenario:
        """Return it with other settings.

        Raises:
            AnalysisError: one of them is not valid.

        """
        return scenario(self.act, self.track, dict(self.settings) | settings)

    def to_json(self) -> str:
        """Write it, for `from_json`."""
        record = {"act": self.act, "track": self.track, "settings": dict(self.settings)}
        return json.dumps(record, ensure_ascii=False)


def scenario(act: str, track: str, given: Mapping[str, str] | None = None) -> Scenario:
    """Return a scenario of an act: what is given, and the defaults of a track.

    Args:
        act: one of ACTS.
        track: one of TRACKS.
        given: settings by lever.

    Raises:
        AnalysisError: an act, a track, a lever or a setting is not known; it says what there is.

    """
    given = given or {}
    if act not in ACTS:
        raise AnalysisError(f"act {act!r} is none of {', '.join(ACTS)}")
    if track not in TRACKS:
        raise AnalysisError(f"--track: {track!r} is none of {', '.join(TRACKS)}")
    for name in given:
        if name not in ACTS[act]:
            raise AnalysisError(
                f"{act} has no lever {name!r}: its levers are {', '.join(ACTS[act])}"
            )
    settings = {
        name: _checked(name, given.get(name, LEVERS[name].default_of(track))) for name in ACTS[act]
    }
    return Scenario(act, track, tuple(settings.items()))


@lru_cache(maxsize=4096)
def _checked(lever: str, setting: str) -> str:
    """Return a setting as it is written; a page asks for the same ones thousands of times."""
    return LEVERS[lever].check(setting)


def scenario_of_json(text: str) -> Scenario:
    """Return the scenario that `Scenario.to_json` wrote.

    Raises:
        AnalysisError: it is no such text, or a setting is not valid.

    """
    try:
        record = json.loads(text)
        act, track, settings = record["act"], record["track"], record["settings"]
        given = {str(name): str(value) for name, value in settings.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise AnalysisError(f"a scenario is not to be read: {error!r}") from error
    return scenario(str(act), str(track), given)
