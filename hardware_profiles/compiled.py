"""Profiles as they are kept between processes: read and checked once, as one JSON document.

It lies beside the bytecode of this package, or in the user's folder of caches where Python keeps
no bytecode, and is used while all profiles and all code that reads them are what they were. Where
neither can be written, profiles are read each time.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from hardware_profiles import caches, units
from hardware_profiles.draws import DRAWS
from hardware_profiles.formula import evaluate
from hardware_profiles.profile import (
    Catalogue,
    Disagreement,
    Profile,
    RemarkRecord,
    SourceRecord,
)
from hardware_profiles.provenance import Checked, Fact, Kind
from hardware_profiles.quantity import Quantity, sourced

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hardware_profiles.quantity import Array

Compiled: TypeAlias = dict[str, Any]
"""`facts`: each with the names of its inputs, which stand before it; `profiles`: with the names of
their numbers' facts, by path."""

FILES = "[!.]*.toml"
"""Files of a category. Hidden ones are no profiles: macOS leaves them on disks of other systems."""
_FACT = ("value", "low", "high", "unit", "source", "locator", "year", "note", "formula")


def compiled(catalogue: Catalogue) -> Compiled:
    """Return profiles as a document that JSON can hold."""
    facts: dict[str, dict[str, Any]] = {}

    def name_of(quantity: Quantity) -> str:
        (fact,) = quantity.facts
        note(fact)
        return fact.name

    def note(fact: Fact) -> None:
        if fact.name not in facts:
            inputs = sorted(fact.inputs, key=lambda fact: fact.name)
            for part in inputs:
                note(part)
            record = {key: getattr(fact, key) for key in _FACT}
            kinds = {"kind": str(fact.kind), "checked": str(fact.checked)}
            facts[fact.name] = record | kinds | {"inputs": [part.name for part in inputs]}

    profiles = {
        profile.name: {
            "category": profile.category,
            "title": profile.title,
            "summary": profile.summary,
            "numbers": {path: name_of(quantity) for path, quantity in profile.items()},
            "texts": dict(profile.texts),
            "disagreements": {
                path: [d.used, d.why, {name: name_of(q) for name, q in d.sources.items()}]
                for path, d in profile.disagreements.items()
            },
            "sources": profile.sources,
            "remarks": profile.remarks,
        }
        for profile in catalogue.values()
    }
    return {"facts": facts, "profiles": profiles}


def rebuilt(document: Compiled, draws: int) -> Catalogue:
    """Return the profiles of a document, with so many draws of each number, drawn when needed.

    Raises:
        KeyError, TypeError or ValueError: it is no such document.

    """
    profiles: dict[str, Profile] = {}
    facts: dict[str, Fact] = {}
    numbers: dict[str, Quantity] = {}
    for name, record in document["facts"].items():
        facts[name] = Fact(
            name=name,
            kind=Kind(record["kind"]),
            checked=Checked(record["checked"]),
            inputs=frozenset(facts[part] for part in record["inputs"]),
            **{key: record[key] for key in _FACT},
        )
        numbers[name] = (
            _derived(facts[name], profiles) if facts[name].formula else sourced(facts[name], draws)
        )
    for name, record in document["profiles"].items():
        profiles[name] = _profile(name, record, numbers)
    return Catalogue(profiles)


def _profile(name: str, record: Mapping[str, Any], numbers: Mapping[str, Quantity]) -> Profile:
    return Profile(
        name=name,
        category=record["category"],
        title=record["title"],
        summary=record["summary"],
        numbers={path: numbers[fact] for path, fact in record["numbers"].items()},
        texts=record["texts"],
        disagreements={
            path: Disagreement(used, why, {source: numbers[fact] for source, fact in said.items()})
            for path, (used, why, said) in record["disagreements"].items()
        },
        sources={key: SourceRecord(*parts) for key, parts in record["sources"].items()},
        remarks=tuple(RemarkRecord(*parts) for parts in record["remarks"]),
    )


def _derived(fact: Fact, profiles: Mapping[str, Profile]) -> Quantity:
    """Return the number of a formula, which is evaluated where its draws are needed."""
    unit = units.unit(fact.unit)

    def draws() -> Array:
        profile = profiles[fact.name.partition(" ")[0]]
        values = np.array(evaluate(fact.formula, profile.__getitem__).draws)
        values[0] = fact.value * unit.factor  # to the last bit, whether it was drawn or not
        return values

    return Quantity(draws, unit.dimension, frozenset({fact}), unit, fact)


def kept(folder: Path, read: Callable[[Path], Compiled]) -> Compiled:
    """Return the profiles of a folder as they were kept; else read them, and keep them."""
    key = _key(folder)
    beside, cache = _beside_bytecode(), _in_user_cache(folder)
    for place in filter(None, (beside, cache)):
        try:
            document: Compiled = json.loads(place.read_bytes())
            if document.get("key") == key:
                return document
        except (OSError, ValueError, AttributeError):
            continue  # nothing is kept, or it is damaged
    text = json.dumps({"key": key} | read(folder))
    for place in filter(None, (None if sys.dont_write_bytecode else beside, cache)):
        if _written(place, text):
            break
    result: Compiled = json.loads(text)
    return result


def _key(folder: Path) -> str:
    """Return a hash of all that a document follows from: files, code, NumPy and Python."""
    digest = hashlib.sha256(f"{np.__version__} {sys.version} {DRAWS}".encode())
    code = Path(__file__).parent
    files = {*folder.glob(f"*/{FILES}"), *code.glob("*.py"), *code.glob("categories/*.py")}
    for path in sorted({*files, code / "units.txt"}):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)} ".encode() + content)
    return digest.hexdigest()


def _beside_bytecode() -> Path | None:
    """Return the place beside the bytecode; None: this Python has none."""
    try:
        return Path(importlib.util.cache_from_source(__file__)).with_name("catalogue.json")
    except NotImplementedError:
        return None


def _in_user_cache(folder: Path) -> Path | None:
    """Return the place among the user's caches, one for each checkout; None: there is no home."""
    name = f"catalogue-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}.json"
    place = caches.folder()
    return place and place / name


def _written(place: Path, text: str) -> bool:
    """Write a document, whole or not at all; whether that could be."""
    temporary = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(place)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        return False
    return True
