"""Editions of the rules by which runs compare, and the code that measures by each of them.

An edition is raised where numbers or validity change. A release that changes neither adds its
hashes to the edition that there is, so that a correction in mid-term does not split a class.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import orjson

if TYPE_CHECKING:
    from bench.bundle.schema import Bundle

EDITION = 1
"""Of the rules that this program measures by."""
EDITIONS = Path(__file__).with_name("editions.json")
"""Written by `python -m bench.edition`: by edition and name, the hashes of the source that counts.
"""
Hashes = dict[str, list[str]]


class Source(NamedTuple):
    """A hash of source in a bundle."""

    path: str
    """Its place, such as cases[3].source."""
    name: str
    """What it is the source of, as `EDITIONS` names it."""
    value: str


def case_name(kind: str, codec: str | None, payload_kind: str) -> str:
    """Return the name under which the sources of a case stand: its size and batch do not matter."""
    return " ".join(filter(None, (kind, codec, payload_kind)))


@cache
def editions() -> dict[int, Hashes]:
    """Return the hashes of all editions that this program knows."""
    return {int(number): names for number, names in orjson.loads(EDITIONS.read_bytes()).items()}


def sources(bundle: Bundle) -> list[Source]:
    """Return all hashes of source that a bundle holds."""
    values = [
        Source(
            f"cases[{index}].source",
            case_name(case.kind, case.codec, case.payload_kind),
            case.source,
        )
        for index, case in enumerate(bundle.cases)
    ]
    if bundle.measured_pipeline:
        values.append(Source("pipeline.source", "pipeline", bundle.measured_pipeline.source))
    if bundle.learning:
        values.append(Source("learning.source", "learning", bundle.learning.source))
        if bundle.learning.doorbell:
            doorbell = bundle.learning.doorbell.source
            values.append(Source("learning.doorbell.source", "doorbell", doorbell))
    return values


def foreign(bundle: Bundle) -> list[Source]:
    """Return the sources of a bundle that are none of its edition's; empty: it is closed.

    A bundle without an edition, or with one that this program does not know, has none that are.
    """
    known = editions().get(bundle.rules_edition or 0, {})
    return [source for source in sources(bundle) if source.value not in known.get(source.name, ())]
