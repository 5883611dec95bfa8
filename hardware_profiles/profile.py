"""A profile and the catalogue of all: numbers as quantities, by name and dotted path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple, TypeVar, overload

from hardware_profiles.errors import UnknownNameError
from hardware_profiles.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Iterable

_Default = TypeVar("_Default")


class SourceRecord(NamedTuple):
    """What was read: a document, a page, a file of a repository, a log."""

    title: str
    locator: str
    year: int
    checked: str


class RemarkRecord(NamedTuple):
    """What is no number, and must be known to use the numbers."""

    text: str
    source: str
    """By the name that the file gives it."""


@dataclass(frozen=True)
class Disagreement:
    """Sources that disagree on a number: which is used and why, and what each says."""

    used: str
    why: str
    sources: Mapping[str, Quantity]


@dataclass(frozen=True)
class Profile(Mapping[str, Quantity]):
    """One thing: its numbers by dotted path, such as `memory.bandwidth`.

    Iterating gives the numbers in the file's order; where sources disagree, the one that is used.
    What each of them says is in `disagreements`, and reachable by a separate path.
    """

    name: str
    """Of its file."""
    category: str
    title: str
    summary: str
    numbers: Mapping[str, Quantity]
    """By dotted path."""
    texts: Mapping[str, str]
    """What is no number, such as the model of a CPU, by dotted path."""
    disagreements: Mapping[str, Disagreement]
    """By the path of their number."""
    sources: Mapping[str, SourceRecord]
    """By the name that numbers give them."""
    remarks: tuple[RemarkRecord, ...]

    def __getitem__(self, path: str) -> Quantity:
        """Return a number.

        Raises:
            UnknownNameError: the profile has none at that path.

        """
        choice, _, source = path.rpartition(".")
        if choice in self.disagreements and source in self.disagreements[choice].sources:
            return self.disagreements[choice].sources[source]
        if path not in self.numbers:
            raise UnknownNameError(
                unknown(f"{self.name} has no number", path, self.numbers, f"show {self.name}")
            )
        return self.numbers[path]

    def __contains__(self, path: object) -> bool:
        """Tell whether there is a number, without the search for names alike of an error."""
        if path in self.numbers:
            return True
        choice, _, source = str(path).rpartition(".")
        return choice in self.disagreements and source in self.disagreements[choice].sources

    @overload
    def get(self, path: str, default: None = None, /) -> Quantity | None: ...
    @overload
    def get(self, path: str, default: Quantity | _Default, /) -> Quantity | _Default: ...
    def get(self, path: str, default: object = None, /) -> object:
        """Return a number, or the default where there is none."""
        if path not in self:
            return default
        return self[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    def below(self, path: str) -> dict[str, Quantity]:
        """Return the numbers of a table, by what follows its path and a dot."""
        start = f"{path}."
        return {p.removeprefix(start): q for p, q in self.numbers.items() if p.startswith(start)}


@dataclass(frozen=True)
class Catalogue(Mapping[str, Profile]):
    """All profiles by name."""

    profiles: Mapping[str, Profile]

    def __getitem__(self, name: str) -> Profile:
        """Return a profile.

        Raises:
            UnknownNameError: there is none of that name.

        """
        if name not in self.profiles:
            raise UnknownNameError(unknown("there is no profile", name, self.profiles))
        return self.profiles[name]

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a profile."""
        return name in self.profiles

    def __iter__(self) -> Iterator[str]:
        return iter(self.profiles)

    def __len__(self) -> int:
        return len(self.profiles)

    def of(self, category: str) -> tuple[Profile, ...]:
        """Return the profiles of a category, by name."""
        return tuple(p for p in self.profiles.values() if p.category == category)


def unknown(what: str, name: str, known: Iterable[str], command: str = "list") -> str:
    """Say that a name is not known, and which are near it."""
    near = get_close_matches(name, list(known), n=3, cutoff=0.4)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    return f"{what} {name!r}{hint} (`python -m hardware_profiles {command}` shows all)"
