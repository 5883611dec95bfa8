"""Ways of transforming in the model: times by their ratio, bytes as they are, a longer step.

Known answers: of a batch of 64 images of 64 pixels, cropped to 56, floats are 2,408,448 bytes and
bytes a quarter of that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from analysis.errors import OutOfRangeError
from analysis.model.demands import Basis
from analysis.model.recommendation import LEAST_GAIN, recommend
from bench.bundle import Setup, parse
from bench.bundle.canonical import dumps
from tests.analysis.model.machines import machine_of, synthetic_bundle, truth

if TYPE_CHECKING:
    from analysis.model.machine import Machine

FLOATS, BYTES = 64 * 37_632, 64 * 37_632 // 4
WAYS: dict[str, tuple[int, int, dict[str, list[int]]]] = {
    "steps": (8000, FLOATS, {}),
    "fused": (2000, FLOATS, {}),
    "device": (400, BYTES, {"cpu": [3000, 30, 30, 30, 30]}),
}
"""Time of a worker for a batch, bytes handed over, and what devices of the machine take."""
H100_BYTES_PER_US = 3.35e6


def timed(variant: str) -> dict[str, Any]:
    us, size, finish = WAYS[variant]
    return {
        "payload": "image",
        "size": 64,
        "batch": 64,
        "variant": variant,
        "repeat": 0,
        "batches": 100,
        "worker": [100 * us, us, us, us, us],
        "bytes": size,
        "tensors": 1,
        "finish": finish,
    }


@pytest.fixture(scope="module")
def machine() -> Machine:
    document = synthetic_bundle(truth(4), most=60).model_dump(mode="json", by_alias=True)
    document["pipeline"]["transforms"] = [timed(variant) for variant in WAYS]
    return machine_of(parse(dumps(document), "made for a test"))


def image(**fields: Any) -> Setup:
    return Setup.model_validate(
        {"payload": "image", "size": 64, "batch": 64, "workers": 1, **fields}
    )


def test_a_worker_takes_the_ratio_of_the_ways(machine: Machine) -> None:
    model = machine.stage_model
    usual = model.resolve(image())
    fused = model.resolve(image(transform="fused"))
    assert fused.cost.transform == pytest.approx(usual.cost.transform / 4)
    assert (fused.cost.storage, fused.cost.decode) == (usual.cost.storage, usual.cost.decode)
    assert fused.bytes == usual.bytes
    assert fused.cost.basis is Basis.TIMED
    assert fused.cost.sd >= usual.cost.sd
    gone = float(usual.load.make - fused.load.make)
    assert gone == pytest.approx(usual.cost.transform * 3 / 4)


def test_what_is_left_to_a_device_crosses_in_a_quarter_of_the_bytes(machine: Machine) -> None:
    model = machine.stage_model
    usual = model.resolve(image(accelerator="10ms"))
    other = model.resolve(image(accelerator="10ms", transform="device"))
    assert usual.bytes.tensors_bytes == FLOATS
    assert other.bytes.tensors_bytes == BYTES
    assert other.cost.transform == pytest.approx(usual.cost.transform / 20)
    assert float(other.load.send) < float(usual.load.send)
    assert float(other.load.step) == float(usual.load.step)  # a time is the whole step


def test_an_emulated_device_reads_and_writes_its_memory_once_more(machine: Machine) -> None:
    model = machine.stage_model
    for accelerators in (1, 4):
        fields = {"accelerator": "h100", "accelerators": accelerators}
        usual = model.resolve(image(**fields))
        other = model.resolve(image(**fields, transform="device"))
        longer = float(other.load.step - usual.load.step)
        assert longer == pytest.approx((FLOATS + BYTES) / H100_BYTES_PER_US / accelerators)


def test_without_its_transform_nothing_is_left_to_a_device(machine: Machine) -> None:
    model = machine.stage_model
    usual = model.resolve(image(accelerator="h100", remove="transform"))
    other = model.resolve(image(accelerator="h100", remove="transform", transform="device"))
    assert other.values == usual.values


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"transform": "device"}, "no device"),
        ({"transform": "fused", "payload": "tokens", "size": 1024}, "was not timed"),
        ({"transform": "device", "accelerator": "cuda"}, "accelerator"),
    ],
)
def test_what_was_not_timed_is_not_predicted(
    machine: Machine, fields: dict[str, Any], why: str
) -> None:
    with pytest.raises(OutOfRangeError, match=why):
        machine.stage_model.resolve(image(**fields))


def test_ways_of_transforming_are_upgrades_that_can_be_run(machine: Machine) -> None:
    result = recommend(machine.calibration, image(codec="parquet", accelerator="1ms"))
    upgrades = [u for u in (*result.best, *result.others) if u.lever == "transform"]
    ways = {u.setup.transform: u.gain.value for u in upgrades if u.setup}
    assert set(ways) == {"fused", "device"}
    assert ways["device"] > ways["fused"] > LEAST_GAIN
