"""Profiles as plain records, for JSON."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hardware_profiles.catalogue import Profile
    from hardware_profiles.provenance import Fact
    from hardware_profiles.quantity import Quantity


def entry(profile: Profile) -> dict[str, Any]:
    """Return what a list says of a profile."""
    return {
        "name": profile.name,
        "category": profile.category,
        "title": profile.title,
        "summary": profile.summary,
        "numbers": len(profile),
        "kinds": dict(Counter(str(quantity.kind) for quantity in profile.values())),
    }


def record(profile: Profile) -> dict[str, Any]:
    """Return all that is known of a profile."""
    return {
        "name": profile.name,
        "category": profile.category,
        "title": profile.title,
        "summary": profile.summary,
        "texts": dict(profile.texts),
        "numbers": {path: number(quantity) for path, quantity in profile.items()},
        "disagreements": {
            path: {
                "used": disagreement.used,
                "why": disagreement.why,
                "sources": {name: number(q) for name, q in disagreement.sources.items()},
            }
            for path, disagreement in profile.disagreements.items()
        },
        "remarks": [
            {"text": remark.text, "source": profile.sources[remark.source].title}
            for remark in profile.remarks
        ],
    }


def number(quantity: Quantity) -> dict[str, Any]:
    """Return a number of a profile with its fact, and those that it was computed from."""
    (fact,) = quantity.facts
    return _fact(fact)


def _fact(fact: Fact) -> dict[str, Any]:
    entries = {
        "value": fact.value,
        "unit": fact.unit,
        "low": fact.low,
        "high": fact.high,
        "kind": str(fact.kind),
        "source": fact.source,
        "locator": fact.locator,
        "year": fact.year,
        "checked": str(fact.checked),
        "note": fact.note,
    }
    if fact.inputs:
        entries["formula"] = fact.formula
        entries["inputs"] = {f.name: _fact(f) for f in sorted(fact.inputs, key=lambda f: f.name)}
    return entries
