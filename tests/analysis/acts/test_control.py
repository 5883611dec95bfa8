"""Algorithm or data pipeline: said by the control that a run measured."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from analysis.acts.feeding.control import blueprint_or_fuel
from analysis.model.machine import Machine
from bench.bundle import Setup, read
from hardware_profiles.catalogue import catalogue
from tests.conftest import ROOT


def machine_with(fed: float, cached: float) -> Any:
    """A machine whose run has one control, with the rates of both."""
    setup = Setup(payload="image", codec="json", accelerator="h100")
    pairs = ((setup, fed), (setup.model_copy(update={"control": "cached"}), cached))
    records = [
        SimpleNamespace(setup=one, windows=[rate], samples_per_s=lambda window: window)
        for one, rate in pairs
    ]
    return SimpleNamespace(pipeline=SimpleNamespace(configurations=records))


@pytest.mark.parametrize(
    ("fed", "cached", "says"),
    [
        (250.0, 1000.0, "costs it 75 % of its rate, so the data bounds it"),
        (990.0, 1000.0, "less than 5 %, so the algorithm bounds it"),
        (1010.0, 1000.0, "less than 5 %, so the algorithm bounds it"),
    ],
)
def test_what_is_lost_to_the_data_decides(fed: float, cached: float, says: str) -> None:
    (sentence,) = blueprint_or_fuel(machine_with(fed, cached))
    assert says in sentence
    assert f"{fed:,.0f} samples/s from the data" in sentence


def test_a_real_run_has_one() -> None:
    machine = Machine(read(ROOT / "tests/golden/two-cores.json"), catalogue())
    (sentence,) = blueprint_or_fuel(machine)
    assert "algorithm bounds it" in sentence


def test_without_a_control_nothing_is_said() -> None:
    machine = Machine(read(ROOT / "tests/golden/two-cores.json"), catalogue())
    pipeline = machine.pipeline
    plain = [record for record in pipeline.configurations if record.setup.control is None]
    bundle = machine.bundle.model_copy(
        update={"pipeline": pipeline.model_copy(update={"configurations": plain})}
    )
    assert list(blueprint_or_fuel(replace(machine, bundle=bundle))) == []
