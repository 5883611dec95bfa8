"""What an accelerator asks of a feed: methods, the work of samples, and what is refused."""

from __future__ import annotations

import pytest

from hardware_profiles.catalogue import catalogue
from hardware_profiles.demand import (
    demand,
    methods,
    own_size,
    relative_work,
    usual_method,
    usual_size,
    usual_workload,
)
from hardware_profiles.errors import UnknownNameError
from hardware_profiles.methods import METHODS

PROFILES = catalogue()
RESNET = PROFILES["resnet50"]


def test_every_rate_has_a_method_and_every_method_a_rate() -> None:
    tables = {
        ".".join(path.split(".")[:2])
        for profile in PROFILES.of("workloads")
        for path in profile
        if path.startswith(("demand.", "serve."))
    }
    assert tables == {method.table for method in METHODS.values()}


@pytest.mark.parametrize(
    ("workload", "size", "work"),
    [
        ("resnet50", 224, 1.0),
        ("resnet50", 112, 0.25),
        ("resnet50", 64, (64 / 224) ** 2),
        ("keyword_spotter", 8_000, 0.5),
        ("dlrm", 26, 1.0),
        ("llama3_70b", 1024, 1024.0),
    ],
)
def test_the_work_of_a_sample_follows_its_size(workload: str, size: int, work: float) -> None:
    assert relative_work(PROFILES[workload], size) == pytest.approx(work)


def test_a_step_over_smaller_images_is_shorter() -> None:
    """By hand: 64 images of 224 pixels take 9.07 ms at 7,057.8/s, of 64 pixels 12.25 times less."""
    own, smaller = (demand("h100", 1, RESNET, "tuned", size) for size in (224, 64))
    assert own.step_s(64) == pytest.approx(64 / 7057.8)
    assert own.step_s(64) / smaller.step_s(64) == pytest.approx(12.25)
    # The same FLOP/s, whatever the size.
    assert own.flop_per_sample is not None
    assert smaller.flop_per_sample is not None
    assert own.flop_per_sample * own.samples_per_s == pytest.approx(
        smaller.flop_per_sample * smaller.samples_per_s
    )


def test_several_accelerators_take_as_many_times_as_much() -> None:
    single, eight = (demand("h100", count, RESNET, "emulated", 224) for count in (1, 8))
    assert eight.samples_per_s == pytest.approx(8 * single.samples_per_s)
    assert single.peak_flop_s is not None
    assert eight.peak_flop_s == pytest.approx(8 * single.peak_flop_s)


@pytest.mark.parametrize(
    ("payload", "accelerator", "size"),
    [
        ("image", "h100", 224),
        ("image", "none", None),
        ("image", "10ms", None),
        ("image", "cpu", None),
        ("tabular", "h100", 214),
        ("tokens", "h100", None),
        ("audio", "hearable", 16_000),
    ],
)
def test_samples_have_the_size_of_what_a_device_consumes(
    payload: str, accelerator: str, size: int | None
) -> None:
    assert usual_size(payload, None, accelerator) == size


def test_the_usual_method_is_the_first_of_those_that_are_known() -> None:
    assert methods("h100", RESNET) == ("tuned", "emulated")
    assert usual_method("h100", RESNET, None, None) == "tuned"
    assert usual_method("h100", RESNET, None, "emulated") == "emulated"
    llama = PROFILES["llama3_70b"]
    assert usual_method("h100", llama, None, None) == "production"
    assert usual_method("h100", llama, "serve", None) == "fp8"


@pytest.mark.parametrize(
    ("device", "phase", "method", "message"),
    [
        ("toaster", None, None, "accelerator: no step time of resnet50 is known on 'toaster'"),
        ("h100", "serve", None, "phase: resnet50 on h100 is known to train only"),
        ("h100", None, "int8", "method: resnet50 on h100 is known by tuned, emulated, not by int8"),
        ("orin", "serve", "tuned", "method: resnet50 on orin is known by int8, int8_dla, not by"),
    ],
)
def test_what_is_not_known_is_refused_with_the_choices(
    device: str, phase: str | None, method: str | None, message: str
) -> None:
    with pytest.raises(UnknownNameError) as caught:
        usual_method(device, RESNET, phase, method)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("payload", "workload", "message"),
    [
        ("image", "gpt", "workload: there is none called 'gpt'; choose from resnet50"),
        ("image", "h100", "workload: there is none called 'h100'; choose from resnet50"),
        ("image", "llama3_70b", "workload: llama3_70b takes tokens, not image; choose from"),
    ],
)
def test_a_workload_that_does_not_take_the_payload_is_refused(
    payload: str, workload: str, message: str
) -> None:
    with pytest.raises(UnknownNameError) as caught:
        usual_workload(payload, workload)
    assert str(caught.value).startswith(message)


def test_rates_by_token_have_no_size_of_their_own() -> None:
    assert own_size(PROFILES["llama3_70b"]) is None
    assert own_size(RESNET) == 224
