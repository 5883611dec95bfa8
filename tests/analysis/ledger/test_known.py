"""A ledger with a whole chain may say what nobody could have set: that is named, no crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analysis import cli
from analysis.acts.levers import ACTS, LEVERS
from analysis.ledger import chain, known
from analysis.ledger.entries import Lock, Measurement, Rate, Score, Try
from tests.conftest import MEASURED, ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.ledger.entries import Body

RUN = ROOT / "tests/golden/two-cores.json"
LEVERS_OF = {
    act: {name: LEVERS[name].default_of("cloud_titan") for name in names}
    for act, names in ACTS.items()
}


def lock(question: str, choice: str) -> Lock:
    return Lock(question=question, choice=choice, low=1, high=2, unit="1", confidence=0.8)


def score(choice: str) -> Score:
    return Score(
        question="gravity", choice=choice, value=1.0, right=True, held=True, interval_score=1.0
    )


def tried(act: str, track: str = "cloud_titan", **settings: str) -> Try:
    return Try(act=act, track=track, settings=LEVERS_OF[act] | settings, outcome={})


def measured(track: str = "cloud_titan", **settings: str) -> Measurement:
    rate = Rate(value=2.0, low=1.0, high=3.0)
    return Measurement(
        track=track,
        settings=LEVERS_OF["feeding-tax"] | settings,
        predicted=rate,
        measured=rate,
        disturbed=False,
    )


def without(entry: Try, lever: str) -> Try:
    left = {name: value for name, value in entry.settings.items() if name != lever}
    return entry.model_copy(update={"settings": left})


@pytest.mark.parametrize(
    ("bodies", "says"),
    [
        ([lock("gravity", "teleport")], "'teleport' is no answer to gravity"),
        ([lock("formats", "orc")], "'orc' is no answer to formats"),
        ([lock("gravity", "fibre"), score("zz")], "line 2: 'zz' is no answer"),
        ([without(tried("gravity"), "size")], "without size"),
        ([without(tried("feeding-tax"), "workers")], "without workers"),
        ([tried("gravity", track="nobody")], "'nobody' is none of"),
        ([tried("gravity", size="banana")], "'banana' is no amount"),
        ([tried("gravity", size="0 B")], "out of range"),
        ([tried("gravity"), measured(workers="none")], "line 2: .*'none' is no amount"),
        ([measured(track="nobody")], "'nobody' is none of"),
        ([measured(colour="red")], "feeding-tax has no lever 'colour'"),
    ],
)
def test_what_nobody_could_have_set_is_named_and_the_page_comes(
    bodies: Sequence[Body], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger, page = tmp_path / "ledger.jsonl", tmp_path / "page.html"
    chain.append(ledger, bodies)
    with pytest.raises(chain.LedgerError, match=says.replace("'", ".")):
        known.read(ledger)
    command = ["report", str(RUN), "--out", str(page), "--ledger", str(ledger)]
    assert cli.main(command) in MEASURED
    assert "warning: no lock is shown" in capsys.readouterr().err
    assert page.is_file()
    assert cli.main(["lock", "--list", "--ledger", str(ledger)]) == 1
    assert "begin another with --ledger" in capsys.readouterr().err


def test_what_another_version_asks_is_left_as_it_is(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    later: list[Body] = [
        lock("forecast", "boston"),
        Try(act="forecast", track="cloud_titan", settings={"alpha": "0.05"}, outcome={}),
        tried("gravity", size="1 PB"),
        measured(),
    ]
    chain.append(ledger, later)
    assert list(known.read(ledger)) == later


def test_the_report_scores_every_lock_whose_answer_it_shows(tmp_path: Path) -> None:
    ledger, page = tmp_path / "ledger.jsonl", tmp_path / "page.md"
    chain.append(ledger, [lock("gravity", "fibre"), lock("feeding-tax", "format")])
    command = ["report", str(RUN), "--out", str(page), "--ledger", str(ledger)]
    assert cli.main(command) in MEASURED
    scores = [body for body in known.read(ledger) if isinstance(body, Score)]
    assert {body.question for body in scores} == {"gravity", "feeding-tax"}
    assert cli.main(command) in MEASURED
    assert sum(isinstance(body, Score) for body in known.read(ledger)) == 2
    assert "open the answer with" not in page.read_text(encoding="utf-8")
