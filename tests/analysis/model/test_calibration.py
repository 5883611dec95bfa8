"""Calibrated on machines whose parameters are known; on disturbed ones; on too little."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.model.calibration import calibrate, pipeline_of
from analysis.model.equation import NAMES, PRIOR_SD
from analysis.model.observations import observe
from bench.bundle import Bundle, parse
from bench.bundle.canonical import dumps
from tests.analysis.model.machines import document, machine, truth

EVERYTHING = {"keep": lambda _: True}


def test_known_parameters_are_recovered_within_their_intervals() -> None:
    inside, far = [], []
    for seed in range(6):
        found = calibrate(machine(truth(seed), seed=seed, most=120), **EVERYTHING)
        sd = np.sqrt(np.diag(found.fit.covariance))
        z = (found.fit.parameters - truth(seed)) / sd
        inside += list(np.abs(z) < 1.645)
        far.append(np.abs(z).max())
    assert np.mean(inside) >= 0.75
    assert max(far) < 5


def test_what_matters_is_learnt_and_the_rest_is_named() -> None:
    found = calibrate(machine(truth(1), most=120), **EVERYTHING)
    sd = dict(zip(NAMES, np.sqrt(np.diag(found.fit.covariance)) / PRIOR_SD, strict=True))
    assert sd["k_alone"] < 0.5
    assert set(found.poorly_determined) == {name for name, share in sd.items() if share >= 0.7}


def disturbed(bundle: Bundle, share: float, least: float, most: float) -> Bundle:
    rng = np.random.default_rng(5)
    found = bundle.model_dump(mode="json", by_alias=True)
    for one in found["pipeline"]["configurations"]:
        for window in one["windows"]:
            if rng.random() < share:
                factor = rng.uniform(least, most)
                window["us"] = round(window["us"] * factor)
    return parse(dumps(found), "disturbed")


def test_a_few_disturbed_windows_move_little() -> None:
    calm = machine(truth(2), most=100)
    before, after = (calibrate(b, **EVERYTHING) for b in (calm, disturbed(calm, 0.05, 3, 4)))
    assert before.distrust == after.distrust == ()
    moved = np.abs(after.fit.parameters - before.fit.parameters) / PRIOR_SD
    assert moved.max() < 0.4


def test_a_machine_disturbed_on_purpose_is_not_trusted() -> None:
    found = calibrate(disturbed(machine(truth(2), most=100), 0.5, 1.5, 6), **EVERYTHING)
    assert "from what its own stages say" in found.distrust[-1]


def test_what_is_held_out_is_not_seen() -> None:
    bundle = machine(truth(), most=40)
    seen = calibrate(bundle).observed.configurations
    assert seen
    assert not any(c.held_out for c in seen)


def test_windows_stay_with_their_configurations() -> None:
    bundle = machine(truth(), most=30)
    whole = calibrate(bundle, **EVERYTHING).observed
    odd = np.arange(len(whole.configurations)) % 2 == 1
    half = whole.where(odd)
    assert half.configurations == whole.configurations[1::2]
    for at, one in enumerate(half.configurations):
        mine = np.exp(half.log_period[half.of == at])
        assert mine == pytest.approx([w.us / w.batches for w in one.windows])


def test_too_little_is_an_error_that_says_what_to_do() -> None:
    bundle = machine(truth(), most=3)
    with pytest.raises(AnalysisError, match="nox -s bench"):
        calibrate(bundle)
    nothing = document("quick")
    nothing["pipeline"] = None
    with pytest.raises(AnalysisError, match="not measured in this run, as in runs of a selection"):
        calibrate(parse(dumps(nothing), "x"))


def test_what_the_model_does_not_know_is_left_out_by_name() -> None:
    bundle = machine(truth(), most=20)
    found = calibrate(bundle, **EVERYTHING)
    there = [c.setup.label for c in pipeline_of(bundle).configurations if c.windows]
    assert len(found.observed.configurations) == len(there)
    _, left_out = observe(
        found.machine,
        [
            c.model_copy(update={"setup": c.setup.model_copy(update={"items": "sample"})})
            for c in found.observed.configurations[:1]
        ],
    )
    assert "a sample at a time is not in the model" in next(iter(left_out.values()))
