"""What a ledger's student measured, wrote and decided, and what is lacking, as a document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from analysis import cli
from analysis.document import Document, Table
from analysis.document.numbers import number
from analysis.ledger import chain, known
from analysis.ledger.entries import Body, Measurement, Rate, Rationale
from analysis.render import markdown
from analysis.report import ledger, record
from bench.course import Course
from hardware_profiles.catalogue import catalogue
from tests.analysis.ledger.whole import DECISION, WHOLE, lock, settings, without
from tests.conftest import MEASURED, ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FACTS = catalogue()
RUN = ROOT / "tests/golden/two-cores.json"
COURSE = Course.model_validate(
    {
        "name": "ML Systems",
        "term": "2026",
        "nonce": "n",
        "lab": {"iterations": 4, "challenge": "Halve it, or else."},
        "questions": [{"name": "gravity", "text": "Wire or wheels?", "prompt": "Lorries, when?"}],
    }
)


def measured(low: float, high: float, *, disturbed: bool = False, **given: str) -> Measurement:
    return Measurement(
        track="mobile_nomad",
        settings=settings("feeding-tax", **given),
        predicted=Rate(value=200.0, low=100.0, high=300.0),
        measured=Rate(value=(low + high) / 2, low=low, high=high),
        disturbed=disturbed,
    )


def text_of(bodies: Sequence[Body], course: Course | None = None) -> str:
    return " ".join(markdown.text(ledger.ledger(bodies, FACTS, course)).split())


def titles(bodies: Sequence[Body]) -> list[str]:
    return [section.title for section in record.sections(bodies, FACTS)]


def test_there_are_sections_of_what_there_is() -> None:
    assert titles([]) == [record.COMPLETE]
    assert titles([measured(1, 2)]) == [record.MEASURED, record.COMPLETE]
    assert titles([Rationale(question="gravity", text="So.")]) == [record.REASONS, record.COMPLETE]
    assert titles([DECISION]) == [record.DECIDED, record.COMPLETE]


def test_a_decision_is_said_whole() -> None:
    text = text_of([DECISION, DECISION.model_copy(update={"track": "later_track"})])
    for words in (
        "For Cloud Titan, decided: Ship it.",
        "For later_track, decided: Ship it.",
        "Rejected, at 90,000 USD: Stream it.",
        "To be reconsidered: A fibre of 100 Gb/s.",
        "The risk that is left: A lost parcel.",
    ):
        assert words in text


def test_reasons_stand_with_their_mission_and_the_course_s_prompt() -> None:
    bodies = [
        Rationale(question="gravity", text="Bits have a rate.", track="tiny_pioneer"),
        Rationale(question="gravity", text="Not a mass."),
        Rationale(question="stakeholder", text="Filter there."),
        Rationale(question="forecast", text="Rain."),
    ]
    usual = text_of(bodies)
    assert "physical barrier? Your answer, for Tiny Pioneer: Bits have a rate." in usual
    assert "physical barrier? Your answer: Not a mass." in usual
    assert "such as local pre-processing. Your answer: Filter there." in usual
    assert "On forecast: Your answer: Rain." in usual, "of another version"
    own = text_of(bodies, COURSE)
    assert "Reflect: Lorries, when? Your answer, for Tiny Pioneer: Bits have a rate." in own
    assert "The Sustainability Lead: Halve it, or else. Your answer: Filter there." in own
    assert "Wire or wheels?" in own
    assert "physical barrier" not in own


@pytest.mark.parametrize(
    ("low", "high", "holds"),
    [(250, 350, "yes"), (50, 100, "yes"), (301, 400, "no"), (50, 99, "no"), (1, 1000, "yes")],
)
def test_what_was_measured_stands_beside_what_was_predicted(
    low: float, high: float, holds: str
) -> None:
    (section, _) = record.sections([measured(low, high)], FACTS)
    (table,) = section.blocks
    assert isinstance(table, Table)
    cells = [cell.text for cell in table.rows[0].cells]
    assert cells[0] == "Mobile Nomad"
    assert cells[2] == "200 [100, 300]"
    assert cells[3].endswith(f"[{number(low)}, {number(high)}]")
    assert cells[4:] == [holds, ""]


def test_a_measurement_says_what_was_set_and_whether_it_was_disturbed() -> None:
    text = text_of([measured(1, 2, workers="7", format="csv", disturbed=True)])
    assert "format csv" in text
    assert "workers 7" in text
    assert "disturbed" in text.partition("In samples/s")[0]


def test_what_is_lacking_is_said_with_how_far_it_is() -> None:
    parts = {row.cells[0].text: row.cells for row in record.complete(without("scales"), FACTS).rows}
    assert len(parts) == len(WHOLE)
    lacking = {text for text, cells in parts.items() if cells[1].text != "yes"}
    assert lacking == {"5 tiers of scale tried in gravity"}
    assert parts.popitem()[1][2].text == "for Cloud Titan"
    own = record.complete([], FACTS, COURSE)
    assert "0 of 4 tried, not met" in {cells.cells[2].text for cells in own.rows}


def test_a_run_s_report_has_all_of_it_once_something_is_locked(tmp_path: Path) -> None:
    empty = ledger.section([], FACTS)
    assert empty.sections == ()
    section = ledger.section([lock("gravity"), DECISION], FACTS, course=COURSE)
    assert [inner.title for inner in section.sections] == [record.DECIDED, record.COMPLETE]
    text = markdown.text(Document("A run", (section,)))
    assert "Wire or wheels?" in text
    path = tmp_path / "ledger.jsonl"
    chain.append(path, [DECISION, Rationale(question="stakeholder", text="Less."), measured(1, 2)])
    for name in ("page.html", "page.md"):
        command = ["report", str(RUN), "--out", str(tmp_path / name), "--ledger", str(path)]
        assert cli.main(command) in MEASURED
        page = (tmp_path / name).read_text(encoding="utf-8")
        for words in (record.DECIDED, "A lost parcel.", "Less.", "Predicted beside measured"):
            assert words in page, (name, words)


def test_commands_keep_and_show_the_answer_to_the_sustainability_lead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    track = ("--track", "edge_guardian")
    assert cli.main(["lock", "stakeholder", "--rationale", "Filter there.", *track]) == 0
    assert "Your answer, for Edge Guardian: Filter there." in " ".join(
        capsys.readouterr().out.split()
    )
    assert cli.main(["lock", "stake", "--rationale", "Filter."]) == 1
    assert "'stake' is no question" in capsys.readouterr().err
    assert cli.main(["lock", "stakeholder", "--choose", "x"]) == 1
    capsys.readouterr()
    (entry,) = known.read(tmp_path / "runs/ledger/ledger.jsonl")
    assert entry == Rationale(question="stakeholder", text="Filter there.", track="edge_guardian")
    assert cli.main(["lock", "--list", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["complete"] is False
    assert answer["requirements"]["rationale.stakeholder"]["met"] is True
    assert answer["requirements"]["decision"]["detail"] == "not written yet"
    (tmp_path / "course.toml").write_text(
        'name = "a"\nterm = "b"\nnonce = "c"\n[[questions]]\nname = "drift"\ntext = "Where?"\n',
        encoding="utf-8",
    )
    assert cli.main(["lock", "--list"]) == 0
    assert "Where?" in capsys.readouterr().out


def test_submit_says_whether_it_is_complete_and_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run, path = str(ROOT / "tests/golden/one-core.json"), tmp_path / "ledger.jsonl"
    chain.append(path, without("decision"))
    named = ("--ledger", str(path))
    assert cli.main(["submit", run, "--json", *named]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["complete"] is False
    assert [part["name"] for part in answer["lacking"]] == ["decision"]
    assert cli.main(["submit", run, *named]) == 0
    shown = capsys.readouterr().out
    assert "not complete; it can be handed in, and lacks\n  a decision" in shown
    chain.append(path, [DECISION])
    assert cli.main(["submit", run, "--json", *named]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["complete"], answer["lacking"]) == (True, [])
    assert answer["contents"]["decisions"][0]["risk"] == "A lost parcel."
    assert cli.main(["submit", run, "--show", *named]) == 0
    shown = capsys.readouterr().out
    assert "complete: your ledger has all that a complete hand-in has" in shown
    assert "risk: A lost parcel." in shown, "what is handed in is shown"
    changed = path.read_text(encoding="utf-8").replace("So.", "No.", 1)
    path.write_text(changed, encoding="utf-8")
    assert cli.main(["submit", run, *named]) == 1
    assert "it was changed after it was written" in capsys.readouterr().err
