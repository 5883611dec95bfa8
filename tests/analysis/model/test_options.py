"""Two hundred random configurations, here and on devices: each option holds, or is refused."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import pytest

from analysis.devices.host import predict_hosts
from analysis.devices.scaling import DeviceView
from analysis.errors import OutOfRangeError
from analysis.model.machine import Machine
from analysis.model.prediction import predict
from bench.bundle import Setup, read
from hardware_profiles.catalogue import catalogue
from hardware_profiles.service import service
from tests.imports import ROOT

COUNT = 200
CHOICES: dict[str, tuple[Any, ...]] = {
    "payload": ("image", "tokens", "tabular", "audio"),
    "codec": ("csv", "json", "parquet", "protobuf"),
    "size": (32, 64, 128, 224, 1024, 16_000),
    "batch": (16, 32, 64, 256, 1024),
    "workers": (0, 1, 2, 3, 4, 8, 32),
    "prefetch": (1, 2, 4),
    "storage": ("disk", "tmpfs", "ebs_gp2", "hdd", "sata_ssd", "s3_standard", "s3_glacier_deep"),
    "accelerator": ("none", "5ms", "h100", "a100", "v100", "orin", "hearable", "toaster"),
    "accelerators": (1, 2, 8, 9),
    "phase": ("train", "serve"),
    "method": ("tuned", "emulated", "int8", "production"),
    "workload": ("resnet50", "llama3_70b", "zzz"),
    "remove": ("storage", "decode", "transform", "step"),
}
"""Of each option, what may be asked for; most are left out most of the time."""
USUAL = {"payload", "codec"}
DEVICES = (None, None, "h100", "orin", "hearable")


@cache
def machine() -> Machine:
    return Machine(read(ROOT / "tests/golden/two-cores.json"), catalogue())


def asked(seed: int) -> tuple[dict[str, Any], str | None]:
    rng = random.Random(seed)
    fields = {
        name: rng.choice(values)
        for name, values in CHOICES.items()
        if name in USUAL or rng.random() < 0.25
    }
    return fields, rng.choice(DEVICES)


def require_honoured(fields: dict[str, Any], setup: Setup) -> None:
    for name, value in fields.items():
        if name == "codec":
            assert setup.format == value
        elif name == "workload" and setup.accelerator == "none":
            continue  # nothing consumes the samples
        else:
            assert getattr(setup, name) == value, name


def ceiling(setup: Setup, encoded_bytes: float) -> float:
    """Return samples a second that the emulated disk gives at most; bytes of a batch."""
    if setup.storage in {"disk", "tmpfs"} or setup.remove == "storage":
        return float("inf")
    tier = service(setup.storage)
    return (setup.batch or 1) * tier.rate / encoded_bytes if tier.shared else float("inf")


@pytest.mark.parametrize("seed", range(COUNT))
def test_each_option_is_honoured_or_refused(seed: int) -> None:
    fields, name = asked(seed)
    setup = Setup.model_validate(fields)
    try:
        if name is None:
            prediction = predict(machine().calibration, setup)
            rates = [prediction.samples_per_s]
            result = prediction.setup
            encoded = prediction.resolved.bytes.encoded
            step_us = float(prediction.resolved.load.step)
            demand = (result.batch or 1) * 1e6 / step_us if step_us else float("inf")
            assert all(gain.value >= -1e-9 for gain in prediction.gains.values())
        else:
            hosts = predict_hosts(DeviceView.of(machine(), name), setup)
            rates = [host.samples_per_s for host in hosts]
            result = hosts[0].setup
            encoded = machine().stage_model.resolve(
                result.model_copy(
                    update={
                        "accelerator": "none", "phase": None, "method": None, "storage": "disk"
                    }
                )
            ).bytes.encoded  # fmt: skip
            demand = max((host.demand.high for host in hosts if host.demand), default=float("inf"))
    except OutOfRangeError as error:
        field, _, reason = str(error).partition(": ")
        assert field in {*CHOICES, "hearable"}
        assert reason
        return
    require_honoured(fields, result)
    for rate in rates:
        assert 0 < rate.low <= rate.value <= rate.high
        assert rate.high <= demand * 1.001
        assert rate.high <= ceiling(result, encoded) * 1.001


def test_most_are_predicted_and_many_refused() -> None:
    """Or the test above would show little."""
    answers = 0
    for seed in range(COUNT):
        fields, name = asked(seed)
        try:
            if name is None:
                predict(machine().calibration, Setup.model_validate(fields))
            else:
                predict_hosts(DeviceView.of(machine(), name), Setup.model_validate(fields))
            answers += 1
        except OutOfRangeError:
            pass
    assert COUNT * 0.25 <= answers <= COUNT * 0.9
