"""Recommendations on machines where the answer is known."""

from __future__ import annotations

import time
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.document import Table
from analysis.model.equation import NAMES, PRIOR, terms
from analysis.model.recommendation import KNEE, LEAST_GAIN, equilibrium, recommend
from analysis.report.recommendation import format_or_disk
from analysis.report.recommendation import recommendation as document_of
from bench.bundle import Setup
from bench.bundle.setup import MOST_WORKERS
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
    """A worker makes a batch while it sends the one before; 95 % of the step's rate is enough."""
    calibration = ideal(cores=64, k_receive=1e-6)
    resolved = calibration.stage_model.resolve(
        Setup(payload="image", codec="csv", accelerator="300us")
    )
    level = equilibrium(calibration, resolved)
    assert level.demand == pytest.approx(resolved.samples / 3e-4)
    busy_us = max(float(resolved.load.make), float(resolved.load.send))
    assert level.workers == np.ceil(KNEE * busy_us / 300) > 3


@pytest.mark.parametrize(
    ("cores", "given", "setup", "why"),
    [
        (64, {"k_receive": 50.0}, {"accelerator": "1ms"}, "the consumer"),
        (2, {}, {"codec": "csv", "accelerator": "1ms"}, "the CPU"),
        (64, {}, {"codec": "csv", "storage": "hdd", "accelerator": "1ms"}, "the disk"),
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
    gains = [upgrade.gain.value for upgrade in recommendation.best]
    assert gains == sorted(gains, reverse=True)
    assert {"format", "disk", "CPU"} <= {upgrade.lever for upgrade in recommendation.best}
    for upgrade in recommendation.runnable:
        assert upgrade.setup
        assert configuration(upgrade.setup.model_dump()).batch == upgrade.setup.batch
    best = {upgrade.lever: upgrade for upgrade in recommendation.best}
    first = max(("format", "disk"), key=lambda lever: best[lever].gain.value)
    words = {"format": "Another format", "disk": "A faster disk"}
    assert format_or_disk(recommendation).startswith(words[first])


def with_cores(calibration: Calibration, cores: int, memory_bytes: float = 1e12) -> Calibration:
    stage_model = copy(calibration.stage_model)
    stage_model.cores, stage_model.memory_bytes = cores, memory_bytes
    return replace(calibration, stage_model=stage_model)


@given(
    cores=st.integers(2, 128),
    workers=st.integers(0, 64),
    storage=st.sampled_from(["disk", "hdd", "ebs_gp2", "s3_standard"]),
    accelerator=st.sampled_from(["none", "1ms", "20ms"]),
    codec=st.sampled_from(["json", "parquet"]),
)
def test_on_any_number_of_cores_nothing_contradicts_itself(
    calibration: Calibration,
    cores: int,
    workers: int,
    storage: str,
    accelerator: str,
    codec: str,
) -> None:
    machine = with_cores(calibration, cores)
    setup = Setup(
        payload="image", codec=codec, workers=workers, storage=storage, accelerator=accelerator
    )
    recommendation = recommend(machine, setup)
    level = recommendation.equilibrium
    assert 0 <= level.best <= MOST_WORKERS
    assert level.workers in {None, level.best}
    for upgrade in recommendation.runnable:
        assert upgrade.setup
        assert Setup.model_validate_json(upgrade.setup.model_dump_json()) == upgrade.setup
        if upgrade.lever == "workers":
            assert upgrade.setup.workers == level.best
    # No number of workers that is tried is clearly better than the one that is said to be enough.
    rates = {
        n: 1 / terms(machine.fit.parameters, machine.stage_model.resolve(changed).load).period
        for n in range(MOST_WORKERS + 1)
        for changed in (setup.model_copy(update={"workers": n}),)
    }
    wanted = [rates[level.best]] if level.demand is None or level.workers is None else []
    assert all(rate >= KNEE * max(rates.values()) for rate in wanted)
    if level.demand is not None and level.workers is not None:
        assert level.rate >= KNEE * level.demand


@pytest.mark.parametrize("workers", [2, 40])
def test_upgrades_are_numbered_without_a_gap(calibration: Calibration, workers: int) -> None:
    recommendation = recommend(
        calibration, Setup(payload="image", codec="csv", workers=workers, storage="hdd")
    )
    table = document_of(recommendation).sections[-1].blocks[-1]
    assert isinstance(table, Table)
    numbers = [row.cells[0].text for row in table.rows]
    places = [text for text in numbers if text != "-"]
    assert places == [str(place) for place in range(1, len(places) + 1)]
    assert len(places) >= 2
    assert all(upgrade.gain.value > LEAST_GAIN for upgrade in recommendation.best)


def test_a_million_cores_take_no_longer(calibration: Calibration) -> None:
    start = time.perf_counter()
    recommend(with_cores(calibration, 1_000_000), Setup(payload="image", codec="json"))
    assert time.perf_counter() - start < 5


def test_no_more_workers_are_recommended_than_memory_holds(calibration: Calibration) -> None:
    """1 GB holds fewer than 20 workers of 50 MB and their batches."""
    setup = Setup(payload="image", codec="json", storage="s3_standard")
    small = recommend(with_cores(calibration, 64, 1e9), setup)
    assert small.equilibrium.best < 20
    assert recommend(with_cores(calibration, 64), setup).equilibrium.best > 20
