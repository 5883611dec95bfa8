"""The rules, each with what breaks it; and the honest, whom none of them rejects."""

from __future__ import annotations

import gzip
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from analysis.course.checking import check_bytes, check_file
from analysis.course.intake import MOST_BYTES, MOST_FILE_BYTES
from analysis.course.remark import Status
from analysis.course.rules import RULES
from analysis.course.rules.physics import _SAMPLE_US
from analysis.ledger.entries import Body, Lock, Measurement, Rate, Rationale, Reveal, Try
from bench.bundle import canonical
from bench.presets import SAMPLE_S
from tests.analysis.course.handed_in import COURSE, checked, document, packed, rewritten
from tests.analysis.ledger.whole import DECISION, settings, without
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Document = dict[str, Any]


EACH: list[Body] = [
    Lock(question="gravity", choice="drive", low=1.625, high=4.0, unit="1", confidence=0.8),
    Rationale(question="gravity", text="Bits have a rate.", track="cloud_titan"),
    DECISION,
    Try(
        act="zero-waste",
        track="cloud_titan",
        settings=settings("zero-waste"),
        outcome={"energy": 1.5},
        verdicts={"half-saved": "missed"},
    ),
    Measurement(
        track="cloud_titan",
        settings=settings("feeding-tax", workers="8"),
        predicted=Rate(value=2.0, low=1.0, high=3.0),
        measured=Rate(value=2.0, low=1.5, high=2.5),
        disturbed=False,
    ),
]
"""A body of each kind that a student fills in."""


def rules_of(remarks: Any, severity: str) -> set[str]:
    return {remark.rule for remark in remarks if remark.severity == severity}


@pytest.mark.parametrize("number", range(6))
def test_an_honest_hand_in_is_sound(number: int) -> None:
    result = check_bytes(packed(number), "hand-in.json.gz", COURSE)
    assert [remark.line() for remark in result.remarks if remark.severity != "note"] == []


@pytest.mark.parametrize(
    "name", ["bundle-v1", "bundle-v2", "bundle-v3", "bundle-v4", "one-core", "two-cores"]
)
def test_real_runs_of_all_versions_are_sound(name: str) -> None:
    result = check_file(ROOT / f"tests/golden/{name}.json")
    assert rules_of(result.remarks, "reject") | rules_of(result.remarks, "look") == set()
    assert "edition" in rules_of(result.remarks, "note")


def blocks(changed: Document) -> Any:
    """Yield all blocks of a hand-in."""
    for case in changed["bundle"]["cases"]:
        yield from case["blocks"]


def scaled(changed: Document, factor: float) -> None:
    """Scale all samples of codecs, and all that goes with them."""
    for block in blocks(changed):
        for column in (5, 6, 7):
            block[column] = [max(1, round(value * factor)) for value in block[column]]
        if block[4] is not None:
            block[4] = round(block[4] * factor)


def faster_than_a_copy(changed: Document) -> None:
    cases = changed["bundle"]["cases"]
    case = next(c for c in cases if c["kind"] == "decode" and c["blocks"])
    for block in case["blocks"]:
        block[5] = [1 for _ in block[5]]
        block[6] = [1 for _ in block[6]]


def short_steps(changed: Document) -> None:
    for record in changed["bundle"]["pipeline"]["configurations"]:
        for window in record["windows"]:
            if window["step"] and record["requested_step_ns"]:
                window["step"] = [max(1, value // 2) for value in window["step"]]


def set_at(*path: Any, value: Any) -> Callable[[Document], None]:
    def change(changed: Document) -> None:
        place: Any = changed
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


def another_gate(changed: Document) -> None:
    block = next(blocks(changed))
    block[8] = "" if "s" in block[8] else "s"


def more_cpu(changed: Document) -> None:
    block = next(block for block in blocks(changed) if block[4] is not None)
    block[4] = 3 * (sum(block[5]) + sum(block[6])) + 10_000


def a_changed_case(changed: Document) -> None:
    changed["bundle"]["cases"][0]["source"] = "0" * 32


def sizes(changed: Document) -> None:
    changed["bundle"]["cases"][0]["decoded_bytes"] += 8


BROKEN: dict[str, tuple[str, str, Callable[[Document], None]]] = {
    "nonce": ("nonce", "reject", set_at("bundle", "run", "nonce", value="last-term")),
    "preset": ("preset", "reject", set_at("bundle", "run", "preset", value="standard")),
    "selection": ("selection", "reject", set_at("bundle", "run", "formats", value=["csv"])),
    "newer edition": ("edition", "reject", set_at("bundle", "rules_edition", value=99)),
    "no edition": ("edition", "note", set_at("bundle", "rules_edition", value=None)),
    "changed code": ("division", "look", a_changed_case),
    "before the term": (
        *("dates", "look"), set_at("bundle", "machine", "started", value="2025-10-01T08Z"),
    ),
    "no such hour": (
        *("dates", "reject"), set_at("bundle", "machine", "started", value="2026-13-41T08Z"),
    ),
    "written before": ("dates", "look", set_at("written", value="2020-01-01T00:00Z")),
    "data": ("data", "reject", set_at("bundle", "data", 0, "sha256", value="0" * 64)),
    "no data": ("data", "reject", set_at("bundle", "data", value=[])),
    "sizes": ("sizes", "reject", sizes),
    "gates": ("gates", "reject", another_gate),
    "left out": ("left-out", "reject", set_at("bundle", "run", "left_out", value=["x"])),
    "faster than a copy": ("ceilings", "reject", faster_than_a_copy),
    "more CPU than time": ("processor", "look", more_cpu),
    "scaled": ("samples", "look", lambda changed: scaled(changed, 0.3)),
    "steps": ("steps", "look", short_steps),
    "elapsed": ("order", "look", set_at("bundle", "run", "elapsed_ns", value=1)),
    "slowed": (
        *("trust", "look"), set_at("bundle", "slowed_by", value=["a profiler is attached"]),
    ),
    "negative": ("bundle", "reject", set_at("bundle", "run", "elapsed_ns", value=-1)),
    "text for a number": ("bundle", "reject", set_at("bundle", "run", "seed", value="7")),
    "another key": ("bundle", "reject", set_at("bundle", "run", "colour", value=7)),
    "a path in a field": (
        *("bundle", "reject"), set_at("bundle", "cases", 0, "payload", value="../../etc\\passwd"),
    ),
    "no pseudonym": ("schema", "reject", set_at("pseudonym", value="=HYPERLINK(1)")),
    "ledger is text": ("schema", "reject", set_at("ledger", value="none")),
    "schema": ("schema", "reject", set_at("schema", value="something/else")),
    "newer": ("schema", "reject", set_at("schema_version", value=2)),
    "an entry that is none": ("ledger", "reject", set_at("ledger", value=["{}"])),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_a_rule_is_said_by_it(name: str) -> None:
    rule, severity, change = BROKEN[name]
    result = checked(change)
    assert rule in rules_of(result.remarks, severity), [r.line() for r in result.remarks]
    remark = next(remark for remark in result.remarks if remark.rule == rule)
    assert remark.expected
    assert remark.actual
    assert remark.remedy


def test_every_rule_of_judging_has_something_that_breaks_it() -> None:
    broken = {rule for rule, _, _ in BROKEN.values()}
    shown_elsewhere = {"pins", "parts", "complete", "scores", "answers", "floors"}
    assert {rule.name for rule in RULES.values() if rule.judge} <= broken | shown_elsewhere


def test_the_page_on_classes_has_every_rule() -> None:
    page = (ROOT / "docs/explanation/class.md").read_text(encoding="utf-8")
    for rule in RULES.values():
        assert f"| `{rule.name}` | {rule.what[0].lower()}{rule.what[1:]} |" in page


def test_all_problems_are_said_at_once() -> None:
    def change(changed: Document) -> None:
        changed["bundle"]["run"]["nonce"] = "last-term"
        changed["bundle"]["run"]["elapsed_ns"] = 1
        changed["bundle"]["data"] = []

    assert {"nonce", "order", "data"} <= {remark.rule for remark in checked(change).remarks}


@pytest.mark.parametrize("written", ["9999-12-31T23:59Z", "0001-01-01T00:00Z"])
def test_times_at_the_ends_of_the_calendar_are_judged(written: str) -> None:
    assert checked(set_at("written", value=written)).submitted is not None


def test_a_rule_that_fails_on_a_file_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_: object) -> list[object]:
        raise ZeroDivisionError("by nothing")

    rule = RULES["steps"]
    monkeypatch.setitem(RULES, "steps", type(rule)(rule.name, rule.what, judge=breaks))  # type: ignore[arg-type]
    result = check_bytes(packed(), "hand-in.json.gz", COURSE)
    assert [(r.rule, r.actual) for r in result.remarks if r.severity == "look"] == [
        ("steps", "ZeroDivisionError: by nothing")
    ]


def test_pins_that_differ_are_looked_at() -> None:
    course = COURSE.model_copy(update={"pins": {"python": "2.7", "torch": "9", "numpy": "2"}})
    result = check_bytes(packed(), "hand-in.json.gz", course)
    lines = [remark.path for remark in result.remarks if remark.rule == "pins"]
    assert lines == ["machine.libraries.python", "machine.libraries.torch"]


def test_a_ledger_entry_that_was_edited_removed_or_moved_is_refused() -> None:
    lines = document()["ledger"]
    assert len(lines) > 3
    edited = [lines[0].replace('"confidence":0.', '"confidence":0.0'), *lines[1:]]
    for ledger in (edited, lines[1:], [lines[1], lines[0], *lines[2:]]):
        result = checked(set_at("ledger", value=ledger))
        assert rules_of(result.remarks, "reject") == {"ledger"}, ledger[:1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"low":1.625', '"low":1.25'),
        ("Bits have a rate.", "Bits have no rate."),
        ("Ship it.", "Stream it."),
        ('"rejected_value":90000.0', '"rejected_value":9000.0'),
        ('"half-saved":"missed"', '"half-saved":"met"'),
        ('"workers":"8"', '"workers":"9"'),
    ],
)
def test_what_a_hand_changed_in_a_ledger_is_found_at_its_line(old: str, new: str) -> None:
    from analysis.course.demo.ledgers import lines as chained

    lines = chained(EACH)
    assert checked(set_at("ledger", value=lines)).status is not Status.REJECTED
    (at,) = [number for number, line in enumerate(lines) if old in line]
    changed = [line.replace(old, new) for line in lines]
    (remark,) = checked(set_at("ledger", value=changed)).remarks
    assert (remark.rule, remark.severity, remark.path) == ("ledger", "reject", f"ledger[{at}]")
    assert "changed after it was written" in remark.actual


def test_what_a_complete_hand_in_lacks_is_noted() -> None:
    from analysis.course.demo.ledgers import lines as chained

    def lacking(bodies: list[Body]) -> str:
        result = checked(set_at("ledger", value=chained(bodies)))
        assert result.status is Status.SOUND, result.remarks
        notes = [r for r in result.remarks if r.rule == "complete"]
        assert {(r.severity, r.path) for r in notes} <= {("note", "ledger")}
        return "".join(remark.actual for remark in notes)

    assert lacking([]).startswith("none of lock.gravity, lock.feeding-tax, lock.zero-waste")
    whole = without("")
    assert lacking(whole) == ""
    assert lacking(without("decision")) == "none of decision"
    assert lacking([*whole[1:], whole[0]]) == ""
    assert lacking([Reveal(question="drift"), *whole]) == "none of lock.drift"
    alone = check_bytes(rewritten(document()["bundle"]), "bundle.json", COURSE)
    assert not [r for r in alone.remarks if r.rule == "complete"]


def test_a_score_that_does_not_follow_is_refused() -> None:
    from analysis.course.demo.ledgers import lines as chained
    from analysis.ledger import chain
    from analysis.ledger.entries import Score

    for number in range(12):
        entries = chain.entries([line.encode() for line in document(number)["ledger"]], "made up")
        bodies = [entry.body for entry in entries]
        place = next((at for at, body in enumerate(bodies) if isinstance(body, Score)), None)
        if place is not None:
            break
    assert place is not None
    score = bodies[place]
    assert isinstance(score, Score)
    bodies[place] = score.model_copy(update={"held": not score.held})
    result = checked(set_at("ledger", value=chained(bodies)), number)
    assert rules_of(result.remarks, "reject") == {"scores"}


def test_an_answer_that_this_program_would_not_give_is_noted() -> None:
    from analysis.course.demo.ledgers import lines as chained
    from analysis.ledger import chain
    from analysis.ledger.entries import Score

    for number in range(12):
        entries = chain.entries([line.encode() for line in document(number)["ledger"]], "made up")
        bodies = [entry.body for entry in entries]
        scores = [
            at for at, b in enumerate(bodies) if isinstance(b, Score) and b.question == "gravity"
        ]
        if scores:
            break
    place = scores[0]
    score = bodies[place]
    assert isinstance(score, Score)
    lock = next(b for b in bodies if b.kind == "lock" and b.question == "gravity")
    low = min(lock.low, score.value * 0.9)
    changed = score.model_copy(update={"value": low, "held": lock.low <= low <= lock.high})
    missed = max(lock.low - low, low - lock.high, 0.0)
    sure = lock.high - lock.low + 2 / (1 - lock.confidence) * missed
    bodies[place] = changed.model_copy(update={"interval_score": sure})
    result = checked(set_at("ledger", value=chained(bodies)), number)
    assert "answers" in rules_of(result.remarks, "note"), result.remarks
    assert result.status is not Status.REJECTED


def test_a_bundle_alone_lacks_a_ledger_and_is_sound() -> None:
    result = check_bytes(rewritten(document()["bundle"]), "bundle.json", COURSE)
    assert result.status is Status.SOUND
    assert any(remark.path == "ledger" for remark in result.remarks)


def test_what_an_editor_saved_anew_is_sound() -> None:
    text = json.dumps(orjson.loads(gzip.decompress(packed())), indent=2)
    for data in (text.encode(), text.encode("utf-16"), text.encode("utf-8-sig")):
        result = check_bytes(data, "hand-in.json", COURSE)
        assert result.status is Status.SOUND, result.remarks[0]


BYTES: dict[str, tuple[str, bytes]] = {
    "nothing": ("json", b""),
    "a PDF": ("json", b"%PDF-1.7 ..."),
    "cut off": ("compression", packed()[:-20]),
    "damaged": ("compression", packed()[:200] + b"\0\0\0\0" + packed()[204:]),
    "something after it": ("compression", packed() + b"more"),
    "a bomb": ("compression", gzip.compress(b" " * (MOST_BYTES + 1))),
    "large": ("size", b"x" * (MOST_FILE_BYTES + 1)),
    "a list": ("json", b"[1, 2]"),
    "NaN": ("json", b'{"a": NaN}'),
    "infinity": ("json", b'{"a": -Infinity}'),
    "a key twice": ("json", b'{"a": 1, "a": 2}'),
    "a huge integer": ("json", b'{"a": ' + b"9" * 400 + b"}"),
    "deep": ("json", b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "deep enough to be read": ("json", b'{"a": ' + b"[" * 60 + b"]" * 60 + b"}"),
    "bytes": ("json", bytes(range(256))),
    "a lone surrogate": ("json", b'{"a": "\\ud800"}'),
    "an unknown object": ("schema", b'{"a":1}'),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_no_hand_in_are_refused_by_the_rule_for_them(name: str) -> None:
    rule, data = BYTES[name]
    result = check_bytes(data, "hostile.json", COURSE)
    assert rules_of(result.remarks, "reject") == {rule}, result.remarks


def test_an_edit_shows_by_the_digest() -> None:
    changed = document()
    changed["bundle"]["run"]["seed"] += 1
    result = check_bytes(orjson.dumps(changed, option=orjson.OPT_SORT_KEYS), "edited.json", COURSE)
    assert [(r.rule, r.path) for r in result.remarks] == [("digest", "bundle.digest")]
    changed = document()
    changed["written"] = "2026-10-02T08:00Z"
    result = check_bytes(orjson.dumps(changed, option=orjson.OPT_SORT_KEYS), "edited.json", COURSE)
    assert [(r.rule, r.path) for r in result.remarks] == [("digest", "digest")]


def test_a_repeated_key_deep_in_a_hand_in_is_refused() -> None:
    data = canonical.dumps(document()).replace(b'"launches":1', b'"launches":1,"launches":1')
    result = check_bytes(data, "twice.json", COURSE)
    assert "twice" in result.remarks[0].actual


@pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
def test_what_is_no_regular_file_is_never_opened(tmp_path: Path) -> None:
    real = tmp_path / "real.json.gz"
    real.write_bytes(packed())
    (tmp_path / "link.json").symlink_to(real)
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "folder.json").mkdir()
    kinds = {"link.json": "a link", "pipe.json": "a pipe", "folder.json": "a folder"}
    for name, kind in kinds.items():
        (remark,) = check_file(tmp_path / name, COURSE).remarks
        assert (remark.rule, remark.actual) == ("file", kind)
    (remark,) = check_file(tmp_path.__class__("/dev/zero"), COURSE).remarks
    assert remark.actual == "a device"
    (remark,) = check_file(tmp_path / "missing.json", COURSE).remarks
    assert remark.rule == "file"
    assert check_file(real, COURSE).status is Status.SOUND


def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "growing.json.gz"
    file.write_bytes(packed())
    read = os.read

    def growing(handle: int, size: int) -> bytes:
        if file.stat().st_size == len(packed()):
            with file.open("ab") as other:
                other.write(b"more")
        return read(handle, size)

    monkeypatch.setattr("analysis.course.intake.os.read", growing)
    (remark,) = check_file(file, COURSE).remarks
    assert "changed while it was read" in remark.actual


def test_samples_are_calibrated_for_as_long_as_the_rule_thinks() -> None:
    assert SAMPLE_S * 1e6 == _SAMPLE_US
