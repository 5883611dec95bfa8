"""Bundles of strangers: whatever a file holds, it is refused with a reason or has a report."""

from __future__ import annotations

import random
from contextlib import suppress
from functools import cache
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import escape
from rich.console import Console

from analysis.render import html, json, markdown, terminal
from analysis.report import run as content
from bench.bundle import BundleError, parse
from bench.bundle.canonical import dumps
from tests.analysis.model.machines import machine_of

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.hostile

GOLDEN = Path(__file__).parents[1] / "golden/bundle-v1.json"

STRANGE: list[Any] = [
    None, True, -1, 0, 1, 2**53 - 1, 2**53, 2**63, 1.5, 1e308, "", "x" * 10_000, "\0", "é", "a/b/c",
    "<b>", [], {}, [[]], [0] * 50, {"a": 1},
]  # fmt: skip


@cache
def golden() -> bytes:
    """Return a part of the golden bundle, small enough to be mutated many times."""
    document = orjson.loads(GOLDEN.read_bytes())
    document["cases"] = [case for case in document["cases"] if case["payload"] == "audio"][:9]
    return dumps(document)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every part of a document."""
    result = [at] if at else []
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            result += places(part, (*at, key))
    return result


def _part(document: Any, place: Sequence[Any]) -> Any:
    for key in place:
        document = document[key]
    return document


def mutate(document: Any, rng: random.Random) -> None:
    """Replace, remove, repeat or add something somewhere, or change a number, which may well do."""
    action = rng.choice(["replace", "replace", "remove", "repeat", "add", *["nudge"] * 5])
    at = places(document)
    if action == "nudge":
        at = [place for place in at if type(_part(document, place)) is int] or at
    *way, last = rng.choice(at)
    parent = _part(document, way)
    if action == "nudge" and isinstance(parent[last], int):
        parent[last] = max(0, parent[last] + rng.choice([-1, 1, 10**6, 10**12]))
    elif action == "remove":
        del parent[last]
    elif action == "repeat" and isinstance(parent, list):
        parent.append(parent[last])
    elif action == "add" and isinstance(parent, dict):
        parent["planted"] = rng.choice(STRANGE)
    else:
        parent[last] = rng.choice(STRANGE)


def use(data: bytes) -> None:
    """Read a bundle and work out all that a report says of it."""
    document = content.document(content.report(machine_of(parse(data, "stranger's"))))
    terminal.show(Console(file=StringIO(), width=80), document)
    json.text(document)


@pytest.mark.parametrize("seed", range(400))
def test_a_mutated_document_is_refused_or_reported(seed: int) -> None:
    """Its digest is right, as a stranger can make it; its content is not."""
    rng = random.Random(seed)
    document = orjson.loads(golden())
    for _ in range(rng.randint(1, 3)):
        mutate(document, rng)
    with suppress(BundleError):
        use(dumps(document))


@pytest.mark.parametrize(
    "name", [r"$\frac{$", "$a_1^2$", "%s %(x)s %", "{x}{{", "[bold]x[/]", "<b>&"]
)
def test_names_are_shown_as_they_are(name: str) -> None:
    """In pages, figures and terminals: they are no formulas, formats or markup."""
    document = orjson.loads((GOLDEN.parent / "one-core.json").read_bytes())
    for configured in document["pipeline"]["configurations"]:
        if configured["setup"]["storage"] == "disk":
            configured["setup"]["storage"] = name
    data = dumps(document)
    shown = content.document(content.report(machine_of(parse(data, "stranger's"))))
    assert str(escape(name)) in html.text(shown)
    assert name in markdown.text(shown)
    use(data)


def test_a_terminal_obeys_no_stranger() -> None:
    document = orjson.loads((GOLDEN.parent / "one-core.json").read_bytes())
    for configured in document["pipeline"]["configurations"]:
        if configured["setup"]["storage"] == "disk":
            configured["setup"]["storage"] = "\x1b[31m\x9b2J\x07name"
    shown = content.document(content.report(machine_of(parse(dumps(document), "stranger's"))))
    printed = StringIO()
    terminal.show(Console(file=printed, width=200), shown)
    assert "?[31m?2J?name" in printed.getvalue()
    assert not {"\x1b", "\x9b", "\x07"} & set(printed.getvalue())


def test_the_document_that_is_mutated_is_a_good_one() -> None:
    use(golden())


def refused_share(document: bytes, mutated: str | None = None, count: int = 100) -> float:
    """Return the share of mutations, of a part of a document or of all, that `parse` refuses."""
    refused = 0
    for seed in range(count):
        rng = random.Random(seed)
        changed = orjson.loads(document)
        for _ in range(rng.randint(1, 3)):
            mutate(changed[mutated] if mutated else changed, rng)
        try:
            parse(dumps(changed), "stranger's")
        except BundleError:
            refused += 1
    return refused / count


def test_some_mutations_are_refused_and_some_are_not() -> None:
    """Else what follows would show nothing of reports, or nothing of reading."""
    assert 0.1 < refused_share(golden()) < 0.9


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(BundleError):
        parse(data, "stranger's")


@settings(max_examples=200, deadline=None)
@given(position=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_flipped_bit_is_refused(position: int, bit: int) -> None:
    data = bytearray(golden())
    data[position % len(data)] ^= 1 << bit
    with pytest.raises(BundleError):
        parse(bytes(data), "damaged")


@pytest.mark.parametrize("depth", [10, 2_000, 200_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    for data in (b"[" * depth, b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth):
        with pytest.raises(BundleError):
            parse(data, "deep")
