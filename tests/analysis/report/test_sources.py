"""The sources of numbers: of each lever's setting, with its kind; nothing before an act is open."""

from __future__ import annotations

import pytest

from analysis.document import Definitions, Table
from analysis.ledger.entries import Reveal
from analysis.model.machine import Machine
from analysis.report import sources, tracks
from bench.bundle import read
from hardware_profiles.catalogue import catalogue
from hardware_profiles.provenance import Kind
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def machine() -> Machine:
    return Machine(read(ROOT / "tests/golden/two-cores.json"), catalogue())


def facts(machine: Machine, *questions: str) -> dict[str, list[str]]:
    bodies = [Reveal(question=question) for question in questions]
    section = sources.section(tracks.mission_results(machine, bodies), machine.catalogue)
    (table,) = [block for block in section.blocks if isinstance(block, Table)]
    (kinds,) = [block for block in section.blocks if isinstance(block, Definitions)]
    assert [name for name, _ in kinds.items] == [str(kind) for kind in Kind]
    counts = sum(int(cell.text.rpartition("(")[2].split()[0]) for _, cell in kinds.items)
    assert counts == len(table.rows)
    return {row.cells[0].text: [cell.text for cell in row.cells[1:]] for row in table.rows}


def test_each_setting_of_the_levers_has_its_sources(machine: Machine) -> None:
    known = facts(machine, "gravity", "feeding-tax")
    for name in (
        "fibre_1g wire.rate",
        "fibre_100g wire.rate",
        "bluetooth_le wire.rate",
        "s3_glacier_flexible retrieval.standard.price",
        "snowball_210 parcel.capacity",
    ):
        assert name in known, name
    for name, (value, kind, source, _) in known.items():
        assert value, name
        assert source, name
        assert kind in set(Kind), name


def test_before_an_act_is_open_its_facts_are_not_listed(machine: Machine) -> None:
    assert not any(name.startswith("snowball") for name in facts(machine))
