"""Algorithm or data pipeline: said by the control that a run measured."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from analysis.acts.feeding.control import algorithm_or_pipeline
from analysis.acts.feeding.epoch import measured
from analysis.model.machine import Machine
from bench.bundle import Setup, read
from hardware_profiles.catalogue import catalogue
from tests.conftest import ROOT


def machine_with(fed: float, cached: float) -> Any:
    """A machine whose run has one control, with the share of the time in which a step ran."""
    setup = Setup(payload="image", codec="json", accelerator="h100")
    pairs = ((setup, fed), (setup.model_copy(update={"control": "cached"}), cached))
    records = [
        SimpleNamespace(
            setup=one,
            windows=[SimpleNamespace(busy=busy)],
            samples_per_s=lambda window: 1000 * window.busy,
        )
        for one, busy in pairs
    ]
    return SimpleNamespace(pipeline=SimpleNamespace(configurations=records))


@pytest.mark.parametrize(
    ("fed", "cached", "says"),
    [
        (0.25, 0.99, "25 % and 99 % of the time, so that the data pipeline bounds it"),
        (0.97, 0.98, "97 % and 98 % of the time, so that the algorithm bounds it"),
        (0.04, 0.05, "even without reading, decoding and transforming the hand-over"),
    ],
)
def test_the_shares_of_the_step_decide(fed: float, cached: float, says: str) -> None:
    (sentence,) = algorithm_or_pipeline(machine_with(fed, cached))
    assert says in sentence
    assert f"{1000 * fed:,.0f} samples/s from the data" in sentence


def test_a_real_run_has_one() -> None:
    machine = Machine(read(ROOT / "tests/golden/two-cores.json"), catalogue())
    (sentence,) = algorithm_or_pipeline(machine)
    assert "both measured" in sentence


def test_without_a_control_nothing_is_said() -> None:
    machine = Machine(read(ROOT / "tests/golden/two-cores.json"), catalogue())
    pipeline = machine.pipeline
    plain = [record for record in pipeline.configurations if record.setup.control is None]
    bundle = machine.bundle.model_copy(
        update={"pipeline": pipeline.model_copy(update={"configurations": plain})}
    )
    assert list(algorithm_or_pipeline(replace(machine, bundle=bundle))) == []


def test_what_was_measured_on_a_slowed_core_alone_is_shown_as_that() -> None:
    machine = Machine(read(ROOT / "tests/golden/two-cores.json"), catalogue())
    record = next(r for r in machine.pipeline.configurations if r.setup.control is None)
    slowed = SimpleNamespace(setup=record.setup, windows=[])
    calm = SimpleNamespace(configurations=[slowed])
    stand_in: Any = SimpleNamespace(
        pipeline=calm, calibration=machine.calibration, bundle=machine.bundle
    )
    (result,) = measured(stand_in, record.setup)
    assert result.number.value > 0
    assert "The machine was disturbed" in result.text
    (result,) = measured(machine, record.setup)
    assert "disturbed" not in result.text
