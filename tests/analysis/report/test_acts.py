"""The acts within a run's report: questions first, answers once they are open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analysis import cli
from analysis.ledger.entries import Lock, Reveal
from analysis.ledger.questions import QUESTIONS
from analysis.model.machine import Machine
from analysis.render import write
from analysis.report import acts
from analysis.report import run as run_report
from bench.bundle import read
from hardware_profiles.catalogue import catalogue
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from analysis.document import Section

RUN = ROOT / "tests/golden/two-cores.json"
LOCK = Lock(question="gravity", choice="fibre", low=1.0, high=2.0, unit="1", confidence=0.8)


def titles(section: Section) -> list[str]:
    return [section.title, *(title for inner in section.sections for title in titles(inner))]


def test_answers_stay_hidden_until_they_are_open() -> None:
    machine = Machine(read(RUN), catalogue())
    closed = acts.section(machine, ())
    assert titles(closed) == ["The acts", *(q.text for q in QUESTIONS.values())]
    one = titles(acts.section(machine, (LOCK,)))
    assert "Your lock on data gravity" in one
    assert "Your lock on the feeding tax" not in one
    both = titles(acts.section(machine, (LOCK, Reveal(question="feeding-tax"))))
    assert "Your lock on the feeding tax" in both
    assert len(set(both)) == len(both), "the page's anchors are made of titles"


def test_a_run_without_a_pipeline_says_why_an_act_is_not_worked_out() -> None:
    bundle = read(RUN).model_copy(update={"pipeline": "unavailable: no torch"})
    section = acts.section(Machine(bundle, catalogue()), (Reveal(question="feeding-tax"),))
    (act,) = [s for s in section.sections if s.title == QUESTIONS["feeding-tax"].text]
    assert "no torch" in repr(act)


def test_the_page_and_the_command_say_how_to_go_on(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page, ledger = tmp_path / "page.html", tmp_path / "ledger.jsonl"
    command = ["report", str(RUN), "--out", str(page), "--ledger", str(ledger)]
    assert cli.main(command) in {0, 3}
    assert "`nox -s lock`" in capsys.readouterr().out
    assert "53,890 USD" not in page.read_text(encoding="utf-8")
    for act in (["gravity"], ["feeding-tax", str(RUN)], ["zero-waste", str(RUN)], ["drift"]):
        assert cli.main([*act, "--reveal", "--ledger", str(ledger)]) in {0, 3}
    capsys.readouterr()
    assert cli.main(command) in {0, 3}
    assert "nox -s lock" not in capsys.readouterr().out
    text = page.read_text(encoding="utf-8")
    assert "53,890 USD" in text
    anchors = re.findall(r'\bid="([^"]+)"', text)
    assert len(set(anchors)) == len(anchors)


def test_a_ledger_that_was_changed_hides_no_report(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger.jsonl"
    ledger.write_text("{}\n", encoding="utf-8")
    page = tmp_path / "page.html"
    command = ["report", str(RUN), "--out", str(page), "--ledger", str(ledger)]
    assert cli.main(command) in {0, 3}
    assert "warning: no lock is shown: " in capsys.readouterr().err
    assert page.is_file()


def test_a_ledger_whose_name_is_no_text_is_named_on_the_page_as_far_as_it_goes(
    tmp_path: Path,
) -> None:
    """Bytes of a file's name that are no UTF-8 become surrogates, which no page can hold."""
    machine = Machine(read(RUN), catalogue())
    results = run_report.report(machine, (), "\udce4, line 1: no entry of a ledger")
    for suffix in (".html", ".md"):
        page = tmp_path / f"page{suffix}"
        write(run_report.document(results), page)
        assert "?, line 1: no entry of a ledger" in page.read_text(encoding="utf-8")
