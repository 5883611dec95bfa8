"""What a track's mission comes to: the acts with its own defaults, and its device's questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.acts.feeding import feeding_tax
from analysis.acts.gravity import gravity
from analysis.acts.limits import PLAN
from analysis.acts.scenario import scenario
from analysis.acts.tracks import TRACKS, device_of
from analysis.acts.zero_waste import zero_waste
from analysis.devices.scaling import DeviceView
from analysis.errors import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from analysis.acts.answer import Answer
    from analysis.acts.limits import Limits
    from analysis.acts.outcome import Outcome
    from analysis.acts.scenario import Scenario
    from analysis.model.machine import Machine
    from hardware_profiles.profile import Profile


@dataclass(frozen=True)
class MissionResult:
    """What was worked out for a track."""

    mission: Profile
    device: Profile
    outcomes: dict[str, Outcome]
    """By act, of those that were asked for and could be worked out."""
    refusals: dict[str, str]
    """By act, why it could not."""
    answers: tuple[Answer, ...]
    """To its device's questions."""
    unanswered: str
    """Why the rest of these questions has no answer; "": all of them have."""


_ACTS: dict[str, Callable[[Machine, Scenario, Limits], Outcome]] = {
    "gravity": lambda m, chosen, limits: gravity(chosen, m.catalogue, limits),
    "feeding-tax": lambda m, chosen, limits: feeding_tax(m, m.catalogue, chosen, limits),
    "zero-waste": lambda m, chosen, _limits: zero_waste(m, chosen),
}


def mission_result(
    machine: Machine, track: str, acts: Collection[str], limits: Limits = PLAN
) -> MissionResult:
    """Return what a track's mission comes to on a machine.

    Args:
        machine: a run of the student's.
        track: one of TRACKS.
        acts: those that are asked for.
        limits: what badges are held against.

    """
    catalogue = machine.catalogue
    outcomes: dict[str, Outcome] = {}
    refusals: dict[str, str] = {}
    for act, outcome in _ACTS.items():
        if act in acts:
            try:
                outcomes[act] = outcome(machine, scenario(act, track), limits)
            except AnalysisError as error:
                refusals[act] = str(error)
    device = device_of(track, catalogue)
    answers: list[Answer] = []
    unanswered = ""
    try:
        view = DeviceView.of(machine, device)
        # One by one, so that those before one that cannot be answered are kept.
        for answer in TRACKS[track](view, scenario("feeding-tax", track)["format"]):
            answers.append(answer)  # noqa: PERF402
    except AnalysisError as error:
        unanswered = str(error)
    return MissionResult(
        catalogue[track], catalogue[device], outcomes, refusals, tuple(answers), unanswered
    )
