"""A track's mission is both acts with its own defaults, and its device's questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analysis.acts import tracks
from analysis.acts.feeding import feeding_tax
from analysis.acts.gravity import gravity
from analysis.acts.levers import TRACKS
from analysis.acts.mission import mission_result
from analysis.acts.scenario import scenario
from analysis.devices.scaling import DeviceView
from analysis.errors import AnalysisError, OutOfRangeError
from analysis.model.machine import Machine
from bench.bundle import read
from hardware_profiles.catalogue import catalogue
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.acts.answer import Answer

BOTH = ("gravity", "feeding-tax")


@pytest.fixture(scope="module")
def machine() -> Machine:
    return Machine(read(ROOT / "tests/golden/two-cores.json"), catalogue())


@pytest.mark.parametrize("track", TRACKS)
def test_it_is_what_each_act_says_with_the_track_s_own_defaults(
    machine: Machine, track: str
) -> None:
    result = mission_result(machine, track, BOTH)
    facts = machine.catalogue
    moved, fed = result.outcomes["gravity"], result.outcomes["feeding-tax"]
    assert moved.telling == gravity(scenario("gravity", track), facts).telling
    assert fed.telling == feeding_tax(machine, facts, scenario("feeding-tax", track)).telling
    assert fed.bottleneck in fed.findings[0]
    view = DeviceView.of(machine, result.device.name)
    asked = [answer.question for answer in tracks.answers(view, "json")]
    assert [answer.question for answer in result.answers] == asked
    assert asked
    assert (result.refusals, result.unanswered) == ({}, "")


def test_what_is_not_asked_for_is_not_worked_out(machine: Machine) -> None:
    assert mission_result(machine, "cloud_titan", ()).outcomes == {}
    assert list(mission_result(machine, "cloud_titan", ("gravity",)).outcomes) == ["gravity"]


def test_a_run_without_a_pipeline_says_why(machine: Machine) -> None:
    bundle = machine.bundle.model_copy(update={"pipeline": "unavailable: no torch"})
    result = mission_result(Machine(bundle, machine.catalogue), "tiny_pioneer", BOTH)
    assert list(result.outcomes) == ["gravity"]
    assert "no torch" in result.refusals["feeding-tax"]
    assert "no torch" in result.unanswered
    assert [a.question for a in result.answers][:1] == [
        "What share of the memory does a second of audio take?"
    ]


def test_answers_before_one_that_cannot_be_given_are_kept(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = mission_result(machine, "tiny_pioneer", ()).answers[0]

    def half(_device: DeviceView, _format: str) -> Iterator[Answer]:
        yield known
        raise OutOfRangeError("nothing near it was measured")

    monkeypatch.setitem(tracks.TRACKS, "tiny_pioneer", half)
    result = mission_result(machine, "tiny_pioneer", ())
    assert result.answers == (known,)
    assert result.unanswered == "nothing near it was measured"


def test_a_track_that_is_none_is_refused(machine: Machine) -> None:
    with pytest.raises(AnalysisError, match="'toaster' is none of cloud_titan"):
        scenario("gravity", "toaster")
