"""Locks, their scores, and the rules that tries are held against."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pydantic import ValidationError

from analysis import cli
from analysis.ledger import chain
from analysis.ledger.entries import Lock, Reveal, Try
from analysis.ledger.questions import QUESTIONS, question
from analysis.ledger.rules import is_open, lock_of, scale_tier, scale_tiers
from analysis.ledger.scoring import interval_score, scored, sentence
from hardware_profiles.catalogue import catalogue

if TYPE_CHECKING:
    from pathlib import Path

LOCKED = ("lock", "gravity", "--choose", "drive", "--low", "1.5", "--high", "4")
LOCK = Lock(question="gravity", choice="drive", low=1.5, high=4.0, unit="1", confidence=0.8)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_an_interval_score_is_width_and_what_it_misses_by() -> None:
    assert interval_score(1, 3, 2, 0.8) == pytest.approx(2)
    assert interval_score(1, 3, 4, 0.8) == pytest.approx(2 + 2 / 0.2 * 1)
    assert interval_score(1, 3, 0.5, 0.9) == pytest.approx(2 + 2 / 0.1 * 0.5)


def test_an_honest_interval_expects_the_least() -> None:
    values = np.random.default_rng(1).normal(size=4000)

    def expected(half: float) -> float:
        return float(np.mean([interval_score(-half, half, v, 0.9) for v in values]))

    scores = {half: expected(half) for half in (0.8, 1.2, 1.645, 2.1, 3.0)}
    assert min(scores, key=scores.__getitem__) == 1.645


def test_a_lock_is_scored_in_a_plain_sentence() -> None:
    answer = question("gravity").answer(catalogue(), None)
    assert answer
    score = scored(LOCK, answer)
    assert (score.choice, score.right, score.held) == ("fibre", False, False)
    assert score.value == pytest.approx(answer.value)
    assert "It is the other: stream it over fibre" in sentence(question("gravity"), LOCK, score)
    right = LOCK.model_copy(update={"choice": "fibre", "low": 1.0})
    score = scored(right, answer)
    assert (score.right, score.held) == (True, True)
    assert "So it is." in sentence(question("gravity"), right, score)


@pytest.mark.parametrize(
    "wrong",
    [
        {"low": 5.0},
        {"low": float("nan")},
        {"confidence": 1.0},
        {"choice": "a\x1bb"},
        {"unit": "x" * 200},
        {"user": "somebody"},
    ],
)
def test_an_entry_holds_nothing_else(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Lock.model_validate(LOCK.model_dump() | wrong)


def test_the_first_of_lock_and_reveal_counts() -> None:
    reveal = Reveal(question="gravity")
    assert lock_of([LOCK, reveal], "gravity") == LOCK
    assert lock_of([reveal, LOCK], "gravity") is None
    assert not is_open([], "gravity")
    assert is_open([reveal], "gravity")
    assert is_open([LOCK], "gravity")


@pytest.mark.parametrize(
    ("size", "tier"), [(1e9, 0), (1e10, 0), (3e11, 1), (1e13, 2), (3e14, 3), (1e16, 4), (1e17, 4)]
)
def test_sizes_belong_to_five_tiers(size: float, tier: int) -> None:
    assert scale_tier(size) == tier


def test_five_moves_are_five_tiers_of_scale() -> None:
    def move(size: str) -> Try:
        return Try(act="gravity", track="cloud_titan", settings={"size": size}, outcome={})

    moves = [move(size) for size in ("10 GB", "20 GB", "300 GB", "mission")]
    assert scale_tiers(moves, catalogue()) == {0, 1, 4}
    moves += [move("10 TB"), move("300 TB")]
    assert scale_tiers(moves, catalogue()) == set(range(5))


def test_an_act_opens_after_its_lock(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["gravity"]) == 1
    assert "python -m analysis lock gravity" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()
    assert cli.main([*LOCKED, "--confidence", "80"]) == 0
    assert "locked" in capsys.readouterr().out
    assert cli.main(["gravity", "--size", "20 GB"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "You said: ship hard drives. It is the other" in printed
    assert "1 of 5 tiers of scale tried" in printed
    assert cli.main(["gravity", "--size", "3 TB", "--json"]) == 0
    kinds = [b.kind for b in chain.read(tmp_path / "runs/ledger/ledger.jsonl").bodies]
    assert kinds == ["lock", "score", "try", "try"]
    capsys.readouterr()
    assert cli.main([*LOCKED, "--confidence", "80"]) == 1
    assert "a lock stays" in capsys.readouterr().err


def test_a_revelation_is_kept(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    named = ["--ledger", str(path)]
    assert cli.main(["gravity", "--reveal", "--json", *named]) == 0
    assert [b.kind for b in chain.read(path).bodies] == ["reveal", "try"]
    assert cli.main([*LOCKED, "--confidence", "80", *named]) == 1
    assert "would be no prediction" in capsys.readouterr().err
    assert cli.main(["lock", "--list", *named]) == 0
    assert "revealed without a lock" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--choose", "fibre"), "needs all of"),
        (("--choose", "truck", "--low", "1", "--high", "2", "--confidence", "80"), "none of fibre"),
        (("--choose", "fibre", "--low", "3", "--high", "2", "--confidence", "80"), "not above"),
        (("--choose", "fibre", "--low", "nan", "--high", "2", "--confidence", "80"), "finite"),
        (("--choose", "fibre", "--low", "1", "--high", "2", "--confidence", "100"), "1 to 99"),
        (("--rationale", "a\x07b"), "U+0007, its character 2, is one of the control characters"),
        (("--rationale", "a" * 4001), "1 to 4,000 characters"),
        ((), "nobody is there to ask"),
    ],
)
def test_what_is_no_lock_is_refused(
    options: tuple[str, ...],
    words: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert cli.main(["lock", "gravity", *options]) == 1
    assert words in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_an_unknown_question_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["lock", "gravitas", "--choose", "x"]) == 1
    assert "there are formats, gravity" in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_asked_until_it_is_a_lock(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("truck\n1 2 80\nfibre\n1\nfibre\n1.1, 2, 70\n"))
    assert cli.main(["lock", "gravity"]) == 0
    err = capsys.readouterr().err
    assert QUESTIONS["gravity"].text in err
    assert err.count("That is no lock") == 2
    lock = lock_of(chain.read(tmp_path / "runs/ledger/ledger.jsonl").bodies, "gravity")
    assert lock is not None
    assert (lock.choice, lock.low, lock.high, lock.confidence) == ("fibre", 1.1, 2.0, 0.7)


def test_a_terminal_that_ends_loses_no_lock(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("parquet\n3 9 60\nfibre\n1.1 2 70\n"))
    assert cli.main(["lock"]) == 1
    assert "feeding-tax is not locked: the input ended" in capsys.readouterr().err
    assert lock_of(chain.read(tmp_path / "runs/ledger/ledger.jsonl").bodies, "gravity")


def test_a_rationale_answers_the_plan_s_prompt(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["lock", "gravity", "--rationale", "Bits have a rate.\nNot a mass."]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "become a physical barrier? Your answer: Bits have a rate. Not a mass." in printed
    assert cli.main(["lock", "--list", "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)["entries"]
    assert [entry["kind"] for entry in entries] == ["rationale"]
