"""A configuration on a device's host: known answers from the equation and the profiles."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.devices.host import predict_host, predict_hosts
from analysis.errors import OutOfRangeError
from analysis.model.equation import PARAMETERS, Load, terms
from bench.bundle import Setup
from hardware_profiles.provenance import Kind
from tests.analysis.devices.views import bundle, fact, machine, slower, view
from tests.analysis.model.machines import DECODED, ENCODED, stages

SETUP = Setup(payload="image", codec="json/lines/wire", batch=64, size=64)
SMALLER = (224 / 64) ** 2
"""How many times as much work a picture of the workload is: convolutions work for each pixel."""


TABULAR = Setup(payload="tabular", codec="csv/rows/wire", batch=4096, size=26)


def load_on(
    device: str,
    workers: int,
    cores: float,
    sharers: float,
    demand: float | None,
    setup: Setup = SETUP,
) -> Load:
    """Return what a batch asks of a device's host, from the stages that the bundle holds."""
    measured = machine().stage_model.resolve(
        setup.model_copy(update={"workers": 1, "storage": "disk", "accelerator": "none"})
    )
    batch, format_name = setup.batch or 1, setup.codec.partition("/")[0]
    factor, copies = slower(device), float(view(device).copies.to("1").value)
    disk = fact(device, "storage.nvme.read", "B/s")
    encoded = ENCODED[format_name] * DECODED[setup.payload] * batch
    reading = encoded * sharers / disk * 1e6
    values = {
        "workers": workers,
        "prefetch": 2,
        "cores": cores,
        "make": sum(stages(setup, 1.0)) * factor,
        "held": reading,
        "send": float(measured.load.send) * copies,
        "receive": float(measured.load.receive) * factor,
        "copy": 0.0,
        "step": batch / demand * 1e6 if demand else 0.0,
        "waited": 0.0,
        "busy_cores": 0.0,
        "link": reading,
    }
    return Load(**{name: np.array(float(value)) for name, value in values.items()})


def period_us(device: str, load: Load) -> float:
    """Return the equation's time of a batch; of the parameters, times of work take longer."""
    parameters = machine().calibration.parameter_draws[:, 0].copy()
    for number, parameter in enumerate(PARAMETERS):
        if parameter.unit == "us" and parameter.name != "o_wait":
            parameters[number] += np.log(slower(device))
    return float(terms(parameters, load).period)


def test_an_accelerator_gets_its_share_of_the_host() -> None:
    """An H100's server has 112 cores and eight accelerators: 14 cores, 13 of them for workers."""
    demand = fact("resnet50", "demand.tuned.h100", "image/s") * SMALLER
    period = period_us("h100", load_on("h100", 13, 14.0, 8.0, demand))
    host = predict_host(view("h100"), SETUP)
    assert host.setup.workers == 13
    assert host.samples_per_s.value == pytest.approx(64e6 / period, rel=1e-3)
    assert host.demand is not None
    assert host.demand.value == pytest.approx(demand)
    assert host.feeding_tax is not None
    assert host.feeding_tax.value == pytest.approx(1 - 64e6 / demand / period, abs=1e-3)
    assert host.samples_per_s.kind is Kind.EXTRAPOLATED
    assert host.samples_per_s.low < host.samples_per_s.value < host.samples_per_s.high


def test_without_a_demand_there_is_no_tax() -> None:
    """No training of ResNet-50 on an Orin is known, but its inference is; of DLRM, nothing."""
    setup = Setup(payload="tabular", codec="csv")
    host = predict_host(view("orin"), setup)
    assert (host.demand, host.feeding_tax) == (None, None)
    assert host.busiest in {"consumer", "workers", "cores", "link"}


def test_workers_that_are_named_are_kept() -> None:
    cores = fact("orin", "cpu.cores", "1")
    demand = fact("resnet50", "serve.int8.orin", "image/s") * SMALLER
    host = predict_host(view("orin"), SETUP.model_copy(update={"workers": 2}))
    period = period_us("orin", load_on("orin", 2, cores, 1.0, demand))
    assert host.setup.workers == 2
    assert host.samples_per_s.value == pytest.approx(64e6 / period, rel=1e-3)


def test_a_host_that_nothing_waits_for_is_bound_by_its_work() -> None:
    """Reading is 8 % of the work here, so that all of it shows in the rate."""
    cores = fact("orin", "cpu.cores", "1")
    host = predict_host(view("orin"), TABULAR.model_copy(update={"workers": 1}))
    load = load_on("orin", 1, cores, 1.0, None, TABULAR)
    period = period_us("orin", load)
    assert host.demand is None
    assert host.busiest == "workers"
    assert float(load.held) > 0.05 * float(load.make)
    assert host.samples_per_s.value == pytest.approx(4096e6 / period, rel=1e-3)
    # Its width is that of the parameters, the machine's work and what scaling misses.
    assert host.samples_per_s.half_width > 0.1


def test_accelerators_share_the_disk() -> None:
    """Eight of an H100's server read what one reads here: an eighth of the disk for each."""
    host = predict_host(view("h100"), TABULAR.model_copy(update={"workers": 1}))
    assert host.demand is not None
    shared = load_on("h100", 1, 14.0, 8.0, host.demand.value, TABULAR)
    assert host.samples_per_s.value == pytest.approx(4096e6 / period_us("h100", shared), rel=1e-3)


def test_a_device_that_cannot_run_a_loader_is_refused_with_its_memory() -> None:
    with pytest.raises(OutOfRangeError, match="512 KiB of memory do not hold Python"):
        predict_host(view("hearable"), SETUP)


def test_a_throughput_lists_what_it_rests_on() -> None:
    host = predict_host(view("h100"), SETUP)
    names = {fact_.name for fact_ in host.inputs}
    assert any(name.startswith(f"run-{bundle().digest[:12]} make.image") for name in names)
    assert any(name.startswith("geekbench6 error.same_isa") for name in names) or any(
        name.startswith("geekbench6 error.other_isa") for name in names
    )
    assert host.dominant is not None
    assert host.dominant.name in names
    assert 0 < host.dominant.share <= 1


def test_a_demand_in_tokens_is_divided_by_the_length_of_a_sequence() -> None:
    """By hand: 651 tokens a second are 0.636 sequences of 1,024."""
    host = predict_host(view("h100"), Setup(payload="tokens", codec="json"))
    assert host.setup.size == 1024
    assert host.demand is not None
    assert host.demand.value == pytest.approx(
        fact("llama3_70b", "demand.production.h100", "token/s") / 1024
    )


@pytest.mark.parametrize("payload", ["image", "audio"])
@pytest.mark.parametrize(
    ("option", "slower_or_not"),
    [
        ({"storage": "hdd"}, True),
        ({"workers": 0}, True),
        ({"workers": 1}, True),
        ({"accelerator": "none"}, False),
        ({"remove": "storage"}, False),
        ({"remove": "decode"}, False),
        ({"remove": "transform"}, False),
    ],
)
def test_an_option_shows_in_the_answer(
    payload: str, option: dict[str, object], slower_or_not: bool
) -> None:
    """Each option of a configuration holds on a device; none is dropped."""
    fields = {"payload": payload, "codec": "csv"}
    usual = predict_host(view("h100"), Setup.model_validate(fields))
    other = predict_host(view("h100"), Setup.model_validate(fields | option))
    for name, value in option.items():
        assert getattr(other.setup, name) == value
    if slower_or_not:
        assert other.samples_per_s.value < usual.samples_per_s.value
    else:
        assert other.samples_per_s.value >= usual.samples_per_s.value * 0.999


def test_a_step_that_is_removed_takes_no_time() -> None:
    host = predict_host(view("h100"), Setup(payload="image", codec="json", remove="step"))
    assert (host.demand, host.feeding_tax) == (None, None)
    assert "no step" in host.setup.label


def test_a_time_to_wait_is_a_step_on_a_device_too() -> None:
    """By hand: batches of 64, one each 10 ms, are 6,400 a second."""
    fields = {"codec": "parquet", "batch": 64, "accelerator": "10ms"}
    for count in (1, 2):
        host = predict_host(view("h100"), Setup.model_validate(fields | {"accelerators": count}))
        assert host.demand is not None
        assert host.demand.value == pytest.approx(6400 * count)


def test_accelerators_that_are_asked_for_have_their_part_of_the_host() -> None:
    """Eight of eight: all 112 cores, 111 of them for workers."""
    demand = fact("resnet50", "demand.tuned.h100", "image/s")
    host = predict_host(view("h100"), Setup(codec="json", accelerators=8))
    assert host.demand is not None
    assert host.demand.value == pytest.approx(8 * demand)
    assert (host.setup.workers, host.host_accelerators) == (111, 8)


def test_pictures_have_the_size_of_the_workload() -> None:
    host = predict_host(view("h100"), Setup(codec="json"))
    assert host.setup.size == 224
    assert host.demand is not None
    assert host.demand.value == pytest.approx(fact("resnet50", "demand.tuned.h100", "image/s"))


def test_formats_differ_where_the_accelerator_waits() -> None:
    rates = {
        name: predict_host(view("h100"), Setup(codec=name, workers=1)).samples_per_s.value
        for name in ("csv", "json", "parquet", "protobuf")
    }
    assert len(set(rates.values())) == 4
    assert rates["parquet"] > rates["json"] > rates["csv"]


def test_each_method_that_is_known_gives_an_answer() -> None:
    usual, other = predict_hosts(view("h100"), Setup(codec="json"))
    assert [usual.setup.method, other.setup.method] == ["tuned", "emulated"]
    assert usual.demand is not None
    assert other.demand is not None
    assert usual.demand.value == pytest.approx(7057.8)
    assert other.demand.value == pytest.approx(400 / 0.224)
    (single,) = predict_hosts(view("h100"), Setup(codec="json", method="emulated"))
    assert single == other


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"accelerators": 9}, "accelerators: h100 has 8 in one host"),
        ({"accelerator": "orin"}, "accelerator: h100 has its own"),
        ({"accelerator": "cpu"}, "accelerator: h100 has its own"),
        ({"storage": "s3"}, "storage: s3 was measured from here"),
        ({"storage": "floppy"}, "storage: there is no profile 'floppy'"),
        ({"storage": "s3_glacier_deep"}, "storage: s3_glacier_deep answers after"),
        ({"workload": "gpt"}, "workload: there is none called 'gpt'"),
        ({"workload": "llama3_70b"}, "workload: llama3_70b takes tokens, not image"),
        ({"phase": "serve"}, "phase: resnet50 on h100 is known to train only"),
        ({"method": "int8"}, "method: resnet50 on h100 is known by"),
        ({"control": "cached"}, "control: "),
        ({"epoch": 4}, "epoch: "),
    ],
)
def test_what_a_device_cannot_do_is_refused(option: dict[str, object], message: str) -> None:
    with pytest.raises(OutOfRangeError) as caught:
        predict_host(view("h100"), Setup.model_validate({"codec": "json"} | option))
    assert str(caught.value).startswith(message)
