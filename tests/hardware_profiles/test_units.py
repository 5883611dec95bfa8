"""Units are read strictly, and never mistaken for one another."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any

import pint
import pytest

from hardware_profiles import units
from hardware_profiles.errors import UnitError
from hardware_profiles.quantity import exact
from hardware_profiles.units import readable, unit, written

DEFINITIONS = Path(units.__file__).with_name("units.txt")
PINT: Any = pint.UnitRegistry(str(DEFINITIONS), cache_folder=None)
PROFILES = DEFINITIONS.parent.glob("*/*.toml")
WRITTEN = {
    text
    for path in PROFILES
    for text in re.findall(r'^unit = "(.+)"$', path.read_text(encoding="utf-8"), re.MULTILINE)
}
NAMES = [
    [part.strip() for part in line.split("=")]
    for line in DEFINITIONS.read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
PREFIXES = [name[:-1] for name, _, *more in NAMES for name in (name, *more) if name.endswith("-")]
UNITS = [name for name, _, *more in NAMES for name in (name, *more) if not name.endswith("-")]


def in_pint(text: str) -> tuple[float, str]:
    """Return factor and coherent unit as pint has them."""
    factor, dimension = PINT.get_base_units(PINT.parse_units("" if text == "1" else text))
    return float(factor), f"{dimension:~C}".replace("*", "·").replace("··", "**") or "1"


@pytest.mark.parametrize("text", sorted(WRITTEN))
def test_a_unit_of_a_profile_is_what_it_is_to_pint(text: str) -> None:
    known = unit(text)
    factor, dimension = in_pint(text)
    assert known.factor == pytest.approx(factor, rel=1e-15)
    assert sorted(re.split(r"(?=[/·])", str(known.dimension))) == sorted(
        re.split(r"(?=[/·])", dimension.replace("dimensionless", "1"))
    )


def test_a_unit_with_a_prefix_is_what_it_is_to_pint() -> None:
    """Every prefix before every unit, such as kilobyte, and plurals of words."""
    assert len(WRITTEN) > 60
    plurals = [f"{name}s" for name in UNITS if len(name) > 3]
    names = [*UNITS, *plurals, *(f"{p}{name}" for p, name in product(PREFIXES, UNITS))]
    refused = {f"{p}{name}" for p in "munp" for name in ("B", "b", "byte", "bit", "OP", "FLOP")}
    refused |= {
        f"{p}{name}" for p in "munp" for name in ("MAC", "sample", "token", "request", "IO")
    }
    taken = set(names) - refused
    assert len(taken) > 1000
    for name in taken:
        known = unit(name)
        assert known.factor == pytest.approx(in_pint(name)[0], rel=1e-14), name
        assert PINT.parse_units(name).is_compatible_with(str(known.dimension).replace("·", "*"))


@pytest.mark.parametrize(
    ("value", "text", "other", "expected"),
    [
        # Decimal and binary prefixes: 250 MiB/s of a cloud's volume is 262 MB/s.
        (1, "GiB", "GB", 1.073741824),
        (250, "MiB/s", "MB/s", 262.144),
        (1, "PiB", "PB", 1.125899906842624),
        # Bits and bytes: a 10 Gb/s line carries 1.25 GB/s.
        (10, "Gb/s", "GB/s", 1.25),
        (12, "b", "B", 1.5),
        # A multiply-accumulate is two operations: ResNet-50's 4.089 GMAC are 8.178 GFLOP.
        (4.089, "GMAC", "GFLOP", 8.178),
        (1, "TOP/s", "TFLOP/s", 1),
        # Energy a word and a byte: 1.3 nJ for 64 bits is 650 pJ for 32, 162.5 pJ a byte.
        (1.3, "nJ/word64", "pJ/B", 162.5),
        (1.3, "nJ/word64", "pJ/word32", 650),
        (1.3, "nJ/word64", "pJ/b", 20.3125),
        # Time, money, charge and carbon.
        (1, "month", "h", 730),
        (0.09, "USD/GB", "USD/TB", 90),
        (1, "kWh", "J", 3.6e6),
        (210, "mAh", "C", 756),
        (1, "tCO2e", "kgCO2e", 1000),
        (379, "gCO2e/kWh", "kgCO2e/MWh", 379),
        (1, "mile", "km", 1.609344),
        (85, "percent", "fraction", 0.85),
    ],
)
def test_known_conversions(value: float, text: str, other: str, expected: float) -> None:
    assert exact(value, text).to(other).value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("GB", "GB/s"),
        ("b/s", "FLOP/s"),
        ("sample/s", "token/s"),
        ("W", "J"),
        ("g", "gCO2e"),
        ("USD", "1"),
        ("Hz", "OP/s"),
    ],
)
def test_what_counts_other_things_is_not_converted(text: str, other: str) -> None:
    with pytest.raises(UnitError, match="count other things"):
        exact(1, text).to(other)


@pytest.mark.parametrize(
    "text",
    [
        *["", " ", "GBps", "gb", "Gbps", "5 GB", "GB /s ", "GB/", "s**", "°C", "B*", "("],
        *["GB\0", "10**10**10*B", "B**10**10", "B" * 99, "1000*B", "-B", "GB / s", "__class__"],
    ],
)
def test_what_is_no_unit_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UnitError, match="not a unit known here; write it like 'GB/s'"):
        unit(text)


@pytest.mark.parametrize("text", ["mB", "mb/s", "nFLOP", "USD/mB"])
def test_parts_of_a_whole_are_taken_for_the_slip_they_are(text: str) -> None:
    with pytest.raises(UnitError, match="M is 10"):
        unit(text)


@pytest.mark.parametrize(
    ("value", "text", "shown"),
    [
        (8e6, "s", "day"),
        (0.0031, "s", "ms"),
        (2.5e8, "B/s", "MB/s"),
        (1.3e-9, "J", "nJ"),
        (2180, "image/s", "sample/s"),
        (5e-7, "USD/B", "USD/GB"),
        (0, "s", "s"),
        (0, "B", "B"),
    ],
)
def test_results_are_shown_in_a_unit_that_reads_well(value: float, text: str, shown: str) -> None:
    quantity = exact(value, text)
    assert readable(quantity.dimension, quantity.draws).text == shown


@pytest.mark.parametrize(
    ("number", "text", "expected"),
    [
        ("2", "sample/s", "2 samples/s"),
        ("1", "sample/s", "1 sample/s"),
        ("7 [7, 28]", "day", "7 days [7, 28]"),
        ("0.5 [0, 1]", "fraction", "0.5 [0, 1]"),
        ("1", "fraction", "1"),
        ("57.26 [54, 59]", "percent", "57.26 % [54, 59]"),
        ("1", "percent", "1 %"),
        ("1", "1", "1"),
        ("3", "GB", "3 GB"),
        ("3", "B/sample", "3 B/sample"),
    ],
)
def test_a_unit_stands_between_number_and_range(number: str, text: str, expected: str) -> None:
    assert written(number, text) == expected
