"""From checked files to quantities: formulas and references are followed, each number once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hardware_profiles import units
from hardware_profiles.errors import ProfileError, UnknownNameError
from hardware_profiles.formula import evaluate
from hardware_profiles.profile import Disagreement, Profile, RemarkRecord, SourceRecord, unknown
from hardware_profiles.provenance import Checked, Fact, Kind
from hardware_profiles.quantity import Quantity, sourced
from hardware_profiles.rows import Choice, Formula, Same, Stated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hardware_profiles.reading import AnyRow, Sheet


class _UnresolvedError(Exception):
    """A number cannot be had; why is among the problems."""


class Resolver:
    """Makes quantities of rows: formulas and references are followed, each row once.

    `problems` has what is wrong; a reference to a broken file is not reported as a further problem.
    """

    def __init__(self, sheets: Mapping[str, Sheet], broken: set[str], draws: int) -> None:
        self.problems: list[str] = []
        self._broken = broken
        self._sheets = sheets
        self._draws = draws
        self._quantities: dict[tuple[str, str], Quantity | None] = {}
        self._open: list[tuple[str, str]] = []

    def profile(self, sheet: Sheet) -> Profile:
        """Return the profile of a sheet; what is wrong with it is among the problems."""
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
            sources={
                name: SourceRecord(s.title, s.locator, s.year, s.checked)
                for name, s in sheet.thing.sources.items()
            },
            remarks=tuple(RemarkRecord(r.text, r.source) for r in sheet.thing.remarks),
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
                    raise UnknownNameError(unknown("there is no profile", name, self._sheets))
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
                unknown(
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
