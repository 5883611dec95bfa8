"""Predictions of machines that are known: intervals that hold, bottlenecks, tails, refusals."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.document import Definitions
from analysis.errors import OutOfRangeError
from analysis.model.calibration import AS_MEASURED
from analysis.model.draws import mean_period_draws, period_draws
from analysis.model.equation import terms
from analysis.model.observations import collect
from analysis.model.prediction import Prediction, predict, predict_each
from analysis.model.stage_model import stacked
from analysis.model.tails import chance_over
from analysis.report.prediction import prediction as document_of
from bench.bundle import Setup
from hardware_profiles.service import service
from tests.analysis.model.machines import machine_of, stages, synthetic_bundle, truth

if TYPE_CHECKING:
    from analysis.model.calibration import Calibration

TRUE = truth(3)


def shown(prediction: Prediction) -> dict[str, str]:
    """Return what a reader is shown of a prediction, by name."""
    (section,) = document_of(prediction).sections
    (definitions, _) = section.blocks
    assert isinstance(definitions, Definitions)
    return {name: cell.text for name, cell in definitions.items}


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return machine_of(synthetic_bundle(TRUE, most=160)).calibration


def test_intervals_hold_as_often_as_they_say(calibration: Calibration) -> None:
    """Fresh windows of configurations that were held out."""
    fresh = synthetic_bundle(TRUE, most=160, seed=99)
    assert fresh.pipeline
    assert not isinstance(fresh.pipeline, str)
    held = [c for c in fresh.pipeline.configurations if c.held_out]
    observations, _ = collect(calibration.stage_model, held)
    low, high = np.quantile(
        period_draws(calibration, observations.load, AS_MEASURED)[:, 1:], (0.05, 0.95), axis=1
    )
    period = np.exp(observations.log_period)
    inside = (low[observations.of] <= period) & (period <= high[observations.of])
    assert len(inside) >= 100
    assert 0.85 <= inside.mean() <= 0.97


def test_a_value_is_the_equations_own(calibration: Calibration) -> None:
    prediction = predict(calibration, Setup(payload="image", codec="json", workers=2))
    period = float(terms(calibration.fit.parameters, prediction.resolved.load).period)
    assert prediction.period_ms.value == pytest.approx(period / 1e3)
    assert prediction.samples_per_s.value == pytest.approx(
        (prediction.setup.batch or 0) / period * 1e6
    )
    assert (
        prediction.samples_per_s.low
        < prediction.samples_per_s.value
        < prediction.samples_per_s.high
    )
    assert (prediction.feeding_tax, prediction.gpu_busy, prediction.mfu) == (None, None, None)


def test_tax_and_busy_are_the_share_of_the_step(calibration: Calibration) -> None:
    prediction = predict(
        calibration, Setup(payload="audio", codec="csv", workers=1, accelerator="10ms")
    )
    assert prediction.feeding_tax
    assert prediction.gpu_busy
    assert prediction.feeding_tax.value + prediction.gpu_busy.value == pytest.approx(1)
    assert prediction.gpu_busy.value == pytest.approx(10 / prediction.period_ms.value, rel=0.02)
    assert 0 <= prediction.feeding_tax.low <= prediction.feeding_tax.high <= 1


@pytest.mark.parametrize(
    "setup",
    [
        Setup(payload="image", codec="json"),
        Setup(payload="audio", codec="csv", workers=1, accelerator="40ms"),
        Setup(payload="tokens", codec="parquet", storage="hdd"),
    ],
    ids=lambda setup: setup.label,
)
def test_the_bottleneck_is_what_gains_most_without(calibration: Calibration, setup: Setup) -> None:
    prediction = predict(calibration, setup)
    true = {}
    for stage in prediction.gains:
        without = calibration.stage_model.resolve(
            prediction.setup.model_copy(update={"remove": stage})
        )
        true[stage] = float(
            terms(TRUE, prediction.resolved.load).period / terms(TRUE, without.load).period - 1
        )
    assert prediction.bottleneck == max(true, key=lambda stage: true[stage])
    assert prediction.gains[prediction.bottleneck].value == pytest.approx(
        true[prediction.bottleneck], rel=0.3
    )
    assert prediction.bottleneck_probability > 0.5


def test_a_stage_that_was_removed_leaves_no_bottleneck_to_name(calibration: Calibration) -> None:
    prediction = predict(calibration, Setup(payload="image", codec="json", remove="decode"))
    assert prediction.bottleneck is None
    assert not prediction.gains
    assert "bottleneck" not in shown(prediction)


def test_more_workers_than_were_run_are_extrapolated_to(calibration: Calibration) -> None:
    most = calibration.most_workers
    inside, beyond = (
        predict(calibration, Setup(payload="image", codec="json", workers=workers))
        for workers in (most, 4 * most)
    )
    assert inside.kind == "calibrated"
    assert beyond.kind == "extrapolated"
    assert f"beyond {most} workers" in beyond.basis
    assert beyond.samples_per_s.half_width > 1.5 * inside.samples_per_s.half_width


@pytest.mark.parametrize("codec", ["json", "parquet"])
@pytest.mark.parametrize("workers", [1, 2, 4, 16, 64])
@pytest.mark.parametrize("storage", ["disk", "hdd", "ebs_gp2"])
@pytest.mark.parametrize("accelerator", ["none", "5ms"])
def test_no_interval_goes_beyond_cores_link_or_step(
    calibration: Calibration, codec: str, workers: int, storage: str, accelerator: str
) -> None:
    """By hand: what the cores, the emulated disk and the step have time for at most."""
    setup = Setup(
        payload="image", codec=codec, workers=workers, storage=storage, accelerator=accelerator
    )
    prediction = predict(calibration, setup)
    resolved, high = prediction.resolved, prediction.samples_per_s.high
    core_us = sum((resolved.cost.storage, resolved.cost.decode, resolved.cost.transform))
    assert high <= resolved.samples * calibration.stage_model.cores / core_us * 1e6
    for us in (float(resolved.load.link), float(resolved.load.step)):
        assert not us or high <= resolved.samples / us * 1e6 * 1.006
    for stage, gain in prediction.gains.items():
        assert gain.low >= 0, stage


def test_removals_share_what_nothing_explains(calibration: Calibration) -> None:
    """Without a stage as with it, a loader is as much slower or faster than its stages say."""
    setup = Setup(payload="image", codec="json", workers=2)
    gain = predict(calibration, setup).gains["transform"]
    both = [
        calibration.stage_model.resolve(setup.model_copy(update={"remove": stage}))
        for stage in (None, "transform")
    ]
    apart = mean_period_draws(calibration, stacked(both), calibration.extrapolation(both))
    independent = np.quantile(apart[0, 1:] / apart[1, 1:], (0.05, 0.95))
    assert gain.high - gain.low < 0.8 * np.ptp(independent)


def test_larger_batches_are_known_as_well_as_was_measured(calibration: Calibration) -> None:
    """Batches 8 times larger lie within 0.42 of a proportion, one SD, in a real run."""
    known = calibration.stage_model.demands.in_pipeline("image")
    assert any(codec.startswith("json") for codec in known)
    large = predict(calibration, Setup(payload="image", codec="json", workers=2, batch=1024))
    sd = large.resolved.cost.sd
    assert 0.3 <= sd <= 0.15 * 4
    # The work, with 5 % on either side of Student's distribution with 4 degrees of freedom.
    assert large.samples_per_s.high / large.samples_per_s.low < np.exp(2 * 2.13 * (sd + 0.1))


def test_more_workers_than_were_run_are_never_surely_faster(calibration: Calibration) -> None:
    inside, beyond = (
        predict(calibration, Setup(payload="image", codec="json", workers=workers)).samples_per_s
        for workers in (4, 64)
    )
    assert beyond.low < 0.9 * inside.low
    assert beyond.high / beyond.value < 1.05 * inside.high / inside.value


def test_workers_that_no_memory_holds_are_refused(calibration: Calibration) -> None:
    """64 workers of 50 MB or more, and 128 batches of 64 images, are more than 3.2 GB."""
    small = replace(calibration, stage_model=copy(calibration.stage_model))
    small.stage_model.memory_bytes = 3.2e9
    setup = Setup(payload="image", codec="json", workers=64)
    with pytest.raises(OutOfRangeError, match=r"^workers: 64 workers with 128 batches ahead take"):
        predict(small, setup)
    small.stage_model.memory_bytes = 64e9
    line = shown(predict(small, setup))["workers"]
    assert "64 GB of memory" in line
    assert "share 2 cores" in line
    assert "workers" not in shown(predict(small, Setup(payload="image", codec="json", workers=2)))


def test_what_gains_very_much_is_said_as_a_factor(calibration: Calibration) -> None:
    prediction = predict(calibration, Setup(payload="image", codec="protobuf", accelerator="60s"))
    line = shown(prediction)["bottleneck"]
    assert "step (certain): without it x" in line
    assert "%" not in line


def test_what_two_configurations_share_cancels(calibration: Calibration) -> None:
    load = calibration.stage_model.resolve(Setup(payload="image", codec="json", workers=2)).load
    same = calibration.observations.load[:1]
    pair = mean_period_draws(
        calibration, type(same)(*(np.array([v, v]) for v in vars(load).values())), AS_MEASURED
    )
    assert pair[0, 0] == pair[1, 0]
    apart = np.log(pair[0] / pair[1])
    assert apart.std() < np.log(pair[0]).std() * 1.5


def test_without_workers_there_is_no_ipc(calibration: Calibration) -> None:
    setup = Setup(payload="tabular", codec="csv")
    prediction = predict(calibration, setup)
    alone = sum(stages(prediction.setup, 1.0))
    assert prediction.period_ms.value * 1e3 == pytest.approx(alone * np.exp(TRUE[-2]), rel=0.2)


def test_a_tier_holds_a_worker_up_as_long_as_it_takes(calibration: Calibration) -> None:
    disk, hdd = (
        calibration.stage_model.resolve(Setup(payload="audio", codec="json", storage=s))
        for s in ("disk", "hdd")
    )
    takes = service("hdd").takes_s(round(hdd.bytes.encoded)) * 1e6
    assert float(disk.load.held) == 0
    assert float(hdd.load.held) == pytest.approx(takes - hdd.cost.storage)


def test_batches_that_were_not_measured_lie_on_the_line(calibration: Calibration) -> None:
    known = calibration.stage_model.demands
    setup = calibration.stage_model.completed(Setup(payload="tabular", codec="csv"))
    usual = setup.batch or 0
    for batch, basis in ((usual, "measured"), (usual * 3 // 4, "between"), (usual * 8, "beyond")):
        resolved = calibration.stage_model.resolve(setup.model_copy(update={"batch": batch}))
        true = sum(stages(resolved.setup, 1.0))
        assert resolved.cost.text.startswith(basis)
        assert float(resolved.load.make) == pytest.approx(true, rel=0.06)
    assert known.codecs
    measured = predict(calibration, setup)
    beyond = predict(calibration, setup.model_copy(update={"batch": usual * 8}))
    assert beyond.samples_per_s.half_width > 1.5 * measured.samples_per_s.half_width
    assert (measured.kind, beyond.kind) == ("calibrated", "extrapolated")


@pytest.mark.parametrize(
    ("fields", "parts"),
    [
        ({"payload": "video"}, ("payload", "tabular")),
        ({"codec": "xml"}, ("codec", "csv")),
        ({"batch": 1_000_000}, ("batch", "--add-to")),
        ({"size": 4096}, ("size",)),
        ({"storage": "floppy"}, ("storage", "floppy")),
        ({"storage": "s3_glacier_deep"}, ("storage", "restored from it first")),
        ({"storage": "cold"}, ("storage", "--storage cold")),
        ({"accelerator": "tpu"}, ("accelerator", "h100", "10ms")),
        ({"accelerator": "cuda"}, ("accelerator", "cuda")),
        ({"items": "sample"}, ("items",)),
        ({"control": "cached"}, ("control",)),
        ({"epoch": 10, "workers": 1}, ("epoch",)),
    ],
    ids=str,
)
def test_what_is_not_known_is_refused_with_its_field(
    calibration: Calibration, fields: dict[str, object], parts: tuple[str, ...]
) -> None:
    with pytest.raises(OutOfRangeError) as caught:
        predict(calibration, Setup(**fields))  # type: ignore[arg-type]
    for part in parts:
        assert part in str(caught.value)


def test_slow_batches_and_missed_deadlines(calibration: Calibration) -> None:
    setup = Setup(payload="image", codec="json", workers=1, accelerator="5ms")
    prediction = predict(calibration, setup)
    # Of the machine's windows the 99th percentile takes 1.6 times the mean, over the step.
    mean = prediction.period_ms.value
    assert prediction.p99_ms.value == pytest.approx(5 + 1.6 * (mean - 5), rel=0.05)
    shares = [
        p.missed_deadlines.value
        for ms in (1, mean, 2 * mean, 100)
        if (p := predict(calibration, setup, ms)).missed_deadlines
    ]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == 1
    assert 0.1 < shares[1] < 0.9
    assert shares[-1] < 0.001


@given(limit=st.floats(0.1, 100), longer=st.floats(1, 3))
def test_a_later_deadline_is_missed_less(limit: float, longer: float) -> None:
    excess = np.tile([0.9, 1.5, 2.0, 2.5], (3, 1))
    mean, step, level = np.array([8.0, 10.0, 12.0]), np.full(3, 5.0), np.full(3, 0.999)
    near = chance_over(limit, mean, step, excess, level)
    far = chance_over(limit * longer, mean, step, excess, level)
    assert (far <= near).all()
    assert ((near >= 0) & (near <= 1)).all()


def test_the_quantiles_of_a_period_are_met() -> None:
    excess = np.array([[0.9, 1.5, 2.0, 2.5]])
    step, mean, level = np.array([5.0]), np.array([10.0]), np.array([0.999])
    for limit, share in ((4, 1), (9.5, 0.5), (12.5, 0.05), (15, 0.01), (17.5, 0.001)):
        calibration = chance_over(limit, mean, step, excess, level)
        assert calibration == pytest.approx([share])


def test_accelerators_share_a_step_that_is_a_time() -> None:
    """As an experiment waits it: two that take 10 ms for a batch take one each 5 ms."""
    stage_model = machine_of(synthetic_bundle(truth(), most=60)).stage_model
    steps = [
        float(stage_model.resolve(Setup(accelerator="10ms", accelerators=count)).load.step)
        for count in (1, 2)
    ]
    assert steps == pytest.approx([10_000, 5_000])


def test_many_at_once_are_as_each_alone(calibration: Calibration) -> None:
    """Also where they have different stages to leave out."""
    setups = [
        Setup(payload="image", codec=codec, workers=workers, storage=storage, accelerator=step)
        for codec in ("json", "parquet")
        for workers in (0, 2, 9)
        for storage, step in (("disk", "none"), ("ebs_gp2", "10ms"), ("hdd", "h100"))
    ]
    model = calibration.stage_model
    many = predict_each(calibration, [model.resolve(setup) for setup in setups])
    assert many == tuple(predict(calibration, setup) for setup in setups)
    assert len({len(one.gains) for one in many}) > 1
