"""What the lab's two plans name is in the lab, in its zone: tests/plans.toml lists it all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from analysis.acts.levers import ACTS, TRACKS
from analysis.lab.zone import LABELS
from tests.analysis.lab.opened import ask, lock, opened
from tests.plans import PLANS, plain, words

if TYPE_CHECKING:
    from analysis.lab.page import Page

IN_THE_LAB = [*PLANS["text"], *PLANS["lab"]]


@dataclass(frozen=True)
class Played:
    """What the lab showed on a student's way through all acts and missions."""

    zones: dict[str, str]
    """The HTML of each zone, all of it together."""
    headers: dict[str, str]
    """The header of each act that was open."""

    def levers(self, name: str) -> str:
        """Return a lever as it was shown last: from its label to what was used."""
        controls = re.findall(
            rf'<label for="lever-{name}">.*?id="about-{name}"', self.zones["levers"], re.DOTALL
        )
        assert controls, name
        return str(controls[-1])


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Go to each act, lock it, then see all acts of all missions."""
    page = opened(tmp_path_factory.mktemp("plans") / "ledger.jsonl")
    zones = dict.fromkeys(page.zones, "")
    headers = {}
    for act in ACTS:
        ask(page, "header", "act", act=act)
        keep(page, zones)
        lock(page, act)
    for track in TRACKS:
        ask(page, "header", "track", track=track)
        for act in ACTS:
            ask(page, "header", "act", act=act)
            keep(page, zones)
            headers[act] = page.zones["header"].html
    return Played(zones, headers)


def keep(page: Page, zones: dict[str, str]) -> None:
    for name, zone in page.zones.items():
        zones[name] += zone.html


def test_zones_are_those_of_the_plan(played: Played) -> None:
    assert list(played.zones) == list(LABELS)
    assert list(LABELS.values()) == [
        "Command header",
        "Engineering levers",
        "Telemetry center",
        "Audit trail and justification",
    ]


@pytest.mark.parametrize("row", IN_THE_LAB, ids=lambda row: row["plan"])
def test_what_a_plan_names_is_said_in_its_zone(row: dict[str, Any], played: Played) -> None:
    assert plain(row["says"]) in words(played.zones[row["zone"]])


@pytest.mark.parametrize("row", PLANS["control"], ids=lambda row: row["lever"])
def test_a_lever_has_its_label_and_all_that_a_plan_sets_it_to(
    row: dict[str, Any], played: Played
) -> None:
    control = played.levers(row["lever"])
    assert f'<label for="lever-{row["lever"]}">{row["label"]}</label>' in control
    if ends := re.search(r'min="(\d+)" max="(\d+)"', control):
        first, last = (int(stop.split()[0]) for stop in row["stops"])
        assert int(ends[1]) <= first
        assert int(ends[2]) == last
    else:
        offered = re.findall(r'<option value="([^"]*)"', control)
        settings = {setting.replace(",", "") for setting in offered}
        assert {stop.replace(",", "") for stop in row["stops"]} <= settings


@pytest.mark.parametrize("row", PLANS["instrument"], ids=lambda row: row["name"])
def test_an_instrument_is_a_figure_of_the_telemetry(row: dict[str, Any], played: Played) -> None:
    figures = re.findall(r"<figure.*?</figure>", played.zones["telemetry"], re.DOTALL)
    assert any(f"<code>{row['name']}</code>" in figure for figure in figures)


@pytest.mark.parametrize("row", PLANS["act"], ids=lambda row: row["name"])
def test_an_act_has_its_title_and_its_minutes(row: dict[str, Any], played: Played) -> None:
    header = words(played.headers[row["name"]])
    assert plain(row["title"]) in header
    number = row["title"].partition(":")[0]
    assert plain(f"{number}: 0 minutes of about {row['minutes']};") in header
    assert f'<h2 tabindex="-1" data-focus>{row["title"]}</h2>' in played.zones["telemetry"]


def test_the_plans_have_four_acts_and_every_text_a_zone() -> None:
    assert [row["name"] for row in PLANS["act"]] == list(ACTS)
    assert {row["zone"] for row in IN_THE_LAB} == set(LABELS)
    assert len(PLANS["lab"]) >= 40
