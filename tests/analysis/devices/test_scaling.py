"""From a machine to a device: indices, factors, and which part of a cost scales by which."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.devices.cpus import CPUS, index_of
from analysis.devices.scaling import DeviceView
from analysis.errors import AnalysisError
from bench.bundle import Setup
from hardware_profiles.catalogue import catalogue
from tests.analysis.devices.views import (
    POINTS,
    bundle,
    copied_bytes_per_s,
    fact,
    machine,
    sample_s,
    slower,
    view,
)
from tests.analysis.model.machines import machine_of


@pytest.mark.parametrize("device", ["h100", "orin", "rayban", "hearable"])
def test_work_scales_by_a_power_of_the_index(device: str) -> None:
    assert float(view(device).slower.to("1").value) == pytest.approx(slower(device))


def test_copies_scale_by_what_a_core_copies_where_that_is_known() -> None:
    ratio = copied_bytes_per_s() / fact("orin", "cpu.copy_rate", "B/s")
    assert float(view("orin").copies.to("1").value) == pytest.approx(ratio)
    # The server's is not known: copies scale as other work does.
    assert float(view("h100").copies.to("1").value) == pytest.approx(slower("h100"))


def reach(device: DeviceView, name: str) -> float:
    """Return how far a factor of scaling reaches, of the facts that a device rests on."""
    (factor,) = [f for f in device.slower.facts if name in f.name]
    assert factor.value == 1.0
    assert factor.low == pytest.approx(1 / factor.high)
    return factor.high


def on_architecture(architecture: str, device: str) -> DeviceView:
    run = bundle()
    changed = run.machine.model_copy(update={"architecture": architecture})
    other = machine_of(run.model_copy(update={"machine": changed}))
    return DeviceView.of(other, device, POINTS)


@pytest.mark.parametrize(
    ("architecture", "device", "name"),
    [
        ("x86_64", "h100", "same_isa"),
        ("AMD64", "h100", "same_isa"),
        ("aarch64", "h100", "other_isa"),
        ("arm64", "orin", "same_isa"),
        ("x86_64", "orin", "other_isa"),
    ],
)
def test_another_instruction_set_is_less_certain(architecture: str, device: str, name: str) -> None:
    expected = fact(CPUS, f"error.{name}", "1")
    assert reach(on_architecture(architecture, device), name) == pytest.approx(expected)


def test_a_microcontroller_is_less_certain_still() -> None:
    expected = fact(CPUS, "error.microcontroller", "1")
    assert reach(view("hearable"), "microcontroller") == pytest.approx(expected)


def test_an_unknown_device_is_an_error_that_names_the_others() -> None:
    with pytest.raises(AnalysisError, match="choose from h100, hearable, orin, rayban"):
        DeviceView.of(machine(), "s3_standard")


@pytest.mark.parametrize("points", [0.001, -1500.0, 0.0, 1e9, float("nan"), float("inf")])
def test_a_score_that_no_cpu_has_is_refused_with_those_that_are_plausible(points: float) -> None:
    """Known are 3.3, the low end of a Cortex-M4F at 64 MHz, to 4,310, the high end of an M4."""
    with pytest.raises(AnalysisError, match=r"from 1\.\d, .* to 8,620, "):
        DeviceView.of(machine(), "orin", points)


@pytest.mark.parametrize("points", [6.6, 156, 1500, 4310])
def test_a_score_that_a_cpu_has_is_taken(points: float) -> None:
    assert DeviceView.of(machine(), "orin", points).slower.value > 0


@pytest.mark.parametrize(
    ("cpu", "name"),
    [
        ("Apple M4", "apple_m4"),
        ("Apple M1 Pro", "apple_m1"),
        ("13th Gen Intel(R) Core(TM) i7-1360P", "i7_1360p"),
        ("AMD EPYC", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_cpu_has_the_index_that_its_name_says(cpu: str, name: str) -> None:
    assert index_of(cpu, catalogue()[CPUS]) == name


def test_a_cpu_that_says_too_little_has_the_widest_index() -> None:
    run = bundle()
    changed = run.machine.model_copy(update={"cpu": "AMD EPYC"})
    unnamed = machine_of(run.model_copy(update={"machine": changed}))
    points = fact(CPUS, "index.unknown", "point")
    exponent = fact(CPUS, "exponent.decode", "1")
    expected = (points / fact("orin", "cpu.index", "point")) ** exponent
    guessed = DeviceView.of(unnamed, "orin").slower
    assert float(guessed.to("1").value) == pytest.approx(expected)
    assert np.ptp(np.log(guessed.draws)) > np.ptp(np.log(view("orin").slower.draws))


def test_of_a_decode_a_copys_part_scales_as_copies() -> None:
    setup = Setup(payload="image", size=64, codec="json/lines/wire", batch=64)
    time, _ = view("orin").sample("image", "json", "decode")
    assert float(time.to("s/sample").value) == pytest.approx(
        sample_s("orin", setup, "decode"), rel=1e-3
    )
    transform, _ = view("orin").sample("image", "json", "transform")
    assert float(transform.to("s/sample").value) == pytest.approx(
        sample_s("orin", setup, "transform"), rel=1e-3
    )


@pytest.mark.parametrize("stages", [("transform",), ("decode",), ("storage", "decode")])
def test_stages_of_a_larger_sample_take_longer_by_its_bytes(stages: tuple[str, ...]) -> None:
    """A picture of 96 pixels a side, which was not measured, has 2.25 times the bytes of 64."""
    device = view("orin")
    usual, _ = device.sample("image", "json", *stages)
    larger, cost = device.sample("image", "json", *stages, size=96)
    assert float((larger / usual).value) == pytest.approx(2.25, rel=1e-6)
    assert "by the bytes of a sample" in cost.text


def test_encoding_scales_as_work_does() -> None:
    time = view("rayban", encodes=True).encode("image", "json")
    assert time is not None
    # 10 ms for 643,072 bytes.
    assert float(time.to("us/B").value) == pytest.approx(1e4 / 643_072 * slower("rayban"))
    assert view("rayban").encode("image", "json") is None


def test_a_loader_runs_where_its_memory_is() -> None:
    assert {name: view(name).runs_loader for name in ("h100", "orin", "rayban", "hearable")} == {
        "h100": True,
        "orin": True,
        "rayban": False,
        "hearable": False,
    }


def test_what_encoding_takes_is_as_uncertain_as_half_of_what_nothing_explains() -> None:
    time = view("rayban", encodes=True).encode("image", "json")
    assert time is not None
    (measured,) = [f for f in time.facts if "encode.image" in f.name]
    sd = machine(encodes=True).calibration.noise.work / 2
    assert np.log(measured.high / measured.value) == pytest.approx(1.645 * sd, rel=1e-3)


def test_a_stage_is_as_uncertain_as_its_cost_or_half_of_what_nothing_explains() -> None:
    time, cost = view("rayban").sample("image", "json", "transform")
    (measured,) = [f for f in time.facts if "transform.image" in f.name]
    sd = max(cost.sd, machine().calibration.noise.work / 2)
    assert np.log(measured.high / measured.value) == pytest.approx(1.645 * sd, rel=1e-3)
