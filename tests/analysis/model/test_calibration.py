"""Calibrated on machines whose parameters are known; on disturbed ones; on too little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.model.equation import NAMES, PRIOR_SD
from analysis.model.observations import collect
from bench.bundle import Bundle, Configured, parse
from bench.bundle.canonical import dumps
from tests.analysis.model.machines import document, machine_of, synthetic_bundle, truth

if TYPE_CHECKING:
    from analysis.model.calibration import Calibration

pytestmark = pytest.mark.simulation


def everything(_: Configured) -> bool:
    return True


def calibrated(bundle: Bundle) -> Calibration:
    return machine_of(bundle).calibrated(everything)


def test_known_parameters_are_recovered_within_their_intervals() -> None:
    inside, far = [], []
    for seed in range(6):
        calibration = calibrated(synthetic_bundle(truth(seed), seed=seed, most=120))
        sd = np.sqrt(np.diag(calibration.fit.covariance))
        z = (calibration.fit.parameters - truth(seed)) / sd
        inside += list(np.abs(z) < 1.645)
        far.append(np.abs(z).max())
    assert np.mean(inside) >= 0.75
    assert max(far) < 5


def test_what_matters_is_learned_and_the_rest_is_named() -> None:
    calibration = calibrated(synthetic_bundle(truth(1), most=120))
    sd = dict(zip(NAMES, np.sqrt(np.diag(calibration.fit.covariance)) / PRIOR_SD, strict=True))
    assert sd["k_alone"] < 0.5
    assert set(calibration.poorly_determined) == {
        name for name, share in sd.items() if share >= 0.7
    }


def disturbed(bundle: Bundle, share: float, least: float, most: float) -> Bundle:
    rng = np.random.default_rng(5)
    fields = bundle.model_dump(mode="json", by_alias=True)
    for record in fields["pipeline"]["configurations"]:
        for window in record["windows"]:
            if rng.random() < share:
                factor = rng.uniform(least, most)
                window["us"] = round(window["us"] * factor)
    return parse(dumps(fields), "disturbed")


def test_a_few_disturbed_windows_move_little() -> None:
    calm = synthetic_bundle(truth(2), most=100)
    before, after = map(calibrated, (calm, disturbed(calm, 0.05, 3, 4)))
    assert before.reasons_not_to_trust == after.reasons_not_to_trust == ()
    moved = np.abs(after.fit.parameters - before.fit.parameters) / PRIOR_SD
    assert moved.max() < 0.4


def test_a_machine_disturbed_on_purpose_is_not_trusted() -> None:
    calibration = calibrated(disturbed(synthetic_bundle(truth(2), most=100), 0.5, 1.5, 6))
    assert "from what its own stages say" in calibration.reasons_not_to_trust[-1]


def test_what_is_held_out_is_not_seen() -> None:
    bundle = synthetic_bundle(truth(), most=40)
    records = machine_of(bundle).calibration.observations.configurations
    assert records
    assert not any(record.held_out for record in records)


def test_windows_stay_with_their_configurations() -> None:
    bundle = synthetic_bundle(truth(), most=30)
    whole = calibrated(bundle).observations
    odd = np.arange(len(whole.configurations)) % 2 == 1
    half = whole.where(odd)
    assert half.configurations == whole.configurations[1::2]
    for number, record in enumerate(half.configurations):
        periods = np.exp(half.log_period[half.of == number])
        assert periods == pytest.approx([w.us / w.batches for w in record.windows])


def test_too_little_is_an_error_that_says_what_to_do() -> None:
    bundle = synthetic_bundle(truth(), most=3)
    with pytest.raises(AnalysisError, match="nox -s bench"):
        _ = machine_of(bundle).calibration
    nothing = document("quick")
    nothing["pipeline"] = None
    with pytest.raises(AnalysisError, match="not measured in this run, as in runs of a selection"):
        _ = machine_of(parse(dumps(nothing), "x")).calibration


def test_what_the_model_does_not_know_is_left_out_by_name() -> None:
    bundle = synthetic_bundle(truth(), most=20)
    calibration = calibrated(bundle)
    measured = [c for c in machine_of(bundle).pipeline.configurations if c.windows]
    assert len(calibration.observations.configurations) == len(measured)
    _, unknown = collect(
        calibration.stage_model,
        [
            c.model_copy(update={"setup": c.setup.model_copy(update={"items": "sample"})})
            for c in calibration.observations.configurations[:1]
        ],
    )
    assert "a sample at a time is not in the model" in next(iter(unknown.values()))
