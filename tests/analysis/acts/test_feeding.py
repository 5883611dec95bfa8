"""Act II on a golden run: known answers, and what holds of any setting of its levers."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import cli
from analysis.acts.feeding import feeding_tax, resnet
from analysis.acts.feeding.gains import gains
from analysis.acts.feeding.setups import setup_of
from analysis.acts.levers import LEVERS, TRACKS
from analysis.acts.outcome import Outcome, State, verdict_of_share
from analysis.acts.scenario import scenario
from analysis.errors import AnalysisError
from analysis.ledger.entries import Try
from analysis.ledger.rules import iterations
from analysis.model.machine import Machine
from analysis.statistics.number import Number
from bench.bundle import Setup, read
from formats.names import FORMATS
from formats.registry import LAYOUTS
from hardware_profiles.catalogue import catalogue
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

RUN = ROOT / "tests/golden/two-cores.json"


@cache
def machine() -> Machine:
    return Machine(read(RUN), catalogue())


def outcome(track: str = "cloud_titan", **given: str) -> Outcome:
    return feeding_tax(machine(), catalogue(), scenario("feeding-tax", track, given))


def test_levers_are_a_configuration() -> None:
    levers = {
        "format": "parquet", "layout": "columns", "decoder": "pyarrow", "workers": "8",
        "storage": "hdd", "accelerator": "20 ms",
    }  # fmt: skip
    made = setup_of(scenario("feeding-tax", "cloud_titan", levers))
    assert made == Setup(
        codec="parquet/columns/pyarrow", workers=8, storage="hdd", accelerator="20ms"
    )
    tiny = setup_of(scenario("feeding-tax", "tiny_pioneer"))
    assert (tiny.payload, tiny.accelerator) == ("audio", "320ms"), "32 windows of 10 ms"
    canonical = {layout.format: layout.name for layout in LAYOUTS.values() if layout.canonical}
    assert canonical == {name: known.canonical for name, known in FORMATS.items()}


def test_250_mb_a_second_keep_an_h100_31_percent_busy() -> None:
    """250e6 / (7,057.8 x 114,660) = 0.309; an A100 0.665; JPEG and decoded pictures differ."""
    busy = {
        (c.device, c.method, c.record, c.count): c.utilisation.value
        for c in resnet.cases(catalogue())
    }
    assert busy["h100", "tuned", "jpeg", 1] == pytest.approx(250e6 / 7057.8 / 114_660.07, rel=1e-3)
    assert busy["h100", "tuned", "raw", 1] == pytest.approx(250e6 / 7057.8 / 150_528, rel=1e-3)
    assert busy["h100", "tuned", "jpeg", 8] == pytest.approx(
        busy["h100", "tuned", "jpeg", 1] / 8, rel=1e-6
    )
    assert all(0 < share <= 1 for share in busy.values())
    _, texts = resnet.results(catalogue())
    assert any("15 % busy if a record is 236.1 kB" in text for text in texts)


def test_without_a_run_what_follows_from_facts_is_there() -> None:
    result = feeding_tax(None, catalogue(), scenario("feeding-tax", "cloud_titan"))
    assert "nox -s bench" in result.refusals[0]
    assert {r.name.split(".")[0] for r in result.results} == {"resnet"}
    assert result.verdicts == ()


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(LEVERS["format"].names),
    st.sampled_from(LEVERS["workers"].stops),
    st.sampled_from(LEVERS["storage"].names),
    st.sampled_from(["h100", "a100", "5 ms", "20 ms"]),
)
def test_shares_are_shares_and_agree(
    form: str, workers: str, storage: str, accelerator: str
) -> None:
    levers = {"format": form, "workers": workers, "storage": storage, "accelerator": accelerator}
    result = outcome(**levers)
    tax, busy = result.number("tax"), result.number("busy")
    assert 0 <= tax.low <= tax.value <= tax.high <= 1
    assert tax.value + busy.value == pytest.approx(1)
    rate, demand = result.number("rate"), result.number("demand")
    assert rate.value <= demand.value * 1.001
    badge = result.verdicts[0]
    assert badge.state is (
        State.MET if tax.high < 0.1 else State.MISSED if tax.low >= 0.1 else State.UNKNOWN
    )
    assert {plot.name for plot in result.plots} == {
        "MFU_vs_Ingestion_Plot",
        "IngestionWaterfall",
        "DataGravityWaterfall",
    }


@pytest.mark.parametrize("workers", ["0", "2", "8"])
def test_a_faster_disk_is_never_slower(workers: str) -> None:
    order = ("hdd", "ebs_gp2", "sata_ssd", "nvme_gen3", "nvme_gen4", "nvme_gen5")
    rates = [
        outcome(workers=workers, format="parquet", storage=name).number("rate").value
        for name in order
    ]
    assert rates == sorted(rates)
    assert rates[-1] > rates[0]


@pytest.mark.parametrize("lever", ["format", "workers", "storage", "accelerator", "rate"])
def test_every_lever_moves_something(lever: str) -> None:
    choices = {"rate": ("tuned", "emulated"), "accelerator": ("h100", "a100", "20 ms")}
    stops = choices.get(lever, (*LEVERS[lever].names, *LEVERS[lever].stops))
    seen = {
        json.dumps([r.number.value for r in outcome(**{lever: stop}).results]) for stop in stops
    }
    assert len(seen) >= len(stops) - 2


def test_layout_and_decoder_move_the_rate() -> None:
    rates = {
        outcome(format="parquet", storage="disk", **levers).number("rate").value
        for levers in ({}, {"decoder": "pandas"}, {"layout": "columns", "decoder": "pandas"})
    }
    assert len(rates) == 2
    with pytest.raises(AnalysisError):
        outcome(format="parquet", decoder="none-such")


@pytest.mark.parametrize("track", TRACKS)
def test_each_track_has_an_answer(track: str) -> None:
    result = outcome(track)
    assert result.number("rate").value > 0
    assert result.findings


def test_two_gains_are_compared_draw_by_draw() -> None:
    setup = machine().stage_model.resolve(setup_of(scenario("feeding-tax", "cloud_titan"))).setup
    both = gains(machine().calibration, setup)
    assert 0 <= both.format_is_larger <= 1
    assert both.by_format.low <= both.by_format.value <= both.by_format.high
    # On a disk that is fast already, another gains nothing, and the format what it gains.
    fast = gains(machine().calibration, setup.model_copy(update={"storage": "nvme_gen4"}))
    assert fast.by_disk.value == pytest.approx(0, abs=1e-9)
    assert fast.format_is_larger > 0.5


def test_a_share_is_held_against_a_limit() -> None:
    def state(low: float, high: float) -> State:
        return verdict_of_share("x", Number((low + high) / 2, low, high), 0.1).state

    assert state(0.01, 0.05) is State.MET
    assert state(0.1, 0.2) is State.MISSED
    assert state(0.05, 0.2) is State.UNKNOWN


def test_the_equilibrium_is_searched_for_in_the_ledger() -> None:
    def move(workers: str, enough: float) -> Try:
        return Try(
            act="feeding-tax",
            track="cloud_titan",
            settings={"workers": workers},
            outcome={"equilibrium": enough},
        )

    assert iterations([]) == (0, None)
    assert iterations([move("1", 3.0), move("4", 3.0)]) == (2, None)
    assert iterations([move("1", 3.0), move("3", 3.0), move("3", 3.0)]) == (2, 2), "tried again"


def test_the_command_opens_after_its_lock_and_hands_on_its_configuration(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    named: list[Any] = ["--ledger", str(tmp_path / "ledger.jsonl")]
    assert cli.main(["feeding-tax", str(RUN), *named]) == 1
    assert "python -m analysis lock feeding-tax" in capsys.readouterr().err
    lock = ["--choose", "disk", "--low", "10", "--high", "60", "--confidence", "70"]
    assert cli.main(["lock", "feeding-tax", *lock, *named]) == 0
    capsys.readouterr()
    assert cli.main(["feeding-tax", str(RUN), "--workers", "8", *named]) in {0, 3}
    printed = " ".join(capsys.readouterr().out.split())
    assert "It is the other: JSON to Protobuf gains more" in printed
    assert "The rule of 15 iterations: 1 tried" in printed
    assert cli.main(["feeding-tax", str(RUN), "--json", *named]) in {0, 3}
    answer = json.loads(capsys.readouterr().out)
    assert answer["verdicts"]["GPU Hunger < 10%"]["state"] == "missed"
    assert cli.main(["feeding-tax", str(RUN), "--configuration", "--workers", "8"]) == 0
    printed_setup = Setup.model_validate_json(capsys.readouterr().out)
    assert (printed_setup.workers, printed_setup.storage) == (8, "ebs_gp2")
    assert answer["configuration"] == printed_setup.model_dump(mode="json") | {"workers": 4}
