"""Act III in a terminal, as JSON, and on a page: the same as the act says."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import orjson
import pytest

from analysis import cli
from analysis.acts.drift import drift
from analysis.acts.levers import ACTS, LEVERS
from analysis.acts.outcome import DRIFT
from analysis.acts.scenario import scenario
from analysis.document import Document
from analysis.document.live import Live
from analysis.ledger.entries import Lock, Reveal
from analysis.ledger.questions import QUESTIONS
from analysis.model.machine import Machine
from analysis.render import html
from analysis.report import acts
from analysis.report.dashboard.drift import DriftPanel
from bench.bundle import read
from formats.payloads.doorbell import ONE, firmware
from hardware_profiles.catalogue import catalogue
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

RUN = ROOT / "tests/golden/two-cores.json"
OPEN = (Reveal(question="drift"),)
MOST_BYTES = 150_000


@pytest.fixture(scope="module")
def machine() -> Machine:
    return Machine(read(RUN), catalogue())


def page(machine: Machine, *bodies: Reveal | Lock) -> str:
    return html.text(Document("The acts", (acts.section(machine, bodies),)))


def test_the_page_holds_the_act_once_it_is_open_and_no_more_than_it_may(machine: Machine) -> None:
    closed, shown = page(machine), page(machine, *OPEN)
    update = firmware(machine.bundle.run.nonce)
    assert "DriftECDF" not in closed
    assert "the gain of blue rose" not in closed
    for name in ("DriftECDF", "DriftOverDays", "PowerOverWindow", "FleetSize", DRIFT):
        assert name in shown
    assert f"{update.city.capitalize()} got the firmware" in shown
    for lever in ACTS["drift"]:
        assert f'name="{lever}"' in shown
    assert len(shown.encode()) - len(closed.encode()) < MOST_BYTES


def _at(text: str, at: dict[str, str], panel: DriftPanel) -> str:
    assert isinstance(text, Live)
    place = 0
    for name in text.texts.controls:
        options = panel.controls[name].settings
        place = place * len(options) + options.index(at[name])
    return text.texts.values[place]


def test_the_panel_says_what_the_act_says_at_any_setting(machine: Machine) -> None:
    panel, draw = DriftPanel(machine), random.Random(3)
    badge, (alert,) = panel.badge(), panel.log()
    for _ in range(12):
        at = {name: draw.choice(list(LEVERS[name].on_page)) for name in ACTS["drift"]}
        chosen = scenario("drift", "cloud_titan", at)
        outcome = drift(chosen, machine.catalogue, machine.bundle.run.nonce, machine.bundle)
        (verdict,) = outcome.verdicts
        assert _at(badge.text, at, panel) == verdict.word
        assert _at(badge.note, at, panel) == verdict.reason
        said = " ".join(outcome.log) or "No alert about drift."
        assert _at(alert.text, at, panel) == said


def test_a_question_is_answered_by_the_runs_own_stream(machine: Machine) -> None:
    question = QUESTIONS["drift"]
    update = firmware(machine.bundle.run.nonce)
    answer = question.answer(machine.catalogue, machine)
    assert answer is not None
    assert answer.choice == update.city
    assert answer.choice in question.choices
    assert answer.value == update.blue / ONE
    without = question.answer(machine.catalogue, None)
    assert without is not None


def test_the_command_works_without_any_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["drift", "--json", "--ledger", "ledger.jsonl", "--firmware-date", "2026-03-12"]
    assert cli.main(arguments) != 0
    assert "Predict it first" in capsys.readouterr().err
    assert cli.main([*arguments, "--reveal"]) == 0
    said = orjson.loads(capsys.readouterr().out)
    values = said.get("values", said)
    assert values["act"] == "drift"
    assert values["results"]["since"]["value"] == 12
    assert values["results"]["gain"]["kind"] == "assumed"
    assert "learning" in values["refusals"][0]


def test_the_command_follows_the_run_it_is_given(
    tmp_path: Path, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = str(tmp_path / "ledger.jsonl")
    assert cli.main(["drift", str(RUN), "--reveal", "--ledger", ledger, "--window", "50"]) == 0
    said = capsys.readouterr().out
    city = firmware(machine.bundle.run.nonce).city.capitalize()
    assert f"{city} got the firmware" in " ".join(said.split())
