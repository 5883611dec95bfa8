"""Act III, zero waste, on a golden run: known answers, and what holds of any setting."""

from __future__ import annotations

from functools import cache
from itertools import product
from math import log2
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from analysis import cli
from analysis.acts.levers import TRACKS
from analysis.acts.outcome import ACCURACY, DEMAND, Outcome, State
from analysis.acts.scenario import scenario
from analysis.acts.zero_waste import zero_waste
from analysis.acts.zero_waste.architectures import architectures, as_it_is
from analysis.acts.zero_waste.energy import STAGES, Mission, Selection
from analysis.acts.zero_waste.information import counted_information, label_information
from analysis.acts.zero_waste.labels import wrong_labels
from analysis.acts.zero_waste.radar import radar
from analysis.acts.zero_waste.sites import forward_energy, learning_energy, metered_core_power
from analysis.acts.zero_waste.training import curve_of
from analysis.errors import AnalysisError
from analysis.ledger import chain, known
from analysis.ledger.entries import Lock
from analysis.ledger.questions import question
from analysis.ledger.rules import score_of
from analysis.model.machine import Machine
from bench.bundle import Learning, read
from hardware_profiles.catalogue import catalogue
from hardware_profiles.quantity import exact
from tests.conftest import MEASURED, ROOT

if TYPE_CHECKING:
    from pathlib import Path

RUN = ROOT / "tests/golden/two-cores.json"


@cache
def machine() -> Machine:
    return Machine(read(RUN), catalogue())


def outcome(track: str = "cloud_titan", **given: str) -> Outcome:
    levers = {name.replace("_", "-"): value for name, value in given.items()}
    return zero_waste(machine(), scenario("zero-waste", track, levers))


def value(outcome: Outcome, name: str) -> float:
    return outcome.number(name).value


def verdict(outcome: Outcome, name: str) -> Any:
    return next(v for v in outcome.verdicts if v.name == name)


@pytest.mark.parametrize("classes", [2, 10, 12])
def test_what_a_label_says_has_its_known_answers(classes: int) -> None:
    def bits(wrong: float) -> float:
        return float(label_information(exact(wrong), classes).to("b/sample").value)

    assert bits(0.0) == pytest.approx(log2(classes), abs=1e-9)
    assert bits((classes - 1) / classes) == pytest.approx(0.0, abs=1e-9)
    # The mutual information, by its definition, from the joint distribution of both labels.
    joint = np.full((classes, classes), 0.2 / classes / (classes - 1))
    np.fill_diagonal(joint, 0.8 / classes)
    ends = joint.sum(axis=0, keepdims=True) * joint.sum(axis=1, keepdims=True)
    assert bits(0.2) == pytest.approx(float((joint * np.log2(joint / ends)).sum()), abs=1e-9)


@pytest.mark.parametrize(("labels", "wrong"), [(20, 0.3), (50, 0.1), (200, 0.05)])
def test_what_counted_labels_say_is_biased_less_than_without_the_correction(
    labels: int, wrong: float
) -> None:
    rng = np.random.default_rng(labels)
    counts = rng.binomial(labels, wrong, 20_000)
    estimates = {k: counted_information(int(k), labels, 10) for k in np.unique(counts)}
    plain = {
        k: float(label_information(exact(k / labels), 10).to("b/sample").value) for k in estimates
    }
    true = float(label_information(exact(wrong), 10).to("b/sample").value)
    bias = np.mean([estimates[k] for k in counts]) - true
    uncorrected = np.mean([plain[k] for k in counts]) - true
    assert abs(bias) < uncorrected / 2
    assert abs(bias) < 0.02


@pytest.mark.parametrize("track", TRACKS)
def test_moving_takes_what_the_link_takes_for_the_bytes_that_are_left(track: str) -> None:
    mission = Mission(machine(), track, "protobuf")
    energies = mission.energies("local", Selection(exact(0.5), exact(0.9)))
    moved = float(energies.moved.to("B").value)
    assert moved == pytest.approx(0.05 * float(mission.stored.to("B").value))
    per_byte = float(mission.link["wire.energy"].to("J/B").value)
    assert float(energies.by_stage["move"].to("J").value) == pytest.approx(moved * per_byte)
    everything = mission.energies("cloud", Selection(exact(0.5), exact(0.9))).moved
    assert float((everything / mission.stored).to("1").value) == pytest.approx(1.0)


def test_learning_takes_what_the_server_takes_at_its_published_rate() -> None:
    """10.2 kW for eight, 7,058 images/s each, 24.53 GFLOP an image: 7.4 pJ an operation."""
    assert learning_energy(catalogue()).to("pJ/FLOP").value == pytest.approx(7.365, rel=0.001)
    facts = catalogue()
    orin = forward_energy(facts, "orin", facts["resnet50"])
    assert orin.to("mJ/sample").value == pytest.approx(60 / 6423.63 * 1e3, rel=1e-4)
    ear = forward_energy(facts, "hearable", facts["keyword_spotter"])
    # All of the core's power over its rate: the same number by another way.
    power, rate = (
        facts["hearable"]["power.active"],
        facts["keyword_spotter"]["serve.int8.hearable"],
    )
    assert ear.to("J/sample").value == pytest.approx((power / rate).to("J/sample").value, rel=1e-6)


def test_carbon_is_energy_times_the_grid() -> None:
    france, india = outcome(region="france"), outcome(region="india")
    for result, grams in ((france, 56.04), (india, 713.441)):
        assert value(result, "carbon") == pytest.approx(
            value(result, "energy") * grams / 1000, rel=0.001
        )


@pytest.mark.parametrize(("track", "place"), list(product(TRACKS, ("local", "cloud"))))
def test_the_stages_add_up_at_both_ends(track: str, place: str) -> None:
    result = outcome(track, filter="50%", dedup="20%", place=place)
    total = sum(value(result, f"energy.{name}") for name in STAGES)
    assert value(result, "energy") == pytest.approx(total)
    data = total - value(result, "energy.compute")
    assert value(result, "ratio") == pytest.approx(data / value(result, "energy.compute"))
    for name in STAGES:
        ends = sum(value(result, f"energy.{name}.{end}") for end in ("local", "cloud"))
        assert value(result, f"energy.{name}") == pytest.approx(ends)


@pytest.mark.parametrize("track", TRACKS)
def test_nothing_removed_is_nothing_selected_and_no_gain_over_itself(track: str) -> None:
    result = outcome(track)
    assert value(result, "energy.select") == 0
    assert value(result, "gain") == pytest.approx(1.0)
    assert verdict(result, DEMAND).state is State.MISSED


def test_half_removed_before_moving_meets_the_demand_and_after_it_does_not() -> None:
    assert verdict(outcome(filter="50%", place="local"), DEMAND).state is State.MET
    assert verdict(outcome(filter="90%", place="cloud"), DEMAND).state is State.MISSED
    assert verdict(outcome(filter="49%", place="local"), DEMAND).state is State.MISSED


def test_another_format_alone_meets_the_demand_where_it_has_half_of_the_bytes() -> None:
    for track in TRACKS:
        *_, other = architectures(machine(), scenario("zero-waste", track))
        before = as_it_is(machine(), track)
        assert other.name.startswith("another format")
        share = float((Mission(machine(), track, "protobuf").stored / before.stored).value)
        assert float(other.left.value) <= share + 1e-12
        assert (other.state is State.MET) == (float(other.left.value) <= 0.5)


def test_removing_repeats_gains_what_is_no_longer_moved() -> None:
    result = outcome("tiny_pioneer", dedup="50%", place="local")
    assert value(result, "gain") == pytest.approx(2.0)


def test_an_access_to_memory_off_the_chip_takes_a_hundred_times_an_operation_and_on_it_few() -> (
    None
):
    """At 7 nm: 1.31 + 0.38 pJ; 7.5 pJ for 64 bits of 8 KiB; 1,300 pJ for 64 bits of DDR4."""
    facts = catalogue()
    rows = {row.name: row for row in radar(facts, facts["fibre_10g"])}
    assert rows["mac.fp32"].energy.to("pJ").value == pytest.approx(1.69)
    times = {name: row.times for name, row in rows.items() if row.times is not None}
    assert times["sram_8kib"].value == pytest.approx(7.5 / 2 / 1.69)
    assert times["ddr4"].value == pytest.approx(650 / 1.69)
    assert rows["sram_1mib"].chance == 0
    assert rows["ddr4"].chance == 1
    # HBM2 has a range that holds the limit: the invariant cannot be told of it.
    assert 0.05 < rows["hbm2"].chance < 0.95


def test_filtering_on_glasses_takes_more_than_it_saves_and_in_a_warehouse_less() -> None:
    by_track = {
        track: next(f for f in outcome(track).findings if "to send one" in f) for track in TRACKS
    }
    assert "saves energy from" in by_track["cloud_titan"]
    assert "has a probability of" in by_track["mobile_nomad"]


def test_a_meter_gives_the_power_of_a_core() -> None:
    """Windows that take 8 W for each busy core above an idle of 3 W."""
    bundle = machine().bundle
    pipeline = bundle.pipeline
    assert not isinstance(pipeline, str)
    assert pipeline is not None
    assert metered_core_power(machine()) is None
    configurations = tuple(
        record.model_copy(update={"windows": tuple(map(_metered, record.windows))})
        for record in pipeline.configurations
    )
    metered = pipeline.model_copy(
        update={"configurations": configurations, "idle_uw": {"rapl": 3_000_000}}
    )
    other = Machine(bundle.model_copy(update={"pipeline": metered}), catalogue())
    power = metered_core_power(other)
    assert power is not None
    assert float(power.to("W").value) == pytest.approx(8.0, rel=1e-3)
    here, _, _ = Mission(other, "cloud_titan", "json").sites
    assert here.metered
    assert any(
        "by this machine's energy meter" in text
        for text in zero_waste(other, scenario("zero-waste", "cloud_titan")).findings
    )


def _metered(window: Any) -> Any:
    busy_us = window.consumer_cpu_us + sum(window.workers_cpu_us)
    energy = {"rapl": round(8 * busy_us + 3 * window.us)}
    return window.model_copy(update={"energy_uj": energy})


@cache
def trained_machine() -> Machine:
    """The golden run, with what another run trained."""
    line = (ROOT / "tests/golden/learning/runs.jsonl").read_bytes().splitlines()[0]
    learning = Learning.model_validate_json(line)
    return Machine(machine().bundle.model_copy(update={"learning": learning}), catalogue())


def trained_outcome(track: str = "cloud_titan", **given: str) -> Outcome:
    levers = {name.replace("_", "-"): value for name, value in given.items()}
    return zero_waste(trained_machine(), scenario("zero-waste", track, levers))


def test_without_training_the_rest_is_worked_out_and_the_remedy_is_named() -> None:
    result = outcome()
    (refusal,) = result.refusals
    assert "python -m bench learning" in refusal
    assert not any(r.name == "accuracy" for r in result.results)


@pytest.mark.parametrize("track", TRACKS)
def test_all_data_as_they_are_reach_the_target_and_no_more(track: str) -> None:
    result = trained_outcome(track)
    assert result.number("accuracy.error").value == 1
    assert result.number("accuracy.error").low == result.number("accuracy.error").high
    target = catalogue()[track]["target.accuracy"].to("percent").value
    assert value(result, "accuracy") == pytest.approx(float(target))
    assert verdict(result, ACCURACY).state is State.MET


def test_the_error_follows_labels_filter_and_repeats_as_trained() -> None:
    def error(**given: str) -> float:
        return value(trained_outcome("tiny_pioneer", **given), "accuracy.error")

    assert error(label_quality="expert") < 1 < error(label_quality="low")
    # What is removed as redundant teaches nothing; of right labels, easy samples teach less.
    assert error(dedup="50%") == 1
    assert error(filter="50%", label_quality="expert") > error(label_quality="expert")
    assert verdict(trained_outcome(filter="90%"), ACCURACY).state is State.MISSED


def test_noisy_samples_take_as_much_more_energy_as_it_takes_more_of_them() -> None:
    """A sample costs the same, whoever labelled it."""
    for track in TRACKS:
        result = trained_outcome(track)
        alike = value(result, "choice.alike")
        assert value(result, "choice.times") == pytest.approx(alike / 10_000)
        assert 1.5 < alike / 10_000 < 60
        energies = [value(result, f"{name}.energy") for name in ("noisy", "curated")]
        assert energies[0] == pytest.approx(100 * energies[1])
    # More of them are more accurate all the same: both are said.
    assert value(result, "noisy.accuracy") > value(result, "curated.accuracy")


def test_a_filter_leaves_fewer_wrong_labels_and_the_gain_sees_it() -> None:
    trained = curve_of(trained_machine())
    wrong = wrong_labels(catalogue(), "low")
    assert float(trained.wrong_after(wrong, 0.5).value) < float(wrong.value) / 3
    assert trained.wrong_after(wrong, 1.0) is wrong
    filtered = trained_outcome("tiny_pioneer", filter="50%", label_quality="low", place="local")
    # As many bits a sample as are moved, if labels were as before: what is above 1 is their noise.
    assert value(filtered, "gain") > 1.1


def test_the_lock_is_answered_by_what_was_trained() -> None:
    answer = question("zero-waste").answer(catalogue(), trained_machine())
    assert answer is not None
    assert answer.choice == "curated"
    assert answer.value == pytest.approx(value(trained_outcome(), "choice.times"))
    with pytest.raises(AnalysisError, match="bench learning"):
        question("zero-waste").answer(catalogue(), machine())
    assert question("zero-waste").answer(catalogue(), None) is None


def test_a_lock_that_this_run_cannot_answer_stays_and_the_act_opens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = tmp_path / "ledger.jsonl"
    made = Lock(question="zero-waste", choice="curated", low=1, high=9, unit="1", confidence=0.8)
    chain.append(ledger, [made])
    assert cli.main(["zero-waste", str(RUN), "--ledger", str(ledger), "--json"]) in MEASURED
    assert "python -m bench learning" in capsys.readouterr().out
    assert score_of(known.read(ledger), "zero-waste") is None
