"""Laws of quantities hold for any facts."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware_profiles.draws import draw
from hardware_profiles.provenance import Fact, Kind
from hardware_profiles.quantity import Quantity, minimum, sourced
from hardware_profiles.units import unit

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.hostile

UNITS = ("B", "s", "J/b", "USD/GB", "image/s", "GiB/s", "1", "pJ/word64")
NUMBERS = st.floats(1e-9, 1e9)


@st.composite
def facts(draw_from: st.DrawFn, units: tuple[str, ...] = UNITS) -> Quantity:
    value = draw_from(NUMBERS)
    return sourced(
        Fact(
            name=draw_from(st.sampled_from("abcdefgh")),
            value=value,
            low=value / draw_from(st.floats(1, 10)),
            high=value * draw_from(st.floats(1, 10)),
            unit=draw_from(st.sampled_from(units)),
            kind=draw_from(st.sampled_from(list(Kind))),
            source="a source",
        ),
        draws=50,
    )


@st.composite
def alike(draw_from: st.DrawFn, count: int) -> list[Quantity]:
    unit_text = draw_from(st.sampled_from(UNITS))
    return [draw_from(facts((unit_text,))) for _ in range(count)]


def close(left: Quantity, right: Quantity) -> bool:
    scale = float(np.max(np.abs(left.draws))) or 1.0
    return (
        left.dimension == right.dimension
        and left.facts == right.facts
        and bool(np.all(np.abs(left.draws - right.draws) <= 1e-9 * scale))
    )


@given(facts(), facts())
def test_products_commute_and_divide_back(first: Quantity, second: Quantity) -> None:
    assert first * second == second * first
    assert np.allclose((first * second / second).draws, first.draws)
    assert (first * second / second).dimension == first.dimension


@given(alike(3))
def test_sums_commute_associate_and_distribute(parts: list[Quantity]) -> None:
    first, second, third = parts
    assert first + second == second + first
    assert close((first + second) + third, first + (second + third))
    assert close(3 * (first + second), 3 * first + 3 * second)


@given(facts())
def test_nothing_is_left_of_a_number_less_itself(first: Quantity) -> None:
    gone = first - first
    assert gone.value == gone.low == gone.high == 0
    assert gone.facts == first.facts


@given(facts(), facts())
def test_units_multiply_as_dimensions_do(first: Quantity, second: Quantity) -> None:
    product = (
        unit(f"({first.unit})*({second.unit})")
        if "1" not in {str(first.unit), str(second.unit)}
        else None
    )
    if product:
        assert (first * second).dimension == product.dimension
        assert (first * second).to(product.text).value == pytest.approx(first.value * second.value)


@given(facts(), st.sampled_from([operator.mul, operator.truediv]), facts())
def test_a_result_knows_all_its_facts_and_is_their_weakest(
    first: Quantity, function: Callable[[Quantity, Quantity], Quantity], second: Quantity
) -> None:
    result = function(first, second)
    assert result.facts == first.facts | second.facts
    assert result.kind.weakness == max(first.kind.weakness, second.kind.weakness)


@given(facts())
def test_low_value_and_high_are_in_order(first: Quantity) -> None:
    for result in (first, 1 / first, first * first, first**0.5):
        assert result.low <= result.value <= result.high


FUNCTIONS: dict[str, Callable[..., Quantity]] = {
    "a quotient": lambda a, b, c: a / b + 0 * c / c * a / b,
    "a sum of products": lambda a, b, c: a * b + b * c,
    "a bottleneck": lambda a, b, c: minimum(a * b, c * c),
    "a share": lambda a, b, c: a * b / (a * b + c * c),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nine_of_ten_truths_lie_within_the_interval(name: str) -> None:
    """Truths are drawn from the same ranges by another generator, 4,000 of them."""
    ranges = {"a": (4.0, 2.0, 9.0), "b": (3.0, 2.5, 3.2), "c": (5.0, 1.0, 8.0)}
    guessed = [
        sourced(Fact(n, v, low, high, "1", Kind.ASSUMED, ""))
        for n, (v, low, high) in ranges.items()
    ]
    truths = [draw(f"truth {n}", *span, count=4000) for n, span in ranges.items()]
    result = FUNCTIONS[name](*guessed)
    true = FUNCTIONS[name](*(Quantity(t, guessed[0].dimension) for t in truths)).draws[1:]
    covered = float(np.mean((result.low <= true) & (true <= result.high)))
    assert 0.88 <= covered <= 0.92
