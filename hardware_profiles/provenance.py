"""Where a number comes from: the record that travels with it through arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from hardware_profiles.numerals import interval, rounded
from hardware_profiles.units import written

if TYPE_CHECKING:
    from collections.abc import Iterable


class Kind(StrEnum):
    """How a number is known, from the strongest to the weakest."""

    GIVEN = "given"
    """A definition or a lever: exact by declaration."""
    MEASURED = "measured"
    """Worked out from raw measurements that the source holds."""
    CALIBRATED = "calibrated"
    """Worked out by a model from measurements of this machine."""
    DATASHEET = "datasheet"
    """Its maker's document states it."""
    PUBLISHED = "published"
    """A paper, a standard, a price list or a benchmark's result states it."""
    DERIVED = "derived"
    """A formula of a profile, from numbers that are at least as strong."""
    EXTRAPOLATED = "extrapolated"
    """From measurements, for what lies beyond them: another device, or out of range."""
    ASSUMED = "assumed"
    """A judgement, or a statement whose source was not read: always with a range."""

    @property
    def weakness(self) -> int:
        """Return the place in the order, 0 the strongest."""
        return _ORDER[self]


_ORDER = {kind: place for place, kind in enumerate(Kind)}


def weakest(kinds: Iterable[Kind]) -> Kind:
    """Return the weakest of kinds; that of none is `given`."""
    return max(kinds, key=lambda kind: kind.weakness, default=Kind.GIVEN)


class Checked(StrEnum):
    """What was read to check a number."""

    SEEN = "seen"
    """The source itself."""
    COPY = "copy"
    """A transcription of the source, which the note or locator names."""
    UNVERIFIED = "unverified"
    """Nothing: such a number can only be assumed."""


@dataclass(frozen=True)
class Fact:
    """One number of a profile, with all that is known about it."""

    name: str
    """The profile's, and the path in it; draws are seeded by it."""
    value: float
    """In the unit, as are low and high."""
    low: float
    """The 5th percentile of what it may be; the value itself where no spread is known."""
    high: float
    """The 95th percentile likewise."""
    unit: str
    kind: Kind
    source: str
    locator: str = ""
    """Where in the source it stands."""
    year: int | None = None
    checked: Checked = Checked.UNVERIFIED
    note: str = ""
    formula: str = ""
    """Of a derived fact."""
    inputs: frozenset[Fact] = frozenset()
    """What the formula was computed from."""

    def __hash__(self) -> int:
        return hash(self.name)  # facts are in every set of every result; names tell them apart

    def __str__(self) -> str:
        value = written(rounded(self.value, self._figures), self.unit)
        return f"{self.name} {value} ({self.kind})"

    @property
    def _figures(self) -> int:
        """Return how many figures are shown: of what a source says all, of a result four."""
        return 4 if self.inputs else 12

    def text(self) -> str:
        """Write value, unit and range."""
        return written(interval(self.value, self.low, self.high, self._figures), self.unit)

    @cached_property
    def under(self) -> frozenset[Fact]:
        """Return all facts of its tree, without itself."""
        return self.inputs.union(*(fact.under for fact in self.inputs))

    @cached_property
    def leaves(self) -> frozenset[Fact]:
        """Return the facts at the end of its tree: itself, or what it was computed from."""
        return frozenset().union(*(fact.leaves for fact in self.inputs)) or frozenset({self})


def tree(facts: Iterable[Fact], indent: str = "") -> list[str]:
    """Write facts, one a line, each above what it was computed from."""
    lines: list[str] = []
    for fact in sorted(facts, key=lambda fact: fact.name):
        formula = f" = {fact.formula}" if fact.formula else ""
        origin = "" if fact.inputs else f": {fact.source}"
        lines.append(f"{indent}{fact.name} {fact.text()} ({fact.kind}){formula}{origin}")
        lines += tree(fact.inputs, indent + "  ")
    return lines
