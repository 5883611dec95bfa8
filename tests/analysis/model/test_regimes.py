"""Epochs in the model, where workers start or are persistent; files that are opened."""

from __future__ import annotations

from typing import Any

import pytest

from analysis.errors import OutOfRangeError
from analysis.model.prediction import predict
from analysis.model.recommendation import recommend
from analysis.model.regimes import Epochs, opened
from bench.bundle import Bundle, Setup, parse
from bench.bundle.canonical import dumps
from hardware_profiles.service import service
from tests.analysis.model.machines import machine_of, synthetic_bundle, truth

START_US = {1: 200_000, 2: 300_000}


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    """A run whose workers took 100 ms and 100 ms more for each of them to start, by fork."""
    document = synthetic_bundle(truth(4), most=60).model_dump(mode="json", by_alias=True)
    for record in document["pipeline"]["configurations"]:
        record["setup"]["start"] = "fork"
        for window in record["windows"]:
            window["started_us"] = START_US.get(record["setup"]["workers"])
    return parse(dumps(document), "made for a test")


def epochs(bundle: Bundle) -> Epochs:
    assert bundle.measured_pipeline
    return Epochs(bundle.measured_pipeline)


@pytest.mark.parametrize(
    ("setup", "longer_us"),
    [
        # A batch takes 10,000 us and the consumer 1,000: it is done 1,000 after the last was made.
        ({"epoch": 10, "workers": 1, "persistent": True}, 1_000),
        ({"epoch": 10, "workers": 1}, 1_000 + 2.3 * 200_000),
        # Two make ten by 50,000; the last two are handed over one after the other.
        ({"epoch": 10, "workers": 2, "persistent": True}, 2_000),
        ({"epoch": 10, "workers": 4, "persistent": True}, 2_000),  # of which two at a time
        ({"epoch": 10, "workers": 4}, 2_000 + 2.3 * 500_000),
        ({"epoch": 10, "workers": 0}, 0),
        ({"workers": 4}, 0),
    ],
)
def test_between_epochs_the_queue_is_filled_anew(
    bundle: Bundle, setup: dict[str, Any], longer_us: float
) -> None:
    result = epochs(bundle)(Setup.model_validate(setup), 2, 10_000.0, 1_000.0)
    assert result == pytest.approx(longer_us, rel=1e-6)


def test_a_long_step_waits_for_the_first_batch_alone(bundle: Bundle) -> None:
    setup = Setup(epoch=10, workers=2, persistent=True)
    assert epochs(bundle)(setup, 2, 10_000.0, 50_000.0) == pytest.approx(10_000)


def test_a_start_that_was_not_measured_is_refused(bundle: Bundle) -> None:
    setup = Setup(epoch=10, workers=2, start="spawn")
    with pytest.raises(OutOfRangeError, match=r"epoch: how long .+ by spawn was not measured"):
        epochs(bundle)(setup, 2, 1.0, 1.0)


def test_persistent_workers_are_an_upgrade_of_short_epochs(bundle: Bundle) -> None:
    calibration = machine_of(bundle).calibration
    setup = Setup(codec="csv", workers=2, epoch=10)
    short = predict(calibration, setup)
    endless = predict(calibration, setup.model_copy(update={"epoch": None}))
    assert short.period_ms.value > endless.period_ms.value + 2.3 * 300 / 10
    assert short.p99_ms.value > 2.3 * 300
    best = {upgrade.lever: upgrade for upgrade in recommend(calibration, setup).best}
    assert best["epochs"].setup
    assert best["epochs"].setup.persistent
    assert best["epochs"].gain.value > 1


@pytest.mark.parametrize(
    ("shards", "workers", "opens"),
    [(1, 4, 0), (2, 1, 1 / 4), (2, 2, 1 / 2), (8, 0, 1), (8, 4, 1), (3, 1, 1 / 3)],
)
def test_a_worker_opens_a_file_where_its_next_record_lies_in_another(
    shards: int, workers: int, opens: float
) -> None:
    """Of eight records, each worker reads every W-th."""
    assert opened(Setup(shards=shards, workers=workers)) == pytest.approx(opens)


def test_an_emulated_tier_is_asked_once_more_to_open_a_file(bundle: Bundle) -> None:
    model = machine_of(bundle).stage_model
    setup = Setup(payload="tokens", storage="s3_standard", workers=1)
    one, all_ = (model.resolve(setup.model_copy(update={"shards": n})) for n in (1, 8))
    assert float(all_.load.held - one.load.held) == pytest.approx(
        service("s3_standard").takes_s(0) * 1e6
    )


@pytest.mark.parametrize("field", ["threads", "heap"])
def test_what_is_not_in_the_model_is_refused(bundle: Bundle, field: str) -> None:
    with pytest.raises(OutOfRangeError, match=field):
        machine_of(bundle).stage_model.resolve(Setup.model_validate({field: 2}))
