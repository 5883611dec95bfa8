"""Units: what a number counts, and how many coherent units are in one.

Arithmetic happens in coherent units (bytes, seconds, joules, ...), so that it never converts. The
definitions are in units.txt; tests hold what they come to against pint.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from hardware_profiles.errors import UnitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


@dataclass(frozen=True, slots=True)
class Dimension:
    """What is counted: coherent units with their powers, such as B and s to the -1."""

    powers: tuple[tuple[str, float], ...]
    """By name, in its order; none is 0."""

    @classmethod
    def of(cls, powers: Mapping[str, float]) -> Dimension:
        """Return the dimension of coherent units with their powers."""
        return cls(tuple(sorted((name, power) for name, power in powers.items() if power)))

    def __str__(self) -> str:
        """Write it, such as `B/s`; nothing is 1."""
        above = "·".join(_raised(name, power) for name, power in self.powers if power > 0)
        below = "".join(f"/{_raised(name, -power)}" for name, power in self.powers if power < 0)
        return f"{above or 1}{below}"


def _raised(name: str, power: float) -> str:
    return name if power == 1 else f"{name}**{power:g}"


DIMENSIONLESS = Dimension(())


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


# Names with powers, multiplied and divided.
_WRITTEN = re.compile(
    r"(1/)?\(*[A-Za-z]\w*(\*\*[\d.]{1,4})?(\)*[*/·]\(*[A-Za-z]\w*(\*\*[\d.]{1,4})?)*\)*", re.ASCII
)
_LONGEST = 60
_WHOLE = {"B", "b", "byte", "bit", "OP", "FLOP", "MAC", "sample", "token", "request", "IO"}
_SHORTEST_PLURAL = 3  # letters of a name that may take an s; ms is no plural


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
        factor, dimension = _Reader(text, _defined()).read()
    except (ValueError, KeyError, IndexError, OverflowError) as error:
        raise UnitError(
            f"{text!r} is not a unit known here; write it like 'GB/s', 'GiB', 'USD/GB', "
            "'pJ/OP' or '1' (hardware_profiles/units.txt has them all)"
        ) from error
    return Unit(text, factor, dimension)


@dataclass(frozen=True, slots=True)
class _Definitions:
    """What units.txt defines: prefixes and units by every name that they have."""

    prefixes: dict[str, float]
    units: dict[str, tuple[float, Dimension]]

    def named(self, name: str) -> tuple[float, Dimension]:
        """Return factor and dimension of a unit by its name, with a prefix or in the plural.

        Raises:
            KeyError: nothing is called so.

        """
        for singular in (name, name.removesuffix("s")):
            if singular != name and len(singular) < _SHORTEST_PLURAL:
                break
            if singular in self.units:
                return self.units[singular]
            for length in range(len(singular) - 1, 0, -1):
                prefix, rest = singular[:length], singular[length:]
                if prefix in self.prefixes and rest in self.units:
                    factor, dimension = self.units[rest]
                    return self.prefixes[prefix] * factor, dimension
        raise KeyError(name)


@cache
def _defined() -> _Definitions:
    definitions = _Definitions({}, {})
    for line in Path(__file__).with_name("units.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        name, value, *aliases = (part.strip() for part in line.split("="))
        if name.endswith("-"):
            for prefix in (name, *aliases):
                definitions.prefixes[prefix.removesuffix("-")] = float(value)
            continue
        if value.startswith("["):  # a coherent unit: written by its shortest name
            known = 1.0, Dimension.of({(aliases or [name])[0]: 1})
        else:
            known = _Reader(
                re.sub(r"\s*([*/])\s*|\s+", lambda m: m[1] or "*", value), definitions
            ).read()
        for unit_name in (name, *aliases):
            definitions.units[unit_name] = known
    return definitions


class _Reader:
    """Reads names and numbers with powers, multiplied and divided, from left to right."""

    def __init__(self, text: str, definitions: _Definitions) -> None:
        self._tokens = re.findall(r"\*\*|[()*/·]|[^()*/·]+", text)
        self._definitions = definitions

    def read(self) -> tuple[float, Dimension]:
        """Return the factor and the dimension.

        Raises:
            ValueError: it is not written so.
            KeyError: a name is not known.

        """
        result = self._product()
        if self._tokens:
            raise ValueError(self._tokens)
        return result

    def _product(self) -> tuple[float, Dimension]:
        factor, dimension = self._power()
        while self._tokens and self._tokens[0] in "*/·":
            divides = self._tokens.pop(0) == "/"
            other, other_dimension = self._power()
            if divides:
                factor, dimension = factor / other, quotient(dimension, other_dimension)
            else:
                factor, dimension = factor * other, product(dimension, other_dimension)
        return factor, dimension

    def _power(self) -> tuple[float, Dimension]:
        first = self._tokens.pop(0)
        if first == "(":
            factor, dimension = self._product()
            if self._tokens.pop(0) != ")":
                raise ValueError(first)
        elif first[0].isdigit():
            factor, dimension = float(first), DIMENSIONLESS
        else:
            factor, dimension = self._definitions.named(first)
        if self._tokens[:1] == ["**"]:
            exponent = float(self._tokens[1])
            del self._tokens[:2]
            factor, dimension = factor**exponent, power(dimension, exponent)
        return factor, dimension


@cache
def coherent(dimension: Dimension) -> Unit:
    """Return the coherent unit of a dimension, written as short as can be."""
    return Unit(str(dimension), 1.0, dimension)


@lru_cache(maxsize=4096)
def product(left: Dimension, right: Dimension) -> Dimension:
    """Return the dimension of a product."""
    return _sum(left, right, 1)


@lru_cache(maxsize=4096)
def quotient(left: Dimension, right: Dimension) -> Dimension:
    """Return the dimension of a quotient."""
    return _sum(left, right, -1)


def _sum(left: Dimension, right: Dimension, sign: int) -> Dimension:
    powers = dict(left.powers)
    for name, exponent in right.powers:
        powers[name] = powers.get(name, 0) + sign * exponent
    return Dimension.of(powers)


@lru_cache(maxsize=4096)
def power(base: Dimension, exponent: float) -> Dimension:
    """Return the dimension of a power."""
    return Dimension.of({name: own * exponent for name, own in base.powers})


def require_same(left: Dimension, right: Dimension, doing: str) -> None:
    """Raise where two dimensions differ.

    Raises:
        UnitError: it names both.

    """
    if left is not right and left != right:
        raise UnitError(f"cannot {doing} {left} and {right}: they count other things")


def readable(dimension: Dimension, magnitudes: Iterable[float]) -> Unit:
    """Choose a unit in which magnitudes, given in the coherent one, are easily read.

    Bytes, operations and joules get a prefix, times the unit that people say them in.
    """
    text = str(dimension)
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
