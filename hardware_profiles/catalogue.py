"""All profiles: their numbers as quantities, by name and dotted path.

>>> profiles = catalogue()
>>> print(profiles["h100"]["accelerator.memory"])
81,559 MiB (measured)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, overload

import numpy as np

from hardware_profiles import units
from hardware_profiles.draws import DRAWS
from hardware_profiles.errors import ProfileError, ProfileFileError, UnknownNameError
from hardware_profiles.formula import evaluate
from hardware_profiles.provenance import Checked, Fact, Kind
from hardware_profiles.quantity import Quantity, sourced
from hardware_profiles.reading import read_all
from hardware_profiles.rows import Choice, Formula, Same, Stated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hardware_profiles.categories.thing import Remark, Source
    from hardware_profiles.reading import AnyRow, Sheet

_Default = TypeVar("_Default")
_LEAST_DRAWS = 10
SHIPPED = Path(__file__).parent


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
    sources: Mapping[str, Source]
    """By the name that numbers give them."""
    remarks: tuple[Remark, ...]

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
                _unknown(f"{self.name} has no number", path, self.numbers, f"show {self.name}")
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
            raise UnknownNameError(_unknown("there is no profile", name, self.profiles))
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


def _unknown(what: str, name: str, known: Iterable[str], command: str = "list") -> str:
    near = get_close_matches(name, list(known), n=3, cutoff=0.4)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    return f"{what} {name!r}{hint} (`python -m hardware_profiles {command}` shows all)"


@cache
def catalogue() -> Catalogue:
    """Return the profiles that ship with the project.

    Raises:
        ProfileFileError: some cannot be used; it lists every problem of every file.

    """
    return load(SHIPPED)


def load(folder: Path, draws: int = DRAWS) -> Catalogue:
    """Read all profiles of a folder, which has a folder for each category.

    Args:
        folder: where they are.
        draws: how many draws a number gets.

    Raises:
        ProfileFileError: some cannot be used; it lists every problem of every file.
        ProfileError: so few draws show no range.

    """
    folder = folder.resolve()
    if not folder.is_dir():
        raise ProfileFileError([f"{folder}: there is no such folder"])
    if draws < _LEAST_DRAWS:
        raise ProfileError(f"{draws} draws show no range; take {_LEAST_DRAWS} or more")
    sheets, broken, problems = read_all(folder)
    resolver = _Resolver(sheets, broken, draws)
    profiles = {name: resolver.profile(sheet) for name, sheet in sheets.items()}
    if problems + resolver.problems:
        raise ProfileFileError(problems + resolver.problems)
    return Catalogue(profiles)


class _UnresolvedError(Exception):
    """A number cannot be had; why is among the problems."""


class _Resolver:
    """Makes quantities of rows: formulas and references are followed, each row once.

    A reference to a broken file is not reported as a further problem.
    """

    def __init__(self, sheets: Mapping[str, Sheet], broken: set[str], draws: int) -> None:
        self.problems: list[str] = []
        self._broken = broken
        self._sheets = sheets
        self._draws = draws
        self._quantities: dict[tuple[str, str], Quantity | None] = {}
        self._open: list[tuple[str, str]] = []

    def profile(self, sheet: Sheet) -> Profile:
        numbers = {path: self._quantity(sheet, path) for path in sheet.rows}
        choices = {path: row for path, row in sheet.rows.items() if isinstance(row, Choice)}
        within = {f"{path}.{name}" for path, row in choices.items() for name in row.rows}
        for text, category in type(sheet.thing).refers_to.items():
            self._check_reference(sheet, text, category)
        return Profile(
            name=sheet.name,
            category=sheet.category,
            title=sheet.thing.title,
            summary=sheet.thing.summary,
            numbers={path: q for path, q in numbers.items() if q and path not in within},
            texts=sheet.texts,
            disagreements={
                path: Disagreement(
                    row.use,
                    row.why,
                    {name: q for name in row.rows if (q := numbers[f"{path}.{name}"])},
                )
                for path, row in choices.items()
            },
            sources=sheet.thing.sources,
            remarks=tuple(sheet.thing.remarks),
        )

    def _check_reference(self, sheet: Sheet, text: str, category: str) -> None:
        name = sheet.texts[text]
        if name in self._broken:
            return
        if name not in self._sheets or self._sheets[name].category != category:
            known = ", ".join(s.name for s in self._sheets.values() if s.category == category)
            self._problem(sheet, text, f"{name!r} is none of the {category}: {known}")

    def _problem(self, sheet: Sheet, path: str, text: str) -> None:
        self.problems.append(f"{sheet.place}: {path}: {text}")

    def _quantity(self, sheet: Sheet, path: str) -> Quantity | None:
        """Return the number at a path; None, once its problem is noted, where there is none."""
        key = sheet.name, path
        if key not in self._quantities:
            self._open.append(key)
            try:
                self._quantities[key] = self._resolve(sheet, path, sheet.rows[path])
            except _UnresolvedError:
                self._quantities[key] = None
            except ProfileError as error:
                self._problem(sheet, path, str(error))
                self._quantities[key] = None
            self._open.pop()
        return self._quantities[key]

    def _resolve(self, sheet: Sheet, path: str, row: AnyRow) -> Quantity:
        match row:
            case Stated():
                return sourced(_fact(sheet, path, row), self._draws)
            case Choice():
                return self._needed(sheet, f"{path}.{row.use}", "use")
            case Formula():
                with np.errstate(all="ignore"):  # what is not finite is refused below
                    quantity = evaluate(
                        row.formula, lambda name: self._needed(sheet, name, row.formula)
                    )
                _check(quantity, row.unit)
                return quantity.to(row.unit).named(
                    f"{sheet.name} {path}", row.formula, row.note or ""
                )
            case Same():
                name, _, number_path = row.same_as.partition(":")
                if name in self._broken:
                    raise _UnresolvedError
                if name not in self._sheets:
                    raise UnknownNameError(_unknown("there is no profile", name, self._sheets))
                quantity = self._needed(self._sheets[name], number_path, row.same_as)
                if row.expected and not row.expected.fits(str(quantity.unit)):
                    raise ProfileError(
                        f"{row.same_as} is in {quantity.unit}, which does not count this; "
                        f"name one in {row.expected}, or alike"
                    )
                return quantity

    def _needed(self, sheet: Sheet, path: str, by: str) -> Quantity:
        if path not in sheet.rows:
            raise UnknownNameError(
                _unknown(
                    f"{by!r}: {sheet.name} has no number", path, sheet.rows, f"show {sheet.name}"
                )
            )
        if (sheet.name, path) in self._open:
            raise ProfileError(f"{by!r} needs {path}, which needs this number; break the circle")
        quantity = self._quantity(sheet, path)
        if quantity is None:
            raise _UnresolvedError
        return quantity


def _check(quantity: Quantity, unit: str) -> None:
    if not quantity.facts:
        raise ProfileError("the formula uses no number; a constant is a number with a source")
    if quantity.shape or not np.all(np.isfinite(quantity.draws)):
        raise ProfileError("the formula gives no finite number")
    if quantity.dimension != units.unit(unit).dimension:
        raise ProfileError(
            f"the formula gives {units.coherent(quantity.dimension)}, which is not {unit!r}"
        )


def _fact(sheet: Sheet, path: str, row: Stated) -> Fact:
    source = sheet.thing.sources[row.source]
    low, high = row.range
    return Fact(
        name=f"{sheet.name} {path}",
        value=row.value,
        low=low,
        high=high,
        unit=row.unit,
        kind=Kind(row.kind),
        source=source.title,
        locator=row.locator or source.locator,
        year=row.year or source.year,
        checked=Checked(row.checked or source.checked),
        note=row.note or "",
    )
