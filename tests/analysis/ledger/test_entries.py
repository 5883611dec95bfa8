"""Every body of an entry: written and read again it is the same, and its hash stays."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from analysis.acts.drift import drift
from analysis.acts.drift.stream import DEFAULT_NONCE
from analysis.acts.feeding import feeding_tax
from analysis.acts.gravity import gravity
from analysis.acts.levers import ACTS, TRACKS
from analysis.acts.outcome import KEYS, State
from analysis.acts.scenario import scenario
from analysis.acts.zero_waste import zero_waste
from analysis.ledger import chain
from analysis.ledger.entries import (
    FIRST,
    Body,
    Decision,
    Entry,
    Lock,
    Measurement,
    Rate,
    Rationale,
    Recovery,
    Reveal,
    Score,
    Try,
    refused,
)
from analysis.ledger.opening import tried
from analysis.model.machine import Machine
from bench.bundle import parse
from hardware_profiles.catalogue import catalogue
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.acts.outcome import Outcome
    from analysis.acts.scenario import Scenario

NAMES = st.from_regex(r"[a-z0-9_.-]{1,60}", fullmatch=True)
REALS = st.floats(allow_nan=False, allow_infinity=False)
ALL = st.characters(codec="utf-8")
LINES = st.text(ALL.filter(lambda c: not refused(c, one_line=True)), min_size=1, max_size=100)
TEXTS = st.text(ALL.filter(lambda c: not refused(c)), min_size=1, max_size=300)
SETTINGS = st.dictionaries(NAMES, LINES, max_size=4)
STATES = st.sampled_from(["met", "missed", "cannot-tell"])
CONFIDENCES = st.floats(0, 1, exclude_min=True, exclude_max=True)
TRACK_OR_NONE = st.none() | NAMES


def _between(cls: type[BaseModel], ends: list[float], **rest: Any) -> BaseModel:
    low, *middle, high = sorted(ends)
    return cls(low=low, high=high, **({"value": middle[0]} if middle else {}), **rest)


RATES = st.lists(REALS, min_size=3, max_size=3).map(lambda ends: _between(Rate, ends))
LOCKS = st.builds(
    lambda ends, rest: _between(Lock, ends, **rest),
    st.lists(REALS, min_size=2, max_size=2),
    st.fixed_dictionaries(
        {
            "question": NAMES,
            "choice": NAMES,
            "unit": LINES,
            "confidence": CONFIDENCES,
            "measured_before": st.none() | st.booleans(),
        }
    ),
)
BODIES: dict[type[BaseModel], st.SearchStrategy[Any]] = {
    Lock: LOCKS,
    Reveal: st.builds(Reveal, question=NAMES),
    Score: st.builds(
        Score,
        question=NAMES,
        choice=NAMES,
        value=REALS,
        right=st.booleans(),
        held=st.booleans(),
        interval_score=REALS,
    ),
    Try: st.builds(
        Try,
        act=NAMES,
        track=NAMES,
        settings=SETTINGS,
        outcome=st.dictionaries(NAMES, REALS, max_size=4),
        verdicts=st.none() | st.dictionaries(NAMES, STATES, max_size=4),
    ),
    Rationale: st.builds(Rationale, question=NAMES, text=TEXTS, track=TRACK_OR_NONE),
    Measurement: st.builds(
        Measurement,
        track=NAMES,
        settings=SETTINGS,
        predicted=RATES,
        measured=RATES,
        disturbed=st.booleans(),
    ),
    Decision: st.builds(
        Decision,
        track=NAMES,
        decision=TEXTS,
        rejected=TEXTS,
        rejected_value=REALS,
        rejected_unit=LINES,
        trigger=TEXTS,
        risk=TEXTS,
    ),
    Recovery: st.builds(Recovery, removed_bytes=st.integers(1, 2**53)),
}
DECISION = Decision(
    track="cloud_titan",
    decision="Ship it.",
    rejected="Stream it.",
    rejected_value=90_000.0,
    rejected_unit="USD",
    trigger="A fibre of 100 Gb/s.",
    risk="A lost parcel.",
)
RATE = Rate(value=2.0, low=1.0, high=3.0)
MEASURED = Measurement(
    track="cloud_titan", settings={"workers": "4"}, predicted=RATE, measured=RATE, disturbed=False
)


def test_each_body_has_its_strategy() -> None:
    assert set(BODIES) == set(get_args(get_args(Body)[0]))


@given(st.lists(st.one_of(*BODIES.values()), max_size=5))
def test_what_is_written_is_read(bodies: list[Body]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.jsonl"
        chain.append(path, bodies)
        assert list(chain.read(path).bodies) == bodies


@given(st.one_of(*BODIES.values()))
def test_what_is_not_set_is_not_written(body: Body) -> None:
    """So a field that is added changes no hash of an entry from before."""
    written = json.loads(Entry(number=0, previous=FIRST, body=body).line())["body"]
    assert None not in written.values()
    assert set(written) == {name for name, value in body if value is not None}


@pytest.mark.parametrize(
    ("body", "hashed"),
    [
        (
            Try(act="drift", track="edge_guardian", settings={"alpha": "0.05"}, outcome={"p": 0.5}),
            "844165e109074cac319feca20a63491946c4f867e5d96e8fdce4435fb0d077cd",
        ),
        (
            Rationale(question="gravity", text="Bits have a rate."),
            "b604ee345c931c41261bfddbe30c5c24d0f0853c54f06ba3594f8ed091edb107",
        ),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_an_entry_from_before_a_field_was_added_keeps_its_hash(body: Body, hashed: str) -> None:
    assert Entry(number=0, previous=FIRST, body=body).digest() == hashed


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (DECISION, {"decision": ""}),
        (DECISION, {"risk": "x" * 4001}),
        (DECISION, {"trigger": "a\x1bb"}),
        (DECISION, {"rejected_value": float("inf")}),
        (DECISION, {"rejected_unit": ""}),
        (DECISION, {"author": "somebody"}),
        (MEASURED, {"predicted": {"value": 4.0, "low": 1.0, "high": 3.0}}),
        (MEASURED, {"measured": {"value": 2.0, "low": 3.0, "high": 1.0}}),
        (MEASURED, {"measured": {"value": float("nan"), "low": 1.0, "high": 3.0}}),
        (MEASURED, {"disturbed": "no"}),
        (MEASURED, {"host": "somebody"}),
        (
            Try(act="gravity", track="cloud_titan", settings={}, outcome={}),
            {"verdicts": {"egress": "won"}},
        ),
        (Rationale(question="gravity", text="So."), {"track": "Cloud Titan"}),
    ],
)
def test_what_a_body_does_not_hold_is_refused(body: Body, wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        type(body).model_validate(body.model_dump() | wrong)


KEPT = {
    "no-break spaces": "10\u00a0000\u202f%",
    "a joiner and a non-joiner": "\u0645\u06cc\u200c\u062e \u0915\u094d\u200d\u0937",
    "signs": "\U0001f469\u200d\U0001f4bb \u2764\ufe0f \U0001f44d\U0001f3fd",
    "combining marks": "e\u0301 n\u0303",
    "other scripts": "\u05e9\u05dc\u05d5\u05dd \u6570\u636e \u200f\u0661\u200e \u3042",
    "a soft hyphen and a mark of byte order": "data\u00adset\ufeff",
    "a private and an unassigned one": "\ue000\U000e0fff",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_what_people_write_is_kept(text: str, tmp_path: Path) -> None:
    """In one line too, and read from the disk as it was written."""
    path = tmp_path / "ledger.jsonl"
    kept: list[Body] = [
        Rationale(question="gravity", text=f"{text}\n\t{text}"),
        DECISION.model_copy(update={"rejected_unit": text}),
    ]
    for body in kept:
        assert type(body).model_validate(body.model_dump()) == body
    chain.append(path, kept)
    assert list(chain.read(path).bodies) == kept
    assert refused(text, one_line=True) is None


CONTROLS = [*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]


def test_what_is_not_kept_is_named_with_its_place() -> None:
    for number in (*CONTROLS, 0xD800, 0xDFFF):
        text = f"ab{chr(number)}c\x1b"
        first = (f"U+{number:04X}", 3)
        assert refused(text, one_line=True) == first
        if chr(number) not in "\n\t":
            assert refused(text) == first
            with pytest.raises(ValidationError):
                Rationale(question="gravity", text=text)
        if chr(number) != "\n":
            with pytest.raises(ValidationError):
                DECISION.model_validate(DECISION.model_dump() | {"rejected_unit": text})
    assert refused("a\n\tb") is None
    assert refused("a\u2028b", one_line=True) == ("U+2028", 2)


def test_a_line_from_before_with_a_newline_is_read() -> None:
    body = DECISION.model_validate(DECISION.model_dump() | {"rejected_unit": "USD\nin 2026"})
    assert isinstance(body, Decision)
    assert body.rejected_unit == "USD\nin 2026"


def test_a_try_keeps_the_verdicts_of_each_act(tmp_path: Path) -> None:
    facts = catalogue()
    machine = Machine(
        parse((ROOT / "tests/golden/two-cores-learning.json").read_bytes(), "golden"), facts
    )
    acts: dict[str, Callable[[Scenario], Outcome]] = {
        "gravity": lambda at: gravity(at, facts),
        "feeding-tax": lambda at: feeding_tax(machine, facts, at),
        "zero-waste": lambda at: zero_waste(machine, at),
        "drift": lambda at: drift(at, facts, DEFAULT_NONCE, machine.bundle),
    }
    assert set(acts) == set(ACTS)
    kept = set()
    for act, outcome_of in acts.items():
        for track in TRACKS:
            outcome = outcome_of(scenario(act, track))
            entry = tried(tmp_path / "ledger.jsonl", outcome)[-1]
            assert isinstance(entry, Try)
            states = {KEYS[v.name]: v.state.value.replace(" ", "-") for v in outcome.verdicts}
            assert entry.verdicts == states
            kept |= set(states)
    assert kept == set(KEYS.values())


def test_each_state_of_a_verdict_has_its_name(tmp_path: Path) -> None:
    facts = catalogue()
    outcome = gravity(scenario("gravity", "cloud_titan"), facts)
    for state in State:
        changed = tuple(replace(verdict, state=state) for verdict in outcome.verdicts)
        entry = tried(tmp_path / "ledger.jsonl", replace(outcome, verdicts=changed))[-1]
        assert isinstance(entry, Try)
        assert set((entry.verdicts or {}).values()) == {state.value.replace(" ", "-")}
