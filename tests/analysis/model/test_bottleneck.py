"""The bottleneck of what was measured: as predictions name it, and as removals measured it."""

from __future__ import annotations

from functools import cache

import pytest

from analysis.model.bottleneck import bottlenecks
from analysis.model.interventions import CLEAR, measured_removals
from analysis.model.machine import Machine
from analysis.model.prediction import predict
from analysis.report.pipeline import pipeline_results
from bench.bundle import Setup, read
from hardware_profiles.catalogue import catalogue
from tests.analysis.model.machines import machine_of, synthetic_bundle, truth
from tests.imports import ROOT


@cache
def golden(name: str) -> Machine:
    return Machine(read(ROOT / f"tests/golden/{name}.json"), catalogue())


@pytest.mark.parametrize("name", ["two-cores", "one-core"])
def test_report_and_predictions_name_the_same_bottleneck(name: str) -> None:
    """Wherever one stage gains more than the next by 10 % of the rate, in real runs."""
    machine = golden(name)
    results = pipeline_results(machine)
    assert results
    compared = 0
    for row in results.configurations:
        if row.bottleneck is None or row.setup.accelerator == "h100":
            continue  # what was waited for an H100 then is no longer what its profile says
        prediction = predict(machine.calibration, row.setup)
        gains = sorted((gain.value for gain in prediction.gains.values()), reverse=True)
        if gains[0] - gains[1] > CLEAR:
            assert row.bottleneck.stage == prediction.bottleneck, row.label
            compared += 1
    assert compared >= 10


@pytest.mark.parametrize("name", ["two-cores", "one-core"])
def test_most_of_a_workers_time_goes_where_the_bottleneck_is(name: str) -> None:
    """The time that is shown by stage tells the same story: never the queue, seldom another."""
    results = pipeline_results(golden(name))
    assert results
    rows = [
        row
        for row in results.configurations
        if row.bottleneck and row.bottleneck.clear and row.setup.workers
    ]
    largest = [max(row.time_shares, key=row.time_shares.__getitem__) for row in rows]
    alike = sum(
        row.bottleneck.stage == s for row, s in zip(rows, largest, strict=True) if row.bottleneck
    )
    assert len(rows) >= 5
    assert alike >= 0.8 * len(rows)


def test_a_measured_removal_is_believed() -> None:
    bundle = synthetic_bundle(truth(3), most=90, seed=3)
    machine = machine_of(bundle)
    measured = measured_removals(machine.pipeline)
    known = bottlenecks(machine)
    assert measured
    compared = 0
    for setup, gains in measured.items():
        if setup in known and known[setup].measured:
            assert known[setup].gains == {s: gains[s] for s in known[setup].gains}
            assert known[setup].stage == max(gains, key=lambda stage: gains[stage])
            compared += 1
    assert compared >= 2
    assert any(not bottleneck.measured for bottleneck in known.values())


@pytest.mark.parametrize("seed", [3, 5, 7])
def test_the_model_agrees_with_measured_removals(seed: int) -> None:
    """Wherever one stage, taken out, gains more than the next by 10 % of the rate."""
    machine = machine_of(synthetic_bundle(truth(seed), most=90, seed=seed))
    compared = 0
    for setup, measured in measured_removals(machine.pipeline).items():
        predicted = predict(machine.calibration, setup).gains
        ranked = sorted((measured[stage] for stage in predicted if stage in measured), reverse=True)
        if predicted.keys() <= measured.keys() and ranked[0] - ranked[1] > CLEAR:
            best = max(predicted, key=lambda stage: measured[stage])
            assert max(predicted, key=lambda stage: predicted[stage].value) == best, setup.label
            compared += 1
    assert compared >= 2


def test_a_removal_gains_what_rates_say() -> None:
    """By hand from a run's windows: the geometric mean over repeats of rate after over before."""
    bundle = synthetic_bundle(truth(3), most=90, seed=3)
    pipeline = machine_of(bundle).pipeline
    by_setup = {record.setup: record for record in pipeline.configurations}
    setup, gains = next(iter(measured_removals(pipeline).items()))
    stage = next(iter(gains))
    base, after = by_setup[setup], by_setup[setup.model_copy(update={"remove": stage})]
    ratio = 1.0
    for before_window, after_window in zip(base.windows, after.windows, strict=True):
        ratio *= after.samples_per_s(after_window) / base.samples_per_s(before_window)
    assert 1 + gains[stage] == pytest.approx(ratio ** (1 / len(base.windows)))


def test_what_the_model_does_not_know_has_no_bottleneck() -> None:
    known = bottlenecks(golden("two-cores"))
    assert not any(setup.items == "sample" or setup.control or setup.remove for setup in known)
    assert all(isinstance(setup, Setup) for setup in known)
