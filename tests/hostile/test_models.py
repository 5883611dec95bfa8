"""Bundles of strangers with a pipeline: refused with a reason, or predicted from, in numbers."""

from __future__ import annotations

import random
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np
import orjson
import pytest

from analysis.errors import AnalysisError
from analysis.model.prediction import predict
from analysis.model.recommendation import recommend
from analysis.model.validation import HELD_OUT, validate
from analysis.render import json
from analysis.report import calibration as calibration_report
from bench.bundle import BundleError, Setup, parse
from bench.bundle.canonical import dumps
from tests.analysis.model.machines import machine_of
from tests.hostile.test_bundles import mutate, refused_share

pytestmark = pytest.mark.hostile

GOLDEN = Path(__file__).parents[1] / "golden/two-cores.json"
FEW = 10


@cache
def golden() -> bytes:
    """Return a part of a real run, small enough to be mutated many times."""
    document = orjson.loads(GOLDEN.read_bytes())
    document["cases"] = [c for c in document["cases"] if c["kind"] in {"memcpy", "decode"}][:4]
    pipeline = document["pipeline"]
    pipeline["configurations"] = pipeline["configurations"][:FEW]
    for result in pipeline["configurations"]:
        result["windows"] = [
            {**window, "raw": window["raw"][:2]} for window in result["windows"][:2]
        ]
    return dumps(document)


def use(data: bytes) -> None:
    """Read a bundle, and ask the model all that there is to ask."""
    bundle = parse(data, "stranger's")
    machine = machine_of(bundle)
    calibration = machine.calibration
    json.text(calibration_report.calibration(calibration))
    for setup in (Setup(codec="json", workers=1, accelerator="10ms"), Setup(storage="hdd")):
        with suppress(AnalysisError):
            message = predict(calibration, setup, 12.0)
            numbers = (message.samples_per_s, message.p99_ms)
            assert np.isfinite([(n.value, n.low, n.high) for n in numbers]).all()
            recommend(calibration, setup)
    validate(machine, (HELD_OUT, "one format"))


def test_the_document_that_is_mutated_is_a_good_one() -> None:
    use(golden())


def test_some_mutations_are_refused_and_some_are_not() -> None:
    assert 0.1 < refused_share(golden(), "pipeline") < 0.9


@pytest.mark.parametrize("seed", range(150))
def test_a_mutated_pipeline_is_refused_or_predicted_from(seed: int) -> None:
    rng = random.Random(seed)
    document = orjson.loads(golden())
    for _ in range(rng.randint(1, 3)):
        mutate(document["pipeline"], rng)
    with suppress(BundleError, AnalysisError):
        use(dumps(document))
