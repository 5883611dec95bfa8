"""The four tracks in a report: missions at once, acts once they are open, refusals as said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analysis.acts.levers import ACTS, TRACKS
from analysis.document import Findings, Table
from analysis.ledger.entries import Lock, Reveal
from analysis.model.machine import Machine
from analysis.report import run, tracks
from bench.bundle import read
from hardware_profiles.catalogue import catalogue
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.document import Section
    from analysis.ledger.entries import Body

LOCK = Lock(question="gravity", choice="fibre", low=1.0, high=2.0, unit="1", confidence=0.8)
BOTH = (LOCK, Reveal(question="feeding-tax"))


@pytest.fixture(scope="module")
def machine() -> Machine:
    return Machine(read(ROOT / "tests/golden/two-cores.json"), catalogue())


def section_of(machine: Machine, bodies: Sequence[Body]) -> Section:
    return tracks.section(tracks.mission_results(machine, bodies), bodies)


def rows(section: Section) -> dict[str, dict[str, str]]:
    """Return the cells of the tables by track and column."""
    cells: dict[str, dict[str, str]] = {}
    for table in (block for block in section.blocks if isinstance(block, Table)):
        names = [column.name for column in table.columns]
        for row in table.rows:
            texts = dict(zip(names, [cell.text for cell in row.cells], strict=True))
            cells.setdefault(texts["track"], {}).update(texts)
    return cells


def findings(section: Section) -> list[str]:
    return [f.text for block in section.blocks if isinstance(block, Findings) for f in block.items]


def test_each_mission_is_told_whatever_is_open(machine: Machine) -> None:
    section = section_of(machine, ())
    assert section.title == "The four tracks"
    assert [inner.title for inner in section.sections] == list(rows(section))
    for track, inner in zip(TRACKS, section.sections, strict=True):
        profile = machine.catalogue[track]
        told = repr(inner.blocks)
        for name in ("persona", "north_star", "gravity"):
            assert profile.texts[name] in told
        assert machine.catalogue[profile.texts["device"]].title in told
        assert inner.detail
        (asked,) = inner.sections
        assert asked.detail
        assert len(findings(asked)) > 5


@pytest.mark.parametrize(
    ("bodies", "columns", "opened"),
    [
        ((), 4, []),
        ((LOCK,), 9, ["gravity"]),
        ((Reveal(question="feeding-tax"),), 8, ["feeding-tax"]),
        (BOTH, 13, ["gravity", "feeding-tax"]),
        ((Reveal(question="zero-waste"),), 7, ["zero-waste"]),
    ],
)
def test_an_act_s_answers_are_shown_once_it_is_open(
    machine: Machine, bodies: tuple[Body, ...], columns: int, opened: list[str]
) -> None:
    section = section_of(machine, bodies)
    # What drifts is no question of a track.
    closed = [act for act in ACTS if act not in {*opened, "drift"}]
    assert all(len(row) == columns for row in rows(section).values())
    said = findings(section)
    assert len(said) == len(closed)
    for act, text in zip(closed, said, strict=True):
        assert f"`python -m analysis lock {act}`" in text
    told = repr([inner.blocks for inner in section.sections])
    assert ("Time, the wire" in told) == ("gravity" not in closed)
    assert ("The bottleneck is" in told) == ("feeding-tax" not in closed)
    assert ("to send one" in told) == ("zero-waste" not in closed)


def test_the_table_has_what_the_acts_say(machine: Machine) -> None:
    table = rows(section_of(machine, BOTH))
    titan, nomad = table["Cloud Titan"], table["Mobile Nomad"]
    assert (titan["link"], nomad["link"]) == ("fibre, 10 Gb/s", "Bluetooth LE")
    # 10^15 B at 80 % of 10 Gb/s.
    assert titan["time"].startswith("11.57 days [")
    assert (titan["or by"], titan["deadline"]) == ("Snowball (80 TB)", "missed")
    assert nomad["or by"] == "a courier"
    assert titan["feeding tax"].startswith("93.6 % [")
    assert (titan["bottleneck"], titan["hunger < 10 %"]) == ("storage", "missed")
    assert (titan["enough workers"], nomad["enough workers"]) == ("none; 3 for 95 %", "0")
    assert nomad["hunger < 10 %"] == "met"


def test_refusals_are_said_as_the_act_says_them(machine: Machine) -> None:
    """What is in time with 4 % is missed; what never is, cannot be done."""
    titan, _, nomad, _ = map(findings, section_of(machine, BOTH).sections)
    assert "Deadline: missed. 11.57 days [10.22, 44.69] is not below 10 days." in titan
    assert not any(text.startswith("It cannot be done") for text in titan)
    assert any(
        text.startswith("It cannot be done: the wire does not meet the deadline of 1 h")
        for text in nomad
    )


def test_a_run_that_cannot_answer_says_why_and_keeps_the_page(machine: Machine) -> None:
    bundle = machine.bundle.model_copy(update={"pipeline": "unavailable: no torch"})
    bare = Machine(bundle, machine.catalogue)
    section = section_of(bare, BOTH)
    row = rows(section)["Tiny Pioneer"]
    assert row["time"]
    assert row["feeding tax"] == row["bottleneck"] == row["enough workers"] == ""
    pioneer = section.sections[-1]
    assert any("The feeding tax is not worked out" in text for text in findings(pioneer))
    (asked,) = pioneer.sections
    assert findings(asked)[-1].startswith("The rest cannot be answered from this run: ")
    assert "no torch" in findings(asked)[-1]
    assert run.document(run.report(bare, BOTH)).sections


def test_the_page_has_them_after_the_acts(machine: Machine) -> None:
    titles = [section.title for section in run.document(run.report(machine)).sections]
    assert titles[titles.index("The acts") + 1] == "The four tracks"
