"""A quantity keeps unit, interval and provenance through arithmetic."""

from __future__ import annotations

import pickle
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from hardware_profiles.errors import ProfileError, UnitError
from hardware_profiles.provenance import Checked, Fact, Kind
from hardware_profiles.quantity import Quantity, ceil, exact, exp, log, maximum, minimum, sourced


def fact(
    name: str,
    value: float,
    unit: str = "1",
    span: tuple[float, float] | None = None,
    kind: Kind = Kind.DATASHEET,
) -> Quantity:
    low, high = span or (value, value)
    return sourced(Fact(name, value, low, high, unit, kind, "a source"))


DISK = fact("disk", 250, "MB/s", (230, 275))
RECORD = fact("record", 114_660, "B/image", (108_000, 118_000), Kind.PUBLISHED)


def test_a_result_reads_as_value_interval_and_origin() -> None:
    text = "from disk 250 MB/s (datasheet), record 114,660 B/image (published)"
    assert str(DISK / RECORD) == f"2,180 samples/s [1,994, 2,455] {text}"


def test_a_fact_reads_as_its_source_states_it() -> None:
    assert str(RECORD) == "114,660 B/image [108,000, 118,000] (published)"
    assert str(exact(250, "MB/s")) == "250 MB/s"


def test_what_a_fact_is_multiplied_by_shows_however_small_it_is() -> None:
    access = fact("access", 1.5e-12, "J/B", (1e-12, 2e-12))
    assert str(access) == "1.5e-12 J/B [1e-12, 2e-12] (datasheet)"
    assert str(2 * access).startswith("3 pJ/B [2, 4] from access")
    assert str(access.to("pJ/B")) == "1.5 pJ/B [1, 2] (datasheet)"


@pytest.mark.parametrize("quantity", [DISK, DISK / RECORD, exact([1, 2], "GB"), DISK**0.5])
def test_a_copy_is_the_same_and_goes_on_working(quantity: Quantity) -> None:
    for copy in (pickle.loads(pickle.dumps(quantity)), deepcopy(quantity)):
        assert copy == quantity
        assert str(copy) == str(quantity)
        assert np.all((copy - quantity).draws == 0)


def test_profiles_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        DISK.draws[0] = 1


def test_elements_and_sums() -> None:
    sizes = exact([1, 2, 3], "GB")
    assert str(sizes[1]) == "2 GB"
    assert str(sizes[1:]) == "2, 3 GB"
    assert str(sum([sizes[0], sizes[1]])) == "3 GB"
    with pytest.raises(ProfileError, match="no elements"):
        DISK[0]


@pytest.mark.parametrize("value", ["5", None, [[1], [1, 2]], {}, 1j])
def test_what_is_no_number(value: Any) -> None:
    with pytest.raises(ProfileError, match=r"is no (number|array)"):
        exact(value)


@pytest.mark.parametrize("quantity", [exact(5), DISK / exact([1, 2])])
def test_only_a_single_result_can_be_named(quantity: Quantity) -> None:
    with pytest.raises(ProfileError, match="only a single number that rests on facts"):
        quantity.named("x", "y")


def test_a_result_without_spread_has_no_interval() -> None:
    assert (
        str(fact("a", 6, "B") / fact("b", 3, "s"))
        == "2 B/s from a 6 B (datasheet), b 3 s (datasheet)"
    )


def test_arrays_read_element_by_element_and_long_ones_are_cut() -> None:
    assert (
        str((exact(1, "PB") / exact([1, 10, 100], "Gb/s")).to("day")) == "92.59, 9.259, 0.9259 days"
    )
    assert str(exact(range(9), "B")) == "0, 1, 2, 3, 4, 5 and 3 more B"


def test_many_facts_are_counted_beyond_six() -> None:
    total = fact("a0", 1)
    for number in range(1, 9):
        total += fact(f"a{number}", 1)
    assert str(total).endswith("a5 1 (datasheet) and 3 more")


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([Kind.MEASURED, Kind.DATASHEET], Kind.DATASHEET),
        ([Kind.PUBLISHED, Kind.DATASHEET, Kind.MEASURED], Kind.PUBLISHED),
        ([Kind.ASSUMED, Kind.MEASURED], Kind.ASSUMED),
        ([], Kind.GIVEN),
    ],
)
def test_a_result_is_as_weak_as_its_weakest_fact(kinds: list[Kind], expected: Kind) -> None:
    product = exact(1)
    for number, kind in enumerate(kinds):
        product *= fact(f"f{number}", 2, kind=kind)
    assert product.kind == expected


def test_the_same_fact_moves_alike_wherever_it_enters() -> None:
    apart = sourced(next(iter(DISK.facts)))
    for gone in (DISK - DISK, DISK - apart):
        assert np.all(gone.draws == 0)
    assert np.all((DISK / apart).draws == 1)
    assert (DISK - fact("other disk", 250, "MB/s", (230, 275))).high > 30


def test_a_named_result_is_one_derived_fact_with_its_tree() -> None:
    rate = (DISK / RECORD).named("feed", "disk / record")
    assert rate.kind == Kind.DERIVED
    assert str(2 * rate) == "4,361 samples/s [3,989, 4,911] from feed 2,180 samples/s (derived)"
    assert rate.tree().splitlines() == [
        "2,180 samples/s [1,994, 2,455]",
        "  feed 2,180 samples/s [1,994, 2,455] (derived) = disk / record",
        "    disk 250 MB/s [230, 275] (datasheet): a source",
        "    record 114,660 B/image [108,000, 118,000] (published): a source",
    ]
    (derived,) = rate.facts
    assert derived.leaves == DISK.facts | RECORD.facts
    assert derived.checked == Checked.UNVERIFIED
    assert np.all((rate - DISK / RECORD).draws == 0)


def test_a_derived_fact_that_rests_on_an_assumption_is_assumed() -> None:
    guess = fact("guess", 3, "B", (2, 4), Kind.ASSUMED)
    assert (guess / 2).named("half", "guess / 2").kind == Kind.ASSUMED


def test_functions_keep_units() -> None:
    assert minimum(exact(1, "GB"), exact(3, "MB")).to("MB").value == 3
    assert maximum(exact([1, 5], "s"), exact(2, "s")).value.tolist() == [2, 5]
    assert ceil(exact(1, "PB") / exact(80, "TB")).value == 13
    assert ((exact(9, "s") * exact(4, "s")) ** 0.5).value == 6
    assert (exact(3, "B") ** 2 / exact(1, "B")).value == 9
    assert exp(log(exact(2))).value == pytest.approx(2)
    assert (-exact(2, "s")).value == -2
    assert (np.array([1.0, 2.0]) * exact(2, "s")).value.tolist() == [2, 4]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: DISK + RECORD,
        lambda: 1 + DISK,
        lambda: minimum(DISK, 5.0),
        lambda: ceil(DISK),
        lambda: exp(DISK),
        lambda: DISK.to("s"),
        lambda: DISK.chance_below(exact(1, "s")),
    ],
)
def test_units_that_do_not_fit_are_an_error(wrong: object) -> None:
    assert callable(wrong)
    with pytest.raises(UnitError, match="count other things"):
        wrong()


def test_shapes_that_do_not_fit_are_named() -> None:
    with pytest.raises(ProfileError, match=r"\(2,\) x 1 and \(3,\) x 1"):
        exact([1, 2]) + exact([1, 2, 3])
    few = sourced(next(iter(DISK.facts)), draws=200)
    with pytest.raises(ProfileError, match=r"\(\) x 201 and \(\) x 1001"):
        few + DISK


def test_numpy_does_not_take_the_unit_off() -> None:
    functions: list[Any] = [np.sin, np.sqrt, np.sum]
    for function in functions:
        with pytest.raises(TypeError):
            function(exact([1.0, 2.0], "s"))


def test_the_interval_holds_the_value_and_shapes_broadcast() -> None:
    # The value of a minimum lies at the end of what it may be.
    worst = minimum(fact("a", 1, "s", (0.5, 2)), fact("b", 1, "s", (0.5, 2)))
    assert worst.low < worst.value <= worst.high
    grid = exact([[1.0], [2.0]], "TB") / (DISK * np.array([1.0, 2.0, 4.0]))
    assert grid.shape == (2, 3)
    assert grid.low.shape == (2, 3)
    assert np.all(grid.low < grid.value)
    assert np.all(grid.value < grid.high)


def test_a_chance_is_the_share_of_draws() -> None:
    assert DISK.chance_below(exact(250, "MB/s")) == pytest.approx(0.5)
    assert DISK.chance_below(exact(230, "MB/s")) == pytest.approx(0.05)
    assert exact(1, "s").chance_below(exact(2, "s")) == 1
    assert exact([1, 3], "s").chance_below(exact(2, "s")).tolist() == [1, 0]
