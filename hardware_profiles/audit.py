"""What profiles may get wrong although each number can be read: rules, and what breaks them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from hardware_profiles.catalogue import load
from hardware_profiles.methods import METHODS
from hardware_profiles.reading import Sheet, read_all
from hardware_profiles.rows import Choice, Same, Stated
from hardware_profiles.units import unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hardware_profiles.catalogue import Catalogue, Profile
    from hardware_profiles.provenance import Fact
    from hardware_profiles.quantity import Quantity


class Finding(NamedTuple):
    """A number that breaks a rule."""

    rule: str
    """A key of `RULES`."""
    place: str
    """The file."""
    path: str
    """Of the number in it."""
    text: str
    """What is wrong, and what to do."""


class Breach(NamedTuple):
    """What a rule says of a number."""

    path: str
    text: str


def audit(folder: Path) -> list[Finding]:
    """Return what breaks a rule in a folder of profiles, by file.

    Raises:
        ProfileFileError: some profiles cannot be used at all.

    """
    profiles = load(folder)
    sheets, _, _ = read_all(folder.resolve())
    return [
        Finding(name, sheet.place, *breach)
        for sheet in sheets.values()
        for name, rule in RULES.items()
        for breach in rule(sheet, profiles)
    ]


def _left_out(sheet: Sheet, profiles: Catalogue) -> Iterator[Breach]:
    """A range leaves out what another source says of the same number, and nothing says why."""
    for path, disagreement in profiles[sheet.name].disagreements.items():
        used = disagreement.sources[disagreement.used]
        for name, other in disagreement.sources.items():
            alike = used.to(str(other.unit))
            apart = other.low > alike.high or other.high < alike.low
            if apart and not (other.fact and other.fact.note):
                text = (
                    f"{other.text()} lies outside of what is used, {used.text()}; say in its note "
                    "what it is of, or widen the range"
                )
                yield Breach(f"{path}.{name}", text)


def _without_range(sheet: Sheet, _: Catalogue) -> Iterator[Breach]:
    """A number has no range, and nothing says why it is exact."""
    for path, row in _stated(sheet):
        if row.range == (row.value, row.value) and not row.exact:
            text = 'it has no range: give low and high, or say why not, such as exact = "counted"'
            yield Breach(path, text)


_SETTING = re.compile(r"\b(mode|setting)s?\b")


def _settings(sheet: Sheet, _: Catalogue) -> Iterator[Breach]:
    """A range goes over settings that one may choose, such as power modes."""
    for path, row in _stated(sheet):
        if row.range != (row.value, row.value) and _SETTING.search(row.note or ""):
            text = (
                f"the range of {row.value:g} {row.unit} seems to go over settings ({row.note}); "
                "give each a number of its own, or word the note otherwise"
            )
            yield Breach(path, text)


def _stated(sheet: Sheet) -> Iterator[tuple[str, Stated]]:
    for path, row in sheet.rows.items():
        if isinstance(row, Stated):
            yield path, row


_MEMORIES = {"memory.capacity", "accelerator.memory"}
_BINARY = re.compile(r"\b[KMGTP]iB")
_DECIMAL = re.compile(r"\b[kMGTP]B")
_BIT = re.compile(r"\b[kMGTP]?b\b")


def _unit_families(sheet: Sheet, profiles: Catalogue) -> Iterator[Breach]:
    """Multiples of 1,000 and 1,024 stand side by side, or bytes and bits, and no note says so."""
    profile = profiles[sheet.name]
    written = {path: str(quantity.unit) for path, quantity in _rows(profile)}
    binary = [path for path, text in written.items() if _BINARY.search(text)]
    decimal = [path for path, text in written.items() if _DECIMAL.search(text)]
    remarked = any(re.search(r"GiB|2\^30", remark.text) for remark in profile.remarks)
    for path in binary if decimal and not remarked else ():
        if not _explained(sheet, path):
            beside = f"{decimal[0]} in {written[decimal[0]]}"
            text = f"{written[path]} stands beside {beside}; say in a note what it is in the other"
            yield Breach(path, text)
    for path in _MEMORIES.intersection(decimal):
        if not _explained(sheet, path):
            text = (
                f"memory is made in powers of two: is it {written[path][0]}iB, or what a system "
                "reports? Say so in a note"
            )
            yield Breach(path, text)
    for path in _bits_beside_bytes(written):
        if not _explained(sheet, path):
            text = f"{written[path]} stands beside bytes in its table; say so in a note"
            yield Breach(path, text)


def _rows(profile: Profile) -> Iterator[tuple[str, Quantity]]:
    """Yield the numbers of a profile, and those of all sources where they disagree."""
    for path, quantity in profile.items():
        if path in profile.disagreements:
            for name, other in profile.disagreements[path].sources.items():
                yield f"{path}.{name}", other
        else:
            yield path, quantity


def _bits_beside_bytes(written: dict[str, str]) -> Iterator[str]:
    """Yield the paths of rates in bits in tables that have rates in bytes."""
    a_second = unit("B/s").dimension
    rates = {path: text for path, text in written.items() if unit(text).dimension == a_second}
    for path, text in rates.items():
        table = path.rpartition(".")[0]
        alike = [other for at, other in rates.items() if at.rpartition(".")[0] == table]
        if table and _BIT.search(text) and not all(map(_BIT.search, alike)):
            yield path


def _explained(sheet: Sheet, path: str) -> bool:
    """Whether a note may say what a unit is meant to be; of another file's number, that file's."""
    row = sheet.rows[path]
    return isinstance(row, Same) or bool(getattr(row, "note", None))


def _across_methods(sheet: Sheet, profiles: Catalogue) -> Iterator[Breach]:
    """A rate rests on, or is a choice between, rates that were found by other methods."""
    for path, quantity in _rows(profiles[sheet.name]):
        own = _method_of(path)
        for fact in sorted(_tree(quantity), key=lambda fact: fact.name) if own else ():
            other = _method_of(fact.name.partition(" ")[2])
            if other not in {None, own}:
                text = f"it is of the method {own}, and rests on {fact.name}, which is of {other}"
                yield Breach(path, text)
    for path, row in sheet.rows.items():
        if isinstance(row, Choice):
            known = {getattr(part, "method", None) for part in row.rows.values()} - {None}
            if len(known) > 1:
                methods = ", ".join(sorted(map(str, known)))
                text = f"it chooses between the methods {methods}; give each a number of its own"
                yield Breach(path, text)


def _method_of(path: str) -> str | None:
    """Return the method of a rate's table; None: it is no rate of an accelerator."""
    return next((n for n, method in METHODS.items() if path.startswith(f"{method.table}.")), None)


def _tree(quantity: Quantity) -> frozenset[Fact]:
    """Return the facts that a number is and rests on."""
    return quantity.facts.union(*(fact.under for fact in quantity.facts))


def _stated_twice(sheet: Sheet, profiles: Catalogue) -> Iterator[Breach]:
    """A number of another file is typed in again: drawn twice, it would not cancel."""
    for path, quantity in _rows(profiles[sheet.name]):
        for other in profiles.values():
            for there, twin in _rows(other) if other.name < sheet.name else ():
                if quantity.fact and twin.fact and _same(quantity.fact, twin.fact):
                    text = f'it is that of {other.name}: same_as = "{other.name}:{there}"'
                    yield Breach(path, text)


def _same(one: Fact, other: Fact) -> bool:
    """Whether two facts are one number, typed in twice."""
    said = [(fact.value, fact.low, fact.high, fact.unit, fact.source) for fact in (one, other)]
    return one.name != other.name and one.low < one.high and said[0] == said[1]


RULES: dict[str, Callable[[Sheet, Catalogue], Iterator[Breach]]] = {
    "source left out": _left_out,
    "no range": _without_range,
    "range of settings": _settings,
    "units mixed": _unit_families,
    "methods mixed": _across_methods,
    "stated twice": _stated_twice,
}
"""By name: what yields the path of each number that breaks it, with what to do."""
