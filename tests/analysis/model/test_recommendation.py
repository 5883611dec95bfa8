"""Recommendations on machines where the answer is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.model.equation import NAMES, PRIOR
from analysis.model.recommendation import equilibrium, recommend
from analysis.report.recommendation import format_or_disk
from bench.bundle import Setup
from tests.analysis.model.machines import machine_of, synthetic_bundle, truth

if TYPE_CHECKING:
    from analysis.model.calibration import Calibration


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return machine_of(synthetic_bundle(truth(4), most=90)).calibration


def ideal(cores: int, **given: float) -> Calibration:
    """Return a machine whose parts do not delay each other."""
    parameters = {name: 1e-6 for name in NAMES if name[:2] == "o_"}
    parameters |= {
        "k_make": 1.0,
        "k_send": 1.0,
        "k_receive": 1.0,
        "k_alone": 1.0,
        "oversubscription": 1e-6,
    }
    parameters |= {"p": 100.0, "q": 100.0, **given}
    true = np.log([parameters[name] for name in NAMES])
    calibration = machine_of(synthetic_bundle(PRIOR, most=60, cores=cores)).calibration
    return replace(calibration, fit=replace(calibration.fit, parameters=true))


def test_enough_workers_are_as_many_as_the_work_divided_by_the_step() -> None:
    calibration = ideal(cores=64)
    resolved = calibration.stage_model.resolve(
        Setup(payload="image", codec="csv", accelerator="5ms")
    )
    level = equilibrium(calibration, resolved)
    assert level.demand == pytest.approx(resolved.samples / 5e-3)
    assert level.workers == np.ceil(float(resolved.load.make) / 5000)


@pytest.mark.parametrize(
    ("cores", "given", "setup", "why"),
    [
        (64, {"k_receive": 50.0}, {"accelerator": "1ms"}, "receive-bound"),
        (2, {}, {"codec": "csv", "accelerator": "1ms"}, "CPU-bound"),
        (64, {}, {"codec": "csv", "storage": "hdd", "accelerator": "1ms"}, "storage-bound"),
    ],
    ids=["receive", "CPU", "storage"],
)
def test_where_no_number_of_workers_is_enough_it_says_why(
    cores: int, given: dict[str, float], setup: dict[str, str], why: str
) -> None:
    calibration = ideal(cores, **given)
    resolved = calibration.stage_model.resolve(Setup.model_validate({"payload": "image", **setup}))
    level = equilibrium(calibration, resolved)
    assert level.workers is None
    assert level.why.startswith(why)


def test_upgrades_are_ranked_and_can_be_run(calibration: Calibration) -> None:
    pytest.importorskip("torch", reason="a configuration is checked by what would run it")
    from bench.pipeline.configuration import configuration

    recommendation = recommend(
        calibration, Setup(payload="image", codec="csv", workers=1, storage="sata_ssd")
    )
    gains = [upgrade.gain.value for upgrade in recommendation.upgrades]
    assert gains == sorted(gains, reverse=True)
    assert {"format", "disk", "CPU"} <= {upgrade.lever for upgrade in recommendation.upgrades}
    for upgrade in recommendation.upgrades:
        if upgrade.setup is not None:
            assert configuration(upgrade.setup.model_dump()).batch == upgrade.setup.batch
    best = {u.lever: u for u in reversed(recommendation.upgrades)}
    first = max(("format", "disk"), key=lambda lever: best[lever].gain.value)
    words = {"format": "Another format", "disk": "A faster disk"}
    assert format_or_disk(recommendation).startswith(words[first])
