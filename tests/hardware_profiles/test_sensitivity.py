"""What a number rests on, and which input its width comes from."""

from __future__ import annotations

import pytest

from hardware_profiles.provenance import Checked, Fact, Kind
from hardware_profiles.quantity import Quantity, exact, sourced
from hardware_profiles.sensitivity import dominant, inputs


def uncertain(name: str, width: float) -> Quantity:
    """Return a length of 100 m, a share of it uncertain in either direction."""
    return sourced(
        Fact(
            name=name,
            value=100.0,
            low=100.0 * (1 - width),
            high=100.0 * (1 + width),
            unit="m",
            kind=Kind.ASSUMED,
            source="a test",
            checked=Checked.SEEN,
        )
    )


def test_inputs_are_the_facts_at_the_end_of_the_tree() -> None:
    total = (uncertain("b", 0.1) + uncertain("a", 0.1)).named("total", "b + a")
    assert [fact.name for fact in inputs(total * exact(2))] == ["a", "b"]


def test_the_wider_input_dominates() -> None:
    """By hand: of variances 0.2^2 and 0.1^2 the first has four fifths."""
    result = dominant(uncertain("wide", 0.2) + uncertain("narrow", 0.1))
    assert result is not None
    assert result.name == "wide"
    assert result.share == pytest.approx(0.8, abs=0.06)


def test_what_is_exact_has_no_width() -> None:
    assert dominant(exact(3.0, "m")) is None
    assert dominant(uncertain("tiny", 1e-5)) is None
