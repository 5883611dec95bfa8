"""A page keeps to the record: what is closed stays closed, what is kept is found again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from analysis.acts.levers import ACTS, LEVERS, TRACKS
from analysis.lab.forms import number_of
from analysis.ledger import chain
from analysis.ledger.entries import Decision, Lock, Rationale, Reveal, Score, Try
from bench.course import Course
from bench.errors import StoreError
from tests.analysis.lab.opened import LOCKS, ask, html, lock, opened
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.ledger.entries import Body

DECISION = {
    "decision": "Ship it on drives.",
    "rejected": "A line of 1 Gb/s.",
    "rejected_value": "116",
    "rejected_unit": "days",
    "trigger": "A line of 100 Gb/s.",
    "risk": "A box may be lost.",
}


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger/ledger.jsonl"


def bodies(ledger: Path) -> list[Body]:
    return list(chain.read(ledger).bodies)


@pytest.mark.parametrize("act", ACTS)
def test_no_act_opens_before_its_lock_whatever_a_page_sends(ledger: Path, act: str) -> None:
    page = opened(ledger)
    ask(page, "header", "act", act=act)
    assert "<svg" not in page.zones["telemetry"].html
    lever = ACTS[act][0]
    setting = (LEVERS[lever].names or LEVERS[lever].stops)[-1]
    refused = ask(page, "levers", "set", act=act, lever=lever, value=setting)
    assert "lock a prediction first" in refused
    refused = ask(page, "trail", "defend", question=act, text="because")
    assert "lock a prediction first" in refused
    assert not ledger.exists()
    assert lock(page, act).startswith("Locked")
    assert "<svg" in page.zones["telemetry"].html


def test_a_lock_is_scored_and_what_is_set_is_a_try(ledger: Path) -> None:
    page = opened(ledger)
    lock(page, "gravity")
    kinds = [type(body) for body in bodies(ledger)]
    assert kinds == [Lock, Score]
    for size in ("1 TB", "1 TB", "10 TB"):
        assert not ask(page, "levers", "set", act="gravity", lever="size", value=size)
    tried = [body.settings["size"] for body in bodies(ledger) if isinstance(body, Try)]
    assert tried == ["1 TB", "10 TB"]
    assert "used: 10 TB" in page.zones["levers"].html


def test_the_first_try_says_what_it_changed_of_the_mission(ledger: Path) -> None:
    page = opened(ledger)
    lock(page, "gravity")
    for size in ("1 TB", "10 TB"):
        ask(page, "levers", "set", act="gravity", lever="size", value=size)
    rows = page.zones["trail"].html.split("Tried in this act")[-1]
    assert "Dataset size: 1 TB" in rows
    assert "Dataset size: 10 TB" in rows
    assert "Distance:" not in rows


def test_looking_is_no_try_and_uses_up_no_iteration(ledger: Path) -> None:
    page = opened(ledger)
    for act in ACTS:
        ask(page, "header", "act", act=act)
        lock(page, act)
    before = bodies(ledger)
    for track in TRACKS:
        ask(page, "header", "track", track=track)
        for act in ACTS:
            ask(page, "header", "act", act=act)
            assert "<svg" in page.zones["telemetry"].html
    assert bodies(ledger) == before
    assert "0 of 15 tried" in page.zones["trail"].html


def test_a_lever_that_cannot_be_set_so_says_why_and_stays(ledger: Path) -> None:
    page = opened(ledger)
    lock(page, "gravity")
    message = ask(page, "levers", "set", act="gravity", lever="size", value="5 kg")
    assert message.startswith("Dataset size: ")
    assert page.session.scenario_of("gravity")["size"] == "mission"
    assert 'role="alert"' in page.zones["levers"].html


def test_two_pages_share_a_record(ledger: Path) -> None:
    first, second = opened(ledger), opened(ledger)
    lock(first, "gravity")
    ask(first, "levers", "set", act="gravity", lever="size", value="10 TB")
    assert lock(second, "gravity").startswith("It is locked already")
    assert "<svg" in second.zones["telemetry"].html
    ask(second, "trail", "defend", question="gravity", text="From the second page.")
    ask(second, "levers", "set", act="gravity", lever="size", value="1 TB")
    for page in (first, second, first):
        ask(page, "header", "refresh")
    tried = [body.settings["size"] for body in bodies(ledger) if isinstance(body, Try)]
    assert tried == ["10 TB", "1 TB"]
    assert "From the second page." in first.zones["trail"].html
    assert sum(isinstance(body, Lock) for body in bodies(ledger)) == 1


def test_a_page_begins_where_the_ledger_says(ledger: Path) -> None:
    page = opened(ledger)
    for act in ("gravity", "feeding-tax"):
        ask(page, "header", "act", act=act)
        lock(page, act)
    ask(page, "header", "track", track="edge_guardian")
    ask(page, "levers", "set", act="feeding-tax", lever="workers", value="7")
    ask(page, "trail", "decide", **DECISION)
    for kept in (True, False):
        if not kept:
            ledger.with_name("lab.json").unlink()
        again = opened(ledger)
        assert (again.session.place.track, again.session.place.act) == (
            "edge_guardian",
            "feeding-tax",
        )
        assert again.session.scenario_of("feeding-tax")["workers"] == "7"
        assert DECISION["risk"] in again.zones["trail"].html


def test_an_unreadable_ledger_stops_loudly_and_stays_as_it_is(ledger: Path) -> None:
    page = opened(ledger)
    lock(page, "gravity")
    edited = ledger.read_bytes().replace(b'"low":1.1', b'"low":0.1')
    ledger.write_bytes(edited)
    for other in (page, opened(ledger)):
        ask(other, "header", "refresh")
        assert "it was changed after it was written" in other.zones["header"].html
        assert 'role="alert"' in other.zones["header"].html
        assert not any(other.zones[name].html for name in ("levers", "telemetry", "trail"))
        ask(other, "telemetry", "lock", question="drift", choice="lima", low="1", high="2",
            confidence="50")  # fmt: skip
        assert ledger.read_bytes() == edited


def test_the_solution_is_shown_once_it_is_met_or_the_iterations_are_used_up(ledger: Path) -> None:
    page = opened(ledger)
    ask(page, "header", "act", act="feeding-tax")
    lock(page, "feeding-tax")
    # One that has no equilibrium: it is never met.
    ask(page, "levers", "set", act="feeding-tax", lever="storage", value="hdd")

    def solution() -> bool:
        shown = page.zones["telemetry"].html
        texts = ("Flow equilibrium:", "<code>knee</code>", "95 % of the highest")
        assert len({text in shown.replace(" ", " ") for text in texts[:2]}) == 1
        return texts[0] in shown

    tries = [body for body in bodies(ledger) if isinstance(body, Try)]
    while len(tries) < 14:
        number = str(10 + len(tries))
        ask(page, "levers", "set", act="feeding-tax", lever="workers", value=number)
        tries = [body for body in bodies(ledger) if isinstance(body, Try)]
        assert not solution()
    ask(page, "levers", "set", act="feeding-tax", lever="workers", value="31")
    assert solution()
    assert "the solver&#39;s answer stands among" in page.zones["trail"].html


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"choice": ""}, "choose one"),
        ({"choice": "neither"}, "choose one"),
        ({"low": ""}, "At least: it is empty"),
        ({"high": "many"}, "At most: 'many' is no number"),
        ({"high": "nan"}, "no number"),
        ({"low": "1,5"}, "write 1.5 (not 1,5)"),
        ({"low": "1.234,5"}, "no number"),
        ({"low": "1_000"}, "no number"),
        ({"low": "\u0661"}, "no number"),
        ({"high": "1e999"}, "no number"),
        ({"low": "4", "high": "2"}, "exchange them"),
        ({"confidence": "120"}, "from 1 to 99"),
    ],
)
def test_a_lock_that_lacks_something_says_what(
    ledger: Path, changed: dict[str, str], words: str
) -> None:
    page = opened(ledger)
    choice, low, high, confidence = LOCKS["gravity"]
    fields = {"choice": choice, "low": low, "high": high, "confidence": confidence} | changed
    assert words in ask(page, "telemetry", "lock", question="gravity", **fields)
    assert not ledger.exists()


def test_what_is_written_is_kept_and_shown_as_it_was_written(ledger: Path) -> None:
    page = opened(ledger)
    lock(page, "gravity")
    text = "From $15K to $30K: <b>gravity</b>\nwins & costs $2"
    ask(page, "trail", "defend", question="gravity", text=text.replace("\n", "\r\n"))
    assert Rationale(question="gravity", text=text, track="cloud_titan") in bodies(ledger)
    assert "From $15K to $30K: &lt;b&gt;gravity&lt;/b&gt;" in page.zones["trail"].html
    assert "<b>gravity" not in html(page)
    assert "empty box" in ask(page, "trail", "defend", question="gravity", text="  \r\n ")
    assert "character 3 is U+001B" in ask(
        page, "trail", "defend", question="gravity", text="ab\x1b[2J"
    )
    for text in (
        "Combien\u202f? 1\xa0000\u202f€",
        "\U0001f468\u200d\U0001f680",
        "\u0646\u0645\u06cc\u200c\u062f\u0627\u0646\u0645",
    ):
        assert ask(page, "trail", "defend", question="gravity", text=text) == "Kept in your ledger."
        assert bodies(ledger)[-1] == Rationale(question="gravity", text=text, track="cloud_titan")
    assert "shorten it" in ask(page, "trail", "defend", question="gravity", text="x" * 4001)


def test_a_decision_is_quantified(ledger: Path) -> None:
    page = opened(ledger)
    missing = ask(page, "trail", "decide", **(DECISION | {"rejected_value": ""}))
    assert missing.startswith("What it would have come to: it is empty")
    lines = ask(page, "trail", "decide", **(DECISION | {"rejected_unit": "days\nand nights"}))
    assert lines.startswith("Its unit: character 5 is U+000A")
    ask(page, "trail", "decide", **DECISION)
    (kept,) = bodies(ledger)
    assert isinstance(kept, Decision)
    assert (kept.rejected_value, kept.rejected_unit) == (116.0, "days")


def test_what_was_revealed_by_a_command_is_open_and_never_locked(ledger: Path) -> None:
    chain.append(ledger, [Reveal(question="gravity")])
    page = opened(ledger)
    assert "revealed without a lock" in page.zones["telemetry"].html
    assert "would be no prediction" in lock(page, "gravity")
    assert "Open: a locked prediction for gravity" in page.zones["trail"].html


def test_words_and_rules_of_a_course(ledger: Path) -> None:
    course = Course.model_validate(
        {
            "name": "ML systems",
            "term": "2026",
            "nonce": "x",
            "questions": [{"name": "gravity", "text": "Wire or box?", "prompt": "Why $5?"}],
            "lab": {
                "title": "Lab of the term",
                "minutes": {"gravity": 33},
                "scenarios": {"gravity": "A warehouse burns."},
                "egress_usd": 50_000,
            },
        }
    )
    page = opened(ledger, course)
    assert "Lab of the term" in page.zones["header"].html
    assert "of about 33" in page.zones["header"].html
    assert "A warehouse burns." in page.zones["telemetry"].html
    assert "Wire or box?" in page.zones["telemetry"].html
    lock(page, "gravity")
    assert "Why $5?" in page.zones["trail"].html


def test_a_reference_machine_is_called_one_and_nothing_is_measured_by_it(ledger: Path) -> None:
    page = opened(ledger, is_reference=True)
    assert "A reference machine, not yours" in page.zones["header"].html
    ask(page, "header", "act", act="feeding-tax")
    lock(page, "feeding-tax")
    assert "nox -s bench" in ask(page, "levers", "measure")
    assert "nox -s bench" in ask(page, "trail", "finish", what="report")
    assert 'data-action="measure"' not in page.zones["levers"].html


def test_a_page_lives_on_whatever_it_sends(ledger: Path) -> None:
    page = opened(ledger)
    for action, fields in (
        ("format the disk", {}),
        ("set", {}),
        ("set", {"act": "gravity", "lever": "workers", "value": "3"}),
        ("set", {"act": "nothing", "lever": "size", "value": "3"}),
        ("track", {"track": "nobody"}),
        ("act", {"act": "IV"}),
        ("time", {"seconds": "soon"}),
        ("lock", {"question": "life"}),
        ("defend", {"question": "life", "text": "42"}),
        ("finish", {"what": "everything"}),
    ):
        assert ask(page, "header", action, **fields), action
    assert not ledger.exists()


def test_time_is_counted_by_act_and_a_sleeping_laptop_is_not_at_work(ledger: Path) -> None:
    page = opened(ledger)
    for seconds in ("20", "20", "30", "7200", "-5"):
        ask(page, "header", "time", seconds=seconds)
    ask(page, "header", "act", act="drift")
    again = opened(ledger)
    assert again.session.place.seconds == {"gravity": 130.0}


@pytest.mark.parametrize("run", ["one-core.json", "two-cores.json"])
def test_a_run_that_lacks_something_says_so_and_shows_the_rest(ledger: Path, run: str) -> None:
    page = opened(ledger, run=ROOT / "tests/golden" / run)
    for act in ACTS:
        ask(page, "header", "act", act=act)
        assert lock(page, act).startswith("Locked")
        telemetry = page.zones["telemetry"].html
        assert "<svg" in telemetry or "Not worked out" in telemetry
    kinds = [body.question for body in bodies(ledger) if isinstance(body, Lock)]
    assert kinds == list(ACTS)


def test_what_a_page_has_shown_is_not_kept_for_ever(ledger: Path) -> None:
    page = opened(ledger)
    lock(page, "gravity")
    for size in range(1, 40):
        ask(page, "levers", "set", act="gravity", lever="size", value=f"{size} TB")
    assert len(page.session._shown) <= 16
    tried = [body for body in bodies(ledger) if isinstance(body, Try)]
    assert len(tried) == 39


def test_what_cannot_be_kept_is_not_shown(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(ledger)
    lock(page, "gravity")

    def full(*_: object) -> None:
        raise StoreError(f"{ledger} cannot be written: no space is left")

    monkeypatch.setattr(chain, "append", full)
    refused = ask(page, "levers", "set", act="gravity", lever="size", value="10 TB")
    assert "no space is left" in refused
    assert page.session.scenario_of("gravity")["size"] == "mission"
    assert "no space is left" in ask(page, "trail", "defend", question="gravity", text="because")
    assert page.zones["trail"].done < page.zones["trail"].handled
    monkeypatch.undo()
    assert not ask(page, "levers", "set", act="gravity", lever="size", value="10 TB")
    assert [b.settings["size"] for b in bodies(ledger) if isinstance(b, Try)] == ["10 TB"]


def test_a_lock_of_a_command_is_scored_once_its_act_is_shown(ledger: Path) -> None:
    made = Lock(question="drift", choice="lima", low=0.5, high=2, unit="1", confidence=0.5)
    chain.append(ledger, [made])
    page = opened(ledger)
    ask(page, "header", "act", act="drift")
    assert [type(body) for body in bodies(ledger)] == [Lock, Score]
    assert "locked, and answered" in page.zones["telemetry"].html


def test_a_question_of_the_report_is_not_locked_here(ledger: Path) -> None:
    page = opened(ledger)
    message = ask(page, "telemetry", "lock", question="formats", choice="parquet", low="1",
                  high="2", confidence="50")  # fmt: skip
    assert "no act's question" in message
    assert not ledger.exists()


@pytest.mark.parametrize("lost", ["file", "end", "beginning"])
def test_a_ledger_that_lost_entries_is_not_taken_for_an_empty_one(ledger: Path, lost: str) -> None:
    page = opened(ledger)
    lock(page, "gravity")
    ask(page, "levers", "set", act="gravity", lever="size", value="10 TB")
    lines = ledger.read_bytes().splitlines(keepends=True)
    if lost == "beginning":
        ledger.unlink()
        chain.append(ledger, [Reveal(question="drift") for _ in lines])
    elif lost == "end":
        ledger.write_bytes(b"".join(lines[:-1]))
    else:
        ledger.unlink()
    for other in (page, opened(ledger)):
        ask(other, "header", "refresh")
        assert "gone, shorter or another one" in other.zones["header"].html
        assert not other.zones["telemetry"].html
    ledger.write_bytes(b"".join(lines))
    ask(page, "header", "refresh")
    assert "used: 10 TB" in page.zones["levers"].html


@pytest.mark.parametrize("text", ["1500", "1,500", "1,500.25", "-.5", "+2.", "1e3", "0"])
def test_numbers_as_they_are_written(text: str) -> None:
    assert number_of({"n": f" {text} "}, "n", "N") == float(text.replace(",", ""))


def test_the_challenge_is_answered_once_its_act_is_open(ledger: Path) -> None:
    page = opened(ledger)
    refused = ask(page, "trail", "defend", question="stakeholder", text="Trust me.")
    assert "lock a prediction first" in refused
    assert not ledger.exists()


def test_only_settings_that_the_model_knows_are_offered(ledger: Path) -> None:
    page = opened(ledger)
    ask(page, "header", "act", act="feeding-tax")
    lock(page, "feeding-tax")
    for track in TRACKS:
        ask(page, "header", "track", track=track)
        levers = page.zones["levers"].html
        for lever in ("accelerator", "rate", "layout", "decoder"):
            select = levers.split(f'data-lever="{lever}"')[1].split("</select>")[0]
            for setting in re.findall(r'<option value="([^"]+)"', select):
                ask(page, "levers", "reset", act="feeding-tax")
                assert not ask(page, "levers", "set", act="feeding-tax", lever=lever, value=setting)
                assert "<svg" in page.zones["telemetry"].html, (track, lever, setting)
