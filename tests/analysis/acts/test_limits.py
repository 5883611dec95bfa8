"""A course's limits: badges are held against them everywhere, and read so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from analysis import cli
from analysis.acts.feeding import feeding_tax
from analysis.acts.gravity import gravity
from analysis.acts.limits import PLAN, Limits
from analysis.acts.mission import mission_result
from analysis.acts.outcome import EGRESS, HUNGER, State
from analysis.acts.scenario import scenario
from analysis.document import Document
from analysis.ledger.entries import Reveal
from analysis.model.machine import Machine
from analysis.render import markdown
from analysis.report import acts, tracks
from analysis.report.acts import PANELS
from analysis.report.dashboard.controls import offer_of
from bench.bundle import read
from bench.course import Course, Lab
from hardware_profiles.catalogue import catalogue
from tests.conftest import MEASURED, ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.acts.outcome import Outcome, Verdict

RUN = ROOT / "tests/golden/two-cores.json"
FACTS = catalogue()
COURSE = """\
name = "ML Systems"
term = "2026"
nonce = "mls-2026"
[lab]
iterations = 7
egress_usd = 50_000
hunger = 0.995
[[questions]]
name = "gravity"
text = "Wire or wheels?"
prompt = "When would you send a lorry?"
"""


@pytest.fixture(scope="module")
def machine() -> Machine:
    return Machine(read(RUN), FACTS)


def verdict(outcome: Outcome, name: str) -> Verdict:
    return next(verdict for verdict in outcome.verdicts if verdict.name == name)


def test_they_are_the_plan_s_where_no_course_says_others() -> None:
    assert Limits.of(Lab()) == PLAN == Limits()
    assert (PLAN.egress_title, PLAN.hunger_title) == (EGRESS, HUNGER)
    assert Limits.of(Lab(egress_usd=5e4, hunger=0.2)) == Limits(5e4, 0.2)


@pytest.mark.parametrize(
    ("limits", "titles"),
    [
        (Limits(50_000, 0.2), ("Egress < $50k", "GPU Hunger < 20%")),
        (Limits(1_500_000, 0.125), ("Egress < $1.5M", "GPU Hunger < 12.5%")),
        (Limits(999, 0.001), ("Egress < $999", "GPU Hunger < 0.1%")),
        (Limits(0.5, 0.999), ("Egress < $0.5", "GPU Hunger < 99.9%")),
    ],
)
def test_a_badge_reads_as_its_limit(limits: Limits, titles: tuple[str, str]) -> None:
    assert (limits.egress_title, limits.hunger_title) == titles


def test_egress_is_held_against_the_course_s_limit() -> None:
    chosen = scenario("gravity", "cloud_titan", {"size": "1 PB"})
    cost = gravity(chosen, FACTS).quantity("egress").to("USD")
    low, value, high = (float(part) for part in (cost.low, cost.value, cost.high))
    assert 50_000 < low < high < 100_000
    above, below = Limits(egress_usd=high * 1.01), Limits(egress_usd=low * 0.99)
    far = Limits(egress_usd=value * 2.01)
    held = [verdict(gravity(chosen, FACTS, limits), EGRESS) for limits in (PLAN, above, below)]
    assert [result.state for result in held] == [State.MET, State.MET, State.MISSED]
    assert held[2].label == below.egress_title
    assert f"is not below {below.egress.text()}" in held[2].reason
    assert any("egress of this" in line for line in gravity(chosen, FACTS, above).log)
    assert not any("egress of this" in line for line in gravity(chosen, FACTS, far).log)


def test_hunger_is_held_against_the_course_s_limit(machine: Machine) -> None:
    chosen = scenario("feeding-tax", "cloud_titan")
    usual = feeding_tax(machine, FACTS, chosen)
    tax = usual.number("tax")
    assert verdict(usual, HUNGER).state is State.MISSED
    assert any("is idle for" in line for line in usual.log)
    loose = Limits(hunger=(tax.high + 1) / 2)
    outcome = feeding_tax(machine, FACTS, chosen, loose)
    held = verdict(outcome, HUNGER)
    assert (held.state, held.label) == (State.MET, loose.hunger_title)
    assert not any("is idle for" in line for line in outcome.log)
    between = feeding_tax(machine, FACTS, chosen, Limits(hunger=tax.value))
    assert verdict(between, HUNGER).state is State.UNKNOWN


def test_panels_and_missions_say_what_the_acts_say(machine: Machine) -> None:
    limits = Limits(egress_usd=50_000, hunger=0.995)
    result = mission_result(machine, "cloud_titan", ("gravity", "feeding-tax"), limits)
    for act, name in (("gravity", EGRESS), ("feeding-tax", HUNGER)):
        chosen = scenario(act, "cloud_titan")
        offered = offer_of(chosen, shows_solution=True)
        badge = PANELS[act](machine, offered, limits).badge()
        held = verdict(result.outcomes[act], name)
        assert badge.title == held.label
        assert str(held.state) in str(badge)
        assert held.reason in str(badge)
        assert (
            held.state
            is not verdict(mission_result(machine, "cloud_titan", (act,)).outcomes[act], name).state
        )


def test_a_report_shows_the_course_s_limits_and_words(machine: Machine) -> None:
    lab = Lab(egress_usd=50_000, hunger=0.995, iterations=7)
    course = Course.model_validate(
        {
            "name": "ML Systems",
            "term": "2026",
            "nonce": "n",
            "lab": lab,
            "questions": [{"name": "feeding-tax", "text": "Which?", "prompt": "Prove it."}],
        }
    )
    bodies = (Reveal(question="feeding-tax"),)
    limits = Limits.of(lab)
    results = tracks.mission_results(machine, bodies, limits)
    sections = (
        acts.section(machine, bodies, course),
        tracks.section(results, bodies, limits),
    )
    text = markdown.text(Document("A report", sections))
    for words in ("Egress < $50k", "GPU Hunger < 99.5%", "hunger < 99.5 %", "Which?", "Prove it."):
        assert words in text, words
    assert "The rule of 7 iterations: 0 tried" in text
    for words in ("100k", "< 10%", "< 10 %", "The rule of 15"):
        assert words not in text, words


def test_commands_take_a_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.toml").write_text(COURSE, encoding="utf-8")
    named = ("--course", "other.toml")
    assert cli.main(["gravity", "--reveal", "--size", "1 PB", *named]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "Egress < $50k: missed" in printed
    assert "When would you send a lorry?" in printed
    assert cli.main(["gravity", "--size", "1 PB", "--json"]) == 0
    usual = json.loads(capsys.readouterr().out)["verdicts"][EGRESS]
    assert (usual["label"], usual["state"]) == (EGRESS, "met")
    (tmp_path / "other.toml").rename("course.toml")
    assert cli.main(["gravity", "--size", "1 PB", "--json"]) == 0
    own = json.loads(capsys.readouterr().out)["verdicts"][EGRESS]
    assert (own["label"], own["state"]) == ("Egress < $50k", "missed")
    assert cli.main(["feeding-tax", str(RUN), "--reveal"]) in MEASURED
    printed = " ".join(capsys.readouterr().out.split())
    assert "GPU Hunger < 99.5%: met" in printed
    assert "The rule of 7 iterations: 1 tried" in printed
    (tmp_path / "course.toml").write_text(COURSE + "egress = 1\n", encoding="utf-8")
    assert cli.main(["gravity"]) == 1
    assert "course.toml" in capsys.readouterr().err
