"""ResNet-50 on JPEG records of a run: known answers, and nothing where it measured none."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from analysis.acts.feeding import feeding_tax, jpeg
from analysis.acts.feeding.setups import setup_of
from analysis.acts.scenario import scenario
from analysis.errors import OutOfRangeError
from analysis.model.machine import Machine
from bench.bundle import read
from hardware_profiles.catalogue import catalogue
from tests.conftest import ROOT

if TYPE_CHECKING:
    from bench.bundle import Bundle

RUN = ROOT / "tests/golden/two-cores.json"
OWN = {"payload": "image-natural", "codec": "protobuf/jpeg/wire"}
LEVERS = {"format": "protobuf", "layout": "jpeg", "workers": "2", "storage": "disk"}


@cache
def plain() -> Bundle:
    return read(RUN)


def with_jpeg(**timed: int) -> Machine:
    """Return a run whose pictures in Parquet are JPEG records, by what it says of them."""

    def renamed(record: Any) -> Any:
        of_images = record.payload == "image" and record.codec.startswith("parquet/columns")
        if not of_images:
            return record
        more = {
            stage: getattr(record, stage)._replace(total=us * record.batches)
            for stage, us in timed.items()
        }
        return record.model_copy(update={**OWN, **more})

    def renamed_setup(record: Any) -> Any:
        setup = record.setup
        of_images = setup.payload == "image" and setup.codec.startswith("parquet/columns")
        update = {"setup": setup.model_copy(update=OWN)} if of_images else {}
        return record.model_copy(update=update)

    bundle = plain()
    pipeline = bundle.measured_pipeline
    assert pipeline is not None
    changed = pipeline.model_copy(
        update={
            "isolated": tuple(map(renamed, pipeline.isolated)),
            "configurations": tuple(map(renamed_setup, pipeline.configurations)),
        }
    )
    return Machine(bundle.model_copy(update={"pipeline": changed}), catalogue())


def test_the_layout_says_that_pictures_are_photographs() -> None:
    made = setup_of(scenario("feeding-tax", "cloud_titan", LEVERS))
    assert (made.payload, made.codec) == ("image-natural", "protobuf/jpeg")
    png = setup_of(scenario("feeding-tax", "cloud_titan", LEVERS | {"layout": "png"}))
    assert png.payload == "image"


def test_cores_are_the_demand_times_what_a_record_takes() -> None:
    """10, 400 and 1,590 us a sample are 2 ms: of 7,057.8 pictures a second 14.1 cores' work."""
    machine = with_jpeg(storage=10 * 64, decode=400 * 64, transform=1_590 * 64)
    shapes = {s: c for s, c in jpeg._by_shape(machine).items() if c[0].batches == (64,)}
    (shape, costs), *_ = shapes.items()
    result, text = jpeg._cores(machine, catalogue(), shape, costs)
    assert result.number.value == pytest.approx(7057.8 * 2_000e-6, rel=1e-3)
    assert result.number.low < result.number.value < result.number.high
    assert "decode 0.4 ms, transform 1.59 ms" in text
    assert "14.1 such cores feed it" in text


def test_an_act_predicts_from_what_was_measured_of_jpeg() -> None:
    machine = with_jpeg()
    result = feeding_tax(machine, catalogue(), scenario("feeding-tax", "cloud_titan", LEVERS))
    assert result.setup is not None
    assert result.setup.codec == "protobuf/jpeg/wire"
    assert result.number("rate").value > 0
    assert any(r.name.startswith("jpeg.cores.protobuf/jpeg/wire") for r in result.results)
    assert any("as it ran" in text for text in result.findings)


def test_without_jpeg_nothing_is_said_of_it() -> None:
    machine = Machine(plain(), catalogue())
    assert jpeg.results(machine, catalogue()) == ([], [])
    with pytest.raises(OutOfRangeError, match="nothing of 'protobuf/jpeg' was measured"):
        feeding_tax(machine, catalogue(), scenario("feeding-tax", "cloud_titan", LEVERS))
