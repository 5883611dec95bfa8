"""Epochs in the model: the queue is filled anew, and workers start, unless they are persistent."""

from __future__ import annotations

from typing import Any

import pytest

from analysis.errors import OutOfRangeError
from analysis.model.prediction import predict
from analysis.model.recommendation import recommend
from analysis.model.regimes import Epochs
from bench.bundle import Bundle, Setup, parse
from bench.bundle.canonical import dumps
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
