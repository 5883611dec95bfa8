"""A number that keeps its unit, its interval and where it comes from, through arithmetic.

>>> volume, rate = exact(1, "PB"), exact(10, "Gb/s")
>>> print((volume / rate).to("day"))
9.259 days
"""

from __future__ import annotations

from itertools import islice, starmap
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hardware_profiles import units
from hardware_profiles.draws import DRAWS, TAIL, draw
from hardware_profiles.errors import ProfileError
from hardware_profiles.numerals import interval
from hardware_profiles.provenance import Checked, Fact, Kind, tree, weakest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hardware_profiles.units import Dimension, Unit

Array: TypeAlias = NDArray[np.float64]
_NOTHING: frozenset[Fact] = frozenset()
_SHOWN = 6  # facts or elements that a line names before it counts the rest


class Quantity:
    """A number, or an array of them, with unit, draws and the facts that it rests on.

    Arithmetic is element by element with `+ - * / **` and this module's minimum, maximum, ceil, exp
    and log; plain numbers and arrays take part as exact numbers without a unit.
    A fact that enters twice moves both times alike, since both use the same draws: x - x is 0.

    `draws` has the shape of the value and one axis more: the value first, then draws of what it
    may be, in the coherent unit of `dimension` (bytes, seconds, joules, ...). An exact quantity has
    the value only. `facts` are what it rests on; `fact` is the one that it is, where nothing was
    done to it.
    """

    __slots__ = ("_draws", "_unit", "dimension", "fact", "facts")

    def __init__(
        self,
        draws: Array | Callable[[], Array],
        dimension: Dimension,
        facts: frozenset[Fact] = _NOTHING,
        unit: Unit | None = None,
        fact: Fact | None = None,
    ) -> None:
        """Take the draws, or of a fact the function that draws them: most are never needed."""
        self._draws = draws
        self.dimension = dimension
        self.facts = facts
        self.fact = fact
        self._unit = unit

    @property
    def draws(self) -> Array:
        """Return the value and draws of it, in the coherent unit: shape (*shape, 1 + draws)."""
        draws = self._draws() if callable(self._draws) else self._draws
        draws.setflags(write=False)  # profiles are shared by all who ask for them
        self._draws = draws
        return draws

    @property
    def _central(self) -> Array:
        """Return the value in the coherent unit, of the quantity's shape."""
        if callable(self._draws) and self.fact:
            return np.asarray(self.fact.value * units.unit(self.fact.unit).factor, np.float64)
        central: Array = self.draws[..., 0]
        return central

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of the value; that of a single number is ()."""
        return np.shape(self._central)

    @property
    def unit(self) -> Unit:
        """Return the unit of value, low and high: the requested one, or one easily read."""
        return self._unit or units.readable(self.dimension, self._central.flat)

    @property
    def value(self) -> Any:
        """Return the number, in its unit: a float, or an array of the quantity's shape."""
        return self._in_unit(self._central)

    @property
    def low(self) -> Any:
        """Return the 5th percentile of what the number may be, in its unit."""
        return self.interval[0]

    @property
    def high(self) -> Any:
        """Return the 95th percentile of what the number may be, in its unit."""
        return self.interval[1]

    @property
    def interval(self) -> tuple[Any, Any]:
        """Return low and high, from one pass over the draws; neither leaves the value outside."""
        value = self.draws[..., 0]
        if self.draws.shape[-1] == 1:
            return self.value, self.value
        low, high = np.quantile(self.draws[..., 1:], (TAIL, 1 - TAIL), axis=-1, method="hazen")
        return self._in_unit(np.minimum(low, value)), self._in_unit(np.maximum(high, value))

    @property
    def kind(self) -> Kind:
        """Return the kind of its weakest fact; `given` where it rests on none."""
        return weakest(fact.kind for fact in self.facts)

    def to(self, unit: str) -> Quantity:
        """Return the same quantity, to be read in another unit.

        Raises:
            UnitError: the unit counts something else.

        """
        shown = units.unit(unit)
        units.require_same(self.dimension, shown.dimension, "read one as the other:")
        return Quantity(self._draws, self.dimension, self.facts, shown, self.fact)

    def chance_below(self, limit: Operand) -> Any:
        """Return the probability that it is below a limit, by the draws in which it is.

        Raises:
            UnitError: the limit counts something else.

        """
        gap = self - limit
        values = gap.draws[..., 1:] if gap.draws.shape[-1] > 1 else gap.draws
        return _plain(np.mean(values < 0, axis=-1))

    def named(self, name: str, formula: str, note: str = "") -> Quantity:
        """Return this single number as a derived fact, whose inputs are the facts it rests on.

        Raises:
            ProfileError: it is an array, or rests on no fact.

        """
        if self.shape or not self.facts:
            raise ProfileError(f"{name}: only a single number that rests on facts can be named")
        low, high = self.interval
        fact = Fact(
            name=name,
            value=self.value,
            low=low,
            high=high,
            unit=str(self.unit),
            kind=weakest([Kind.DERIVED, self.kind]),
            checked=max((fact.checked for fact in self.facts), key=list(Checked).index),
            source="worked out from " + ", ".join(sorted(f.name for f in self.facts)),
            note=note,
            formula=formula,
            inputs=self.facts,
        )
        return Quantity(self.draws, self.dimension, frozenset({fact}), self.unit, fact)

    def tree(self) -> str:
        """Write the number, and below it the facts that it was computed from, down to sources."""
        return "\n".join([self.text(), *tree(self.facts, "  ")])

    def __str__(self) -> str:
        return self.text() + self._origin()

    def __repr__(self) -> str:
        return f"<Quantity {self}>"

    def __eq__(self, other: object) -> bool:
        """Tell whether all draws, the dimension and the facts are the same."""
        return (
            isinstance(other, Quantity)
            and self.dimension == other.dimension
            and self.facts == other.facts
            and np.array_equal(self.draws, other.draws)
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it be pickled and copied: units as text, since registries are per process."""
        dimension = units.coherent(self.dimension).text
        unit = str(self._unit) if self._unit else None
        return _restored, (self.draws, dimension, self.facts, unit, self.fact)

    def __add__(self, other: Operand) -> Quantity:
        return _apply(np.add, self, other)

    def __radd__(self, other: Operand) -> Quantity:
        if isinstance(other, int) and other == 0:
            return self  # what sum() begins with
        return _apply(np.add, other, self)

    def __sub__(self, other: Operand) -> Quantity:
        return _apply(np.subtract, self, other)

    def __rsub__(self, other: Operand) -> Quantity:
        return _apply(np.subtract, other, self)

    def __mul__(self, other: Operand) -> Quantity:
        return _apply(np.multiply, self, other)

    def __rmul__(self, other: Operand) -> Quantity:
        return _apply(np.multiply, other, self)

    def __truediv__(self, other: Operand) -> Quantity:
        return _apply(np.divide, self, other)

    def __rtruediv__(self, other: Operand) -> Quantity:
        return _apply(np.divide, other, self)

    def __pow__(self, exponent: float) -> Quantity:
        """Raise to a plain number."""
        dimension = units.power(self.dimension, float(exponent))
        return Quantity(self.draws**exponent, dimension, self.facts)

    def __getitem__(self, place: int | slice) -> Quantity:
        """Return an element of an array, or a part of it."""
        if not self.shape:
            raise ProfileError("a single number has no elements")
        return Quantity(self.draws[place], self.dimension, self.facts, self._unit)

    def __neg__(self) -> Quantity:
        return Quantity(-self.draws, self.dimension, self.facts, self._unit)

    # An array on the left leaves the operation to the quantity.
    __array_ufunc__ = None

    def _in_unit(self, coherent: Array) -> Any:
        return _plain(coherent / self.unit.factor)

    def text(self) -> str:
        """Write value, unit and interval: a fact as its source states it, else to four figures."""
        fact, unit = self.fact, str(self.unit)
        if fact and not fact.inputs and fact.unit == unit:
            return fact.text()
        rows = zip(*map(np.ravel, (self.value, *self.interval)), strict=True)
        shown = ", ".join(starmap(interval, islice(rows, _SHOWN)))
        if not self.shape:
            return units.written(shown, unit)
        count = self.draws[..., 0].size
        more = f" and {count - _SHOWN} more" if count > _SHOWN else ""
        return f"{shown}{more} {units.plural(unit)}".rstrip()

    def texts(self) -> tuple[str, ...]:
        """Write each number of an array as `text` would write it alone."""
        rows = zip(*map(np.ravel, (self.value, *self.interval)), strict=True)
        unit = str(self.unit)
        return tuple(units.written(interval(*row), unit) for row in rows)

    def _origin(self) -> str:
        facts = sorted(self.facts, key=lambda fact: fact.name)
        if not facts:
            return ""
        if self.fact:
            return f" ({self.kind})"
        more = f" and {len(facts) - _SHOWN} more" if len(facts) > _SHOWN else ""
        return f" from {', '.join(map(str, facts[:_SHOWN]))}{more}"


Operand: TypeAlias = "Quantity | ArrayLike"


def exact(value: ArrayLike, unit: str = "1") -> Quantity:
    """Return a quantity that is exact by declaration: a lever or a definition.

    Raises:
        UnitError: the unit is not known.
        ProfileError: the value is no number.

    """
    parsed = units.unit(unit)
    try:
        numbers = np.asarray(value)
    except ValueError:
        raise ProfileError(f"{value!r} is no array of numbers: its rows differ in length") from None
    if numbers.dtype.kind not in "biuf":
        raise ProfileError(f"{value!r} is no number, and no array of numbers")
    coherent = numbers.astype(np.float64)[..., np.newaxis] * parsed.factor
    return Quantity(coherent, parsed.dimension, unit=parsed)


def sourced(fact: Fact, draws: int = DRAWS) -> Quantity:
    """Return the quantity of a fact, with draws within its range.

    Raises:
        UnitError: its unit is not known.

    """
    unit = units.unit(fact.unit)
    most = 1 / unit.factor if fact.unit in {"fraction", "percent"} else np.inf

    def values() -> Array:
        return (
            draw(fact.name, fact.value, fact.low, fact.high, most=most, count=draws) * unit.factor
        )

    return Quantity(values, unit.dimension, frozenset({fact}), unit, fact)


def _restored(
    draws: Array, dimension: str, facts: frozenset[Fact], unit: str | None, fact: Fact | None
) -> Quantity:
    shown = units.unit(unit) if unit else None
    return Quantity(draws, units.unit(dimension).dimension, facts, shown, fact)


def _apply(function: np.ufunc, *operands: Operand) -> Quantity:
    parts = [part if isinstance(part, Quantity) else exact(part) for part in operands]
    dimension = _DIMENSIONS[function](*(part.dimension for part in parts))
    try:
        values = function(*(part.draws for part in parts))
    except ValueError as error:
        shapes = " and ".join(f"{part.shape} x {part.draws.shape[-1]}" for part in parts)
        raise ProfileError(f"shapes and draws do not fit together: {shapes}") from error
    return Quantity(values, dimension, _union([part.facts for part in parts]))


def _union(facts: Sequence[frozenset[Fact]]) -> frozenset[Fact]:
    """Return all facts; the larger set itself where it holds the others, as in a long sum."""
    largest = max(facts, key=len)
    return largest if all(part <= largest for part in facts) else largest.union(*facts)


def minimum(left: Operand, right: Operand) -> Quantity:
    """Return the smaller of two, draw by draw: the rate of the slowest stage.

    Raises:
        UnitError: they count other things.

    """
    return _apply(np.minimum, left, right)


def maximum(left: Operand, right: Operand) -> Quantity:
    """Return the larger of two, draw by draw.

    Raises:
        UnitError: they count other things.

    """
    return _apply(np.maximum, left, right)


def ceil(number: Operand) -> Quantity:
    """Round up to a whole number, such as that of boxes.

    Raises:
        UnitError: it is no plain number.

    """
    return _apply(np.ceil, number)


def exp(number: Operand) -> Quantity:
    """Return e to the power of a plain number.

    Raises:
        UnitError: it is no plain number.

    """
    return _apply(np.exp, number)


def log(number: Operand) -> Quantity:
    """Return the natural logarithm of a plain number.

    Raises:
        UnitError: it is no plain number.

    """
    return _apply(np.log, number)


def stack(quantities: Sequence[Quantity]) -> Quantity:
    """Return single numbers of one dimension as an array, in the coherent unit.

    Raises:
        UnitError: they count different things.

    """
    count = max(quantity.draws.shape[-1] for quantity in quantities)
    dimension = quantities[0].dimension
    for quantity in quantities:
        dimension = _same(dimension, quantity.dimension)
    draws = np.stack([np.broadcast_to(quantity.draws, (count,)) for quantity in quantities])
    return Quantity(draws, dimension, _union([quantity.facts for quantity in quantities]))


def _plain(array: Any) -> Any:
    return float(array) if np.ndim(array) == 0 else array


def _same(left: Dimension, right: Dimension) -> Dimension:
    units.require_same(left, right, "add or compare")
    return left


def _number(dimension: Dimension) -> Dimension:
    units.require_same(dimension, units.DIMENSIONLESS, "take as a plain number")
    return dimension


# What a function does to the dimensions of its operands.
_DIMENSIONS: dict[np.ufunc, Callable[..., Dimension]] = {
    np.add: _same,
    np.subtract: _same,
    np.minimum: _same,
    np.maximum: _same,
    np.multiply: units.product,
    np.divide: units.quotient,
    np.ceil: _number,
    np.exp: _number,
    np.log: _number,
}
