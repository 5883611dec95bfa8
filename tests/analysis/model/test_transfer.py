"""One machine's parameters, another's stages."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.model.equation import NAMES
from analysis.model.transfer import transfer
from bench.bundle import Bundle, parse
from bench.bundle.canonical import dumps
from tests.analysis.model.machines import NOISE, machine_of, synthetic_bundle, truth

TRUE = truth(4)


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return synthetic_bundle(TRUE, most=90)


def test_another_machine_is_predicted_from_its_stages_alone(bundle: Bundle) -> None:
    slower = synthetic_bundle(TRUE + np.where([n in {"o_send", "o_receive", "o_cold", "o_alone"}
                                      for n in NAMES], np.log(1.5), 0.0),
                     most=60, speed=1.5, seed=8)  # fmt: skip
    result = transfer(machine_of(bundle), machine_of(slower))
    assert result.slower == pytest.approx(1.5, rel=0.02)
    assert result.scheme.throughput.mape < 2 * NOISE
    assert result.scheme.throughput.count == 60


def test_machines_that_share_no_stage_cannot_be_compared(bundle: Bundle) -> None:
    other = bundle.model_dump(mode="json", by_alias=True)
    for record in other["pipeline"]["isolated"]:
        record["batch"] += 1
    with pytest.raises(AnalysisError, match="the same preset on both"):
        transfer(machine_of(bundle), machine_of(parse(dumps(other), "other")))
