"""Units: what a number counts, and how many coherent units are in one.

Arithmetic happens in coherent units (bytes, seconds, joules, ...), so that it never converts. The
definitions are in units.txt; the algebra is pint's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

import pint
from pint.facets.plain import PlainUnit

from hardware_profiles.errors import UnitError

if TYPE_CHECKING:
    from collections.abc import Iterable

_REGISTRY: pint.UnitRegistry[float] = pint.UnitRegistry(
    str(Path(__file__).with_name("units.txt")), cache_folder=None
)
_COUNTED = re.compile(
    r"^(sample|image|frame|inference|token|request|day|week|month|year|mile|point)(?=$|/)"
)
_AFTER = {"1": "", "fraction": "", "percent": "%"}
_PREFIXED = {"B", "J", "OP", "b", "W", "Hz"}
_PREFIXES = {1e-12: "p", 1e-9: "n", 1e-6: "u", 1e-3: "m", 1.0: "", 1e3: "k"} | {
    1e6: "M",
    1e9: "G",
    1e12: "T",
    1e15: "P",
    1e18: "E",
}
_TIMES = ("ns", "us", "ms", "s", "min", "h", "day", "year")
# How people say a few coherent units.
_NAMED = {"J/s": "W", "gCO2e": "kgCO2e", "gCO2e/J": "gCO2e/kWh", "C": "mAh"} | {
    "USD/B": "USD/GB",
    "USD/B/s": "USD/(GB*month)",
    "request/s": "IO/s",
}


Dimension: TypeAlias = PlainUnit
"""What is counted, as a coherent unit."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as it is written, such as `GB/s`.

    `factor` coherent units are in one of it; `dimension` is that coherent unit, such as `B/s`.
    """

    text: str
    factor: float
    dimension: Dimension

    def __str__(self) -> str:
        return self.text


# Names with powers, multiplied and divided; pint itself would take sums, and compute 10**10**10.
_WRITTEN = re.compile(
    r"(1/)?\(*[A-Za-z]\w*(\*\*[\d.]{1,4})?(\)*[*/·]\(*[A-Za-z]\w*(\*\*[\d.]{1,4})?)*\)*", re.ASCII
)
_LONGEST = 60
_WHOLE = {"B", "b", "byte", "bit", "OP", "FLOP", "MAC", "sample", "token", "request", "IO"}


@lru_cache(maxsize=1024)
def unit(text: str) -> Unit:
    """Read a unit; "1" is a number without one.

    Raises:
        UnitError: it is not a unit that units.txt defines.

    """
    if text == "1":
        return Unit("1", 1.0, DIMENSIONLESS)
    for name in re.findall(r"[A-Za-z]\w*", text):
        if name[0] in "munp" and name[1:] in _WHOLE:
            raise UnitError(
                f"{name!r} would be a part of one {name[1:]}; M is 10^6, m a thousandth"
            )
    try:
        if len(text) > _LONGEST or not _WRITTEN.fullmatch(text):
            raise ValueError(text)  # noqa: TRY301 - one message for everything that is no unit
        factor, dimension = _REGISTRY.get_base_units(_REGISTRY.parse_units(text))
    except Exception as error:  # pint lets what its tokenizer raises through
        raise UnitError(
            f"{text!r} is not a unit known here; write it like 'GB/s', 'GiB', 'USD/GB', "
            "'pJ/OP' or '1' (hardware_profiles/units.txt has them all)"
        ) from error
    return Unit(text, float(cast("float", factor)), dimension)


@cache
def coherent(dimension: Dimension) -> Unit:
    """Return the coherent unit of a dimension, written as short as can be."""
    return Unit(_text(dimension), 1.0, dimension)


def _text(dimension: Dimension) -> str:
    text = re.sub(r"(?<!\*)\*(?!\*)", "·", f"{dimension:~C}")
    return text.replace("dimensionless", "1") or "1"


DIMENSIONLESS: Dimension = _REGISTRY.Unit("")


@lru_cache(maxsize=4096)
def product(left: Dimension, right: Dimension) -> Dimension:
    """Return the dimension of a product."""
    return cast("Dimension", left * right)


@lru_cache(maxsize=4096)
def quotient(left: Dimension, right: Dimension) -> Dimension:
    """Return the dimension of a quotient."""
    return cast("Dimension", left / right)


@lru_cache(maxsize=4096)
def power(base: Dimension, exponent: float) -> Dimension:
    """Return the dimension of a power."""
    return base**exponent


def require_same(left: Dimension, right: Dimension, doing: str) -> None:
    """Raise where two dimensions differ.

    Raises:
        UnitError: it names both.

    """
    if left is not right and left != right:
        raise UnitError(f"cannot {doing} {_text(left)} and {_text(right)}: they count other things")


def readable(dimension: Dimension, magnitudes: Iterable[float]) -> Unit:
    """Choose a unit in which magnitudes, given in the coherent one, are easily read.

    Bytes, operations and joules get a prefix, times the unit that people say them in.
    """
    text = _text(dimension)
    text = _NAMED.get(text, text)
    size = max((abs(m) for m in magnitudes), default=0.0)
    if text == "s":
        fitting = [name for name in _TIMES if size >= unit(name).factor]
        return unit(fitting[-1] if size and fitting else "s")
    head, slash, tail = text.partition("/")
    if head in _PREFIXED and size:
        least = 1.0 if head in _WHOLE else 1e-12
        fits = [p for p in _PREFIXES if size / unit(text).factor >= p >= least]
        text = f"{_PREFIXES[max(fits, default=least)]}{head}{slash}{tail}"
        return unit(text)
    return unit(text) if text in _NAMED.values() else coherent(dimension)


def plural(text: str) -> str:
    """Write a unit after numbers: `sample/s` is `samples/s`, `percent` `%`, and `1` nothing."""
    return _AFTER[text] if text in _AFTER else _COUNTED.sub(r"\1s", text)


def written(number: str, text: str) -> str:
    """Write a unit between a number and its range: `7 [7, 28]` and `day` are `7 days [7, 28]`."""
    value, _, span = number.partition(" ")
    unit_text = text if value == "1" and text not in _AFTER else plural(text)
    return " ".join(part for part in (value, unit_text, span) if part)
